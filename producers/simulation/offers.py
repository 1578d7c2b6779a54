"""Offers: an employer that looks for someone, put into sections and words, with the truth of what was written."""

from __future__ import annotations

from random import Random
from typing import Any

from producers.simulation.careers import codes, title_of
from producers.simulation.layout import Layout, Para, Section, Style
from producers.simulation.offer_facts import Draft
from producers.simulation.offer_layouts import LAYOUTS
from producers.simulation.people import ascii_letters, cities, employer, full_name, phone
from producers.simulation.wording import occupation_keys, occupations, say, words

Truth = dict[str, Any]

_ACCENTS = [(0, 0, 0), (0, 90, 160), (150, 30, 60), (10, 110, 90), (60, 60, 60)]


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
    LAYOUTS[d.layout](d, page)
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
    boxes = ["jobs", "recruitment", "hr"] if language == "en" else ["recrutement", "rh", "emploi"]
    domain = ascii_letters(name)[:18] or "jobs"
    return Draft(
        rng=rng,
        language=language,
        layout=rng.choice(list(LAYOUTS)),
        occupation=occupation,
        stage=stage,
        title=title,
        employer=name,
        city=city,
        contract=contract,
        months=months,
        contact=f"{first} {last}",
        email=f"{rng.choice([*boxes, ascii_letters(first)])}@{domain}.example",
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
        ("confirmé", "mid"),
        ("lead ", "lead"),
    ):
        if word in low:
            return level
    return None
