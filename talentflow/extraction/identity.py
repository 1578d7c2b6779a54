"""Personal data in a text: who it is, how to reach them, and every place where the text says so."""

from __future__ import annotations

import re
from typing import Protocol

from talentflow.extraction.contact_names import find_contacts
from talentflow.extraction.contacts import find_emails, find_phones, find_urls
from talentflow.extraction.cv_headings import CV_HEADINGS
from talentflow.extraction.dates import find_date_ranges, find_dates
from talentflow.extraction.names import FoundName, find_name, occurrences
from talentflow.extraction.sections import Line, fold, heading_name, split_lines
from talentflow.records import Evidence, Identity, Kind

_STREET_FR = (
    r"\d{1,4}(?:[ \t]?(?:bis|ter|quater|[A-D]))?[ \t]?,?[ \t]{0,2}(?:rue|avenue|av\.?|boulevard|bd\.?|bld\.?|"
    r"blvd\.?|place|pl\.|chemin|ch\.|all[ée]es?|impasse|imp\."
    r"|route|rte|quai|cours|square|passage|villa|cit[ée]|r[ée]sidence|lotissement|faubourg|fg|sentier|ruelle|"
    r"mont[ée]e|esplanade|promenade|voie|venelle|hameau|chauss[ée]e)"
    r"[ \t](?:(?!\d{5})[^\n|•·–—,;]){2,60}"
)
_STREET_EN = (
    r"\d{1,5}[A-Za-z]?,?[ \t](?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.?[ \t])?(?:[A-Z0-9][\w.'’-]{0,24}[ \t]){1,4}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Place|Pl|Square|Sq|Terrace|"
    r"Close|Crescent|Cres|Parkway|Pkwy|Highway|Hwy|Grove|Gardens|Mews|Row|Circle|Cir|Trail|Loop|Hill)\b\.?"
    r"(?:,?[ \t](?:Apt|Apartment|Suite|Ste|Unit|Flat|#)\.?[ \t]?#?[\w-]{1,6})?"
)
_STREET = re.compile(
    r"(?<![\w.,-])(?:(?:(?:Flat|Apt|Apartment|Appt|Appartement|Unit|B[âa]t(?:iment)?)\.?[ \t][\w-]{1,5},?[ \t]{0,2})?"
    rf"(?:{_STREET_FR}|(?-i:{_STREET_EN}))|"
    r"(?:Flat|Apt|Apartment|Appt|Appartement|B[âa]t(?:iment)?)\.?[ \t][\w-]{1,5},?[ \t]{0,2}(?=\d)"
    r"|P\.?[ \t]?O\.?[ \t]?Box[ \t]\d{1,6}|(?-i:BP)[ \t]\d{1,5})",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"(?<![\w.,+-])(?:(?:F-?|FR-?)?(?P<fr>\d{2}[ ]?\d{3})(?=,?[ \t]{1,2}[A-ZÀ-Þ])|"
    r"(?P<gb>[A-Z]{1,2}\d[A-Z\d]?[ ]\d[A-Z]{2})(?!\w)|(?<=[A-Z]{2}[ ])(?P<us>\d{5}(?:-\d{4})?)(?![\w-]))"
)
_ADDRESS_LABEL = re.compile(
    r"(?<!\w)(?:(?:home|postal|mailing|current|street)[ \t])?(?:adresse?(?:[ \t](?:postale|personnelle))?|address|"
    r"domicile|résidant|residing at)[ \t]{0,2}:[ \t]{0,3}(?P<value>[^\n|•·]{3,120})",
    re.IGNORECASE,
)
_BIRTH = re.compile(
    r"(?<!\w)(?:n[ée]e?(?:\(e\)|\.e|·e|-e)?[ \t]le|date[ \t](?:et[ \t]lieu[ \t])?de[ \t]naissance|naissance|"
    r"born(?:[ \t](?:on|in))?|date[ \t]of[ \t]birth|birth[ \t]?date|birthday|d\.?o\.?b\.?|né[ \t]en|née[ \t]en)"
    r"(?:[ \t]{0,2}(?:\([^()\n]{1,12}\)))?[ \t]{0,2}[:\-–|]?[ \t]{0,3}\n?[ \t]{0,3}(?P<value>[^\n|•·;]{4,60})",
    re.IGNORECASE,
)
_AGE = re.compile(
    r"(?<![\w.,+])(?P<value>[1-7]\d[ \t\u00a0](?:ans|years[ \t]old|yrs?[ \t]old|y/?o|"
    r"years[ \t]of[ \t]age))(?!\w)(?!['’]?[ \t]{0,2}(?:d['’]|de[ \t]|of[ \t]|dans|in[ \t]|en[ \t]))"
    r"|(?<!\w)(?:age|âge)[ \t]{0,2}:[ \t]{0,3}(?P<labelled>[1-7]\d(?:[ \t](?:ans|years?))?)",
    re.IGNORECASE,
)
_GENDER = re.compile(
    r"(?<!\w)(?:sexe?|gender|genre|civilit[ée]|pronouns?|pronoms?|title|titre)[ \t]{0,2}[:|"
    r"][ \t]{0,3}(?P<value>hommes?|femmes?|masculin|f[ée]minin|males?|females?|man|woman|m\.?|f\.?|h\.?|mr\.?|"
    r"mrs\.?|ms\.?|mme|mlle|monsieur|madame|mademoiselle"
    r"|non[ -]?binary|non[ -]?binaire|other|autre|she/her|he/him|they/them|elle|il)(?![\w'’])",
    re.IGNORECASE,
)
_GENDER_ALONE = {
    "homme": "male", "femme": "female", "male": "male", "female": "female", "masculin": "male", "feminin": "female",
    "she her": "female", "he him": "male", "she her hers": "female", "he him his": "male", "they them": "other",
}  # fmt: skip
_GENDERS = {
    "male": ("homme", "hommes", "masculin", "male", "males", "man", "m", "h", "mr", "monsieur", "he him", "il"),
    "female": (
        "femme",
        "femmes",
        "feminin",
        "female",
        "females",
        "woman",
        "f",
        "mrs",
        "ms",
        "mme",
        "mlle",
        "madame",
        "mademoiselle",
        "she her",
        "elle",
    ),
}
_NATIONALITY = re.compile(
    r"(?<!\w)(?:(?:nationalit[ée]s?|nationality|nationalities|citizenship|citoyennet[ée])[ \t]{0,2}[:|"
    r"\t–-]?[ \t]{0,3}(?P<labelled>[^\W\d_][^\n|•·;,/]{2,30}?)(?=[ \t]{0,3}(?:$|\n|\r|[|•·;,/.)]|[ \t]-|[ \t]{2}))"
    r"|(?P<national>[^\W\d_]{4,16})[ \t](?:national|citizen)(?!\w)|(?P<us>U\.?S\.?(?:A\.?)?|U\.?K\.?|"
    r"EU)[ \t](?:national|citizen)(?:ship)?(?!\w)"
    r"|(?:citoyen(?:ne)?)[ \t](?P<citoyen>[^\W\d_]{4,16}))",
    re.IGNORECASE,
)
_MARITAL_WORDS = (
    r"mari[ée](?:\(e\))?e?|c[ée]libataire|divorc[ée](?:\(e\))?e?|pacs[ée](?:\(e\))?e?|veuf|veuve|en[ \t](?:couple|"
    r"concubinage)|union[ \t]libre|single|married|divorced|widowed|separated|engaged"
)
_MARITAL = re.compile(
    rf"(?<!\w)(?:(?:marital[ \t]status|civil[ \t]status|family[ \t]status|situation(?:[ \t](?:familiale|"
    rf"matrimoniale|de[ \t]famille))|[ée]tat[ \t]civil|statut[ \t]marital)[ \t]{{0,2}}[:|"
    rf"–-][ \t]{{0,3}}(?P<labelled>[^\n|•·;]{{3,40}})"
    rf"|(?:^|(?<=[|•·,;\n(–]))[ \t]{{0,3}}(?P<alone>(?:{_MARITAL_WORDS})(?:,?[ \t](?:et[ \t]|and[ \t]|with[ \t]|"
    rf"avec[ \t])?(?:\d|un|une|deux|trois|one|two|three|no|sans)[ \t](?:enfants?|child(?:ren)?|"
    rf"kids?))?)[ \t]{{0,3}}(?=$|[|•·,;\n)–]))",
    re.IGNORECASE | re.MULTILINE,
)
_PHOTO = re.compile(
    r"(?:^|(?<=\n))[ \t]{0,4}[\[(]?(?:photo(?:graph(?:ie)?)?|picture|portrait)(?:[ \t](?:de|of|d['’])[^\n]{0,40}|"
    r"[ \t]{0,2}:[^\n]{0,60}|[ \t]?\d?)[\])]?[ \t]{0,4}(?=\n|$)",
    re.IGNORECASE,
)
_HEADER_LINES = 15


