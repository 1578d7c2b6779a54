"""The level of education that an offer asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, cast

from talentflow.extraction.phrases import finder, fold, windows
from talentflow.records import EducationLevel

LEVELS: tuple[EducationLevel, ...] = ("secondary", "vocational", "associate", "bachelor", "master", "doctorate")
_LEVEL = re.compile(
    r"(?P<doctorate>\bph\.?\s?d\b\.?|\bdoctora(?:te|l|t)\b|\bbac\s?\+\s?8\b|\bdoctor of\b|\bdoctorant)"
    r"|(?P<master>\b(?-i:Master)(?=\s(?-i:[A-ZÉÈ]))(?!\s(?:data|black|production|class|of ceremonies))|\bd[ée]tat de "
    r"sage-femme|\bd['’][ée]tat de sage-femme|\bbac\s?\+\s?[567]\b(?:\s?/\s?\d)?|\bmaster['’]?s?['’]?\s(?:degree|level|"
    r"in\b|of\b|program|2\b|1\b|"
    r"ii?\b|en\b|sp[ée]cialis|"
    r"or\b|ou\b|d[e’']|student)|\bmaster['’]s\b|\bmasters\b|(?:niveau|type|dipl[ôo]me|formation|un|titulaire d['’]un|"
    r"en)\s(?:de\s)?master\b|\bm\.?sc\b\.?|"
    r"\bmba\b|\bm[12]\b(?=\s|,|\.|\))|\b(?:[ée]cole|dipl[ôo]me|titre|formation)\s(?:d['’]|d['’]une [ée]cole d['’]|"
    r"d['’]une [ée]cole )?ing[ée]nieure?s?\b|"
    r"\bgrande [ée]cole\b|\b[ée]cole de commerce\b|\bdscg\b|\bdipl[ôo]me d['’]expert|\bpost-?graduate degree\b|\bgraduate "
    r"degree\b|\badvanced degree\b|"
    r"\bjuris doctor\b|\bj\.d\.(?=\W)|\blaw degree\b|\bm\.?a\.?/|\bing[ée]nieur bac\b|\bcapes\b|\bagr[ée]gation\b|"
    r"\bdipl[ôo]me d['’][ée]tat de docteur)"
    r"|(?P<bachelor>\bbac\s?\+\s?[34]\b(?:\s?/\s?\d)?|\bbachelor['’]?s?\b(?:['’])?|\bb\.?sc\b\.?|\b(?:undergraduate|"
    r"university|college|first|honou?rs|"
    r"relevant|four-year|4-year|stem|technical|engineering|accounting|finance|nursing|business|marketing|ba/bs|bs/ba)\sdegree\b|"
    r"\bdegree\s(?:in\b|or\b|level|qualified|required|from|educated|with\b)|\bdegree-(?:level|qualified|educated)|\ba "
    r"degree\b|\blicence\s(?:pro\w*|en|de|ou|\d|universitaire|lea)\b|"
    r"\bniveau licence\b|\bdcg\b|\bb\.?(?:tech|eng|com)\b|\bdipl[ôo]me d['’][ée]tat (?:d['’]infirmi|d['’]assistant|"
    r"d['’][ée]ducateur|de manipulateur)|\bdei\b|\bide\b(?= dipl)|"
    r"\bnursing degree\b|"
    r"\bb\.[as]\.?(?=[\s,/])|\bgraduate (?:in|of|from)\b|\bgraduation in\b|\bdegree\b(?= \()|\bgraduação\b|\bensino "
    r"superior\b|\bbut\s(?:en|informatique|tc|gea|techniques)\b|\bnurse practitioner degree\b|"
    r"\bhigher education\b|\bdiplom[ée] de l['’]enseignement sup|\bdiploma in nursing\b|\bde infirmi)"
    r"|(?P<associate>\bbac\s?\+\s?[12]\b(?:\s?/\s?\d)?|\bbts\b|\bdut\b|\bassociate['’]?s?(?:['’])?\sdegree\b|\bhnd\b|"
    r"\bhnc\b|\bdeug\b|\bdeust\b|"
    r"\b(?:two-year|2-year)\sdegree\b|\bfoundation degree\b|\btitre rncp niveau 5\b|\bassociate['’]s\b)"
    r"|(?P<vocational>\bbac(?:calaur[ée]at)?\s?pro(?:fessionnel)?\b|\bbep\b|\bnvq\b|\bvocational\b|\bcertificate or "
    r"diploma\b|\bdiploma or certificate\b|\btrade (?:certificate|"
    r"school|qualification|"
    r"certification)s?\b|\bcity (?:&|and) guilds\b|\bdeas\b|\bdeaes\b|\bdipl[ôo]me (?:d['’][ée]tat "
    r")?d['’](?:aide-soignant|[ée]tat aide-soignant|auxiliaire)|"
    r"\btitre professionnel\b|\bcertificate iii\b|\bculinary (?:diploma|school|degree)|\bcertificat d['’]aptitude "
    r"professionnelle\b|\bbp\b(?=\s(?:coiffure|boulanger|p[âa]tissi))|"
    r"\bapprenticeship (?:trained|completed|certificate)\b|\btechnical (?:diploma|school)\b|\bcqp\b|"
    r"\bapprentice-trained\b|\bdipl[ôo]me de cuisin|\b(?:level|niveau) [23] (?:diploma|nvq|qualification)\b|\bcna certif)"
    r"|(?P<secondary>(?<=[\n•*-])\s?bac\.?(?=\s*(?:\n|$))|\bhigh[- ]school (?:diploma|degree|graduate|education|or|"
    r"equivalen)\w*|\bged\b|\bgcses?\b|\ba[- "
    r"]levels?\b|\bbaccalaur[ée]at\b|"
    r"\b(?:niveau|titulaire du|dipl[ôo]me du?)\s(?:un\s)?bac\b(?!\s?(?:\+|pro))|\bbac\b(?=\s(?:minimum|requis|g[ée]n[ée]ral|exig|"
    r"ou [ée]quivalent|technologique))|\bsecondary (?:school|education)\b|\bhigh school\b(?=\W*$)|\bniveau brevet\b)",
    re.IGNORECASE,
)
_CAP = re.compile(r"\bCAP\b(?!\s?(?:rate|table|theorem|on\b))|\bCAPA\b|\bBUT\b(?=\s(?:[A-Z]|\())")
_NOT_EDUCATION = re.compile(r"(?:driving|driver['’]s|software|scrum|high school) $", re.IGNORECASE)


_ANCHORS = finder(
    {
        "word": (
            "phd*, ph.d*, ph d, doctor*, bac, bac+*, master*, m.sc*, msc*, mba*, m1, m2, ecole*, diplom*, degree*, grande "
            "ecole, dscg, j.d*, "
            "m.a*, ingenieur*, capes, agregation, bachelor*, b.sc*, bsc*, licence, niveau, dcg, b.tech, btech, beng, "
            "b.eng, bcom, b.com, dei, ide, "
            "b.a*, b.s*, graduat*, ensino superior, but, higher education, de infirmi*, bts, dut, associate*, hnd, hnc, "
            "deug, deust, titre, "
            "baccalaureat*, bep, nvq, vocational, trade, city, deas, deaes, certificat*, culinary, bp, apprentice*, "
            "technical, cqp, high school, "
            "high-school, ged, gcse*, a-level*, a level*, secondary, cap, capa, level 2, level 3, school"
        )
    }
)


class Level(NamedTuple):
    """`text[start:end]` names `level`."""

    level: EducationLevel
    start: int
    end: int


def find_levels(text: str, *, language: str = "und") -> list[Level]:
    """Every level of education named, in order. `CAP` and `BUT` count in capitals and outside English texts."""
    found: list[Level] = []
    spans = windows(_ANCHORS(fold(text)), len(text), before=30, after=50)
    for match in (m for start, end in spans for m in _LEVEL.finditer(text, start, end)):
        if not _NOT_EDUCATION.search(text[max(0, match.start() - 14) : match.start()]):
            found.append(Level(cast(EducationLevel, match.lastgroup), match.start(), match.end()))
    if language != "en":
        for match in (m for start, end in spans for m in _CAP.finditer(text, start, end)):
            found.append(Level("bachelor" if match.group().startswith("BUT") else "vocational", match.start(), match.end()))
        found.sort(key=lambda level: level.start)
    return found


def least_level(levels: list[Level], is_wish: Callable[[int], bool]) -> Level | None:
    """The lowest level that is asked for; levels that are only wished for count when nothing else is named."""
    asked = [level for level in levels if not is_wish(level.start)] or levels
    return min(asked, key=lambda level: (LEVELS.index(level.level), level.start), default=None)
