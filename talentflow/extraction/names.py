"""The name of the person that a CV is of."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from talentflow.extraction.cv_headings import CV_HEADINGS
from talentflow.extraction.sections import Line, fold, heading_name, unspace
from talentflow.extraction.words import FIRST_NAMES, HONORIFICS, NOT_NAMES, PARTICLES, employer_score, role_score

_SEPARATORS = re.compile(r"\s*(?:[|│┃¦‖·•●▪⋅∙/\t,;()✉☎📧📞⌂]|\s[–—-]\s|\s{3,}|:\s)\s*")
_LETTERS = r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*"
_WORD = re.compile(rf"(?:{_LETTERS}\.?)(?:[-'’]{_LETTERS})*\.?")
_TITLE_LINE = re.compile(
    r"^\s*(?:curriculum\s+vit(?:ae|æ)|r[ée]sum[ée]|cv)(?:\s+(?:of|de|du|for))?\s*[:\-–—|]?\s*(?=\S)|"
    r"^\s*(?:je m['’]appelle|my name is|i am)\s+",
    re.IGNORECASE,
)
_NICKNAME = re.compile(r"^([^\W\d_][\w.'’-]{1,20}\s)\(([^\W\d_]{2,15})\)(?=\s[^\W\d_])")
_LABEL = re.compile(
    r"^[\s•*\-–]{0,4}(?P<label>(?:full[ \t]?|candidate[ \t]|applicant[ \t]?)?name|nom(?:[ \t]?(?:et|&|/|"
    r",)?[ \t]?pr[ée]noms?|[ \t]complet|[ \t]de famille)?"
    r"|pr[ée]noms?(?:[ \t]?(?:et|&|/|,)?[ \t]?noms?)?|first[ \t]?names?|given[ \t]?names?|forenames?|"
    r"last[ \t]?name|surname|family[ \t]?name|candidate|candidat(?:e)?)"
    r"[ \t]*(?::|\t|[–-](?=\s))[ \t]*(?P<value>[^\n|•·;]{0,60})",
    re.IGNORECASE,
)
_FIRST_LABELS = re.compile(r"^(?:pr[ée]noms?|first|given|fore)", re.IGNORECASE)
_LAST_LABELS = re.compile(r"^(?:nom(?:[ \t]de famille)?|last|surname|family)", re.IGNORECASE)
_QUOTES = ',"“”«»'
DEEPEST_LINE = 60
"""Lines from the top in which a name is looked for."""
_ALONE_UNTIL = 8
"""Lines from the top in which a name counts without an e-mail address that speaks for it."""


@dataclass(frozen=True)
class FoundName:
    """`parts` are the words that stand for the person when used alone. `gender` from a title before the name."""

    name: str
    start: int
    end: int
    parts: tuple[str, ...]
    gender: str | None = None
    extra: tuple[tuple[int, int], ...] = ()


def find_name(lines: list[Line], emails: list[str]) -> FoundName | None:
    """The best candidate for the name among the first lines.

    Args:
        lines: lines of the text.
        emails: addresses found in it: `jean.dupont@…` tells which words are a name.
    """
    locals_ = [fold(e.split("@")[0]).replace(" ", "") for e in emails]
    labelled = _from_labels(lines[:DEEPEST_LINE])
    if labelled:
        return labelled
    best: tuple[float, FoundName] | None = None
    for number, line in enumerate(lines[:DEEPEST_LINE]):
        if number >= _ALONE_UNTIL and not _may_support(line.text, locals_):
            continue
        for start, piece in _pieces(line):
            scored = _score(piece, start, number, locals_)
            if scored and piece == line.text and number + 1 < len(lines) and role_score(lines[number + 1].text) >= 3:
                # A title stands under a name.
                scored = (scored[0] + 1.5, scored[1])
            if scored and (best is None or scored[0] > best[0]):
                best = scored
    joined = _over_two_lines(lines, locals_)
    if joined and (best is None or joined[0] > best[0]):
        best = joined
    return best[1] if best and best[0] >= 3 else None


def _may_support(text: str, locals_: list[str]) -> bool:
    """Whether an address can speak for a name in a line: a quick look that never says no to what `email_support` counts."""
    if not locals_:
        return False
    plain = unspace(text)
    if plain != text:
        return True
    words = [w for w in fold(plain).split() if w not in PARTICLES]
    starts = {start for n, w in enumerate(words) if len(start := (w if len(w) > 2 else "".join(words[n : n + 3]))[:3]) == 3}
    return any(start in local for start in starts for local in locals_)


def _pieces(line: Line) -> list[tuple[int, str]]:
    """Parts of a line that may be a name, with their offsets."""
    text = _NICKNAME.sub(lambda m: f'{m[1]}"{m[2]}"', line.text[:200])
    skip = _TITLE_LINE.match(text)
    at = skip.end() if skip else 0
    pieces: list[tuple[int, str]] = []
    spaced = unspace(text[at:].strip())
    if spaced != text[at:].strip():
        return [(line.start + at, line.text[at:])]
    for separator in [*_SEPARATORS.finditer(text, at), None]:
        end = separator.start() if separator else len(text)
        if end > at:
            pieces.append((line.start + at, text[at:end]))
        at = separator.end() if separator else at
    return pieces


def _score(piece: str, start: int, number: int, locals_: list[str]) -> tuple[float, FoundName] | None:
    raw = piece.strip()
    start += len(piece) - len(piece.lstrip())
    end = start + len(raw)
    plain = unspace(raw)
    words = plain.split()
    gender: str | None = None
    honorific = False
    while words and fold(words[0]) in HONORIFICS and len(words) > 1:
        gender = HONORIFICS[fold(words[0])] or gender
        honorific = True
        start += raw.index(words[1], len(words[0])) if plain == raw else 0
        raw = raw[raw.index(words[1], len(words[0])) :] if plain == raw else raw
        words = words[1:]
    if not 1 <= len(words) <= 9 or (len(words) == 1 and len(words[0]) < 3):
        return None
    count = _name_length(words, locals_)
    if count == 0:
        return None
    if count < len(words):
        if plain != raw:
            return None
        kept = re.match(r"\S+" + r"\s+\S+" * (count - 1), raw)
        if kept is None:
            return None
        raw, words = kept.group(), words[:count]
        end = start + len(raw)
    folded = [fold(w) for w in words]
    support = max((email_support(folded, local) for local in locals_), default=0)
    name = " ".join(words).strip(" .,")
    if heading_name(name, CV_HEADINGS) and support < 2:
        return None
    if any(w in NOT_NAMES for f in folded for w in f.split()) and support < 2:
        return None
    if len(words) == 1 and support == 0:
        return None
    known = any(w in FIRST_NAMES for f in folded for w in f.split())
    score = max(0.0, 3.0 - number * 0.5) + support * 2 + (1.5 if known else 0) + (2 if honorific else 0)
    score -= 1.5 if len(words) == 1 else 0
    if any(w.isupper() and len(w) > 2 for w in words) and any(not w.isupper() for w in words):
        score += 1
    if support == 0:
        if number >= _ALONE_UNTIL:
            return None
        role = role_score(name)
        if role >= 2 and not (len(words) == 2 and (known or (number == 0 and not _is_title(name)))):
            return None
        if employer_score(name) >= 2 or (not known and (role == 1 or number > 0) and names_something_else(name)):
            return None
    parts = tuple(dict.fromkeys(w.strip(".,'’\"“”«»") for w in words if len(_letters(w)) >= 3 and fold(w) not in PARTICLES))
    return score, FoundName(_first_name_first(name), start, start + len(raw) if plain == unspace(raw) else end, parts, gender)


def _first_name_first(name: str) -> str:
    """`DUPONT Jean`, as French forms write it, is `Jean DUPONT`."""
    words = name.split()
    capitals = next((n for n, w in enumerate(words) if not (w.isupper() and len(_letters(w)) > 1)), len(words))
    rest = words[capitals:]
    mixed = bool(rest) and not any(w.isupper() for w in rest)
    return " ".join(rest + words[:capitals]) if capitals and mixed else name


def _name_length(words: list[str], locals_: list[str]) -> int:
    """How many words from the first on read as a name; 0 when they do not. More words may follow a name only when what
    follows is a title (`Jean Dupont Développeur`)."""
    count = 0
    for word in words:
        lowered = word.casefold().strip(".,'’")
        if not _WORD.fullmatch(word.strip(_QUOTES)):
            break
        capital = word.strip(_QUOTES)[:1].isupper()
        if (
            not capital
            and lowered not in PARTICLES
            and not (len(words) == 2 and any(lowered in local for local in locals_) and len(lowered) > 2)
        ):
            break
        count += 1
    if count == len(words):
        if count <= 5 and not (count > 2 and role_score(" ".join(words[-2:])) >= 3 and fold(words[0]) in FIRST_NAMES):
            return count
        for split in (3, 2):
            if split < count and role_score(" ".join(words[split:])) >= 2 and not role_score(" ".join(words[:split])):
                return split
        return count if count <= 5 else 0
    if count >= 2 and role_score(" ".join(words[count:])) >= 2:
        return count
    return 0


def email_support(folded: list[str], local: str) -> int:
    """0, 1 or 2: how many words of a name the local part of an address has; an initial beside a word counts."""
    compact = [f.replace(" ", "") for f in folded if f.replace(" ", "") not in PARTICLES]
    inside = [w for w in compact if len(w) >= 3 and w in local]
    if len(inside) >= 2:
        return 2
    if len(inside) == 1 and len(compact) >= 2:
        rest = local.replace(inside[0], "", 1)
        initials = {w[0] for w in compact if w != inside[0]}
        return 2 if rest and rest[0] in initials and len(rest.rstrip("0123456789")) <= 3 else 1
    joined = "".join(compact)
    if len(compact) == 1 and inside:
        return 1
    return 1 if len(joined) >= 6 and joined[:5] in local else 0


def _is_title(name: str) -> bool:
    """Whether two words are a job's title (`Corporate Lawyer`) rather than a name that was a trade (`Aimee Carpenter`)."""
    from talentflow import taxonomy

    match = taxonomy.find_occupation(name)
    return match is not None and match.confidence >= 0.8