class _Take(Protocol):
    def __call__(self, field: str, start: int, end: int, value: str | None = None, *, keep: bool = True) -> None: ...


def find_identity(text: str, *, kind: Kind) -> Identity:
    """Personal data in a text, with the spans to blank. Ids are left empty.

    For a CV the spans cover every occurrence of the name (its words too, where they stand alone), e-mail addresses, phone
    numbers, street address and postcode, birth date and age, gender, nationality, marital status, own pages and photo
    captions. For other kinds only addresses, numbers and the names of who is to be contacted. City and country stay.
    """
    emails = find_emails(text)
    outside = _without(text, [e for _, e in emails])
    if kind != "cv":
        phones = find_phones(outside, loose=False)
        names = [Evidence(field="name", start=start, end=end) for start, end in find_contacts(text, emails, phones)]
        return _identity(emails, phones, spans=names)

    lines = split_lines(text)
    header_end = _header_end(lines)
    name = find_name(lines, [e for e, _ in emails])
    own = tuple(fold(p).replace(" ", "") for p in name.parts if len(p) > 3) if name else ()
    urls = find_urls(outside, header_end=header_end, own=own)
    outside = _without(outside, [e for _, e in urls])
    # `06 12 34 56 22 45 ans`: the age is no part of the number.
    ages = [Evidence(field="age", start=m.start(), end=m.end()) for m in _AGE.finditer(text)]
    phones = find_phones(_without(outside, ages), loose=True)
    spans: list[Evidence] = []
    found: dict[str, str | None] = {}

    def take(field: str, start: int, end: int, value: str | None = None, *, keep: bool = True) -> None:
        spans.append(Evidence(field=field, start=start, end=end))
        if keep and found.get(field) is None:
            found[field] = value if value is not None else text[start:end].strip()

    if name:
        spans += _name_spans(text, name)
    gender = name.gender if name else None
    _addresses(text, outside, header_end, take)
    _births(text, take)
    for match in _AGE.finditer(text):
        group = "value" if match["value"] else "labelled"
        line = text[text.rfind("\n", 0, match.start()) + 1 :][:100].split("\n")[0]
        if group == "labelled" or match.end() <= header_end or len(line.strip()) <= 40:
            take("age", *match.span(group))
    for match in _GENDER.finditer(text):
        said = fold(match["value"])
        gender = gender or next((g for g, words in _GENDERS.items() if said in words), "other")
        take("gender", *match.span("value"), gender)
    for line in lines[:_HEADER_LINES]:
        for piece in re.finditer(r"[^|•·,;()\t–]+", line.text[:200]):
            said = _GENDER_ALONE.get(fold(piece.group())) if len(piece.group()) < 24 else None
            if said:
                gender = gender or said
                take("gender", line.start + piece.start(), line.start + piece.end(), said)
    for match in _NATIONALITY.finditer(text):
        group = match.lastgroup or "labelled"
        if group in ("national", "us", "citoyen") and match.end() > header_end and not _short_line(text, match.start()):
            continue
        if group == "national" and not _is_demonym(match[group]):
            continue
        take("nationality", *match.span(group))
    for match in _MARITAL.finditer(text):
        group = "labelled" if match["labelled"] else "alone"
        if group == "labelled" or match.end() <= header_end or _short_line(text, match.start()):
            take("marital_status", *match.span(group))
    spans += [Evidence(field="photo", start=m.start(), end=m.end()) for m in _PHOTO.finditer(text)]
    return _identity(emails, phones, spans=spans, urls=urls, name=name, gender=gender, found=found)


