"""The command reference, `docs/cli.md`, from the commands themselves."""

from __future__ import annotations

from talentflow.cli import app


def reference() -> str:
    """Markdown of every command and option."""
    return app.generate_docs(output_format="markdown").strip() + "\n"


if __name__ == "__main__":
    print(reference(), end="")
