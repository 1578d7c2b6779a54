"""Offers laid out: each layout puts the facts of an offer into the order, headings and words of one kind of source."""

from __future__ import annotations

from collections.abc import Callable

from producers.simulation.layout import Bullets, Layout, Para, Section, Table
from producers.simulation.offer_facts import (
    Draft,
    write_about,
    write_application,
    write_asked,
    write_contract,
    write_duties,
    write_duties_prose,
    write_education,
    write_experience,
    write_fact_lines,
    write_hours,
    write_intro,
    write_listed,
    write_nice_skills,
    write_note_skills,
    write_organization,
    write_pay,
    write_perks,
    write_place,
    write_posted,
    write_requirements,
    write_sector,
    write_spoken,
    write_workplace,
)
from producers.simulation.wording import capitalised, words


def _board(d: Draft, page: Layout) -> None:
    """A job board: a line of facts under the title, then sections."""
    said = write_fact_lines(d)
    facts, rest = said[:2], said[2:]
    bare = [v for v in (_hours_or_pay(rest)) if v] if d.rng.random() < 0.6 else []
    rest = [(label, value) for label, value in rest if value not in bare]
    by = d.rng.choice([" · ", " | ", " - ", " • "])
    page.subtitle = by.join(v for _, v in facts)
    page.contacts = [by.join(bare)] if bare else []
    page.sections += [
        Section("", write_listed(d, rest)),
        Section(d.heading("company"), [Para(write_about(d))] if d.rng.random() < 0.6 else []),
        Section(d.heading("duties"), [Bullets(write_duties(d))]),
        *write_requirements(d),
        *write_perks(d),
        Section(d.heading("apply"), [Para(write_application(d))] if d.rng.random() < 0.5 else []),
    ]


def _hours_or_pay(facts: list[tuple[str, str]]) -> list[str]:
    """The facts that are understood without a label: hours, pay, contract; not dates, which could be any."""
    labels = [words(language)["labels"][kind] for language in ("en", "fr") for kind in ("hours", "salary", "contract")]
    known = {label for group in labels for label in group}
    return [value for label, value in facts if label in known]


def _corporate(d: Draft, page: Layout) -> None:
    about = Section(d.heading("company"), [Para(write_about(d))])
    facts = write_fact_lines(d)
    page.sections += [
        *([about] if d.rng.random() < 0.7 else []),
        Section("", [Para(write_intro(d))]),
        Section(d.heading("duties"), [Bullets(write_duties(d))]),
        *write_requirements(d),
        *write_perks(d),
        Section(d.heading("facts"), write_listed(d, facts)),
        Section(d.heading("apply"), [Para(write_application(d))]),
    ]


