"""Posts in a CV: position, employer, place and dates from the head of an entry."""

from __future__ import annotations

import re
from collections.abc import Sequence

from talentflow.extraction.dates import month_span
from talentflow.extraction.entries import Entry, describe, head_pieces
from talentflow.extraction.entry_heads import NOISE, Head, without_place
from talentflow.extraction.sections import fold
from talentflow.extraction.spans import Span, split_span
from talentflow.extraction.words import employer_score, role_score, school_score
from talentflow.records import Evidence, Work

_AT = re.compile(
    r"\s+(?:at|chez|@|for|pour le compte de|auprès de|au sein d(?:e la|u|es|e l['’]|e|['’]))\s*(?=[A-ZÀ-Þ0-9█'’])|"
    r"\s+(?:at|chez|@)\s+"
)
_COMMA = re.compile(r"\s*,\s+|,(?=[A-ZÀ-Þ])")
_EMPLOYER_LABEL = re.compile(
    r"^(?:nom(?: et adresse)? de l['’]employeur|name(?: and address)? of employer|employer|employeur)\s*:?\s+(?=\S)",
    re.IGNORECASE,
)
_COLUMN = re.compile(
    r"^(?:employer|company|position|period|dates?|title|job title|role|employeur|poste|p[ée]riode|duties|"
    r"missions?|responsibilities|tasks|t[âa]ches|location|lieu|ville|city|entreprise|fonction|soci[ée]t[ée])$",
    re.IGNORECASE,
)
"""Heads of a table's columns."""
_FORM_LABEL = re.compile(
    r"^(?:fonction ou poste occup[ée]|occupation or position held|poste occup[ée]|nom(?: et adresse)? de l['’]employeur"
    r"|name(?: and address)? of employer)\s*:?\s*",
    re.IGNORECASE,
)
"""Labels of the Europass form, which stand before their value without a mark."""
_CONTRACT_ALONE = re.compile(
    r"^(?:stage|stagiaire|alternance|internship|apprentissage|apprenti(?:e)?|freelance|int[ée]rim|b[ée]n[ée]volat|volunteer)$",
    re.IGNORECASE,
)
BREAK = re.compile(
    r"^(?:career break|family (?:care|reasons|leave)|caring for|raisons familiales|aidante? familiale?|"
    r"interruption pour|parental leave|maternity leave|paternity leave|sabbatical|gap year|cong[ée] (?:parental|"
    r"maternit[ée]|sabbatique)|ann[ée]e (?:sabbatique|de c[ée]sure)|c[ée]sure"
    r"|pause (?:professionnelle|carri[èe]re)|interruption (?:de carri[èe]re|professionnelle)|"
    r"recherche d['’]emploi|tour d['’]europe|voyages?(?: autour du monde)?$|unemployed|travel(?:ling|ing)?|tour du monde)(?!\w)",
    re.IGNORECASE,
)
"""Times that a CV accounts for without a post."""
_PART_OF = re.compile(r"^(?:department|dept\.?|faculty|division|école doctorale|ufr|faculté) ", re.IGNORECASE)
"""A part of an employer, which the CV names beside it."""
_LEGAL = re.compile(r"^(?:inc|llc|ltd|limited|llp|plc|corp|co|gmbh|s\.?a\.?s?|sarl|l\.?p|n\.?v|b\.?v)\.?$", re.IGNORECASE)


def work_names(text: str) -> int:
    """How much a line reads like it names a post or an employer."""
    return max(role_score(text), employer_score(text))


def read_work(entries: Sequence[Entry], prefix: str, first: int) -> list[tuple[Work, list[Evidence]]]:
    """Records of the entries, with evidence under `<prefix>[<n>].…`, n from `first` on.

    A role without an employer under an employer's heading takes the employer of the entry before it. Where nothing tells
    which of two pieces is the position, the section's other entries decide.
    """
    heads = [_split_head(entry) for entry in entries]
    # A vote: > 0 when the first of two pieces is the position in this CV.
    vote = sum(_preference(pieces) for pieces, _ in heads)
    found: list[tuple[Work, list[Evidence]]] = []
    last_employer: Span | None = None
    last_location: Span | None = None
    for entry, (pieces, head) in zip(entries, heads, strict=True):
        _take_labelled_employer(entry, head)
        _assign(pieces, head, vote)
        if (head.position is None and head.employer is None) or any(
            said is not None and BREAK.match(said.text) for said in (head.position, head.employer)
        ):
            continue
        _move_place(head)
        inherited = False
        if head.employer is None and head.position is not None and last_employer is not None and entry.dates is not None:
            before = found[-1][0] if found else None
            alone = len(entry.heads) == 1 or (len(pieces) == 1 and before is not None and _follows(entry, before))
            inherited = alone and before is not None and before.name is not None
            if inherited:
                head.employer, head.location = last_employer, head.location or last_location
        last_employer, last_location = head.employer or last_employer, head.location or last_location
        found.append(make_post(entry, head, f"{prefix}[{first + len(found)}]"))
    return found


