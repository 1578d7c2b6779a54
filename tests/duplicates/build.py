"""Offers in the tables, made by hand, as `extract` leaves them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from talentflow.duplicates.link import link_offers
from talentflow.engines import Engine
from talentflow.ids import content_hash
from talentflow.lakehouse import Lakehouse
from talentflow.records import JobOffer, Place
from talentflow.report import StageReport
from talentflow.stages import EXTRACT
from talentflow.tables import CLOSURES, DOCUMENTS, JOB_OFFERS, TEXTS, Table

START = datetime(2026, 3, 1, tzinfo=UTC)
TODAY = date(2026, 6, 1)

TEXT = """You will build and run the pipelines that feed our reports. Every morning two hundred shops send their sales, and by nine
the planners must see them. You design the tables, write the loading jobs in Python, and watch that what arrives is complete.
You work with four colleagues and with the planners themselves, who know the figures better than anybody.

You know SQL well, have written Python that others maintain, and prefer a plain solution to a clever one. Experience with
retail helps but is not needed. We meet on Tuesdays; the other days you choose where you work."""

OTHER_TEXT = """The workshop repairs the pumps of the town's waterworks. You take them apart, find what is worn, order the parts and
put them together again, mostly alone and sometimes with an apprentice beside you. On two weekends a month you are on call,
and a van stands ready for that. You hold a mechanic's diploma, read drawings, weld when it must be, and drive. What you
need for the work we provide, and what you do not know yet the manufacturer's school teaches you in your first spring."""

LYON = [Place(locality="Lyon", region="Auvergne-Rhône-Alpes", country="FR")]
PARIS = [Place(locality="Paris", region="Île-de-France", country="FR")]


@dataclass(frozen=True)
class Posted:
    """An offer, its text, when and how it came."""

    offer_id: str
    text: str = TEXT
    minute: int = 0
    fetched: bool = False
    fields: dict[str, Any] = field(default_factory=dict[str, Any])

    def but(self, offer_id: str, *, minute: int = 0, text: str | None = None, **fields: Any) -> Posted:
        """The same with another id and what is named here."""
        return replace(
            self, offer_id=offer_id, minute=minute, text=self.text if text is None else text, fields=self.fields | fields
        )

    @property
    def record(self) -> JobOffer:
        values: dict[str, Any] = {
            "title": "Data engineer",
            "hiring_organization": "Nordlys",
            "job_location": LYON,
            "language": "en",
        }
        return JobOffer(offer_id=self.offer_id, document_id=self.offer_id, **(values | self.fields))


def put(lakehouse: Lakehouse, posted: Iterable[Posted]) -> None:
    """Write what `extract` and the stages before it would have written."""
    documents: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    offers: list[dict[str, Any]] = []
    for p in posted:
        stamp = {"content_hash": content_hash((p.text + repr(p.fields)).encode()), "stage_version": EXTRACT.version}
        received = START + timedelta(minutes=p.minute)
        said = {"document_id": p.offer_id, "source": "board", "source_uri": f"https://board.example/{p.offer_id}"}
        documents.append(
            said | {"received_at": received, "fetched_at": received if p.fetched else None, "content_hash": stamp["content_hash"]}
        )
        texts.append(said | {"text": p.text, "redacted_text": p.text, "received_at": received} | stamp)
        offers.append(p.record.model_dump() | stamp)
    for table, rows in ((DOCUMENTS, documents), (TEXTS, texts), (JOB_OFFERS, offers)):
        lakehouse.upsert(table, _table(table, rows))


def close(lakehouse: Lakehouse, offer_id: str, at: datetime = START + timedelta(days=9)) -> None:
    """What bronze writes when a source says that an offer is gone."""
    row = {"document_id": offer_id, "closed_at": at, "reason": "not listed any more", "source": "board", "source_uri": ""}
    lakehouse.upsert(CLOSURES, _table(CLOSURES, [row]))


def link(lakehouse: Lakehouse, engine: Engine, *, today: date = TODAY, run_id: str = "r1", batch_rows: int = 100) -> StageReport:
    return link_offers(lakehouse, engine, run_id=run_id, batch_rows=batch_rows, today=today)


def links(lakehouse: Lakehouse) -> dict[str, str]:
    """Offer → the offer that it repeats."""
    rows = lakehouse.read(JOB_OFFERS, ["offer_id", "duplicate_of"]).to_pylist()
    return {r["offer_id"]: r["duplicate_of"] for r in rows if r["duplicate_of"]}


def closed(lakehouse: Lakehouse) -> dict[str, str]:
    """Offer → since when it is closed."""
    rows = lakehouse.read(JOB_OFFERS, ["offer_id", "closed_at"]).to_pylist()
    return {r["offer_id"]: r["closed_at"] for r in rows if r["closed_at"]}


def _table(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=table.schema)
