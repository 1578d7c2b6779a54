"""From facts to a file: the layout of a CV or an offer, its truth, and its bytes by the renderers that all simulations use."""

from __future__ import annotations

from random import Random
from typing import Any

from producers.llm_simulation.facts import Post, Posting, Resume
from producers.llm_simulation.plan import Item
from producers.render_docx import render_docx
from producers.render_html import render_html
from producers.render_pdf import render_pdf
from producers.simulation.careers import codes
from producers.simulation.cvs import cv
from producers.simulation.layout import Block, Bullets, Layout, Para, Section, Style
from producers.simulation.offers import offer
from producers.simulation.people import ascii_letters, person
from producers.simulation.render_text import render_text
from producers.simulation.structured import job_posting, json_resume, language_name
from producers.simulation.wording import capitalised, occupations, words

Truth = dict[str, Any]
FORMATS = ("pdf", "docx", "html", "text", "json")
_SUFFIX = {"pdf": ".pdf", "docx": ".docx", "html": ".html", "text": ".txt", "json": ".json"}
_LABELS = {
    "en": {"years": "{} years of experience", "pay": "{} - {} {} per {}", "year": "year", "month": "month", "level": "Education"},
    "fr": {"years": "{} ans d'expérience", "pay": "{} - {} {} par {}", "year": "an", "month": "mois", "level": "Formation"},
}
_LEVELS = {
    "en": ["High school diploma", "Vocational certificate", "Associate degree", "Bachelor's degree", "Master's degree", "PhD"],
    "fr": ["Baccalauréat", "CAP", "BTS", "Licence", "Master", "Doctorat"],
}
_LEVEL_NAMES = ("secondary", "vocational", "associate", "bachelor", "master", "doctorate")


def written(item: Item, facts: Resume | Posting) -> tuple[Layout, Truth]:
    """The layout of an item's facts, and the truth about it."""
    rng = Random(item.id)
    return _resume(rng, item, facts) if isinstance(facts, Resume) else _posting(rng, item, facts)


def seeded(item: Item) -> tuple[Layout, Truth]:
    """A document of this kind, language and occupation by the seeded generator."""
    rng = Random(item.id)
    if item.kind == "cv":
        return cv(rng, item.language, wide=False, key=item.occupation)
    page, truth = offer(rng, item.language, key=item.occupation)
    # the drafts' own notes are no part of the truth
    return page, truth | {"offer": {k: v for k, v in truth["offer"].items() if not k.startswith("_") and v is not None}}


def rendered(item: Item, page: Layout, truth: Truth, format: str) -> tuple[str, bytes, str]:
    """A file's name, its bytes and its format; `mixed` chooses one."""
    rng = Random(f"{item.id} file")
    chosen = rng.choice(FORMATS) if format == "mixed" else format
    if chosen == "json":
        content = json_resume(rng, page, truth) if item.kind == "cv" else job_posting(rng, page, truth)
    elif chosen == "pdf":
        content = render_pdf(page)
    elif chosen == "docx":
        content = render_docx(page)
    elif chosen == "html":
        content = render_html(page, kind=rng.choice(["semantic", "divs", "site"]))
    else:
        content = render_text(page).encode()
    stem = "-".join(
        w for w in map(ascii_letters, (truth.get("identity", {}).get("name") or truth["offer"]["title"]).split()) if w
    )
    suffix = ".jsonld" if chosen == "json" and item.kind == "job_offer" else _SUFFIX[chosen]
    return f"{item.number:06d}-{stem[:60] or item.kind}{suffix}", content, chosen