def _public(d: Draft, page: Layout) -> None:
    facts = write_fact_lines(d, all_of_them=True)
    page.sections += [
        Section("", write_listed(d, facts)),
        Section(d.heading("company"), [Para(write_about(d))]),
        Section(d.heading("duties"), [Para(write_duties_prose(d))] if d.rng.random() < 0.4 else [Bullets(write_duties(d))]),
        *write_requirements(d),
        *write_perks(d),
        Section(d.heading("apply"), [Para(write_application(d))]),
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
        write_organization(d)
    write_place(d)
    parts = [x for x in (write_contract(d), write_hours(d), write_pay(d), write_workplace(d)) if x]
    page.sections += [
        Section("", [Para(client), Para(" - ".join(parts))]),
        Section(d.heading("duties"), [Bullets(write_duties(d))]),
        *write_requirements(d),
        *write_perks(d),
        Section("", [Para(write_application(d))]),
    ]


def _short(d: Draft, page: Layout) -> None:
    """A small ad of a few lines."""
    d.tasks = d.tasks[:2]
    d.nice = []
    d.skills = d.skills[:3]
    first = write_intro(d)
    bits = [f"{x}." for x in (write_contract(d), write_hours(d), write_pay(d)) if x]
    asked = [x for x in (write_experience(d), write_education(d)) if x]
    write_note_skills(d, d.skills, True)
    need = {"en": ["Must know", "Needed:", "You can do"], "fr": ["Compétences :", "Il faut connaître", "À savoir :"]}[d.language]
    asked.append(f"{d.rng.choice(need)} {', '.join(d.skills)}")
    page.sections.append(
        Section(
            "",
            [
                Para(" ".join([first, *bits])),
                Para(write_duties_prose(d)),
                Para(" ".join(f"{capitalised(x)}." for x in asked)),
                Para(write_application(d)),
            ],
        )
    )


def _startup(d: Draft, page: Layout) -> None:
    """Prose in the first person plural."""
    opener = {
        "en": ["Hi there!", "Hello.", "Let's be honest:", "We hire slowly."],
        "fr": ["Bonjour !", "On se présente :", "Soyons francs :", "Ici, on recrute avec soin."],
    }[d.language]
    facts = [x for x in (write_contract(d), write_workplace(d), write_pay(d)) if x]
    page.sections += [
        Section("", [Para(f"{d.rng.choice(opener)} {write_about(d)}"), Para(write_intro(d))]),
        Section(d.heading("duties"), [Para(write_duties_prose(d))]),
        *write_requirements(d),
        *write_perks(d),
        Section("", [Para(" / ".join(facts)), Para(write_application(d))]),
    ]
    if not d.truth.get("job_location"):
        page.subtitle = f"{d.employer}, {write_place(d)}"


def _labelled(d: Draft, page: Layout) -> None:
    """Every field on a line of its own with a label, skills included."""
    facts = write_fact_lines(d, all_of_them=True)
    facts.insert(0, (d.label("title"), page.title))
    if years := write_experience(d):
        facts.append((d.label("experience"), years.removeprefix("Expérience : ").removeprefix("Experience: ")))
    if degree := write_education(d):
        facts.append((d.label("education"), degree.removeprefix("Formation : ").removeprefix("Education: ")))
    if spoken := write_spoken(d):
        facts.append((d.label("languages"), ", ".join(spoken)))
    write_note_skills(d, d.skills, True)
    facts.append((d.label("skills"), ", ".join(d.skills)))
    page.sections.append(Section("", write_listed(d, facts)))
    page.sections.append(Section(d.heading("duties"), [Bullets(write_duties(d))]))
    if d.nice:
        page.sections.append(Section(d.heading("nice"), [Para(", ".join(d.nice))]))
        write_note_skills(d, d.nice, False)
    page.sections += write_perks(d)
    if d.rng.random() < 0.5:
        page.title = {"en": "Vacancy", "fr": "Offre d'emploi"}[d.language]


def _employment_service(d: Draft, page: Layout) -> None:
    """As public employment services print offers: place and date, prose, then blocks of fixed headings."""
    page.subtitle = f"{write_place(d)} - {write_organization(d)}"
    if posted := write_posted(d):
        page.contacts = [f"{d.label('posted')} {posted}"]
    d.truth["_named"] = True
    contract, hours, pay = write_contract(d), write_hours(d), write_pay(d)
    names = {
        "en": ("Experience", "Skills", "Education", "Languages", "Terms", "Employer"),
        "fr": ("Expérience", "Savoirs et savoir-faire", "Formation", "Langues", "Type de contrat", "Entreprise"),
    }[d.language]
    years, degree, spoken = write_experience(d), write_education(d), write_spoken(d)
    write_note_skills(d, d.skills, True)
    page.sections += [
        Section("", [Para(f"{write_intro(d)} {write_duties_prose(d)}")]),
        Section(names[4], [Para(x) for x in (contract, hours, pay) if x]),
        Section(names[0], [Para(years)] if years else []),
        Section(names[1], [Bullets([capitalised(s) for s in d.skills])]),
        Section(names[2], [Para(degree)] if degree else []),
        Section(names[3], [Para(x) for x in spoken]),
        *write_perks(d),
        Section(names[5], [Para(write_about(d))] if d.rng.random() < 0.5 else []),
    ]


def _letter(d: Draft, page: Layout) -> None:
    """A post or a mail: no headings, paragraphs only."""
    hello = {"en": ["Dear all,", "Hello everyone,", "We're hiring!"], "fr": ["Bonjour à tous,", "Bonjour,", "Nous recrutons !"]}[
        d.language
    ]
    about = write_about(d)
    paragraphs = [d.rng.choice(hello), f"{about} {write_intro(d)}", write_duties_prose(d)]
    asked = ". ".join(x.rstrip(".") for x in write_asked(d)) + "."
    paragraphs += [
        asked,
        " ".join(
            f"{x.rstrip('.')}."
            for x in [
                *write_nice_skills(d),
                *(x for x in (write_contract(d), write_hours(d), write_pay(d), write_workplace(d)) if x),
            ]
        ),
        write_application(d),
    ]
    page.sections.append(Section("", [Para(p) for p in paragraphs if p]))
    if not d.truth.get("job_location"):
        page.subtitle = write_place(d)


def _table(d: Draft, page: Layout) -> None:
    facts = write_fact_lines(d, all_of_them=True)
    page.sections += [
        Section(d.heading("facts"), [Table([[a, b] for a, b in facts], [0.35, 0.65])]),
        Section(d.heading("duties"), [Bullets(write_duties(d))]),
        *write_requirements(d),
        *write_perks(d),
        Section(d.heading("apply"), [Para(write_application(d))]),
    ]


def _bullets(d: Draft, page: Layout) -> None:
    page.subtitle = write_organization(d)
    d.truth["_named"] = True
    facts = [
        x
        for x in (
            write_place(d),
            write_contract(d),
            write_hours(d),
            write_pay(d),
            write_workplace(d),
            write_sector(d) if d.rng.random() < 0.2 else None,
        )
        if x
    ]
    page.sections += [
        Section("", [Bullets(facts)]),
        Section(d.heading("duties"), [Bullets(write_duties(d))]),
        *write_requirements(d),
        Section(d.heading("stack"), [Para(", ".join(d.skills))] if d.rng.random() < 0.3 else []),
        *write_perks(d),
    ]


def _plain(d: Draft, page: Layout) -> None:
    page.subtitle = d.rng.choice(
        [
            f"{write_organization(d)} - {write_place(d)}",
            f"{write_organization(d)}, {write_place(d)}",
            f"{write_place(d)} | {write_organization(d)}",
        ]
    )
    d.truth["_named"] = True
    page.sections += [
        Section(
            "",
            [Para(" ".join(f"{x}." for x in (write_contract(d), write_hours(d), write_workplace(d)) if x)), Para(write_intro(d))],
        ),
        Section(d.heading("duties"), [Para(write_duties_prose(d))]),
        *write_requirements(d),
        Section(d.heading("benefits"), [Para(x) for x in (write_pay(d),) if x]),
        Section(d.heading("apply"), [Para(write_application(d))] if d.rng.random() < 0.7 else []),
    ]


LAYOUTS: dict[str, Callable[[Draft, Layout], None]] = {
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
