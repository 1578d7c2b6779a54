"""Crawl a site onto an event log, and die at a chosen moment.

    python -m tests.sources.crawl_until URL HOME MOMENT NTH

MOMENT is `taken`, `appended` or `committed`: what has just been done with the NTH answer that holds documents.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from producers.crawl import read_site
from producers.reading import Reading
from producers.sources import SiteSource
from producers.state import State
from talentflow.eventlog import DOCUMENTS_TOPIC
from talentflow.eventlog.messages import to_message
from talentflow.eventlog.sqlite import SqliteEventLog
from talentflow.settings import Settings


def crawl(url: str, home: Path, moment: str = "", nth: int = 0) -> None:
    def reached(name: str) -> None:
        if moment == name and taken == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    log = SqliteEventLog(home / "eventlog.sqlite")
    taken = 0
    with State(home / "site.sqlite") as state:
        reading = Reading(Settings(home=home), state, datetime.now(UTC), allow_private_hosts=True)
        for answer in read_site(SiteSource(name="site", url=url, delay=0, concurrency=2, depth=50), reading):
            taken += bool(answer.documents)
            reached("taken")
            log.append(DOCUMENTS_TOPIC, [to_message(d, received_at=reading.now) for d in answer.documents])
            reached("appended")
            answer.commit()
            reached("committed")
    log.close()


if __name__ == "__main__":
    crawl(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
