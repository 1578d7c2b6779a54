"""What an offer says, one function a fact: each returns the words and puts into the truth what they tell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random
from typing import Any

from producers.simulation.careers import TODAY
from producers.simulation.layout import Block, Bullets, Para, Section
from producers.simulation.people import City, place_line
from producers.simulation.salaries import salary
from producers.simulation.wording import base, capitalised, elided, noun, pick, say, words

Truth = dict[str, Any]


@dataclass
class Draft:
    """The facts of one offer. `truth` is filled as they are written."""

    rng: Random
    language: str
    layout: str
    occupation: dict[str, Any]
    stage: str
    title: str
    employer: str
    city: City
    contract: str
    months: int
    contact: str
    email: str
    phone: str
    skills: list[str]
    nice: list[str]
    tasks: list[str]
    benefits: list[str]
    truth: Truth = field(default_factory=dict)

    def heading(self, kind: str) -> str:
        return self.rng.choice(words(self.language)["headings"][kind])

    def label(self, kind: str) -> str:
        return self.rng.choice(words(self.language)["labels"][kind])

    @property
    def colon(self) -> str:
        return " : " if self.language == "fr" else ": "


def write_place(d: Draft) -> str:
    d.truth["job_location"] = [{"locality": d.city.name, "country": d.city.country}]
    return place_line(d.rng, d.city)


def write_organization(d: Draft) -> str:
    d.truth["hiring_organization"] = d.employer
    return d.employer


def write_contract(d: Draft) -> str:
    text = say(d.rng, d.rng.choice(words(d.language)["contracts"][d.contract]), months=str(d.months))
    d.truth["contract"] = d.contract
    if str(d.months) in text and d.contract != "permanent":
        d.truth["contract_months"] = float(d.months)
    low = text.lower()
    if d.contract in ("internship", "apprenticeship"):
        if "unpaid" in low:
            d.truth["paid"] = False
        elif "paid" in low or "rémunéré" in low or "gratifié" in low:
            d.truth["paid"] = True
        d.truth["employment_type"] = "INTERN" if d.contract == "internship" else None
    elif d.contract == "temporary":
        d.truth["employment_type"] = "TEMPORARY"
    elif d.contract == "freelance":
        d.truth["employment_type"] = "CONTRACTOR"
    elif "full-time" in low or "temps plein" in low:
        d.truth["employment_type"] = "FULL_TIME"
    return text


def write_hours(d: Draft) -> str | None:
    rng = d.rng
    if rng.random() < 0.4:
        return None
    part = rng.random() < 0.22 and d.truth.get("employment_type") != "FULL_TIME"
    if d.language == "en":
        text = rng.choice(
            ["Part-time, {h} hours a week", "Part time ({h} hours per week)", "{h} hours/week, part-time"]
            if part
            else ["Full-time", "Full time, 37.5 hours per week", "Full-time (40 hours)", "Full time"]
        )
    else:
        text = rng.choice(
            ["Temps partiel - {h} h", "Temps partiel ({h} heures par semaine)", "{h}h hebdo, temps partiel"]
            if part
            else ["Temps plein", "Temps plein, 35 h", "35H hebdomadaires, temps plein", "Temps complet (39 heures)"]
        )
    said = "PART_TIME" if part else "FULL_TIME"
    if d.contract in ("permanent", "fixed_term"):
        d.truth["employment_type"] = said
    else:
        d.truth["employment_type_also"] = [said]
    return text.replace("{h}", str(rng.choice([16, 20, 24, 28, 30])))


def write_pay(d: Draft) -> str | None:
    if d.rng.random() < 0.3 or d.truth.get("paid") is False:
        return None
    text, truth = salary(d.rng, d.language, d.city.country, d.occupation["pay"], d.stage, d.contract)
    d.truth["base_salary"] = truth
    if truth and d.contract in ("internship", "apprenticeship"):
        d.truth["paid"] = True
    return text


def write_workplace(d: Draft) -> str | None:
    office = d.occupation.get("office", d.occupation["sector"] in ("it", "finance", "business", "legal", "media"))
    kinds = ["on_site", "hybrid", "hybrid", "remote"] if office else ["on_site"]
    if d.rng.random() < (0.35 if office else 0.8):
        return None
    kind = d.rng.choice(kinds)
    d.truth["workplace"] = kind
    return pick(d.rng, words(d.language)["workplace"][kind])


def write_day(d: Draft, back: int) -> tuple[str, str]:
    """A day of this year as written and in ISO form."""
    rng = d.rng
    month = TODAY[1] - back
    year = TODAY[0] + (month - 1) // 12
    month = (month - 1) % 12 + 1
    day = rng.randint(1, 28)
    iso = f"{year}-{month:02d}-{day:02d}"
    name = words(d.language)["months"][month - 1]
    if d.language == "fr":
        return rng.choice([f"{day:02d}/{month:02d}/{year}", f"{day} {name} {year}", f"{day:02d}.{month:02d}.{year}"]), iso
    american = d.city.country in ("US", "CA")
    return rng.choice(
        [
            iso,
            f"{name} {day}, {year}" if american else f"{day} {name} {year}",
            f"{name[:3]} {day}, {year}" if american else f"{day} {name[:3]} {year}",
        ]
    ), iso


def write_posted(d: Draft) -> str | None:
    if d.rng.random() < 0.4:
        return None
    text, d.truth["date_posted"] = write_day(d, d.rng.randint(0, 2))
    return text


def write_closing(d: Draft) -> str | None:
    if d.rng.random() < 0.55:
        return None
    text, d.truth["valid_through"] = write_day(d, -d.rng.randint(1, 2))
    return text


def _years(d: Draft) -> int:
    return {
        "intern": 0,
        "junior": d.rng.choice([0, 1, 1]),
        "mid": d.rng.choice([2, 3, 4]),
        "senior": d.rng.choice([5, 6, 8]),
        "lead": d.rng.choice([7, 8, 10]),
    }[d.stage]


def write_experience(d: Draft) -> str | None:
    phrases = words(d.language)["phrases"]
    if d.stage == "intern" or d.rng.random() < 0.25:
        return None
    years = _years(d)
    if not years:
        d.truth["experience_years"] = 0.0
        return d.rng.choice(phrases["ask_no_experience"])
    d.truth["experience_years"] = float(years)
    text = pick(
        d.rng,
        phrases["ask_experience"],
        years=str(years),
        trade=_trade(d),
        sector=words(d.language)["sectors"][d.occupation["sector"]],
    )
    if years == 1:
        text = (
            text.replace("1 ans", "1 an")
            .replace("1 years' ", "1 year's ")
            .replace("1 years", "1 year")
            .replace("1+ year of", "1+ years of")
        )
    return text


def write_education(d: Draft) -> str | None:
    if d.rng.random() < 0.35:
        return None
    data = d.occupation[d.language]
    level = d.occupation["level"]
    own = [x.rpartition("@")[0] for x in data.get("degrees", []) if x.endswith("@" + level)]
    degree = (
        d.rng.choice(own)
        if own and d.rng.random() < 0.7
        else pick(d.rng, words(d.language)["study"][f"{level}_ask"], area=d.rng.choice(data["areas"]))
    )
    d.truth["education"] = level
    article = ("an " if degree[0] in "AEIOUH" and degree[:2] not in ("Un",) else "a ") + degree
    if level == "secondary":
        return degree
    return pick(d.rng, words(d.language)["phrases"]["ask_education"], degree=degree, a_degree=article)


def _trade(d: Draft) -> str:
    title = d.rng.choice(d.occupation[d.language]["titles"]).split("|")[0]
    return title if title[1:2].isupper() else title[0].lower() + title[1:]


def write_asked_skills(d: Draft) -> list[str]:
    phrases = words(d.language)["phrases"]
    found: list[str] = []
    queue = list(d.skills)
    while queue:
        template = d.rng.choice(phrases["ask_skill"])
        skill = queue.pop(0)
        if "{skill2}" in template and not queue:
            template = "{skill}"
        filled = say(d.rng, template, skill=skill, skill2=queue[0] if queue else "")
        if queue and "{skill2}" in template and queue[0] in filled[filled.find(skill) + len(skill) :]:
            queue.pop(0)
        found.append(capitalised(filled))
    write_note_skills(d, d.skills, True)
    return found


def write_note_skills(d: Draft, names: list[str], required: bool) -> None:
    listed: list[Truth] = d.truth.setdefault("skills", [])
    listed.extend({"name": n, "required": required} for n in names if n not in [s["name"] for s in listed])


def write_nice_skills(d: Draft, bare: bool = False) -> list[str]:
    phrases = words(d.language)["phrases"]
    write_note_skills(d, d.nice, False)
    return [capitalised(pick(d.rng, phrases["nice_bare" if bare else "nice_skill"], skill=s)) for s in d.nice]


def write_spoken(d: Draft) -> list[str]:
    rng = d.rng
    if rng.random() < 0.55:
        return []
    names: dict[str, str] = words(d.language)["language_names"]
    levels: dict[str, list[str]] = words(d.language)["fluency"]
    phrases = words(d.language)["phrases"]
    codes = [d.language] if rng.random() < 0.25 else []
    codes += [rng.choice(["fr", "de", "es"] if d.language == "en" else ["en", "en", "en", "de"])]
    lines: list[str] = []
    d.truth["languages"] = []
    for code in codes:
        if rng.random() < 0.2:
            lines.append(capitalised(pick(rng, phrases["nice_language"], language=names[code])))
            d.truth["languages"].append({"language": code, "fluency": None, "required": False})
            continue
        fluency = rng.choice(["C1", "B2", "B1", "C1"])
        text = pick(rng, phrases["ask_language"], language=names[code], level=rng.choice(levels[fluency]))
        lines.append(capitalised(text))
        d.truth["languages"].append({"language": code, "fluency": fluency, "required": True})
    return lines


def write_soft(d: Draft) -> list[str]:
    phrases = words(d.language)["phrases"]
    soft, soft2 = d.rng.sample(phrases["soft"], 2)
    adjective, adjective2 = (a.split("/")[0].lower() for a in d.rng.sample(phrases["soft_adj"], 2))
    return [
        write_with_article(
            capitalised(
                pick(
                    d.rng, phrases["ask_soft"], soft=soft, soft2=soft2, soft_cap=capitalised(soft), adj=adjective, adj2=adjective2
                )
            )
        )
        for _ in range(d.rng.choice([0, 1, 1]))
    ]


def write_with_article(text: str) -> str:
    """`a enthusiastic person` with the article it wants."""
    return re.sub(r"\b([Aa]) (?=[aeiou]\w+ (?:person|soft))", r"\1n ", text)


def write_duties(d: Draft) -> list[str]:
    form = d.rng.randint(0, 2)
    found: list[str] = []
    for task in d.tasks:
        text = (noun(task) if d.language == "fr" and form == 1 else None) or base(task)
        found.append(capitalised(text))
    return found


def write_duties_prose(d: Draft) -> str:
    if d.language == "en":
        openers = ["You will", "You will also", "Your work: you", "Each week you", "In this post you", "Besides, you"]
    else:
        openers = [
            "Vous aurez à",
            "Il s'agira aussi de",
            "Au quotidien, il faudra",
            "Vous saurez",
            "Votre rôle sera de",
            "Vous devrez également",
        ]
    tail = openers[1:]
    d.rng.shuffle(tail)
    openers = openers[:1] + tail
    parts = [f"{opener} {base(t)}." for opener, t in zip(openers, d.tasks, strict=False)]
    text = " ".join(parts)
    return elided(text) if d.language == "fr" else text


def write_benefits(d: Draft, chance: float = 0.65) -> list[str]:
    if d.rng.random() > chance:
        return []
    d.truth["benefits"] = list(d.benefits)
    return [capitalised(b) for b in d.benefits]


def write_intro(d: Draft) -> str:
    rng = d.rng
    phrases = words(d.language)["phrases"]
    a_title = d.title
    if d.language == "en":
        article = "an" if a_title[0].lower() in "aeiou" else "a"
        a_title = f"{article} {a_title}"
    else:
        a_title = rng.choice([f"un(e) {a_title}", f"un {a_title} (H/F)", f"un·e {a_title}"])
    write_organization(d)
    d.truth["job_location"] = d.truth.get("job_location")
    text = pick(
        rng,
        phrases["offer_intro"],
        a_title=a_title,
        employer=d.employer,
        city=d.city.name,
        soft_low=rng.choice(phrases["soft_adj"]).split("/")[0].lower(),
    )
    text = elided(text) if d.language == "fr" else write_with_article(text)
    if d.city.name in text:
        d.truth["job_location"] = [{"locality": d.city.name, "country": d.city.country}]
    if d.employer not in text and not d.truth.get("_named"):
        text = f"{d.employer} - {text}" if rng.random() < 0.5 else f"{text} ({d.employer})"
    return text


def write_about(d: Draft) -> str:
    write_organization(d)
    d.truth["_named"] = True
    return pick(
        d.rng,
        words(d.language)["phrases"]["employer_intro"],
        employer=d.employer,
        city=d.city.name,
        sector=words(d.language)["sectors"][d.occupation["sector"]],
    )


def write_application(d: Draft) -> str:
    closing, iso = write_day(d, -1)
    reference = f"{d.rng.choice('ABCDEFGHJK')}{d.rng.randint(100, 9999)}"
    text = pick(
        d.rng,
        words(d.language)["phrases"]["apply"],
        email=d.email,
        contact=d.contact,
        email_or_phone=d.rng.choice([d.email, d.phone]),
        closing=closing,
        ref=reference,
    )
    if closing in text and "valid_through" not in d.truth:
        d.truth["valid_through"] = iso
    elif closing in text:
        text = text.replace(closing, "")
        text = text.replace(" before .", ".").replace(" by .", ".").replace(" avant le .", ".")
    return text


def write_asked(d: Draft) -> list[str]:
    lines = [x for x in (write_experience(d), write_education(d)) if x]
    lines += write_asked_skills(d) + write_spoken(d) + write_soft(d)
    if d.rng.random() < 0.4:
        d.rng.shuffle(lines)
    return [capitalised(x) for x in lines]


def write_sector(d: Draft) -> str:
    text = capitalised(
        words(d.language)["sectors"][d.occupation["sector"]]
        .removeprefix("les ")
        .removeprefix("la ")
        .removeprefix("le ")
        .removeprefix("l'")
    )
    d.truth["industry"] = text
    return text


def write_fact_lines(d: Draft, *, all_of_them: bool = False) -> list[tuple[str, str]]:
    """Labelled facts; a fact that the offer does not give is left out."""
    found: list[tuple[str, str | None]] = [
        (d.label("organization"), write_organization(d)),
        (d.label("location"), write_place(d)),
        (d.label("contract"), write_contract(d)),
        (d.label("hours"), write_hours(d)),
        (d.label("salary"), write_pay(d)),
        (d.label("workplace"), write_workplace(d)),
        (d.label("posted"), write_posted(d)),
        (d.label("closing"), write_closing(d)),
    ]
    if all_of_them or d.rng.random() < 0.3:
        found.append((d.label("industry"), write_sector(d)))
    if d.rng.random() < 0.3:
        found.append((d.label("reference"), f"{d.rng.choice('ABCDEFGH')}{d.rng.randint(1000, 99999)}"))
    d.truth["_named"] = True
    kept = [(a, b) for a, b in found if b]
    if d.rng.random() < 0.5:
        head, tail = kept[:2], kept[2:]
        d.rng.shuffle(tail)
        kept = head + tail
    return kept


def write_listed(d: Draft, facts: list[tuple[str, str]]) -> list[Block]:
    return [Para(f"{label}{d.colon}{value}") for label, value in facts]


def write_requirements(d: Draft) -> list[Section]:
    sections = [Section(d.heading("profile_wanted"), [Bullets(write_asked(d))])]
    if d.nice:
        if d.rng.random() < 0.5:
            sections.append(Section(d.heading("nice"), [Bullets(write_nice_skills(d, bare=True))]))
        elif isinstance(first := sections[0].blocks[0], Bullets):
            first.items += write_nice_skills(d)
    return sections


def write_perks(d: Draft) -> list[Section]:
    lines = write_benefits(d)
    if not lines:
        return []
    block: Block = (
        Bullets(lines) if d.rng.random() < 0.6 else Para(", ".join(x.lower() if x[1:2].islower() else x for x in lines) + ".")
    )
    return [Section(d.heading("benefits"), [block])]
