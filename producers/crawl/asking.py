"""What the crawl tells the process that downloads for it. Light to import: that process starts with every crawl."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True)
class Asking:
    """How pages are asked for. Times are in seconds.

    Attributes:
        longest_wait: a server that asks for more patience is left to the next ingest.
        page_bytes: of one page or sitemap, as sent and as unpacked.
    """

    user_agent: str
    delay: float
    concurrency: int
    respect_robots: bool
    allow_private: bool
    timeout: float = 30
    longest_wait: float = 60
    page_bytes: int = 8 * 2**20
    retries: int = 2

    def to_argument(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        return cls(**json.loads(argument))
