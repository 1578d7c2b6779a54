"""Claim checks: a large message is kept as a file, and the message on the log says where."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from talentflow.eventlog import Received

CLAIM_CHECK = "claim-check"
"""The header that holds the path of a value that is kept as a file."""
UNREDEEMED = "unredeemed"
"""The header that says why such a value could not be had."""
MOST_BYTES = 64 * 2**20
"""A larger file holds no message of ours: a document of the largest size is not half as long in base64."""


def redeem(received: Received, objects: Path) -> Received:
    """The message with the value that its claim check stands for, read from the folder `objects`.

    Never raises: for one that cannot be had the value is empty and the header `unredeemed` says why, for its reader to
    put it into quarantine.
    """
    path = received.headers.get(CLAIM_CHECK)
    if path is None:
        return received
    headers = {name: value for name, value in received.headers.items() if name != CLAIM_CHECK}
    value, why = _read(objects, path)
    return replace(received, value=value, headers=headers | ({UNREDEEMED: why} if why else {}))


def _read(objects: Path, path: str) -> tuple[bytes, str]:
    where = f"its content is kept as the object {path}, which"
    try:
        kept = (objects / path).resolve()
        if not kept.is_relative_to(objects.resolve()):
            return b"", f"{where} is outside of the folder for objects"
        if kept.stat().st_size > MOST_BYTES:
            return b"", f"{where} is larger than {MOST_BYTES // 2**20} MiB"
        return kept.read_bytes(), ""
    except (OSError, ValueError):
        return b"", f"{where} is not in the folder for objects (TALENTFLOW_OBJECTS_DIR)"
