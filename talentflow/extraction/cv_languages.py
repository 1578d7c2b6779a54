"""Human languages that a candidate speaks, and how well (Common European Framework)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from talentflow.extraction.sections import Section, fold
from talentflow.records import Evidence, Fluency, LanguageSkill

_LEVELS: tuple[tuple[Fluency, str], ...] = (
    ("native", r"native(?:ly)?|mother tongue|first language|langue maternelle|maternelle?|natif|native speaker|l1\b"),
    (
        "C2",
        r"c2|bilingual|bilingue|full professional(?: proficiency)?|mastery|near[- ]native|parfaitement bilingue|"
        r"proficiency \(cpe\)|cpe",
    ),
    (
        "C1",
        r"c1|fluent(?:ly)?|courant(?:e|ment)?|couramment|advanced|avanc[ée]e?|excellent|very good|"
        r"tr[èe]s bon(?: niveau)?|professional working(?: proficiency)?|ma[îi]tris[ée]e?|expert|proficient|"
        r"business fluent|cae",
    ),
    (
        "B2",
        r"b2|upper[- ]intermediate|professionnel(?:le)?|professional|operational|op[ée]rationnel(?:le)?|good|"
        r"bon(?:ne)?(?: niveau| ma[îi]trise)?|confirm[ée]e?|working(?: proficiency)?|business|technique|fce|"
        r"independent|autonome",
    ),
    (
        "B1",
        r"b1|interm[ée]diaire|intermediate|conversational|moyen(?:ne)?|limited working(?: proficiency)?|"
        r"satisfactory|fair|correct(?:e)?|lu[, /]+[ée]crit(?:[, /]+parl[ée])?|pet",
    ),
    ("A2", r"a2|elementary(?: proficiency)?|[ée]l[ée]mentaire|basic(?:s)?|basique|pr[ée]-?interm[ée]diaire|scolaire|limited|ket"),
    ("A1", r"a1|notions?|beginner|d[ée]butant(?:e)?|bases?|rudiments|initiation"),
)
_LEVEL = re.compile(
    "|".join(rf"(?P<l{n}>(?<![\w])(?:{pattern})(?![\w]))" for n, (_, pattern) in enumerate(_LEVELS)), re.IGNORECASE
)
_TEST = re.compile(r"(?<!\w)(?P<test>toeic|toefl(?:[ ]ibt)?|ielts)\D{0,20}(?P<score>\d{1,3}(?:[.,]\d)?)", re.IGNORECASE)
_BREAK = re.compile(r"[\n\r;|•·,]|\s{3,}|(?<=[\w)])\.(?=\s)|\s[–—-]\s(?=[^\W\d_]+\s*[(:])|\s(?:and|et)\s")
_SPOKEN = re.compile(
    r"(?:courant|couramment|fluent|bilingu|native|notions|speak|parl[ée]|niveau|level|mother tongue|maternelle|"
    r"\b[ABC][12]\b|proficien|toeic|conversational|scolaire|langue)",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<!\w)[ABC][12](?!\w)")
_STARS = re.compile(r"[★⬤●■▮]+")
_RATED: tuple[tuple[float, Fluency], ...] = ((1.0, "C2"), (0.8, "C1"), (0.6, "B2"), (0.4, "B1"), (0.2, "A2"), (0.0, "A1"))


def find_candidate_languages(text: str, sections: Sequence[Section]) -> tuple[list[LanguageSkill], list[Evidence]]:
    """Languages of the languages section with their levels; without such a section, those named beside a level."""
    spoken: dict[str, tuple[Fluency | None, int, int]] = {}
    own = [s for s in sections if s.name == "languages" and _names_language(text[s.body : s.end])]
    for section in own:
        _read(text, section.body, section.end, spoken, anywhere=True)
    if not own:
        for section in sections:
            if section.name in ("", "skills", "other", "personal", "summary", "certificates", "interests", "education"):
                _read(text, section.body, section.end, spoken, anywhere=False)
    _share_levels(text, spoken)
    order = sorted(spoken, key=lambda code: spoken[code][1])
    return (
        [LanguageSkill(language=code, fluency=spoken[code][0]) for code in order],
        [Evidence(field=f"languages[{n}]", start=spoken[code][1], end=spoken[code][2]) for n, code in enumerate(order)],
    )


def _share_levels(text: str, spoken: dict[str, tuple[Fluency | None, int, int]]) -> None:
    """`French and Arabic: bilingual`: a level said once for languages joined in a list."""
    order = sorted(spoken, key=lambda code: spoken[code][1])
    for code, following in reversed(list(itertools.pairwise(order))):
        level, start, end = spoken[code]
        if level is None and re.fullmatch(r"\s*(?:,|/|&|et|and)\s*", text[end : spoken[following][1]]):
            spoken[code] = (spoken[following][0], start, end)


def _names_language(text: str) -> bool:
    from talentflow import taxonomy

    return bool(taxonomy.find_languages(text[:4000]))


def _read(text: str, start: int, end: int, spoken: dict[str, tuple[Fluency | None, int, int]], *, anywhere: bool) -> None:
    from talentflow import taxonomy

    part = text[start:end]
    mentions = taxonomy.find_languages(part)
    for number, mention in enumerate(mentions):
        before = mentions[number - 1].end if number else 0
        after = mentions[number + 1].start if number + 1 < len(mentions) else len(part)
        left, right = max(before, mention.start - 48), min(after, mention.end + 64)
        found = _level_after(part[mention.end : right]) or _level_before(part[left : mention.start])
        if found is None:
            # Some name a language with its level: `français langue maternelle`.
            inside = _LEVEL.search(part, mention.start, mention.end)
            if inside is not None:
                level = _LEVELS[int((inside.lastgroup or "l0")[1:])][0]
                spoken.setdefault(mention.id, (level, start + mention.start, start + mention.end))
                continue
        if found is None and not anywhere:
            continue
        level, level_start, level_end = found if found else (None, 0, 0)
        if found:
            shift = mention.end if _level_after(part[mention.end : right]) else left
            level_start, level_end = level_start + shift, level_end + shift
        if (
            not anywhere
            and not _SPOKEN.search(part[left:right])
            and fold(part[mention.start : mention.end]) != fold(part[mention.start : mention.end].strip())
        ):
            continue
        span_start = min(mention.start, level_start) if found else mention.start
        span_end = max(mention.end, level_end) if found else mention.end
        known = spoken.get(mention.id)
        if known is None or (known[0] is None and level is not None):
            spoken[mention.id] = (level, start + span_start, start + span_end)


def _level_after(piece: str) -> tuple[Fluency, int, int] | None:
    """The level that follows a language's name: on the same line, or alone on the next."""
    line, _, following = piece.partition("\n")
    if not line.strip(" :–—-|\t") and following:
        offset = len(line) + 1
        line = following.split("\n")[0]
        if len(line.strip()) > 40:
            return None
    else:
        offset = 0
    test = _TEST.search(line)
    code = _CODE.search(line)
    match = _LEVEL.search(line, code.start()) if code else _LEVEL.search(line)
    if test and (match is None or match.start() > test.start()):
        level = _test_level(test["test"], float(test["score"].replace(",", ".")))
        if level:
            return level, offset + test.start(), offset + test.end()
    if match is None:
        stars = _STARS.search(line)
        total = sum(c in "★☆●○⬤◯■□▮▯" for c in line)
        if stars and total >= 3:
            share = len(stars.group()) / total
            for least, level in _RATED:
                if share >= least:
                    return level, offset + stars.start(), offset + stars.end()
        return None
    stop = re.search(r"[;|•]", line[: match.start()])
    if stop and (stop.group() == ";" or line[: stop.start()].strip(" :–—-(")):
        return None
    return _LEVELS[int((match.lastgroup or "l0")[1:])][0], offset + match.start(), offset + match.end()


