"""Offers: an employer that looks for someone, put into sections and words, with the truth of what was written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from producers.simulation.careers import TODAY, codes, title_of
from producers.simulation.layout import Block, Bullets, Layout, Para, Section, Style, Table
from producers.simulation.people import City, ascii_letters, cities, employer, full_name, phone, place_line
from producers.simulation.salaries import salary
from producers.simulation.wording import base, capitalised, noun, occupation_keys, occupations, pick, say, words

Truth = dict[str, Any]

LAYOUTS = [
    "board",
    "corporate",
    "public",
    "agency",
    "short",
    "startup",
    "labelled",
    "employment_service",
    "letter",
    "table",
    "bullets",
    "plain",
]
"""How an offer is laid out."""

_ACCENTS = [(0, 0, 0), (0, 90, 160), (150, 30, 60), (10, 110, 90), (60, 60, 60)]


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


def offer(rng: Random, language: str, *, key: str | None = None) -> tuple[Layout, Truth]:
    """One offer.

    Returns:
        The layout, and its truth: `offer` in the fields of `talentflow.records`, only what the document says.
    """
    d = _facts(rng, language, key)
    page = Layout(title=_title_line(d), language=language, style=_style(rng))
    d.truth |= {
        "title": d.title,
        "occupation_codes": codes(d.occupation, language, d.title),
        "language": language,
        "seniority": _seniority(d),
    }
    _LAYOUTS[d.layout](d, page)
    if rng.random() < 0.25:
        page.sections.append(Section("", [Para(rng.choice(words(language)["phrases"]["equal"]), italic=True)]))
    page.sections = [s for s in page.sections if s.blocks]
    return page, {"offer": d.truth, "layout": d.layout, "occupation": d.occupation["key"]}


def _facts(rng: Random, language: str, key: str | None) -> Draft:
    occupation = occupations()[key or rng.choice(occupation_keys())]
    data = occupation[language]
    stage = rng.choices(["intern", "junior", "mid", "senior", "lead"], [10, 18, 42, 22, 8])[0]
    city = rng.choice(cities(language))
    contract = (
        rng.choice(["internship", "internship", "apprenticeship"])
        if stage == "intern"
        else rng.choices(["permanent", "fixed_term", "temporary", "freelance"], [62, 18, 12, 8])[0]
    )
    months = rng.choice(
        {"internship": [2, 3, 4, 5, 6, 6], "apprenticeship": [12, 24, 12, 36]}.get(contract, [3, 6, 9, 12, 18, 24])
    )
    first, last = full_name(rng, "en_GB" if language == "en" else "fr_FR", rng.random() < 0.5)
    title = title_of(rng, occupation, language, True, stage)
    if contract == "internship":
        title = rng.choice(
            [f"{title} Intern", f"{title} Internship"]
            if language == "en"
            else [f"Stage {title}", f"Stagiaire {title}", f"Stage - {title}"]
        )
    elif contract == "apprenticeship":
        title = rng.choice(
            [f"Apprentice {title}", f"{title} Apprentice"]
            if language == "en"
            else [f"{title} en alternance", f"Alternance - {title}", f"Apprenti {title}"]
        )
    name = employer(rng, language, occupation["sector"], city)
    skills = rng.sample(data["skills"], min(len(data["skills"]) - 3, rng.randint(3, 7)))
    left = [s for s in data["skills"] if s not in skills]
    tasks = rng.sample(data["tasks"], min(len(data["tasks"]), rng.randint(3, 6)))
    domain = ascii_letters(name)[:18] or "jobs"
    return Draft(
        rng=rng,
        language=language,
        layout=rng.choice(LAYOUTS),
        occupation=occupation,
        stage=stage,
        title=title,
        employer=name,
        city=city,
        contract=contract,
        months=months,
        contact=f"{first} {last}",
        email=f"{rng.choice(['jobs', 'recruitment', 'hr', ascii_letters(first)] if language == 'en' else ['recrutement', 'rh', 'emploi', ascii_letters(first)])}@{domain}.example",
        phone=phone(rng, city.country),
        skills=skills,
        nice=rng.sample(left, rng.choice([0, 1, 2, 3])) if rng.random() < 0.6 else [],
        tasks=[say(rng, t) for t in tasks],
        benefits=rng.sample(words(language)["benefits"]["list"], rng.randint(2, 6)),
    )


def _style(rng: Random) -> Style:
    return Style(
        accent=rng.choice(_ACCENTS),
        font=rng.choice(["sans", "sans", "serif"]),
        size=rng.choice([9.5, 10.0, 10.5]),
        heading=rng.choice(["upper", "plain", "plain", "underlined", "ruled", "colon", "hashes"]),
        bullet=rng.choice(["•", "-", "*", "•", "–", "✓", "o"]),
        width=rng.choice([0, 0, 88]),
        footer=rng.choice(["", "", "page"]),
        crlf=rng.random() < 0.2,
    )


def _title_line(d: Draft) -> str:
    """The title with what employers add to it."""
    rng = d.rng
    title = d.title
    if d.language == "fr":
        marks = [" H/F", " (H/F)", " F/H", " - H/F", " (F/H)", "", " H/F/X"]
        forms = next((t for t in d.occupation["fr"]["titles"] if t.split("|")[0] == title and "|" in t), None)
        if forms and rng.random() < 0.2:
            return forms.replace("|", " / ")
        title += rng.choice(marks)
    else:
        title += rng.choice(
            ["", "", "", "", " (m/f/d)", f" - {d.city.name}", f" ({d.city.name})", " - immediate start", f" x{rng.randint(2, 4)}"]
        )
    return title.upper() if rng.random() < 0.08 else title


def _seniority(d: Draft) -> str | None:
    if d.stage == "intern":
        return "intern"
    low = d.title.lower()
    for word, level in (
        ("junior", "junior"),
        ("débutant", "junior"),
        ("senior", "senior"),
        ("principal", "senior"),
        ("confirmé", "senior"),
        ("lead ", "lead"),
    ):
        if word in low:
            return level
    return None


# Facts, one function each: the text, or None; what is written becomes truth.


def _place(d: Draft) -> str:
    d.truth["job_location"] = [{"locality": d.city.name, "country": d.city.country}]
    return place_line(d.rng, d.city)


def _organization(d: Draft) -> str:
    d.truth["hiring_organization"] = d.employer
    return d.employer


def _contract(d: Draft) -> str:
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


def _hours(d: Draft) -> str | None:
    rng = d.rng
    if rng.random() < 0.4:
        return None
    part = rng.random() < 0.22
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
    if d.contract in ("permanent", "fixed_term"):
        d.truth["employment_type"] = "PART_TIME" if part else "FULL_TIME"
    return text.replace("{h}", str(rng.choice([16, 20, 24, 28, 30])))


def _salary(d: Draft) -> str | None:
    if d.rng.random() < 0.3 or d.truth.get("paid") is False:
        return None
    text, truth = salary(d.rng, d.language, d.city.country, d.occupation["pay"], d.stage, d.contract)
    d.truth["base_salary"] = truth
    if truth and d.contract in ("internship", "apprenticeship"):
        d.truth["paid"] = True
    return text


def _workplace(d: Draft) -> str | None:
    office = d.occupation.get("office", d.occupation["sector"] in ("it", "finance", "business", "legal", "media"))
    kinds = ["on_site", "hybrid", "hybrid", "remote"] if office else ["on_site"]
    if d.rng.random() < (0.35 if office else 0.8):
        return None
    kind = d.rng.choice(kinds)
    d.truth["workplace"] = kind
    return pick(d.rng, words(d.language)["workplace"][kind])


def _day(d: Draft, back: int) -> tuple[str, str]:
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


def _posted(d: Draft) -> str | None:
    if d.rng.random() < 0.4:
        return None
    text, d.truth["date_posted"] = _day(d, d.rng.randint(0, 2))
    return text


def _closing(d: Draft) -> str | None:
    if d.rng.random() < 0.55:
        return None
    text, d.truth["valid_through"] = _day(d, -d.rng.randint(1, 2))
    return text


def _years(d: Draft) -> int:
    return {
        "intern": 0,
        "junior": d.rng.choice([0, 1, 1]),
        "mid": d.rng.choice([2, 3, 4]),
        "senior": d.rng.choice([5, 6, 8]),
        "lead": d.rng.choice([7, 8, 10]),
    }[d.stage]


def _experience(d: Draft) -> str | None:
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


def _education(d: Draft) -> str | None:
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
    return pick(d.rng, words(d.language)["phrases"]["ask_education"], degree=degree, a_degree=article)


def _trade(d: Draft) -> str:
    title = d.rng.choice(d.occupation[d.language]["titles"]).split("|")[0]
    return title if title[1:2].isupper() else title[0].lower() + title[1:]


def _asked_skills(d: Draft) -> list[str]:
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
    _note_skills(d, d.skills, True)
    return found


def _note_skills(d: Draft, names: list[str], required: bool) -> None:
    listed: list[Truth] = d.truth.setdefault("skills", [])
    listed.extend({"name": n, "required": required} for n in names if n not in [s["name"] for s in listed])


def _nice_skills(d: Draft, bare: bool = False) -> list[str]:
    phrases = words(d.language)["phrases"]
    _note_skills(d, d.nice, False)
    return [capitalised(pick(d.rng, phrases["nice_bare" if bare else "nice_skill"], skill=s)) for s in d.nice]


def _language(d: Draft) -> list[str]:
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


def _soft(d: Draft) -> list[str]:
    phrases = words(d.language)["phrases"]
    soft, soft2 = d.rng.sample(phrases["soft"], 2)
    adjective, adjective2 = (a.split("/")[0].lower() for a in d.rng.sample(phrases["soft_adj"], 2))
    return [
        capitalised(
            pick(d.rng, phrases["ask_soft"], soft=soft, soft2=soft2, soft_cap=capitalised(soft), adj=adjective, adj2=adjective2)
        )
        for _ in range(d.rng.choice([0, 1, 1]))
    ]


def _duties(d: Draft) -> list[str]:
    form = d.rng.randint(0, 2)
    found: list[str] = []
    for task in d.tasks:
        text = (noun(task) if d.language == "fr" and form == 1 else None) or base(task)
        found.append(capitalised(text))
    return found


def _duties_prose(d: Draft) -> str:
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
    if d.language == "fr":
        for vowel in "aeiouéèêâîh":
            text = text.replace(f" de {vowel}", f" d'{vowel}") if vowel in "éêèâî" else text
        text = (
            text.replace("aussi de a", "aussi d'a")
            .replace("sera de a", "sera d'a")
            .replace("aussi de e", "aussi d'e")
            .replace("sera de e", "sera d'e")
            .replace("aussi de o", "aussi d'o")
            .replace("sera de o", "sera d'o")
            .replace("aussi de i", "aussi d'i")
            .replace("sera de i", "sera d'i")
        )
    return text


def _benefits(d: Draft, chance: float = 0.65) -> list[str]:
    if d.rng.random() > chance:
        return []
    d.truth["benefits"] = list(d.benefits)
    return [capitalised(b) for b in d.benefits]


def _intro(d: Draft) -> str:
    rng = d.rng
    phrases = words(d.language)["phrases"]
    a_title = d.title if d.language == "en" else d.title
    if d.language == "en":
        article = "an" if a_title[0].lower() in "aeiou" else "a"
        a_title = f"{article} {a_title}"
    else:
        a_title = rng.choice([f"un(e) {a_title}", f"un {a_title} (H/F)", f"un·e {a_title}"])
    _organization(d)
    d.truth["job_location"] = d.truth.get("job_location")
    text = pick(
        rng,
        phrases["offer_intro"],
        a_title=a_title,
        employer=d.employer,
        city=d.city.name,
        soft_low=rng.choice(phrases["soft_adj"]).split("/")[0].lower(),
    )
    if d.city.name in text:
        d.truth["job_location"] = [{"locality": d.city.name, "country": d.city.country}]
    if d.employer not in text and not d.truth.get("_named"):
        text = f"{d.employer} - {text}" if rng.random() < 0.5 else f"{text} ({d.employer})"
    return text


def _about(d: Draft) -> str:
    _organization(d)
    d.truth["_named"] = True
    return pick(
        d.rng,
        words(d.language)["phrases"]["employer_intro"],
        employer=d.employer,
        city=d.city.name,
        sector=words(d.language)["sectors"][d.occupation["sector"]],
    )


def _apply(d: Draft) -> str:
    closing, iso = _day(d, -1)
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


def _asked(d: Draft) -> list[str]:
    lines = [x for x in (_experience(d), _education(d)) if x]
    lines += _asked_skills(d) + _language(d) + _soft(d)
    if d.rng.random() < 0.4:
        d.rng.shuffle(lines)
    return [capitalised(x) for x in lines]


def _sector_label(d: Draft) -> str:
    text = capitalised(
        words(d.language)["sectors"][d.occupation["sector"]]
        .removeprefix("les ")
        .removeprefix("la ")
        .removeprefix("le ")
        .removeprefix("l'")
    )
    d.truth["industry"] = text
    return text


def _fact_lines(d: Draft, *, all_of_them: bool = False) -> list[tuple[str, str]]:
    """Labelled facts; a fact that the offer does not give is left out."""
    found: list[tuple[str, str | None]] = [
        (d.label("organization"), _organization(d)),
        (d.label("location"), _place(d)),
        (d.label("contract"), _contract(d)),
        (d.label("hours"), _hours(d)),
        (d.label("salary"), _salary(d)),
        (d.label("workplace"), _workplace(d)),
        (d.label("posted"), _posted(d)),
        (d.label("closing"), _closing(d)),
    ]
    if all_of_them or d.rng.random() < 0.3:
        found.append((d.label("industry"), _sector_label(d)))
    if d.rng.random() < 0.3:
        found.append((d.label("reference"), f"{d.rng.choice('ABCDEFGH')}{d.rng.randint(1000, 99999)}"))
    d.truth["_named"] = True
    kept = [(a, b) for a, b in found if b]
    if d.rng.random() < 0.5:
        head, tail = kept[:2], kept[2:]
        d.rng.shuffle(tail)
        kept = head + tail
    return kept


def _listed(d: Draft, facts: list[tuple[str, str]]) -> list[Block]:
    return [Para(f"{label}{d.colon}{value}") for label, value in facts]


def _requirements(d: Draft) -> list[Section]:
    sections = [Section(d.heading("profile_wanted"), [Bullets(_asked(d))])]
    if d.nice:
        if d.rng.random() < 0.5:
            sections.append(Section(d.heading("nice"), [Bullets(_nice_skills(d, bare=True))]))
        elif isinstance(first := sections[0].blocks[0], Bullets):
            first.items += _nice_skills(d)
    return sections


def _perks(d: Draft) -> list[Section]:
    lines = _benefits(d)
    if not lines:
        return []
    block: Block = (
        Bullets(lines) if d.rng.random() < 0.6 else Para(", ".join(x.lower() if x[1:2].islower() else x for x in lines) + ".")
    )
    return [Section(d.heading("benefits"), [block])]


def _board(d: Draft, page: Layout) -> None:
    """A job board: a line of facts under the title, then sections."""
    facts = _fact_lines(d)
    by = d.rng.choice([" · ", " | ", " - ", " • "])
    page.subtitle = by.join(v for _, v in facts[:3])
    page.contacts = [by.join(v for _, v in facts[3:6])] if facts[3:6] else []
    rest = facts[6:]
    page.sections += [
        Section("", _listed(d, rest)),
        Section(d.heading("company"), [Para(_about(d))] if d.rng.random() < 0.6 else []),
        Section(d.heading("duties"), [Bullets(_duties(d))]),
        *_requirements(d),
        *_perks(d),
        Section(d.heading("apply"), [Para(_apply(d))] if d.rng.random() < 0.5 else []),
    ]


def _corporate(d: Draft, page: Layout) -> None:
    about = Section(d.heading("company"), [Para(_about(d))])
    facts = _fact_lines(d)
    page.sections += [
        *([about] if d.rng.random() < 0.7 else []),
        Section("", [Para(_intro(d))]),
        Section(d.heading("duties"), [Bullets(_duties(d))]),
        *_requirements(d),
        *_perks(d),
        Section(d.heading("facts"), _listed(d, facts)),
        Section(d.heading("apply"), [Para(_apply(d))]),
    ]


def _public(d: Draft, page: Layout) -> None:
    facts = _fact_lines(d, all_of_them=True)
    page.sections += [
        Section("", _listed(d, facts)),
        Section(d.heading("company"), [Para(_about(d))]),
        Section(d.heading("duties"), [Para(_duties_prose(d))] if d.rng.random() < 0.4 else [Bullets(_duties(d))]),
        *_requirements(d),
        *_perks(d),
        Section(d.heading("apply"), [Para(_apply(d))]),
    ]


def _agency(d: Draft, page: Layout) -> None:
    """An agency writes for a client it does not name, or names late."""
    agency = {
        "en": ["Swift Staffing", "Brightpath Recruitment", "Harrow People", "Kestrel Resourcing"],
        "fr": ["Interval Emploi", "Méridien Intérim", "Talents du Nord", "Cap Recrut"],
    }[d.language]
    name = d.rng.choice(agency)
    hidden = d.rng.random() < 0.6
    if hidden:
        d.truth["hiring_organization"] = name
        d.employer = name
        d.truth["_named"] = True
    client = {
        "en": f"{name} is recruiting for a client in {words('en')['sectors'][d.occupation['sector']]}, based in {d.city.name}.",
        "fr": f"{name} recrute pour l'un de ses clients dans {words('fr')['sectors'][d.occupation['sector']]}, à {d.city.name}.",
    }[d.language]
    if not hidden:
        client = {
            "en": f"Our client, {d.employer}, is based in {d.city.name}.",
            "fr": f"Notre client, {d.employer}, est basé à {d.city.name}.",
        }[d.language]
        _organization(d)
    _place(d)
    parts = [x for x in (_contract(d), _hours(d), _salary(d), _workplace(d)) if x]
    page.sections += [
        Section("", [Para(client), Para(" - ".join(parts))]),
        Section(d.heading("duties"), [Bullets(_duties(d))]),
        *_requirements(d),
        *_perks(d),
        Section("", [Para(_apply(d))]),
    ]


def _short(d: Draft, page: Layout) -> None:
    """A small ad of a few lines."""
    d.tasks = d.tasks[:2]
    d.nice = []
    d.skills = d.skills[:3]
    first = _intro(d)
    bits = [f"{x}." for x in (_contract(d), _hours(d), _salary(d)) if x]
    asked = [x for x in (_experience(d), _education(d)) if x]
    _note_skills(d, d.skills, True)
    need = {"en": ["Must know", "Needed:", "You can do"], "fr": ["Compétences :", "Il faut connaître", "À savoir :"]}[d.language]
    asked.append(f"{d.rng.choice(need)} {', '.join(d.skills)}")
    page.sections.append(
        Section(
            "",
            [
                Para(" ".join([first, *bits])),
                Para(_duties_prose(d)),
                Para(" ".join(f"{capitalised(x)}." for x in asked)),
                Para(_apply(d)),
            ],
        )
    )


def _startup(d: Draft, page: Layout) -> None:
    """Prose in the first person plural."""
    opener = {
        "en": ["Hi there!", "Hello.", "Let's be honest:", "We hire slowly."],
        "fr": ["Bonjour !", "On se présente :", "Soyons francs :", "Ici, on recrute avec soin."],
    }[d.language]
    facts = [x for x in (_contract(d), _workplace(d), _salary(d)) if x]
    page.sections += [
        Section("", [Para(f"{d.rng.choice(opener)} {_about(d)}"), Para(_intro(d))]),
        Section(d.heading("duties"), [Para(_duties_prose(d))]),
        *_requirements(d),
        *_perks(d),
        Section("", [Para(" / ".join(facts)), Para(_apply(d))]),
    ]
    if not d.truth.get("job_location"):
        page.subtitle = f"{d.employer}, {_place(d)}"


def _labelled(d: Draft, page: Layout) -> None:
    """Every field on a line of its own with a label, skills included."""
    facts = _fact_lines(d, all_of_them=True)
    facts.insert(0, (d.label("title"), page.title))
    if years := _experience(d):
        facts.append((d.label("experience"), years.removeprefix("Expérience : ").removeprefix("Experience: ")))
    if degree := _education(d):
        facts.append((d.label("education"), degree.removeprefix("Formation : ").removeprefix("Education: ")))
    if spoken := _language(d):
        facts.append((d.label("languages"), ", ".join(spoken)))
    _note_skills(d, d.skills, True)
    facts.append((d.label("skills"), ", ".join(d.skills)))
    page.sections.append(Section("", _listed(d, facts)))
    page.sections.append(Section(d.heading("duties"), [Bullets(_duties(d))]))
    if d.nice:
        page.sections.append(Section(d.heading("nice"), [Para(", ".join(d.nice))]))
        _note_skills(d, d.nice, False)
    page.sections += _perks(d)
    if d.rng.random() < 0.5:
        page.title = {"en": "Vacancy", "fr": "Offre d'emploi"}[d.language]


def _employment_service(d: Draft, page: Layout) -> None:
    """As public employment services print offers: place and date, prose, then blocks of fixed headings."""
    page.subtitle = f"{_place(d)} - {_organization(d)}"
    if posted := _posted(d):
        page.contacts = [f"{d.label('posted')} {posted}"]
    d.truth["_named"] = True
    contract, hours, pay = _contract(d), _hours(d), _salary(d)
    names = {
        "en": ("Experience", "Skills", "Education", "Languages", "Terms", "Employer"),
        "fr": ("Expérience", "Savoirs et savoir-faire", "Formation", "Langues", "Type de contrat", "Entreprise"),
    }[d.language]
    years, degree, spoken = _experience(d), _education(d), _language(d)
    _note_skills(d, d.skills, True)
    page.sections += [
        Section("", [Para(f"{_intro(d)} {_duties_prose(d)}")]),
        Section(names[4], [Para(x) for x in (contract, hours, pay) if x]),
        Section(names[0], [Para(years)] if years else []),
        Section(names[1], [Bullets([capitalised(s) for s in d.skills])]),
        Section(names[2], [Para(degree)] if degree else []),
        Section(names[3], [Para(x) for x in spoken]),
        *_perks(d),
        Section(names[5], [Para(_about(d))] if d.rng.random() < 0.5 else []),
    ]


def _letter(d: Draft, page: Layout) -> None:
    """A post or a mail: no headings, paragraphs only."""
    hello = {"en": ["Dear all,", "Hello everyone,", "We're hiring!"], "fr": ["Bonjour à tous,", "Bonjour,", "Nous recrutons !"]}[
        d.language
    ]
    about = _about(d)
    paragraphs = [d.rng.choice(hello), f"{about} {_intro(d)}", _duties_prose(d)]
    asked = ". ".join(x.rstrip(".") for x in _asked(d)) + "."
    paragraphs += [
        asked,
        " ".join(
            f"{x.rstrip('.')}."
            for x in [*_nice_skills(d), *(x for x in (_contract(d), _hours(d), _salary(d), _workplace(d)) if x)]
        ),
        _apply(d),
    ]
    page.sections.append(Section("", [Para(p) for p in paragraphs if p]))
    if not d.truth.get("job_location"):
        page.subtitle = _place(d)


def _table(d: Draft, page: Layout) -> None:
    facts = _fact_lines(d, all_of_them=True)
    page.sections += [
        Section(d.heading("facts"), [Table([[a, b] for a, b in facts], [0.35, 0.65])]),
        Section(d.heading("duties"), [Bullets(_duties(d))]),
        *_requirements(d),
        *_perks(d),
        Section(d.heading("apply"), [Para(_apply(d))]),
    ]


def _bullets(d: Draft, page: Layout) -> None:
    page.subtitle = _organization(d)
    d.truth["_named"] = True
    facts = [
        x
        for x in (
            _place(d),
            _contract(d),
            _hours(d),
            _salary(d),
            _workplace(d),
            _sector_label(d) if d.rng.random() < 0.2 else None,
        )
        if x
    ]
    page.sections += [
        Section("", [Bullets(facts)]),
        Section(d.heading("duties"), [Bullets(_duties(d))]),
        *_requirements(d),
        Section(d.heading("stack"), [Para(", ".join(d.skills))] if d.rng.random() < 0.3 else []),
        *_perks(d),
    ]


def _plain(d: Draft, page: Layout) -> None:
    page.subtitle = d.rng.choice(
        [f"{_organization(d)} - {_place(d)}", f"{_organization(d)}, {_place(d)}", f"{_place(d)} | {_organization(d)}"]
    )
    d.truth["_named"] = True
    page.sections += [
        Section("", [Para(" ".join(f"{x}." for x in (_contract(d), _hours(d), _workplace(d)) if x)), Para(_intro(d))]),
        Section(d.heading("duties"), [Para(_duties_prose(d))]),
        *_requirements(d),
        Section(d.heading("benefits"), [Para(x) for x in (_salary(d),) if x]),
        Section(d.heading("apply"), [Para(_apply(d))] if d.rng.random() < 0.7 else []),
    ]


_LAYOUTS: dict[str, Callable[[Draft, Layout], None]] = {
    "board": _board,
    "corporate": _corporate,
    "public": _public,
    "agency": _agency,
    "short": _short,
    "startup": _startup,
    "labelled": _labelled,
    "employment_service": _employment_service,
    "letter": _letter,
    "table": _table,
    "bullets": _bullets,
    "plain": _plain,
}