def _identity(
    emails: list[tuple[str, Evidence]],
    phones: list[tuple[str, Evidence]],
    *,
    spans: list[Evidence],
    urls: list[tuple[str, Evidence]] | None = None,
    name: FoundName | None = None,
    gender: str | None = None,
    found: dict[str, str | None] | None = None,
) -> Identity:
    said = found or {}
    pages = list(dict.fromkeys(u for u, _ in urls or []))
    for value, evidence in urls or []:
        spans.append(Evidence(field=f"urls[{pages.index(value)}]", start=evidence.start, end=evidence.end))
    spans += [e for _, e in emails] + [e for _, e in phones]
    return Identity(
        candidate_id="",
        document_id="",
        name=name.name if name else None,
        email=emails[0][0] if emails else None,
        phone=phones[0][0] if phones else None,
        address=said.get("address"),
        birth_date=said.get("birth_date"),
        gender=gender,
        nationality=said.get("nationality"),
        urls=pages,
        spans=sorted({(s.start, s.end, s.field): s for s in spans}.values(), key=lambda s: (s.start, s.end, s.field)),
    )


def _header_end(lines: list[Line]) -> int:
    """Where the contact block ends: the second known heading's line at most, fifteen lines at most."""
    end = 0
    for line in lines[:_HEADER_LINES]:
        name = heading_name(line.text, CV_HEADINGS)
        if name in ("work", "education", "skills"):
            break
        end = line.end
    return end


