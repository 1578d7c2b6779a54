"""The content of an answer, bounded as sent and as unpacked: a small gzip bomb never becomes a large string."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

import httpcore
import httpx

from talentflow.errors import DocumentTooLarge, UnexpectedAnswer

_CHUNK = 64 * 1024
_ANY_HEADER = zlib.MAX_WBITS | 32
"""zlib finds out by itself whether gzip or deflate was used: servers mix them up."""
_DIGITS = re.compile(r"[0-9]{1,20}")


def unpacked_body(response: httpx.Response, url: str, *, sent_bytes: int, unpacked_bytes: int) -> bytes:
    """The content of a streamed response.

    Raises:
        DocumentTooLarge: over a limit; nothing beyond it was read.
        UnexpectedAnswer: an encoding other than the gzip or deflate that was asked for, or one inside another.
        httpcore.RemoteProtocolError: damaged, or cut off in the middle.
    """
    length = response.headers.get("content-length", "")
    if _DIGITS.fullmatch(length) and int(length) > sent_bytes:
        raise _too_large(url, f"announces {length} bytes", sent_bytes)
    coding = response.headers.get("content-encoding", "").strip().casefold() or "identity"
    chunks = _counted(response.iter_raw(), sent_bytes, url, "sent")
    if coding in ("gzip", "x-gzip", "deflate"):
        chunks = _counted(_unpacked(chunks), unpacked_bytes, url, "unpacks to")
    elif coding != "identity":
        raise UnexpectedAnswer(f"{url} sent an answer packed as {coding!r:.80}, which was not asked for: ask its owner")
    return b"".join(chunks)


def _counted(chunks: Iterable[bytes], limit: int, url: str, verb: str) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise _too_large(url, f"{verb} more than {limit} bytes", limit)
        yield chunk


def _too_large(url: str, what: str, limit: int) -> DocumentTooLarge:
    return DocumentTooLarge(f"{url} {what}, and {limit} are the most that is read: give a narrower address, or leave it out")


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpacker, started = zlib.decompressobj(wbits=_ANY_HEADER), False
    for sent in chunks:
        rest = sent
        while rest:
            if unpacker.eof:
                # gzip may go on with another member; zeros behind the last one are padding
                if not (rest := rest.lstrip(b"\0")):
                    break
                unpacker, started = zlib.decompressobj(wbits=_ANY_HEADER), False
            try:
                piece = unpacker.decompress(rest, _CHUNK)
            except zlib.error as error:
                if started:
                    raise httpcore.RemoteProtocolError("its content cannot be unpacked") from error
                # some servers leave the header of deflate out
                unpacker, started = zlib.decompressobj(wbits=-zlib.MAX_WBITS), True
                continue
            started = True
            rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            if piece:
                yield piece
    if started and not unpacker.eof:
        raise httpcore.RemoteProtocolError("its content ends in the middle")
