"""`talentflow`: the command line. Each command's work is imported when it runs, so that `--help` answers at once."""

from __future__ import annotations

import sys

from cyclopts import App

app = App(
    name="talentflow",
    help="Bring job offers and CVs together: run the pipeline, serve the app, match, extract, classify.",
    version_flags=["--version"],
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
    result_action="return_value",
)

for name, target in {
    "quick": "talentflow.cli.pipeline:quick",
    "run": "talentflow.cli.pipeline:run",
    "ingest": "talentflow.cli.pipeline:ingest",
    "simulate": "talentflow.cli.pipeline:simulate",
    "ui": "talentflow.cli.pipeline:ui",
    "match": "talentflow.cli.documents:match",
    "extract": "talentflow.cli.documents:extract",
    "classify": "talentflow.cli.documents:classify",
    "evaluate": "talentflow.cli.evaluate:app",
    "status": "talentflow.cli.state:status",
    "doctor": "talentflow.cli.state:doctor",
}.items():
    app.command(target, name=name)


def main() -> None:
    """Run the command line. An error of ours is a sentence and exit code 1 (75 when trying again may help)."""
    from talentflow.errors import TalentflowError, TransientError

    try:
        app()
    except TalentflowError as error:
        print(f"talentflow: {error}", file=sys.stderr)
        sys.exit(75 if isinstance(error, TransientError) else 1)
    except KeyboardInterrupt:
        print("talentflow: stopped; what was committed is kept, run the command again to go on", file=sys.stderr)
        sys.exit(130)
