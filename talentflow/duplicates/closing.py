"""When an offer stopped being open, and what nobody is shown."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from datetime import UTC, date, datetime

import pyarrow as pa

from talentflow.lakehouse import Lakehouse
from talentflow.tables import CLOSURES

_EVER = datetime.fromtimestamp(0, UTC)
"""When a document was closed of which only that is known."""


def closed_since(closed_at: datetime | None, valid_through: str | None, today: date) -> str | None:
    """ISO 8601: when its source closed it, else the day through which it was valid when that has passed; None: it is open.

    Args:
        closed_at: when its source closed it.
        valid_through: with the precision it was written with (`2026`, `2026-11`, a day or a time).
        today: an offer is open on the last day of its validity.
    """
    if closed_at is not None:
        return closed_at.astimezone(UTC).isoformat(timespec="seconds")
    last = _last_day(valid_through) if valid_through else None
    return last.isoformat() if last is not None and last < today else None


def closed_documents(lakehouse: Lakehouse) -> dict[str, datetime]:
    """Documents that their source does not offer any more, and since when."""
    rows = lakehouse.read(CLOSURES, ["document_id", "closed_at"]).to_pylist()
    return {row["document_id"]: row["closed_at"] or _EVER for row in rows}


def shown(batch: pa.RecordBatch, closed: Collection[str]) -> list[bool]:
    """Which records of a batch are shown to anybody: offers that repeat none, and no closed ones.

    Args:
        batch: rows of `silver.job_offers` or `silver.candidates`.
        closed: documents that are closed.
    """
    ids: list[str] = batch["document_id"].to_pylist()
    kept = [document_id not in closed for document_id in ids]
    for name in ("duplicate_of", "closed_at"):
        if name in batch.schema.names:
            kept = [k and value is None for k, value in zip(kept, batch[name].to_pylist(), strict=True)]
    return kept


def _last_day(written: str) -> date | None:
    """The last day of what is written; None for what is no date."""
    try:
        year, *rest = (int(part) for part in written[:10].split("-"))
        month = rest[0] if rest else 12
        return date(year, month, rest[1] if len(rest) > 1 else calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        return None