def _follows(entry: Entry, later: Work) -> bool:
    """Whether a post ended when the one above it began, as steps with one employer do."""
    ended = month_span(entry.dates.start_date, entry.dates.end_date) if entry.dates and not entry.dates.current else None
    began = month_span(later.start_date, None)
    return ended is not None and began is not None and -1 <= began[0] - ended[1] <= 1


def make_post(entry: Entry, head: Head, path: str) -> tuple[Work, list[Evidence]]:
    evidence: list[Evidence] = []

    def point(name: str, span: Span | None) -> str | None:
        if span is None or not span.text:
            return None
        evidence.append(Evidence(field=f"{path}.{name}", start=span.start, end=span.end))
        return span.text

    highlights, summary = describe(entry)
    dates = entry.dates
    work = Work(
        position=point("position", head.position),
        name=point("name", head.employer),
        location=point("location", head.location),
        start_date=dates.start_date if dates else None,
        end_date=dates.end_date if dates else None,
        current=dates.current if dates else False,
        summary=point("summary", summary),
        highlights=[h.text for h in highlights],
    )
    if dates:
        for name in ("start_date", "end_date", "current"):
            if getattr(work, name):
                evidence.append(Evidence(field=f"{path}.{name}", start=dates.start, end=dates.end))
    for number, span in enumerate(highlights):
        evidence.append(Evidence(field=f"{path}.highlights[{number}]", start=span.start, end=span.end))
    return work, evidence


def _split_head(entry: Entry) -> tuple[list[Span], Head]:
    """The pieces of a head that may be position or employer, in order; places and noise taken out."""
    head = Head()
    pieces: list[Span] = []
    for line in head_pieces(entry):
        for piece in line:
            for part in _at_parts(_without_label(piece), head):
                pieces += without_place(part, head)
    kept: list[Span] = []
    for piece in pieces:
        if not piece.text or (NOISE.match(piece.text) and not _ends_in_role(piece.text)) or _COLUMN.match(piece.text):
            continue
        kept.append(piece)
    real = [p for p in kept if not _CONTRACT_ALONE.match(p.text)]
    if len(real) >= 2 or (real and role_score(real[0].text) >= 2):
        kept = real
    if len(kept) == 1:
        kept = _comma_parts(kept[0])
    elif len(kept) >= 2 and not any(role_score(p.text) for p in kept[:2]):
        # `Company, Title | …`: the title hides behind a comma.
        parts = [q for p in kept for q in _comma_parts(p)]
        if any(role_score(p.text) for p in parts[:4]):
            kept = parts
    return kept, head


def _ends_in_role(text: str) -> bool:
    """`Contract Specialist` is a title, `Contract` and `stage de 6 mois` say on which terms."""
    words = fold(text).split()
    return len(words) > 1 and role_score(words[-1]) == 3 and not _CONTRACT_ALONE.match(words[-1])


def _move_place(head: Head) -> None:
    """`Hotel Majestic, Harrogate`: a short name after an employer's comma is where it is, whether the taxonomy knows the
    place or not."""
    if head.employer is None:
        return
    parts = split_span(head.employer, _COMMA)
    if len(parts) != 2 or _LEGAL.match(parts[1].text):
        return
    words = parts[1].text.split()
    if len(words) <= 3 and parts[1].text[0].isupper() and not employer_score(parts[1].text) and not role_score(parts[1].text):
        head.employer = parts[0]
        head.location = head.location or parts[1]


def _take_labelled_employer(entry: Entry, head: Head) -> None:
    """Forms that name the employer on a line of its own below the tasks."""
    for number, row in enumerate(entry.body[:12]):
        match = _EMPLOYER_LABEL.match(row.line.text)
        if match is None or head.employer is not None:
            continue
        whole = Span(row.line.text, row.line.start, row.line.end)
        rest = without_place(whole.cut(match.end(), len(whole.text)), head)
        if rest and rest[0].text:
            head.employer = rest[0]
            del entry.body[number]
            return


