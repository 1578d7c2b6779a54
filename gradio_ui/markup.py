"""HTML from text that nobody vouches for: everything that a document said goes through `escaped`."""

from __future__ import annotations

import html
import re

_UNSHOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def escaped(value: object) -> str:
    """Text for an element or a quoted attribute. Control characters and lone surrogates become U+FFFD."""
    return html.escape(_UNSHOWN.sub("\ufffd", str(value)), quote=True)


_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)]")

_START = re.compile(r"https?://(?:www\.)?")


def link(address: str, words: str) -> str:
    """A link to another site's page; for what is no http address, the words alone: no `javascript:` is ever followed."""
    if not _ADDRESS.fullmatch(address):
        return escaped(words)
    return f'<a class="tf-out" href="{escaped(address)}" target="_blank" rel="noopener noreferrer">{escaped(words)}</a>'


def linked(text: str) -> str:
    """Text with its http addresses as links, without what starts every address."""
    parts = _ADDRESS.split(text)
    links = [link(address, _START.sub("", address).rstrip("/")) for address in _ADDRESS.findall(text)]
    return "".join(escaped(part) + shown for part, shown in zip(parts, [*links, ""], strict=True))


def chips(names: list[str], tone: str, most: int = 12) -> str:
    """A list of short names; beyond `most` they are counted."""
    if not names:
        return ""
    shown = "".join(f'<li class="tf-chip tf-{tone}">{escaped(name)}</li>' for name in names[:most])
    rest = len(names) - most
    more = f'<li class="tf-chip tf-more">and {rest} more</li>' if rest > 0 else ""
    return f'<ul class="tf-chips">{shown}{more}</ul>'


def bar(share: float, label: str) -> str:
    """A bar filled to `share` (0 to 1), that a screen reader reads as `label`."""
    percent = max(0.0, min(1.0, share)) * 100
    return f'<span class="tf-bar" role="img" aria-label="{escaped(label)}"><span style="width:{percent:.0f}%"></span></span>'


def notice(sentence: str, tone: str = "info", title: str | None = None) -> str:
    """A sentence set apart; `tone` is `info`, `warning` or `error`."""
    head = f"<strong>{escaped(title)}</strong> " if title else ""
    role = "alert" if tone == "error" else "status"
    return f'<div class="tf-notice tf-{tone}" role="{role}">{head}{escaped(sentence)}</div>'


def empty(title: str, sentence: str, *, body: str = "") -> str:
    """What stands where nothing is to be shown yet. `body` is HTML."""
    return f'<div class="tf-empty" role="status"><h3>{escaped(title)}</h3><p>{escaped(sentence)}</p>{body}</div>'


def plural(number: int, noun: str) -> str:
    """`1 offer`, `1,200 offers`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
