"""What the README and the docs tell people to type is understood by the command line and the Makefile."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from talentflow.cli import app
from tests.command import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "benchmarks" / "README.md"]


def commands(tool: str) -> list[tuple[str, str]]:
    """(page, command) for each line of a console block that begins with `tool`."""
    found: list[tuple[str, str]] = []
    for page in PAGES:
        if page.name == "cli.md":
            continue
        for block in re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL):
            found += [(page.name, line.split("  #")[0].strip()) for line in block.splitlines() if line.startswith(f"{tool} ")]
    return found


@pytest.mark.parametrize(("page", "command"), commands("talentflow"))
def test_a_command_that_a_page_names_is_understood(page: str, command: str) -> None:
    app.parse_args(shlex.split(command)[1:], exit_on_error=False, print_error=False)


@pytest.mark.parametrize(("page", "command"), commands("make"))
def test_a_target_that_a_page_names_is_there(page: str, command: str) -> None:
    target = command.split()[1]
    assert re.search(rf"^{re.escape(target)}:", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_pages_link_to_files_that_are_there() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists() or (page.parent / Path(link)).is_dir(), f"{page.name} → {link}"