def _without_label(piece: Span) -> Span:
    label = _FORM_LABEL.match(piece.text)
    return piece.cut(label.end(), len(piece.text)) if label and label.end() < len(piece.text) else piece


def _at_parts(piece: Span, head: Head) -> list[Span]:
    match = _AT.search(piece.text)
    if match is None:
        return [piece]
    if "chez" not in match.group().casefold() and role_score(piece.text[: match.start()]) == 0:
        return [piece]
    before, after = piece.cut(0, match.start()), piece.cut(match.end(), len(piece.text))
    if head.employer is None and after.text:
        rest = without_place(after, head)
        head.employer = rest[0] if rest else after
        return [before] if before.text else []
    return [p for p in (before, after) if p.text]


def _comma_parts(piece: Span) -> list[Span]:
    """A piece split at commas when that gives a position and an employer."""
    parts = split_span(piece, _COMMA)
    if len(parts) < 2:
        return [piece]
    roles = [role_score(p.text) for p in parts]
    if max(roles) == 0:
        known = len(parts) == 2 or employer_score(parts[0].text) or employer_score(parts[1].text)
        return [parts[0], parts[1]] if known else [piece]
    if len(parts) == 2:
        both = roles[0] >= 2 and roles[1] >= 2 and not (employer_score(parts[0].text) or employer_score(parts[1].text))
        return [piece] if both else parts
    at = roles.index(max(roles))
    if at == 0:
        return parts
    return [*parts[:at], parts[at], *parts[at + 1 :]]


def _preference(pieces: Sequence[Span]) -> int:
    """> 0: the first piece is the position; < 0: the second; 0: cannot be told."""
    if len(pieces) < 2:
        return 0
    first, second = pieces[0].text, pieces[1].text
    return (_like_position(first) - _like_employer(first)) - (_like_position(second) - _like_employer(second))


def _like_position(text: str) -> int:
    return role_score(text)


def _like_employer(text: str) -> int:
    if role_score(text) >= 2 and not _LEGAL.match(text.split()[-1]):
        # `Process Engineer, Manufacturing`: the branch after a title is no employer.
        return 0
    return max(employer_score(text), school_score(text) - 1)


def _assign(pieces: Sequence[Span], head: Head, vote: int) -> None:
    if not pieces:
        return
    if head.employer is not None:
        # `… chez Adecco` has said it.
        head.position = max(pieces, key=lambda p: role_score(p.text))
        return
    if len(pieces) == 1:
        only = pieces[0]
        if role_score(only.text) >= 1 or employer_score(only.text) == 0:
            head.position = only
        else:
            head.employer = only
        if (
            role_score(only.text) == 0
            and employer_score(only.text) == 0
            and _is_known_title(only.text) is False
            and only.text.isupper()
        ):
            head.position, head.employer = None, only
        return
    sureness = _preference(pieces)
    if sureness == 0 and vote == 0:
        first, second = _is_known_title(pieces[0].text), _is_known_title(pieces[1].text)
        sureness = int(first) - int(second)
    position_first = sureness > 0 or (sureness == 0 and vote >= 0)
    order = list(pieces)
    position_at = 0 if position_first else 1
    best = max(range(len(order)), key=lambda i: (role_score(order[i].text), -i))
    if role_score(order[position_at].text) == 0 and role_score(order[best].text) >= 2 and best > 1:
        position_at = best
    head.position = order.pop(position_at)
    head.employer = order[0]
    named = [p for p in order if employer_score(p.text) >= 3 and role_score(p.text) < 3]
    if named and (role_score(order[0].text) >= 2 or " " not in order[0].text) and order[0] not in named:
        head.employer = named[0]
    elif named and " " not in order[0].text:
        # `Engineer, Manufacturing, North Motors`: a word alone is the branch, the longer name the employer.
        head.employer = next((p for p in named if " " in p.text), order[0])
    elif len(order) >= 2 and " " not in order[0].text and " " in order[1].text and not employer_score(order[0].text):
        head.employer = order[1] if _same_line(order[0], order[1]) else order[0]
    if _PART_OF.match(head.employer.text):
        head.employer = next((p for p in order if p is not head.employer and _like_employer(p.text) >= 2), head.employer)
    head.rest = [p for p in order if p is not head.employer]


def _same_line(first: Span, second: Span) -> bool:
    """Whether a comma alone parts two pieces: `Designer, Buildings, Bright Homes`."""
    return 0 < second.start - first.end <= 2


def _is_known_title(text: str) -> bool:
    from talentflow import taxonomy

    match = taxonomy.find_occupation(text)
    return match is not None and match.confidence >= 0.6
