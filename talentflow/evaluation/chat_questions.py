"""Questions on simulated CVs, asked from their ground truth in English and French, with the answer that the truth has.

Nothing here reads the chat's rules: the wordings are what recruiters type, the answers what the simulation wrote.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from talentflow.records import Candidate
from talentflow.taxonomy.folding import fold

LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2", "native")


@dataclass(frozen=True)
class Job:
    position: str
    name: str
    start: str | None
    end: str | None
    current: bool


@dataclass(frozen=True)
class View:
    """What one CV says, by the truth or by the record that was made of it: the same question has an answer from either."""

    languages: dict[str, str | None]
    skills: frozenset[str]
    place: str | None
    levels: frozenset[str]
    jobs: tuple[Job, ...]
    text: str


@dataclass(frozen=True)
class Question:
    """`of`: the candidates (numbers from 1) that the answer is about, `also`: those too that it may be about, since their texts
    name it outside of what the truth lists. `says`: one of each of these groups of words. `lack`: `of` are those without it."""

    kind: str
    language: str
    text: str
    of: frozenset[int] = frozenset()
    also: frozenset[int] = frozenset()
    says: tuple[tuple[str, ...], ...] = ()
    refused: bool = False
    after: str | None = None
    lack: bool = False
    by_record: Question | None = field(default=None, compare=False)
    """The same question, as the records of the candidates answer it."""


def of_truth(truth: dict[str, Any], text: str) -> View:
    place = truth.get("location") or {}
    return View(
        {held["language"]: held.get("fluency") for held in truth["languages"]},
        frozenset(skill_key(s["name"]) for s in truth["skills"]),
        fold(place["locality"]) if place.get("locality") else None,
        frozenset(e["level"] for e in truth["education"] if e["level"]),
        tuple(Job(w["position"] or "", w["name"] or "", w["start_date"], w["end_date"], w["current"]) for w in truth["work"]),
        text,
    )


def of_record(record: Candidate, text: str) -> View:
    place = record.location
    return View(
        {held.language: held.fluency for held in record.languages},
        frozenset(s.skill_id or fold(s.name) for s in record.skills),
        fold(place.locality) if place and place.locality else None,
        frozenset(e.level for e in record.education if e.level),
        tuple(Job(w.position or "", w.name or "", w.start_date, w.end_date, w.current) for w in record.work),
        text,
    )


@cache
def skill_key(name: str) -> str:
    from talentflow.taxonomy import find_skill

    entry = find_skill(name)
    return entry.skill_id if entry else fold(name)


@cache
def language_labels(code: str) -> tuple[str, str]:
    from talentflow.taxonomy.languages import language_names

    english, french = language_names(code)
    return english, french.lower()


_WORDINGS = Path(__file__).with_name("chat_questions.toml")
_DEGREES = {
    "doctorate": ("PhD", "doctorat"),
    "master": ("master's degree", "master"),
    "bachelor": ("bachelor's degree", "bachelor"),
}


def questions(truths: Sequence[View], records: Sequence[View], seed: int, count: int) -> list[Question]:
    """`count` questions, half of them French, a third without an answer.

    Args:
        truths: what each CV says by the simulation.
        records: what the extraction made of each, in the same order.
        seed: of the choice.
        count: how many.
    """
    rng = Random(f"talentflow chat {seed}")
    wordings: dict[str, Any] = tomllib.loads(_WORDINGS.read_text(encoding="utf-8"))
    nowhere: dict[str, list[list[str]]] = wordings["nowhere"]
    made: dict[tuple[str, str | None], Question] = {}
    for n in range(count * 20):
        if len(made) >= count:
            break
        unanswerable = n % 3 == 2
        kinds: dict[str, dict[str, list[str]]] = wordings["unanswerable" if unanswerable else "answerable"]
        kind, language = rng.choice(list(kinds)), "en" if n % 2 else "fr"
        texts = kinds[kind][language]
        if unanswerable:
            drawn = _unanswerable(rng, kind, language, texts, truths, nowhere.get(kind, []))
        else:
            drawn = _answerable(rng, kind, language, texts, truths, records)
        if drawn is not None:
            made.setdefault((drawn.text, drawn.after), drawn)
    return list(made.values())


def _answerable(
    rng: Random, kind: str, language: str, texts: Sequence[str], truths: Sequence[View], records: Sequence[View]
) -> Question | None:
    n = rng.randrange(len(truths))
    asked = _DRAW[kind](rng, truths, truths[n], n + 1, language)
    if asked is None:
        return None
    text = rng.choice(texts).format(**asked.put)
    made = Question(kind, language, text, **_expected(asked, truths))
    return replace(made, by_record=Question(kind, language, text, **_expected(asked, records)))


def _unanswerable(
    rng: Random, kind: str, language: str, texts: Sequence[str], truths: Sequence[View], nowhere: Sequence[Sequence[str]]
) -> Question | None:
    n, french = rng.randrange(len(truths)), language == "fr"
    put = {"n": str(n + 1)}
    if nowhere:
        words = rng.choice(nowhere)
        if any(_shares(v, w) for v in truths for w in words):
            return None
        put["x"] = words[french]
    elif kind == "absent in one":
        other = rng.choice([v for v in truths if v is not truths[n]])
        label = _label(rng, other, language)
        if label is None or skill_key(label) in truths[n].skills or _may_name(truths[n], label):
            return None
        put["x"] = label
    elif kind == "absent employer in one":
        jobs = [j for v in truths if v is not truths[n] for j in v.jobs if j.name and not _shares(truths[n], j.name)]
        if not jobs:
            return None
        put["x"] = rng.choice(jobs).name
    return Question(kind, language, rng.choice(texts).format(**put), refused=True)


def _label(rng: Random, view: View, language: str) -> str | None:
    """A skill of the CV, as a recruiter of that language calls it."""
    from talentflow.taxonomy import skill

    key = rng.choice(sorted(view.skills)) if view.skills else None
    try:
        entry = skill(key) if key else None
    except KeyError:
        return key
    return key and entry and (entry.name_fr if language == "fr" else entry.name_en)


def _may_name(view: View, label: str) -> bool:
    """The text names it, or all words of it: nothing is said of such a one."""
    from talentflow.taxonomy import find_skills

    return _shares(view, label, 5) or any(m.id == skill_key(label) for m in find_skills(view.text))


def _shares(view: View, name: str, letters: int | None = None) -> bool:
    return all(word[:letters] in fold(view.text) for word in fold(name).split())


@dataclass(frozen=True)
class _Drawn:
    """What is put into the wording, and how a view of a CV answers."""

    put: dict[str, str]
    meets: Callable[[View], bool] | None = None
    may: Callable[[View], bool] = lambda _: False
    ones: tuple[int, ...] = ()
    says: Callable[[Sequence[View]], Iterable[tuple[str, ...]]] = lambda _: ()
    of: Callable[[Sequence[View]], Iterable[int]] | None = None
    lack: bool = False
    after: str | None = None


def _expected(drawn: _Drawn, views: Sequence[View]) -> dict[str, Any]:
    numbered = list(enumerate(views, 1))
    meets = drawn.meets
    if meets is not None:
        of = frozenset(n for n, v in numbered if meets(v))
    else:
        of = frozenset(drawn.of(views) if drawn.of else drawn.ones)
    also = frozenset(n for n, v in numbered if drawn.may(v))
    return {"of": of, "also": of | also, "says": tuple(drawn.says(views)), "lack": drawn.lack, "after": drawn.after}


def _spoken(rng: Random, view: View) -> tuple[str, str | None] | None:
    return rng.choice(sorted(view.languages.items())) if view.languages else None


def _who_language(rng: Random, _views: Sequence[View], view: View, _n: int, language: str) -> _Drawn | None:
    held = _spoken(rng, view)
    if held is None:
        return None
    code = held[0]
    return _Drawn({"x": language_labels(code)[language == "fr"]}, meets=lambda v: code in v.languages)


def _who_level(rng: Random, views: Sequence[View], view: View, _n: int, language: str) -> _Drawn | None:
    held = _spoken(rng, view)
    if held is None or held[1] is None:
        return None
    code, least = held[0], rng.choice(("B1", "B2", "C1"))
    at = LEVELS.index(least)
    put = {"x": language_labels(code)[language == "fr"], "y": least}
    drawn = _Drawn(put, meets=lambda v: LEVELS.index(v.languages.get(code) or "A1") >= at)
    return drawn if _expected(drawn, views)["of"] else None


def _who_skill(rng: Random, _views: Sequence[View], view: View, _n: int, language: str) -> _Drawn | None:
    if (label := _label(rng, view, language)) is None:
        return None
    return _Drawn({"x": label}, meets=lambda v: skill_key(label) in v.skills, may=lambda v: _may_name(v, label))


def _who_place(_rng: Random, _views: Sequence[View], view: View, _n: int, _language: str) -> _Drawn | None:
    place = view.place
    return _Drawn({"x": place.title()}, meets=lambda v: v.place == place) if place else None


def _who_degree(rng: Random, views: Sequence[View], _view: View, _n: int, language: str) -> _Drawn | None:
    level = rng.choice(sorted(_DEGREES))
    if not any(level in v.levels for v in views):
        return None
    return _Drawn({"x": _DEGREES[level][language == "fr"]}, meets=lambda v: level in v.levels)


def _who_both(rng: Random, _views: Sequence[View], view: View, _n: int, language: str) -> _Drawn | None:
    held, label = _spoken(rng, view), _label(rng, view, language)
    if held is None or label is None:
        return None
    put = {"x": language_labels(held[0])[language == "fr"], "y": label}
    return _Drawn(
        put,
        meets=lambda v: held[0] in v.languages and skill_key(label) in v.skills,
        may=lambda v: held[0] in v.languages and _may_name(v, label),
    )


def _employer(rng: Random, view: View) -> Job | None:
    jobs = [j for j in view.jobs if len(j.name) > 4 and [k.name for k in view.jobs].count(j.name) == 1]
    return rng.choice(jobs) if jobs else None


def _who_employer(rng: Random, _views: Sequence[View], view: View, _n: int, _language: str) -> _Drawn | None:
    if (job := _employer(rng, view)) is None:
        return None
    name = fold(job.name)
    return _Drawn({"x": job.name}, meets=lambda v: any(fold(j.name) == name for j in v.jobs), may=lambda v: _shares(v, job.name))


def _negation(rng: Random, views: Sequence[View], view: View, _n: int, language: str) -> _Drawn | None:
    held = _spoken(rng, view)
    if held is None or not 0 < sum(held[0] not in v.languages for v in views) <= 18:
        return None
    put = {"x": language_labels(held[0])[language == "fr"]}
    return _Drawn(put, meets=lambda v: held[0] not in v.languages, lack=True)


def _languages_of(_rng: Random, _views: Sequence[View], view: View, n: int, language: str) -> _Drawn | None:
    def says(views: Sequence[View]) -> Iterator[tuple[str, ...]]:
        return ((language_labels(code)[language == "fr"],) for code in views[n - 1].languages)

    return _Drawn({"n": str(n)}, ones=(n,), says=says) if view.languages else None


def _place_of(_rng: Random, _views: Sequence[View], view: View, n: int, _language: str) -> _Drawn | None:
    return _Drawn({"n": str(n)}, ones=(n,), says=lambda vs: [(vs[n - 1].place or "",)]) if view.place else None


def _job_of(_rng: Random, _views: Sequence[View], view: View, n: int, _language: str) -> _Drawn | None:
    def says(views: Sequence[View]) -> Iterator[tuple[str, ...]]:
        now = [j for j in views[n - 1].jobs if j.current]
        yield tuple(w for j in now for w in (j.name, j.position) if w) or ("",)

    return _Drawn({"n": str(n)}, ones=(n,), says=says) if any(j.current and j.name for j in view.jobs) else None


def _at_employer(rng: Random, view: View, n: int, told: Callable[[Job], tuple[str, ...]]) -> _Drawn | None:
    job = _employer(rng, view)
    if job is None or not told(job)[0]:
        return None

    def says(views: Sequence[View]) -> Iterator[tuple[str, ...]]:
        jobs = [j for j in views[n - 1].jobs if fold(j.name) == fold(job.name)]
        return (told(j) for j in jobs[:1])

    return _Drawn({"n": str(n), "x": job.name}, ones=(n,), says=says)


def _when(rng: Random, _views: Sequence[View], view: View, n: int, _language: str) -> _Drawn | None:
    return _at_employer(rng, view, n, lambda j: ((j.start or "")[:4],))


def _role(rng: Random, _views: Sequence[View], view: View, n: int, _language: str) -> _Drawn | None:
    return _at_employer(rng, view, n, lambda j: (j.position,))


def _yes(rng: Random, _views: Sequence[View], view: View, n: int, language: str) -> _Drawn | None:
    if (label := _label(rng, view, language)) is None:
        return None
    key = skill_key(label)
    return _Drawn({"n": str(n), "x": label}, of=lambda views: [n] * (key in views[n - 1].skills), may=lambda v: v is view)


def _compare(rng: Random, views: Sequence[View], view: View, n: int, language: str) -> _Drawn | None:
    m = rng.randrange(len(views)) + 1
    if m == n or not view.languages or not views[m - 1].languages:
        return None

    def says(views: Sequence[View]) -> Iterator[tuple[str, ...]]:
        return ((language_labels(code)[language == "fr"],) for k in (n, m) for code in views[k - 1].languages)

    return _Drawn({"n": str(n), "m": str(m)}, ones=(n, m), says=says)


def _most(_rng: Random, _views: Sequence[View], _view: View, _n: int, _language: str) -> _Drawn | None:
    def of(views: Sequence[View]) -> Iterator[int]:
        most = max(len(v.languages) for v in views)
        return (k for k, v in enumerate(views, 1) if len(v.languages) == most)

    return _Drawn({}, of=of)


def _follow_up(rng: Random, views: Sequence[View], view: View, n: int, language: str) -> _Drawn | None:
    drawn, first = _who_language(rng, views, view, n, language), rng.choice(("en", "fr"))
    before = language_labels(first)[language == "fr"]
    if drawn is None or drawn.put["x"] == before:
        return None
    return replace(drawn, after=f"Qui parle {before} ?" if language == "fr" else f"Who speaks {before}?")


def _among(rng: Random, views: Sequence[View], view: View, n: int, language: str) -> _Drawn | None:
    drawn = _who_both(rng, views, view, n, language)
    if drawn is None:
        return None
    x = drawn.put["x"]
    if sum(any(language_labels(c)[language == "fr"] == x for c in v.languages) for v in views) > 18:
        return None
    return replace(drawn, after=f"Qui parle {x} ?" if language == "fr" else f"Who speaks {x}?")


_DRAW: dict[str, Callable[[Random, Sequence[View], View, int, str], _Drawn | None]] = {
    "who language": _who_language,
    "who language level": _who_level,
    "who skill": _who_skill,
    "who place": _who_place,
    "who degree": _who_degree,
    "who both": _who_both,
    "who employer": _who_employer,
    "negation": _negation,
    "count": _who_language,
    "languages of": _languages_of,
    "place of": _place_of,
    "job of": _job_of,
    "when": _when,
    "role": _role,
    "yes": _yes,
    "compare": _compare,
    "most": _most,
    "follow-up": _follow_up,
    "follow-up among": _among,
}
