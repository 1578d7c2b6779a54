"""RTF: its text, without what no reader of it sees."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from talentflow.documents.docx_hidden import HIDDEN_RUN
from talentflow.documents.hidden import SAME_COLOUR, TINY, WHITE, Colour, near
from talentflow.documents.limits import Limits, Text
from talentflow.documents.plain import finished
from talentflow.hostile import hidden_note

RTF = "application/rtf"
_RTF_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_RTF_BREAKS = {
    "par": "\n",
    "line": "\n",
    "sect": "\n",
    "page": "\n",
    "row": "\n",
    "cell": "\t",
    "tab": "\t",
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}
_RTF_HIDDEN = {
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "themedata",
    "datastore",
    "generator",
    "listtable",
    "fldinst",
} | {
    "listoverridetable",
    "rsidtbl",
    "xmlnstbl",
    "latentstyles",
    "colorschememapping",
}


def read_rtf(content: bytes, *, name: str, limits: Limits) -> Text:
    """Read RTF: its text, without styles, pictures and embedded objects. Raises EmptyDocument, DocumentTooLarge."""
    codepage = "cp1252"
    out: list[str] = []
    pending = bytearray()
    hidden = 0
    look = _Look()
    stack: list[tuple[int, int, _Look]] = []
    unseen: list[tuple[str, str]] = []
    colours = _colours(content)
    fallback, skip = 1, 0
    star = False

    def put(said: str) -> None:
        how = look.hides(colours)
        if how is None or not said.strip():
            out.append(said)
        elif unseen and unseen[-1][0] == how:
            unseen[-1] = (how, unseen[-1][1] + said)
        else:
            unseen.append((how, said))

    for match in _RTF_TOKEN.finditer(content):
        word, number, hexed, symbol, brace, plain = match.groups()
        if pending and hexed is None:
            put(bytes(pending).decode(codepage, "replace"))
            pending.clear()
        if brace == b"{":
            stack.append((hidden, fallback, look))
            skip, star = 0, False
        elif brace == b"}":
            hidden, fallback, look = stack.pop() if stack else (0, 1, _Look())
            skip = 0
        elif word is not None:
            key = word.decode("ascii")
            if key in _RTF_HIDDEN or (star and key not in ("shppict", "shptxt")):
                hidden = 1
            star = False
            if key == "ansicpg" and number:
                codepage = _codepage(number.decode("ascii"))
            elif key == "uc" and number:
                fallback = max(0, min(8, int(number)))
            elif hidden:
                continue
            elif key == "u" and number:
                code = int(number) & 0xFFFF
                put(chr(code))
                skip = fallback
            elif key in _RTF_LOOKS:
                look = look.after(key, int(number) if number else None)
            elif key in _RTF_BREAKS:
                out.append(_RTF_BREAKS[key])
        elif hexed is not None:
            if skip:
                skip -= 1
            elif not hidden:
                pending.append(int(hexed, 16))
        elif symbol is not None:
            star = symbol == b"*"
            if not hidden and symbol in b"\\{}~_-":
                out.append({b"~": " ", b"_": "-", b"-": ""}.get(symbol, symbol.decode("ascii")))
        elif plain is not None and not hidden:
            put(plain[skip:].decode(codepage, "replace"))
            skip = 0
    if pending:
        put(bytes(pending).decode(codepage, "replace"))
    raw = "".join(out).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return finished(raw, RTF, hidden_note(unseen), name, limits)


_RTF_LOOKS = {"v", "fs", "cf", "cb", "highlight", "chcbpat", "plain"}


@dataclass(frozen=True)
class _Look:
    """How text looks at one place: hidden, its size in half points, the numbers of its colour and of the one behind it."""

    hidden: bool = False
    size: int = 24
    front: int = 0
    back: int = 0

    def after(self, word: str, number: int | None) -> _Look:
        """The look after a control word."""
        if word == "plain":
            return _Look()
        if word == "v":
            return replace(self, hidden=number != 0)
        if word == "fs":
            return replace(self, size=24 if number is None else number)
        return replace(self, front=number or 0) if word == "cf" else replace(self, back=number or 0)

    def hides(self, colours: Sequence[Colour | None]) -> str | None:
        if self.hidden:
            return HIDDEN_RUN
        if self.size <= 4:
            return TINY
        front = colours[self.front] if 0 < self.front < len(colours) else None
        back = (colours[self.back] if 0 < self.back < len(colours) else None) if self.back else WHITE
        return SAME_COLOUR if front is not None and back is not None and near(front, back) else None


def _colours(content: bytes) -> list[Colour | None]:
    """The colour table; the first entry is the automatic colour."""
    table = re.search(rb"\\colortbl([^{}]{0,5000})", content)
    found: list[Colour | None] = []
    for entry in table[1].split(b";")[:-1] if table else []:
        parts = [re.search(rb"\\%s(\d{1,3})" % name, entry) for name in (b"red", b"green", b"blue")]
        red, green, blue = (int(p[1]) if p else -1 for p in parts)
        found.append((red, green, blue) if min(red, green, blue) >= 0 else None)
    return found


def _codepage(number: str) -> str:
    try:
        return codecs.lookup(f"cp{number}").name
    except LookupError:
        return "cp1252"