def _level_before(piece: str) -> tuple[Fluency, int, int] | None:
    """The level in front of a language's name: `fluent in English`, `bilingue anglais`."""
    at = max((m.end() for m in re.finditer(r"[\n;|•]", piece)), default=0)
    line = piece[at:]
    matches = list(_LEVEL.finditer(line))
    if not matches:
        return None
    last = matches[-1]
    between = line[last.end() :].replace("(s)", "")
    if re.search(r"[,.:)]", between) and not (last.lastgroup == "l0" and re.fullmatch(r"\s*:\s*", between)):
        return None
    return _LEVELS[int((last.lastgroup or "l0")[1:])][0], at + last.start(), at + last.end()


def _test_level(test: str, score: float) -> Fluency | None:
    """Levels as the tests' publishers map their scores (ETS for TOEIC and TOEFL iBT, IELTS)."""
    name = test.casefold()[:5]
    steps: dict[str, tuple[tuple[float, Fluency], ...]] = {
        "toeic": ((945, "C1"), (785, "B2"), (550, "B1"), (225, "A2"), (120, "A1")),
        "toefl": ((114, "C2"), (95, "C1"), (72, "B2"), (42, "B1"), (0, "A2")),
        "ielts": ((8.5, "C2"), (7.0, "C1"), (5.5, "B2"), (4.0, "B1"), (3.0, "A2")),
    }
    return next((level for least, level in steps[name] if score >= least), None)
