"""Commands for lineage: show it, and send what waits."""

from __future__ import annotations

import sys
from typing import Literal

from talentflow.cli.terminal import out, print_json
from talentflow.settings import load_settings


def show(*, format: Literal["svg", "mermaid", "json"], run: str | None) -> None:
    """See `talentflow lineage --help`."""
    from talentflow.lineage.graph import graph_of, mermaid
    from talentflow.lineage.journal import Journal
    from talentflow.lineage.picture import svg

    graph = graph_of(Journal.of(load_settings()).read(), run)
    if format == "json":
        print_json(graph.as_json())
    else:
        sys.stdout.write(svg(graph) if format == "svg" else mermaid(graph))


def send() -> None:
    """Send the events that wait to the server of TALENTFLOW_LINEAGE_URL."""
    from talentflow.errors import Busy
    from talentflow.lineage.deliver import deliver, place_of

    settings = load_settings()
    done = deliver(settings)
    if done.busy:
        raise Busy("another process is sending the events of lineage: wait for it to end")
    refused = f", {done.refused:,} are refused as malformed and passed over" if done.refused else ""
    out.print(f"{done.sent:,} events sent to {place_of(settings)}{refused}", highlight=False, soft_wrap=True)