def _without(text: str, spans: list[Evidence]) -> str:
    """The text with spans made of blanks, so that no later pattern reads them again."""
    pieces: list[str] = []
    at = 0
    for span in spans:
        if span.start >= at:
            pieces += [text[at : span.start], " " * (span.end - span.start)]
            at = span.end
    return "".join([*pieces, text[at:]])


def _name_spans(text: str, name: FoundName) -> list[Evidence]:
    spans = [Evidence(field="name", start=name.start, end=name.end)]
    spans += [Evidence(field="name", start=start, end=end) for start, end in name.extra]
    places = occurrences(text, name.parts)
    dates = [(r.start, r.end) for r in find_date_ranges(text)] if any(_is_month(p) for p in name.parts) else []
    inside = bytearray(len(text))
    for start, end in dates:
        inside[start:end] = b"\x01" * (end - start)
    spans += [Evidence(field="name", start=start, end=end) for start, end in places if not all(inside[start:end])]
    return spans


def _is_month(word: str) -> bool:
    return bool(find_dates(f"{word} 2020")) and not word.isdigit() and find_dates(f"{word} 2020")[0].start == 0


def _addresses(text: str, outside: str, header_end: int, take: _Take) -> None:
    for match in _ADDRESS_LABEL.finditer(text):
        value = match["value"]
        start = match.start("value")
        street = _STREET.search(outside, start, match.end("value"))
        if street is None and not re.search(r"\d", value):
            continue
        end = street.end() if street else start + len(re.split(r",|\s\d{5}\s", value, maxsplit=1)[0])
        take("address", start, end, text[start:end].strip(" ,"))
    for match in _STREET.finditer(outside):
        take("address", match.start(), match.end(), match.group().strip(" ,"))
    for match in _POSTCODE.finditer(outside):
        group = match.lastgroup or "fr"
        line_start = outside.rfind("\n", 0, match.start()) + 1
        has_street = _STREET.search(outside, max(0, line_start - 120), match.start()) is not None
        if match.end() <= header_end or has_street:
            take("address", *match.span(group), keep=False)


_BIRTH_PLACE = re.compile(
    r"(?<!\w)(?:place[ \t]of[ \t]birth|birth[ \t]?place|lieu[ \t]de[ \t]naissance)"
    r"[ \t]{0,2}[:|\t–-][ \t]{0,3}(?P<value>[^\n|•·;]{2,40})",
    re.IGNORECASE,
)


def _births(text: str, take: _Take) -> None:
    for match in _BIRTH_PLACE.finditer(text):
        take("birth_place", *match.span("value"))
    for match in _BIRTH.finditer(text):
        dates = find_dates(match["value"])
        if not dates:
            continue
        start = match.start("value") + dates[0].start
        take("birth_date", start, match.start("value") + dates[0].end, dates[0].iso)
        place = re.match(r"[ \t]{0,2}(?:à|a|in|,)[ \t]([^\W\d_][^\n,|(]{1,30})", match["value"][dates[0].end :])
        if place:
            take(
                "birth_place",
                match.start("value") + dates[0].end + place.start(1),
                match.start("value") + dates[0].end + place.end(1),
            )


def _short_line(text: str, at: int) -> bool:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return (end if end >= 0 else len(text)) - start <= 48


def _is_demonym(word: str) -> bool:
    return fold(word).endswith(("an", "ish", "ese", "ch", "ian", "i", "ean", "man", "ic", "sh", "tch"))
