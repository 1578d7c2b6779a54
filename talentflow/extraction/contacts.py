"""E-mail addresses, phone numbers, personal addresses and pages in a text, with their spans."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from talentflow.extraction.dates import find_date_ranges
from talentflow.records import Evidence

_EMAIL = re.compile(
    r"(?:mailto:)?(?<![\w.+%-])[^\W_](?:[\w.+%'’-]{0,63})(?:@|[ \t]{0,2}(?:\[at\]|\(at\)|\{at\}|<at>|\[arobase\]|"
    r"\(arobase\)|\(a\))[ \t]{0,2}|＠)"
    r"(?:[^\W_](?:[\w-]{0,62})(?:\.|[ \t]{0,2}(?:\[dot\]|\(dot\)|\[point\]|\(point\))[ \t]{0,2})){1,6}[^\W\d_]{2,24}(?![\w-])",
    re.IGNORECASE,
)
_AT = re.compile(r"[@＠]|[\[({<](?:at|arobase|a)[\])}>]", re.IGNORECASE)
_EMAIL_WORDS = re.compile(r"[ \t]{0,2}(?:\[at\]|\(at\)|\{at\}|<at>|\[arobase\]|\(arobase\)|\(a\)|＠)[ \t]{0,2}", re.IGNORECASE)
_DOT_WORDS = re.compile(r"[ \t]{0,2}(?:\[dot\]|\(dot\)|\[point\]|\(point\))[ \t]{0,2}", re.IGNORECASE)

_SEP = r"[ \t\u00a0\u202f.\-‐‑–/]"
_PHONE_LABEL = re.compile(
    r"(?<!\w)(?:t[ée]l(?:[ée]phone|[ée]ph)?s?|t[ée]l\.|phones?|mobiles?|mob|cell(?:ulaire|phone)?|portables?|port|"
    r"gsm|whatsapp|fixe|fax|call|☎|📞|📱|✆)"
    r"[ \t]{0,3}(?:\([^()\n]{1,16}\))?[ \t]{0,2}(?:n°|no\.?|number)?[ \t]{0,3}[.:|"
    r"\-–]?[ \t]{0,3}(?P<number>\+?[(\d][\d \t\u00a0\u202f().\-‐‑–/]{4,24}\d)",
    re.IGNORECASE,
)
_WRAPPED_PHONE = re.compile(
    r"(?<!\w)(?:t[ée]l(?:[ée]phone)?|phone|mobile|cell|portable)[ \t]{0,2}[.:][ \t]{0,3}"
    r"(?P<number>\+?[(\d][\d \t().\-]{1,14}\n[ \t]{0,3}[\d \t().\-]{1,14}\d)(?=[ \t]{0,3}(?:\n|$|[|•·,;/]))",
    re.IGNORECASE,
)
"""A labelled number that the end of a line breaks."""
_PHONE_SHAPES = re.compile(
    rf"""(?<![\w/.,+€$£])(?:
      (?:\+|00){_SEP}?\d{{1,3}}(?:{_SEP}?\(0\))?(?:{_SEP}{{0,2}}\(?\d{{1,4}}\)?){{2,6}}
    | (?:1{_SEP})?\(\d{{3}}\){_SEP}{{0,2}}\d{{3}}{_SEP}\d{{4}}
    | (?:1{_SEP})?\d{{3}}[.\-‐‑– ]\d{{3}}[.\-‐‑– ]\d{{4}}
    | 0[1-9](?:{_SEP}?\d{{2}}){{4}}
    | 0\d{{2,4}}\)?[ \-]\d{{3,4}}[ \-]?\d{{3,4}}
    | \(0\d{{2,4}}\)[ \-]?\d{{3,4}}[ \-]?\d{{3,4}}
    | 0\d{{3}}[/ .]\d{{2}}[. ]\d{{2}}[. ]\d{{2}}
    | 0\d{{9,10}}
    )(?:[ \t]{{0,2}}(?:x|ext\.?|poste)[ \t]{{0,2}}\d{{1,5}})?(?![\w€$£%]|[.,]\d)""",
    re.VERBOSE | re.IGNORECASE,
)
_LOOSE_PHONE = re.compile(r"(?<![\w/.,+€$£-])\(?\d[\d \t\u00a0.()\-]{7,17}\d(?![\w€$£%]|[.,]\d)")

_THOUSANDS = re.compile(r"\d{1,3}(?:[ \u00a0.]\d{3}){2,4}")
_MOST_LOOSE = 400
"""Numbers of no known shape that are looked up in one text."""

_URL = re.compile(
    r"(?<![\w@.])(?:https?://|www\.)[^\s<>\"'()\[\]{}|]{2,300}|(?<![\w@./-])(?:[a-z0-9-]{1,40}\.){1,3}"
    r"(?:com|org|net|fr|io|dev|me|eu|be|ch|ca|uk|de|info|tech|design|app|ai|co|xyz|site|pro|"
    r"page)(?:/[^\s<>\"'()\[\]{}|•·]{0,200})?(?![\w@])",
    re.IGNORECASE,
)
_PAGE_CUE = re.compile(r"://|\.[a-z\u017f\u212a]", re.IGNORECASE)
_PROFILE_HOSTS = re.compile(
    r"(?:linkedin|github|gitlab|bitbucket|twitter|facebook|instagram|behance|dribbble|medium|stackoverflow|kaggle|"
    r"viadeo|xing|malt|youtube|tiktok|"
    r"vimeo|soundcloud|about\.me|orcid|researchgate|doyoubuzz|codepen|hashnode|notion)\b|(?:^|//)x\.com|t\.me|github\.io|wa\.me",
    re.IGNORECASE,
)
_HANDLE = re.compile(
    r"(?<!\w)(?:linked[ -]?in|git[ -]?hub|gitlab|skype|twitter|instagram|facebook|telegram|portfolio|"
    r"kaggle)[ \t]{0,2}[:/][ \t]{0,2}(?P<handle>@?[\w./@-]{3,120})",
    re.IGNORECASE,
)
_AT_HANDLE = re.compile(r"(?<![\w@.])@[A-Za-z0-9_][\w.-]{2,38}")


def _on_lines(pattern: re.Pattern[str], cue: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """What a pattern that stays within a line finds, looked for only on lines that have its cue."""
    at = 0
    while (hint := cue.search(text, at)) is not None:
        start = text.rfind("\n", at, hint.start()) + 1 or at
        end = text.find("\n", hint.end())
        end = end if end >= 0 else len(text)
        yield from pattern.finditer(text, start, end)
        at = end


def find_emails(text: str) -> list[tuple[str, Evidence]]:
    """Addresses in order, `name [at] host` read as one."""
    found: list[tuple[str, Evidence]] = []
    for match in _on_lines(_EMAIL, _AT, text):
        raw = match.group()
        address = _DOT_WORDS.sub(".", _EMAIL_WORDS.sub("@", raw.removeprefix("mailto:").removeprefix("MAILTO:")))
        found.append((address, Evidence(field="email", start=match.start(), end=match.end())))
    return found


def find_phones(text: str, *, loose: bool = True) -> list[tuple[str, Evidence]]:
    """Phone numbers as written, in order: labelled ones, those of a known shape, and with `loose` whatever the phonenumbers
    library takes for a number of a likely country."""
    spans: list[tuple[int, int]] = []
    taken = bytearray(len(text))

    def add(start: int, end: int) -> None:
        raw = text[start:end].rstrip(" \t-–.(")
        end = start + len(raw)
        digits = sum(c.isdigit() for c in raw)
        if not 6 <= digits <= 17 or _is_date(raw):
            return
        if not any(taken[start:end]):
            spans.append((start, end))
            taken[start:end] = b"\x01" * (end - start)

    for match in _WRAPPED_PHONE.finditer(text):
        if 9 <= sum(c.isdigit() for c in match["number"]) <= 13 and sum(map(str.isdigit, match["number"].split("\n")[0])) < 8:
            add(*match.span("number"))
    for match in _PHONE_LABEL.finditer(text):
        add(*match.span("number"))
    for match in _PHONE_SHAPES.finditer(text):
        if sum(c.isdigit() for c in match.group()) >= 8:
            add(*match.span())
    if loose:
        for match in itertools.islice(_LOOSE_PHONE.finditer(text), _MOST_LOOSE):
            if any(taken[match.start() : match.end()]):
                continue
            if _is_number_somewhere(match.group()):
                add(*match.span())
    return [(" ".join(text[s:e].split("\n")), Evidence(field="phone", start=s, end=e)) for s, e in sorted(spans)]


def _is_date(raw: str) -> bool:
    digits = sum(c.isdigit() for c in raw)
    return any(sum(c.isdigit() for c in raw[r.start : r.end]) * 2 > digits for r in find_date_ranges(raw))


def _is_number_somewhere(raw: str) -> bool:
    import phonenumbers

    if sum(c.isdigit() for c in raw) < 9 or raw.count(" ") > 6 or _THOUSANDS.fullmatch(raw):
        return False
    for region in ("FR", "US", "GB", "DE", "BE", "CH"):
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(raw, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def find_urls(text: str, *, header_end: int, own: tuple[str, ...] = ()) -> list[tuple[str, Evidence]]:
    """Pages that are a person's own: profiles anywhere, any page above `header_end`, any that has one of `own` (folded
    name parts) in it."""
    found: list[tuple[str, Evidence]] = []
    taken = bytearray(len(text))
    for match in _on_lines(_URL, _PAGE_CUE, text):
        raw = match.group().rstrip(".,;:!?")
        lowered = raw.casefold()
        is_page = "/" in raw or lowered.startswith("www") or match.end() <= header_end
        if _PROFILE_HOSTS.search(raw) or (is_page and match.end() <= header_end) or any(part in lowered for part in own):
            found.append((raw, Evidence(field="urls", start=match.start(), end=match.start() + len(raw))))
            taken[match.start() : match.start() + len(raw)] = b"\x01" * len(raw)
    for match in _HANDLE.finditer(text):
        start, end = match.span("handle")
        if "@" in match["handle"][1:] or taken[start]:
            continue
        found.append((match["handle"], Evidence(field="urls", start=start, end=end)))
    for match in _AT_HANDLE.finditer(text[:header_end]):
        if not taken[match.start()]:
            found.append((match.group(), Evidence(field="urls", start=match.start(), end=match.end())))
    return sorted(found, key=lambda f: f[1].start)
