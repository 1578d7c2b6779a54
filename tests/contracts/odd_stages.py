"""Stages for the engines' contract: each document's text says what becomes of its process."""

from __future__ import annotations

import ctypes
import os
import time
from typing import Any

import pyarrow as pa

from talentflow.errors import CorruptDocument
from talentflow.stages import Stage, each_row
from talentflow.tables import Table

NOTES = Table(
    "silver",
    "notes",
    ("document_id",),
    pa.schema(
        [
            pa.field("document_id", pa.string()),
            pa.field("text", pa.string()),
            pa.field("content_hash", pa.string()),
            pa.field("stage_version", pa.string()),
        ]
    ),
    "shout",
)


def shout(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Upper case; or what the text asks for: segfault, exit, hang, hoard, raise, damaged, killed."""

    def one(row: dict[str, Any]) -> dict[str, dict[str, Any]] | str:
        match row["text"]:
            case "segfault":
                ctypes.string_at(0)
            case "exit":
                os._exit(3)
            case "hang":
                time.sleep(3600)
            case "hoard":
                bytearray(2**34)
            case "raise":
                raise ValueError("odd")
            case "damaged":
                raise CorruptDocument(f"{row['document_id']} is damaged: send it again")
            case "empty":
                return "nothing in it"
            case text:
                return {"notes": {"document_id": row["document_id"], "text": text.upper()}}
        return "not reached"

    return each_row(SHOUT, batch, one)


def shorten(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Breaks the contract: loses a row of every batch."""
    return shout(batch.slice(1))


def whoami(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The worker's process id as text."""
    return each_row(WHOAMI, batch, lambda row: {"notes": {"document_id": row["document_id"], "text": str(os.getpid())}})


SHOUT = Stage("shout", "1", shout, (NOTES,), batch_rows=8, seconds_per_row=5.0)
SHORTEN = Stage("shorten", "1", shorten, (NOTES,), batch_rows=8, seconds_per_row=5.0)
WHOAMI = Stage("whoami", "1", whoami, (NOTES,), batch_rows=2)