def _resume(rng: Random, item: Item, facts: Resume) -> tuple[Layout, Truth]:
    somebody = person(rng, item.language, 1990, wide=False)
    name = f"{somebody.first} {somebody.last}"
    where = ", ".join(p for p in (item.place.name, item.place.region) if p)
    headings = words(item.language)["headings"]
    page = Layout(name, facts.headline, [somebody.email, somebody.phone, where], language=item.language, style=_style(rng))

    def section(heading: str, *blocks: Block) -> None:
        if blocks:
            page.sections.append(Section(rng.choice(headings[heading]), list(blocks)))

    section("profile", Para(facts.summary))
    posts: list[Block] = []
    for post in sorted(facts.work, key=lambda p: (p.end_date or "9", p.start_date), reverse=True):
        posts += [Para(post.position, right=_period(rng, item.language, post), bold=True), Para(post.name)]
        posts += [Bullets(post.highlights)] if post.highlights else []
    section("experience", *posts)
    section("education", *(Para(f"{s.study_type}, {s.institution}", right=s.end_date) for s in facts.education))
    section("skills", Para(", ".join(facts.skills)))
    fluency = words(item.language)["fluency"]
    told = [f"{language_name(item.language, s.language)} : {rng.choice(fluency[s.fluency])}" for s in facts.languages]
    section("languages", Bullets(told))
    section("certificates", *([Bullets(facts.certificates)] if facts.certificates else []))
    candidate: Truth = {
        "headline": facts.headline,
        "summary": facts.summary,
        "location": {"locality": item.place.name, "region": item.place.region or None, "country": item.place.country or None},
        "work": [p.model_dump() | {"current": p.end_date is None} for p in facts.work],
        "education": [s.model_dump() | {"area": None, "start_date": None, "score": None} for s in facts.education],
        "skills": [{"name": s} for s in facts.skills],
        "languages": [s.model_dump() for s in facts.languages],
        "certificates": [{"name": c} for c in facts.certificates],
        "projects": [],
        "occupation_codes": codes(occupations()[item.occupation], item.language, facts.headline),
        "seniority": None,
        "language": item.language,
    }
    identity = {"name": name, "email": somebody.email, "phone": somebody.phone}
    return page, {"candidate": candidate, "identity": identity, "layout": "llm", "occupation": item.occupation}


def _posting(rng: Random, item: Item, facts: Posting) -> tuple[Layout, Truth]:
    said, labels = words(item.language), _LABELS[item.language]
    low, high = min(facts.salary_min, facts.salary_max), max(facts.salary_min, facts.salary_max)
    level = _LEVELS[item.language][_LEVEL_NAMES.index(facts.education)]
    months = rng.choice([3, 6, 12])
    forms: list[str] = said["contracts"].get(facts.contract, [])
    form = rng.choice(forms) if forms else ""
    contract = form.format(months=months) if form else None
    lines = {
        "organization": facts.hiring_organization,
        "location": item.place.name,
        "contract": contract,
        "workplace": said["workplace"][facts.workplace][0],
        "salary": labels["pay"].format(low, high, facts.currency, labels[facts.unit.lower()]),
    }
    page = Layout(facts.title, language=item.language, style=_style(rng))
    colon = " : " if item.language == "fr" else ": "
    page.sections.append(Section("", [Para(f"{said['labels'][k][0]}{colon}{v}") for k, v in lines.items() if v]))
    page.sections.append(Section("", [Para(facts.introduction)]))
    asked = [*facts.skills, *([labels["years"].format(facts.experience_years)] if facts.experience_years > 1 else [])]
    asked += [f"{labels['level']}{colon}{level}"]
    asked += [f"{language_name(item.language, s.language)} ({rng.choice(said['fluency'][s.fluency])})" for s in facts.languages]
    headings = said["headings"]
    parts = (
        ("duties", facts.tasks),
        ("profile_wanted", asked),
        ("nice", facts.nice_to_have),
        ("benefits", facts.benefits),
    )
    for heading, items in parts:
        if items:
            page.sections.append(Section(rng.choice(headings[heading]), [Bullets(list(items))]))
    truth: Truth = {
        "title": facts.title,
        "hiring_organization": facts.hiring_organization,
        "job_location": [{"locality": item.place.name, "country": item.place.country or None}],
        "contract": facts.contract if contract else None,
        "contract_months": float(months) if "{months}" in form else None,
        "workplace": facts.workplace,
        "base_salary": {"min_value": float(low), "max_value": float(high), "currency": facts.currency, "unit": facts.unit},
        "skills": [{"name": s, "required": True} for s in facts.skills]
        + [{"name": s, "required": False} for s in facts.nice_to_have],
        "languages": [s.model_dump() for s in facts.languages],
        "experience_years": float(facts.experience_years) if facts.experience_years > 1 else None,
        "education": facts.education,
        "benefits": facts.benefits,
        "occupation_codes": codes(occupations()[item.occupation], item.language, facts.title),
        "seniority": None,
        "language": item.language,
    }
    kept = {k: v for k, v in truth.items() if v is not None}
    return page, {"offer": kept, "layout": "llm", "occupation": item.occupation}


def _style(rng: Random) -> Style:
    return Style(
        font=rng.choice(["sans", "serif"]),
        heading=rng.choice(["upper", "plain", "underlined", "ruled", "colon"]),
        bullet=rng.choice(["•", "-", "–"]),
    )


def _period(rng: Random, language: str, post: Post) -> str:
    months: list[str] = words(language)["months"]
    named = rng.random() < 0.5

    def shown(month: str) -> str:
        year, number = month.split("-")
        return f"{months[int(number) - 1]} {year}" if named else f"{number}/{year}"

    return f"{shown(post.start_date)} – {shown(post.end_date) if post.end_date else capitalised(words(language)['present'][0])}"
