"""Degrees and levels of education, in English and French."""

from __future__ import annotations

import re
from functools import lru_cache

from talentflow.records import EducationLevel

_LEVELS: tuple[tuple[EducationLevel, str], ...] = (
    (
        "doctorate",
        r"ph\.?\s?d\.?|d\.?phil\.?|doctorate|doctoral|doctorat|th[èe]se de doctorat|bac ?\+ ?8|j\.?d\.?(?= |,|$|"
        r"\))|juris doctor|m\.?d\.?(?=,|$|\))|doctor of [\w ]+|docteur en [\w ]+|diplôme d['’][ée]tat de docteur|"
        r"ed\.?d\.?|dba",
    ),
    (
        "master",
        r"master(?:['’]?s)?(?: degree)?(?: of \w+(?: (?!in\b|at\b|from\b|en\b|with\b|and\b)\w+)?)?|"
        r"mast[èe]re(?: sp[ée]cialis[ée])?|m\.?\s?sc\.?|m\.?s\.?(?=\s|,|$)|m\.?a\.?(?=\s|,|$)|m\.?eng\.?|"
        r"m\.?phil\.?|m\.?b\.?a\.?|mpa|mph|llm|ll\.m\.?|m\.?ed\.?|m\.?arch\.?|pgce|postgraduate (?:diploma|"
        r"certificate)|dipl[ôo]me d['’]ing[ée]nieure?|cycle ing[ée]nieur|(?:titre d['’]|"
        r"[ée]cole d['’])?ing[ée]nieure?(?= (?:en|dipl|g[ée]n|infor))|dess|dea|ma[îi]trise|magist[èe]re|"
        r"m[12](?=\s|$)|bac ?\+ ?[5-7]|dipl[ôo]me (?:d['’][ée]tat )?d['’]architecte|dscg|dec(?=\s|$)|"
        r"programme grande [ée]cole|pge(?=\s|$)|dipl[ôo]me de grande [ée]cole|capa(?=\s|$)|crpe|capes|"
        r"agr[ée]gation|meef",
    ),
    (
        "bachelor",
        r"bachelor(?:['’]?s)?(?: degree)?(?: of \w+(?: (?!in\b|at\b|from\b|en\b|with\b|and\b)\w+)?)?|b\.?\s?sc\.?|"
        r"b\.?s\.?(?=\s|,|$)|b\.?a\.?(?=\s|,|$|\()|b\.?eng\.?|b\.?tech\.?|b\.?b\.?a\.?|bfa|b\.?ed\.?|b\.?com\.?|"
        r"b\.?arch\.?|bsn|llb|ll\.b\.?|licence(?: professionnelle| pro\.?)?(?! de conduire)|undergraduate degree|"
        r"honou?rs degree|bac ?\+ ?[34]|dcg|d\.?e\.? (?:d['’])?infirmi[èe]re?|"
        r"dipl[ôo]me d['’][ée]tat d['’](?:infirmi[èe]re?|assistante? de service social|"
        r"[ée]ducat\w+(?: sp[ée]cialis[ée]e?)?)|ifsi|but(?=\s[A-ZÀ-Þ])|graduate diploma",
    ),
    (
        "associate",
        r"associate(?:['’]?s)?(?: degree)?(?: of \w+(?: (?!in\b|at\b|from\b)\w+)?| in)|a\.?a\.?s?\.?(?= (?:in|"
        r"degree))|bts|dut|deug|deust|hnd|hnc|foundation degree|higher national (?:diploma|certificate)|"
        r"bac ?\+ ?2|classes? pr[ée]paratoires?|cpge|pr[ée]pa|btsa|dip\.? ?he|diplôme de technicien sup[ée]rieur",
    ),
    (
        "vocational",
        r"c\.?a\.?p\.?(?=\s|,|$|:)|b\.?e\.?p\.?(?=\s|,|$|:)|bac(?:calaur[ée]at)? pro(?:fessionnel)?|nvq|city (?:&|"
        r"and) guilds|titre (?:professionnel|pro)|cqp|brevet professionnel|b\.?p\.?(?= [A-ZÀ-Þ])|"
        r"mention compl[ée]mentaire|btec|apprenticeship|vocational (?:diploma|certificate|qualification)|(?:trade|"
        r"technical|career|culinary) (?:certificate|diploma)|lpn|certificate i[iv]+|"
        r"dipl[ôo]me d['’][ée]tat d['’]?(?:aide[- ]soignante?|auxiliaire|ambulancier)?|deas|deaes|deap|bp jeps|"
        r"bpjeps|brevet de technicien|gesellenbrief|welding certificate|diploma (?:in|of)|certificate (?:in|of)|"
        r"certificat|dipl[ôo]me",
    ),
    (
        "secondary",
        r"bac(?:calaur[ée]at)?(?: g[ée]n[ée]ral| technologique| scientifique| litt[ée]raire| economique| sti2d|"
        r" stmg| st2s| [sl](?=\s|,|$|\))| es(?=\s|,|$))?|a[- ]levels?|gcses?|high school(?: diploma)?|"
        r"secondary school(?: diploma)?|ged|abitur|leaving certificate|brevet(?: des coll[èe]ges)?|dnb|"
        r"international baccalaureate|o[- ]levels?|matura",
    ),
)
_DEGREES: list[tuple[EducationLevel, re.Pattern[str]]] = [
    (level, re.compile(rf"(?<![\w.'’-])(?:{pattern})(?![\w])", re.IGNORECASE)) for level, pattern in _LEVELS
]
_ORDER: dict[EducationLevel, int] = {
    "secondary": 1,
    "vocational": 2,
    "associate": 3,
    "bachelor": 4,
    "master": 5,
    "doctorate": 6,
}
_SHORT_WORDS = re.compile(
    r"^(?:ma|ms|ba|bs|m\.?d|dea|but|prépa|bac|cap|bep|dec|certificat|diplôme|diplome|licence|brevet|dba|jd|md|m1|m2|pge)$",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def find_degree(text: str) -> tuple[EducationLevel, int, int] | None:
    """(level, start, end) of the degree that a line names: the one that stands first, the longest where several do. Short
    words like `MA` or `CAP` count only as they are written for a degree, in capitals."""
    best: tuple[int, int, EducationLevel, int] | None = None
    for level, pattern in _DEGREES:
        for match in pattern.finditer(text):
            found = match.group()
            if _SHORT_WORDS.match(found.strip(".")) and not found[0].isupper():
                continue
            if len(found.replace(".", "")) <= 3 and not found.replace(".", "").isupper() and not found[0].isupper():
                continue
            if len(found.replace(".", "")) == 2 and "." not in found and not found.isupper():
                continue
            if best is None or (match.start(), -len(found)) < best[:2]:
                best = (match.start(), -len(found), level, match.end())
            break
    return (best[2], best[0], best[3]) if best else None


def higher(first: EducationLevel | None, second: EducationLevel | None) -> EducationLevel | None:
    """The higher of two levels."""
    if first is None or second is None:
        return first or second
    return first if _ORDER[first] >= _ORDER[second] else second