def names_something_else(name: str) -> bool:
    from talentflow import taxonomy

    match = taxonomy.find_occupation(name)
    if match is not None and match.confidence >= 0.8:
        return True
    return taxonomy.find_place(name) is not None


def _over_two_lines(lines: list[Line], locals_: list[str]) -> tuple[float, FoundName] | None:
    """`JEAN` above `DUPONT`."""
    for number, (first, second) in enumerate(itertools.pairwise(lines[:9])):
        words = [unspace(first.text), unspace(second.text)]
        if not all(_WORD.fullmatch(w) and w[0].isupper() and 2 <= len(w) <= 24 for w in words):
            continue
        folded = [fold(w) for w in words]
        if any(f in NOT_NAMES for f in folded) or any(heading_name(w, CV_HEADINGS) for w in words):
            continue
        support = max((email_support(folded, local) for local in locals_), default=0)
        known = any(f in FIRST_NAMES for f in folded)
        if role_score(" ".join(words)) and support < 2:
            continue
        if support < 2 and not known:
            continue
        score = max(0.0, 3.0 - number * 0.5) + support * 2 + (1.5 if known else 0)
        parts = tuple(w for w in words if len(w) >= 3)
        return score, FoundName(" ".join(words), first.start, second.end, parts)
    return None


def _from_labels(lines: list[Line]) -> FoundName | None:
    """`Name: …`, `Nom : …` with `Prénom : …`."""
    first: tuple[str, int, int] | None = None
    last: tuple[str, int, int] | None = None
    for number, line in enumerate(lines):
        match = _LABEL.match(line.text[:140])
        if match is None:
            continue
        value, start = match["value"].strip(), line.start + match.start("value")
        label = match["label"].strip()
        # Several labels in one line: the value ends where the next begins.
        following = re.search(
            r"\s{2,}|\t|[,;]\s*(?=[^\W\d_]+\s*:)|\s(?=(?:pr[ée]nom|first|last|sur)\w*\s*:)", value, re.IGNORECASE
        )
        if following:
            value = value[: following.start()].strip()
        if not value and number + 1 < len(lines) and ":" in line.text:
            value, start = lines[number + 1].text, lines[number + 1].start
        words = value.split()
        if not words or len(words) > 6 or not all(_WORD.fullmatch(w.strip(",")) for w in words):
            continue
        if heading_name(value, CV_HEADINGS) or (role_score(value) >= 2 and fold(words[0]) not in FIRST_NAMES):
            continue
        found = (value, start, start + len(value))
        combined = bool(re.search(r"(?:et|&|/|,)|full|complet|candidat|^name", label, re.IGNORECASE))
        if combined or (len(words) > 1 and re.match(r"(?:nom|name)$", label, re.IGNORECASE) and first is None):
            return FoundName(value, found[1], found[2], _parts(words))
        if _FIRST_LABELS.match(label):
            first = first or found
        elif _LAST_LABELS.match(label):
            last = last or found
    if first and last:
        return FoundName(
            f"{first[0]} {last[0]}",
            first[1],
            first[2],
            _parts([*first[0].split(), *last[0].split()]),
            extra=((last[1], last[2]),),
        )
    one = first or last
    return FoundName(one[0], one[1], one[2], _parts(one[0].split())) if one and len(one[0].split()) > 1 else None


