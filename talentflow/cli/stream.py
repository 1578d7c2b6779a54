"""`talentflow stream`: what is put on the event log is recommendable seconds later."""

from __future__ import annotations

from threading import Event
from typing import Annotated, Any

from cyclopts import Parameter

from talentflow.cli.terminal import err, out, print_json_line, progress
from talentflow.settings import load_settings


def stream(*, json: Annotated[bool, Parameter(negative=())] = False) -> None:
    """Take messages from the event log to recommendations as they come, without end.

    Each batch of messages goes through every stage up to the published index; the marts are left to the next `talentflow run`,
    which may go on beside it. Ctrl-C or SIGTERM ends it after the batch at hand; what comes meanwhile waits on the log.

    Parameters
    ----------
    json
        Print one JSON object a line for each batch, and nothing else.
    """
    from talentflow.home import require_space

    settings = load_settings()
    require_space(settings)
    with progress(quiet=True):
        from flows.stream import ends_on_signals, run_stream

        stop = Event()
        with ends_on_signals(stop):
            say = print_json_line if json else _show
            run_stream(
                settings, stop, say, lambda: err.print(f"Listening to the event log ({settings.eventlog})", highlight=False)
            )


def _show(told: dict[str, Any]) -> None:
    n = told["documents"]
    if n:
        fresh = f", {told['p50']:.1f} s after their producer received them (median)"
        out.print(f"{n:,} {'document' if n == 1 else 'documents'} can be recommended{fresh}", highlight=False)
