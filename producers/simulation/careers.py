"""Careers: an occupation, what was studied for it, where one worked and when. Facts only; nothing is worded yet."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from producers.simulation.people import City, cities, employer, school
from producers.simulation.wording import occupation_keys, occupations, say, words

Month = tuple[int, int]
TODAY: Month = (2026, 11)
"""The month in which every simulated document is written."""

LEVELS = ["secondary", "vocational", "associate", "bachelor", "master", "doctorate"]
_YEARS_OF_STUDY = {"secondary": 3, "vocational": 2, "associate": 2, "bachelor": 3, "master": 2, "doctorate": 4}
_FIRST_JOBS = ["retail", "hospitality"]


@dataclass(frozen=True)
class Job:
    occupation: dict[str, Any]
    title: str
    employer: str
    city: City
    start: Month
    end: Month | None
    """None: still there."""
    kind: str
    """job, internship, apprenticeship or gap."""
    part_time: bool = False


@dataclass(frozen=True)
class Study:
    study_type: str
    area: str | None
    level: str
    institution: str
    city: City
    start: int
    end: int


@dataclass(frozen=True)
class Career:
    occupation: dict[str, Any]
    stage: str
    """intern, junior, mid, senior or lead."""
    jobs: list[Job]
    """Newest first, gaps among them."""
    studies: list[Study]
    """Newest first."""
    birth_year: int


def add(month: Month, months: int) -> Month:
    count = month[0] * 12 + month[1] - 1 + months
    return count // 12, count % 12 + 1


def months_between(start: Month, end: Month) -> int:
    return (end[0] - start[0]) * 12 + end[1] - start[1]


def title_of(rng: Random, occupation: dict[str, Any], language: str, male: bool, stage: str) -> str:
    """A job title: one of the occupation's, in the person's gender, with what the career stage adds."""
    data = occupation[language]
    senior = stage == "lead" and data.get("lead")
    forms = rng.choice(data["lead"] if senior else data["titles"]).split("|")
    title = forms[0] if male else forms[-1]
    if senior:
        return title
    if language == "en":
        prefix = {
            "junior": ["Junior ", "", "Junior ", ""],
            "senior": ["Senior ", "Senior ", "", "Principal "],
            "intern": [""],
        }.get(stage, [""])
        return rng.choice(prefix) + title
    suffix = {
        "junior": [" junior", "", "", f" débutant{'' if male else 'e'}"],
        "senior": [" senior", "", f" confirmé{'' if male else 'e'}", " senior"],
    }
    return title + rng.choice(suffix.get(stage, [""]))


def codes(occupation: dict[str, Any], language: str, title: str) -> list[str]:
    """ISCO-08 unit groups that are right for a title: the occupation's, and those that ESCO or usage also give it. None
    for a title of who leads such people: its group is another one."""
    lead = {form for forms in occupation[language].get("lead", []) for form in forms.split("|")}
    return [] if any(title.startswith(t) for t in lead) else [occupation["isco"], *occupation.get("also", [])]


def intern_title(rng: Random, title: str, language: str, kind: str) -> str:
    if language == "en":
        names = ["{t} Intern", "Intern {t}", "Trainee {t}"] if kind == "internship" else ["Apprentice {t}", "{t} Apprentice"]
    else:
        names = (
            ["Stagiaire {t}", "{t} (stage)", "Stage {t}"]
            if kind == "internship"
            else ["Apprenti {t}", "{t} en alternance", "Alternant {t}"]
        )
    return rng.choice(names).replace(
        "{t}", title if language == "en" else title[:1].lower() + title[1:] if title[1:2].islower() else title
    )


def study_of(rng: Random, occupation: dict[str, Any], language: str, level: str, city: City, end: int) -> Study:
    data = occupation[language]
    area: str | None = rng.choice(data["areas"])
    own = [d.rpartition("@") for d in data.get("degrees", []) if d.endswith("@" + level)]
    if own and rng.random() < 0.8:
        study_type = rng.choice(own)[0]
        area = None
    elif level == "secondary":
        study_type, area = rng.choice(words(language)["study"]["secondary"]), None
    else:
        template = rng.choice(words(language)["study"][level])
        study_type = say(rng, template, area=str(area))
    return Study(study_type, area, level, school(rng, language, level, city), city, end - _YEARS_OF_STUDY[level], end)


def career(rng: Random, language: str, male: bool, home: City, key: str | None = None) -> Career:
    """A plausible career up to `TODAY`: school before work, jobs in order, titles that rise."""
    occupation = occupations()[key or rng.choice(occupation_keys())]
    stage = rng.choices(["intern", "junior", "mid", "senior", "lead"], [10, 22, 32, 24, 12])[0]
    worked = {
        "intern": 0,
        "junior": rng.randint(1, 3),
        "mid": rng.randint(3, 9),
        "senior": rng.randint(8, 22),
        "lead": rng.randint(10, 30),
    }[stage]
    level = occupation["level"]
    if rng.random() < 0.2:
        level = LEVELS[max(0, min(5, LEVELS.index(level) + rng.choice([-1, 1])))]
    graduated = TODAY[0] - worked - (0 if stage != "intern" else rng.choice([-1, 0]))
    studies = _studies(rng, occupation, language, level, home, graduated)
    birth_year = (
        studies[-1].end - 18 - rng.choice([0, 0, 1])
        if studies[-1].level == "secondary"
        else studies[-1].start - 18 - rng.choice([0, 1, 4])
    )
    jobs: list[Job] = []
    if worked:
        jobs = _jobs(rng, occupation, language, male, home, stage, graduated)
    jobs += _before_graduation(rng, occupation, language, male, home, stage, graduated)
    return Career(occupation, stage, jobs, studies, birth_year)


def _studies(rng: Random, occupation: dict[str, Any], language: str, level: str, home: City, end: int) -> list[Study]:
    found: list[Study] = []
    below = {
        "doctorate": "master",
        "master": "bachelor",
        "bachelor": "secondary",
        "associate": "secondary",
        "vocational": "secondary",
    }
    step: str | None = level
    year = end
    while step:
        city = home if rng.random() < 0.5 else rng.choice(cities(language))
        study = study_of(rng, occupation, language, step, city, year)
        found.append(study)
        year = study.start
        step = below.get(step)
        if step == "secondary" and rng.random() < 0.5:
            break
    return found


def _jobs(
    rng: Random, occupation: dict[str, Any], language: str, male: bool, home: City, stage: str, graduated: int
) -> list[Job]:
    """Forward from graduation to today, returned newest first."""
    found: list[Job] = []
    month = add((graduated, rng.randint(7, 12)), rng.randint(0, 4))
    last_known = add(TODAY, -2)
    changed = rng.random() < 0.25
    while month < last_known and len(found) < 9:
        if found and rng.random() < 0.12:
            gap_end = add(month, rng.randint(5, 20))
            if gap_end < last_known:
                found.append(Job(occupation, "", "", home, month, gap_end, "gap"))
                month = add(gap_end, 1)
        length = rng.choice([8, 14, 18, 24, 30, 36, 48, 60, 84])
        end = add(month, length)
        elapsed = months_between((graduated, 7), month) / 12
        reached = "junior" if elapsed < 2 else "mid" if elapsed < 7 or stage == "mid" else "senior"
        final = end >= last_known
        if final:
            reached = stage
        role = occupation
        if changed and not final and elapsed < 5 and occupation["near"]:
            role = occupations().get(rng.choice(occupation["near"]), occupation)
        city = home if final or rng.random() < 0.5 else rng.choice(cities(language))
        title = title_of(rng, role, language, male, reached)
        name = employer(rng, language, role["sector"] if rng.random() < 0.8 else "business", city)
        still = final and rng.random() < 0.75
        if final and not still:
            end = add(TODAY, -rng.randint(1, min(8, max(1, months_between(month, TODAY) - 1))))
        found.append(Job(role, title, name, city, month, None if still else end, "job", rng.random() < 0.06))
        month = add(end, rng.choice([0, 1, 1, 1, 2, 3]))
        if final:
            break
    return found[::-1]


def _before_graduation(
    rng: Random, occupation: dict[str, Any], language: str, male: bool, home: City, stage: str, graduated: int
) -> list[Job]:
    found: list[Job] = []
    early = stage in ("intern", "junior")
    for years in range(1, 3):
        if rng.random() > (0.85 if early else 0.15):
            continue
        kind = rng.choice(["internship", "internship", "apprenticeship"])
        start = (graduated - years, rng.choice([1, 2, 3, 4, 5, 6]))
        length = rng.choice([2, 3, 4, 6]) if kind == "internship" else rng.choice([9, 11])
        city = home if rng.random() < 0.6 else rng.choice(cities(language))
        title = intern_title(rng, title_of(rng, occupation, language, male, "mid"), language, kind)
        if add(start, length) < TODAY:
            found.append(
                Job(occupation, title, employer(rng, language, occupation["sector"], city), city, start, add(start, length), kind)
            )
    if early and rng.random() < 0.5:
        others = [o for o in occupations().values() if o["sector"] in _FIRST_JOBS and o["level"] == "vocational"] or [occupation]
        role = rng.choice(others)
        start = (graduated - 3, rng.choice([6, 7]))
        title = title_of(rng, role, language, male, "mid")
        found.append(
            Job(
                role,
                title,
                employer(rng, language, role["sector"], home),
                home,
                start,
                add(start, rng.choice([1, 2, 3])),
                "job",
                True,
            )
        )
    return found


def worked_years(jobs: list[Job], *, internships: bool = False) -> float:
    """Years covered by jobs and apprenticeships, on request by internships too, overlaps counted once, up to `TODAY`."""
    kinds = ("job", "apprenticeship", "internship") if internships else ("job", "apprenticeship")
    covered: set[int] = set()
    for job in jobs:
        if job.kind in kinds:
            end = job.end or TODAY
            covered.update(range(job.start[0] * 12 + job.start[1], end[0] * 12 + end[1]))
    return round(len(covered) / 12, 1)