def _parts(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(w.strip(".,'’\"“”«»") for w in words if len(_letters(w)) >= 3 and fold(w) not in PARTICLES))


def _letters(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", word) if c.isalpha())


def occurrences(text: str, parts: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where the words of a name stand capitalised, with or without their accents, anywhere in the text."""
    plain = text.translate(_PLAIN)
    marked = _MARK.search(plain) is not None
    spans: list[tuple[int, int]] = []
    for part in parts:
        letters = unicodedata.normalize("NFD", part).translate(_PLAIN)
        letters = "".join(c for c in letters if not unicodedata.combining(c))
        if not marked and letters.isalpha():
            spans += [(s, s + len(letters)) for s in _whole_words(plain, letters) if text[s].isupper()]
            continue
        pattern = "".join(_letter_pattern(c) for c in letters)
        for match in re.finditer(rf"(?<![^\W_]){pattern}(?![^\W_])", plain):
            if text[match.start()].isupper():
                spans.append(match.span())
    return sorted(spans)


def _whole_words(text: str, word: str) -> Iterator[int]:
    """Where a word stands with no letter or digit beside it."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if not (at and text[at - 1].isalnum()) and not text[end : end + 1].isalnum():
            yield at
            at = text.find(word, end)
        else:
            at = text.find(word, at + 1)


_MARK = re.compile(r"[\u0300-\u036f]")


_BARRED = dict(zip("łŁøØđĐſ", "lloodds", strict=True))


class _PlainLetters(dict[int, str]):
    """A translation table, filled as it is asked: each letter to its base in lower case, one character for one."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        plain = _BARRED.get(letter)
        if plain is None:
            base = unicodedata.normalize("NFD", letter)[0].casefold()
            plain = base if base.isascii() and base.isalpha() else letter.lower()
            plain = plain if len(plain) == 1 else letter
        self[code] = plain
        return plain


_PLAIN = _PlainLetters()


def _letter_pattern(letter: str) -> str:
    if not letter.isalpha():
        return r"[-'’ ]" if letter in "-'’" else re.escape(letter)
    return rf"{re.escape(letter)}[\u0300-\u036f]*"
