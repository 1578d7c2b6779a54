"""Job pages: a polite, resumable crawl of a site for schema.org JobPosting.

`reader.py` makes answers of pages, `frontier.py` remembers where the crawl is, `spider.py` is the Scrapy process that
downloads and `downloads.py` the channel to it; `pages.py`, `postings.py`, `offers.py` and `urls.py` are about what a page says.

The reader is imported when it is called: the process that downloads imports this package too, and starts sooner without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from producers.reading import Answer, Reading
    from producers.sources import SiteSource
    from talentflow.eventlog.messages import Found


def read_site(source: SiteSource, reading: Reading) -> Iterator[Answer]:
    """See `producers.crawl.reader.read_site`."""
    from producers.crawl import reader

    return reader.read_site(source, reading)


def reread_site(source: SiteSource, url: str, payload: bytes) -> Iterator[Found]:
    """See `producers.crawl.reader.reread_site`."""
    from producers.crawl import reader

    return reader.reread_site(source, url, payload)
