"""`talentflow watch`: a file is dropped, and seconds later the best offers for its CV, or candidates for its offer, are told."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from talentflow.cli.terminal import err, out, print_json_line, progress
from talentflow.settings import load_settings


def watch(
    *folders: Path,
    kind: Annotated[Literal["cv", "offer", "auto"], Parameter(name="--as")] = "auto",
    top: int = 5,
    poll: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Watch folders: recommend offers for each CV that is dropped into them, and candidates for each offer.

    Files that are there already are taken first. A file that is deleted closes the offers that were read from it; a
    candidate stays. Ctrl-C ends it. The marts are left to the next `talentflow run`.

    Parameters
    ----------
    folders
        Folders, watched with all folders in them.
    kind
        What is dropped; `auto` lets each document be judged.
    top
        Recommendations for each document.
    poll
        Look at the files twice a second instead of waiting to be told: for network folders.
    json
        Print one JSON object a line for each document, and nothing else.
    """
    from talentflow.errors import BadInput, TalentflowError
    from talentflow.home import hold_watch, require_space

    if not folders:
        raise BadInput("no folder was given: name the folders to watch")
    roots = [folder.expanduser().absolute() for folder in folders]
    settings = load_settings()
    require_space(settings)
    stop = Event()
    with hold_watch(settings), _ends_on_term(stop), progress(quiet=True):
        from flows.watcher import Watcher
        from producers.ingest import open_intake
        from producers.watch import batches
        from talentflow.engines import open_engine

        with open_engine(settings) as engine, open_intake(settings) as intake:
            watcher = Watcher(intake, engine, kind, top, stop, _say)
            watcher.warm_up()
            for batch in batches(roots, poll=poll, stop=stop, ready=lambda: _say(f"Watching {', '.join(map(str, roots))}")):
                try:
                    for told in watcher.take(batch):
                        print_json_line(told) if json else _show(told)
                except TalentflowError as error:
                    # one batch's trouble is not the next one's; its files are tried again at the next look at the folders
                    batch.again = True
                    _say(f"talentflow: {error}")


@contextmanager
def _ends_on_term(stop: Event) -> Generator[None]:
    """A service manager's signal lets the batch at hand end."""
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(text: str) -> None:
    err.print(text, highlight=False, soft_wrap=True, markup=False)


def _show(told: dict[str, Any]) -> None:
    if "matches" not in told:
        said = told.get("error") or told["note"]
        _line(said if told["path"] in said else f"{told['path']} {said}")
        return
    _line(f"{told['path']}: {told['title'] or 'untitled'} ({told['seconds']:.1f} s)")
    if not told["matches"]:
        _line(f"  no {'offers' if told['kind'] == 'cv' else 'candidates'} yet")
    for match in told["matches"]:
        title = ", ".join(filter(None, (match["title"], match["company"]))) or "untitled"
        _line(f"  {match['score']:.2f}  {title}  [{match['id']}]")


def _line(text: str) -> None:
    out.print(text, highlight=False, soft_wrap=True, markup=False)
