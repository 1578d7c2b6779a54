"""CVs: a person and a career put into sections, entries and words, with the truth of what was written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from producers.simulation.careers import Career, Job, career, codes, worked_years
from producers.simulation.cv_draft import Draft, Truth
from producers.simulation.cv_experience import LAYOUTS, experience
from producers.simulation.cv_sections import certificates, education, interests, languages, references, skills, volunteering
from producers.simulation.dates import date_style
from producers.simulation.layout import Layout, Para, Section, Style
from producers.simulation.people import ascii_letters, person, place_line
from producers.simulation.wording import capitalised, say, words

_ACCENTS = [(0, 0, 0), (31, 78, 121), (122, 30, 40), (20, 100, 80), (70, 70, 70), (90, 50, 120), (180, 90, 20)]
_ORDERS = [
    ["profile", "experience", "education", "skills", "languages", "certificates", "interests"],
    ["profile", "skills", "experience", "education", "certificates", "languages", "interests"],
    ["education", "experience", "skills", "languages", "certificates", "interests"],
    ["experience", "education", "certificates", "languages", "skills", "interests"],
    ["profile", "experience", "certificates", "skills", "education", "languages"],
    ["skills", "experience", "education", "languages", "interests", "certificates"],
    ["profile", "languages", "skills", "experience", "education", "certificates", "interests"],
]


def cv(rng: Random, language: str, *, wide: bool, key: str | None = None) -> tuple[Layout, Truth]:
    """One CV.

    Returns:
        The layout, and its truth: `candidate` and `identity` in the fields of `talentflow.records`, only what the
        document says.
    """
    somebody = person(rng, language, 1990, wide)
    path = career(rng, language, somebody.male, somebody.city, key)
    somebody = replace(somebody, birth=(path.birth_year, *somebody.birth[1:]))
    draft = Draft(rng, language, somebody, path, date_style(rng, language), rng.choice(LAYOUTS))
    candidate: Truth = {"work": [], "education": [], "skills": [], "languages": [], "certificates": [], "projects": []}
    identity: Truth = {}
    page = Layout(title="", language=language, style=_style(rng, draft))
    _header(draft, page, candidate, identity)
    order = list(rng.choice(_ORDERS))
    if path.stage == "intern" and "education" in order and rng.random() < 0.6:
        order.remove("education")
        order.insert(1 if order[0] == "profile" else 0, "education")
    makers: dict[str, Callable[[Draft, Truth], Section | None]] = {
        "profile": _profile,
        "experience": experience,
        "education": education,
        "skills": skills,
        "languages": languages,
        "certificates": certificates,
        "interests": interests,
    }
    sections = {name: makers[name](draft, candidate) for name in order}
    page.sections += [section for section in sections.values() if section is not None and section.blocks]
    for extra in (volunteering, references):
        section = extra(draft, candidate)
        if section:
            page.sections.append(section)
    if draft.rng.random() < 0.08:
        page.sections.append(Section("", [Para(rng.choice(words(language)["phrases"]["consent"]), italic=True)]))
    candidate["occupation_codes"] = codes(path.occupation, language, page.subtitle or (path.jobs[0].title if path.jobs else ""))
    candidate["seniority"] = _seniority(candidate["headline"], path)
    candidate["language"] = language
    return page, {"candidate": candidate, "identity": identity, "layout": draft.style, "occupation": path.occupation["key"]}


def _style(rng: Random, draft: Draft) -> Style:
    columns = "one"
    if draft.style not in ("table", "europass", "dates_left") and rng.random() < 0.35:
        columns = rng.choice(["sidebar_left", "sidebar_right", "sidebar_left", "halves"])
    return Style(
        columns=columns,  # type: ignore[arg-type]
        accent=rng.choice(_ACCENTS),
        font=rng.choice(["sans", "sans", "serif"]),
        size=rng.choice([9.0, 9.5, 10.0, 10.5]),
        heading=rng.choice(
            ["upper", "upper", "plain", "underlined", "ruled", "colon", "hashes", "ruled", "plain", "spaced", "banner"]
        ),
        bullet=rng.choice(["•", "-", "–", "*", "•", "·", "•"]),
        centred=rng.random() < 0.25,
        width=rng.choice([0, 0, 80, 92]),
        margin_contacts=rng.random() < 0.15,
        footer=rng.choice(["", "", "", "name", "page"]),
        crlf=rng.random() < 0.2,
    )


def _header(d: Draft, page: Layout, candidate: Truth, identity: Truth) -> None:
    rng, p = d.rng, d.person
    name = rng.choice(
        [f"{p.first} {p.last}", f"{p.first} {p.last}", f"{p.first} {p.last.upper()}", f"{p.first} {p.last}".upper()]
    )
    if d.language == "fr" and rng.random() < 0.12:
        name = f"{p.last.upper()} {p.first}"
    identity["name"] = f"{p.first} {p.last}"
    page.title = name
    current = next((j for j in d.career.jobs if j.kind == "job" and not j.part_time), None)
    headline = _headline(d, current)
    candidate["headline"] = headline
    page.subtitle = headline or ""
    if rng.random() < 0.08:
        page.sections.append(Section("", [Para(rng.choice(words(d.language)["phrases"]["page"]))]))
    contacts: list[str] = []
    labelled = rng.random() < 0.4
    colon = rng.choice([": ", ": ", " : " if d.language == "fr" else ": "])

    def put(kind: str, value: str, always: bool = False) -> None:
        contacts.append(f"{d.label(kind)}{colon}{value}" if labelled or always else value)

    if rng.random() < 0.9:
        put("email", p.email)
        identity["email"] = p.email
    if rng.random() < 0.88:
        put("phone", p.phone)
        identity["phone"] = p.phone
    where = rng.random()
    if where < 0.4:
        town = f"{p.city.name}, {p.city.region} {p.postcode}" if p.city.country in ("US", "CA") else f"{p.postcode} {p.city.name}"
        if p.city.country in ("GB", "IE"):
            town = f"{p.city.name} {p.postcode}" if p.city.country == "GB" else p.city.name
        put("address", f"{p.street}, {town}")
        identity["address"] = p.street
        candidate["location"] = {"locality": p.city.name, "country": p.city.country}
    elif where < 0.85:
        contacts.append(place_line(rng, p.city))
        candidate["location"] = {"locality": p.city.name, "country": p.city.country}
    if rng.random() < 0.25:
        site = f"linkedin.com/in/{ascii_letters(p.first)}-{ascii_letters(p.last)}-{rng.randint(100, 999)}"
        contacts.append(rng.choice(["", "https://www.", "www."]) + site)
    rng.shuffle(contacts)
    year, month, day = p.birth
    if rng.random() < (0.35 if d.language == "fr" else 0.08):
        months = words(d.language)["months"]
        born = rng.choice([f"{day:02d}/{month:02d}/{year}", f"{day} {months[month - 1]} {year}"])
        if d.language == "fr" and rng.random() < 0.4:
            contacts.append(f"{'Né' if p.male else 'Née'} le {born}")
        else:
            put("birth", born, always=True)
        identity["birth_date"] = f"{year}-{month:02d}-{day:02d}"
        if rng.random() < 0.6:
            put("nationality", p.nationality, always=True)
            identity["nationality"] = p.nationality
    elif d.language == "fr" and rng.random() < 0.15:
        contacts.append(f"{2026 - year} ans")
    if d.language == "fr" and rng.random() < 0.25:
        candidate["licence"] = "Permis B"
        contacts.append(rng.choice(["Permis B", "Permis B, véhiculé", "Titulaire du permis B"]))
    grouped = rng.random()
    if grouped < 0.45 and len(contacts) > 1:
        separator = rng.choice([" | ", " · ", " • ", " - ", "  ", " / "])
        cut = len(contacts) if grouped < 0.2 else (len(contacts) + 1) // 2
        contacts = [separator.join(contacts[:cut])] + ([separator.join(contacts[cut:])] if cut < len(contacts) else [])
    page.contacts = contacts


def _headline(d: Draft, current: Job | None) -> str | None:
    """The line under the name: mostly the present title; many CVs have none."""
    if d.rng.random() < 0.3:
        return None
    if current and current.occupation is d.career.occupation:
        return current.title
    titles = d.rng.choice(d.data["titles"]).split("|")
    return titles[0] if d.person.male else titles[-1]


def _seniority(headline: str | None, path: Career) -> str | None:
    """Only what the words of the headline or the newest title say."""
    newest = path.jobs[0].title if path.jobs and path.jobs[0].kind == "job" else ""
    said = f"{headline or ''} {newest}".lower()
    for word, level in (("junior", "junior"), ("débutant", "junior"), ("senior", "senior"), ("confirmé", "mid")):
        if word in said:
            return level
    return None


def _profile(d: Draft, candidate: Truth) -> Section | None:
    rng = d.rng
    if rng.random() < 0.25:
        return None
    phrases = words(d.language)["phrases"]
    years = worked_years(d.career.jobs)
    contract = _wanted(d, candidate)
    looking = say(rng, rng.choice(phrases["looking"]), **_slots(d))
    if contract:
        looking = say(rng, rng.choice(phrases["looking_contract"]), contract=contract, **_slots(d))
    counted = years >= 1.5 and rng.random() < 0.75
    template = rng.choice(phrases["summary" if counted else "summary_plain"])
    if contract and "{Looking}" in template:
        template = template.replace("[{Looking}]", "{Looking}")
    text = say(rng, template, years=str(int(years)), Looking=looking, **_slots(d))
    if contract and looking not in text:
        text = f"{text} {looking}"
    if counted:
        candidate["experience_years_stated"] = float(int(years))
    text = capitalised(" ".join(text.split()))
    candidate["summary"] = text
    return Section("" if rng.random() < 0.15 else d.heading("profile"), [Para(text)])


def _wanted(d: Draft, candidate: Truth) -> str | None:
    chance = 0.85 if d.career.stage == "intern" else 0.12
    if d.rng.random() > chance:
        return None
    kind = (
        d.rng.choice(["internship", "internship", "apprenticeship"])
        if d.career.stage == "intern"
        else d.rng.choice(["permanent", "permanent", "freelance", "fixed_term"])
    )
    months = d.rng.choice([2, 3, 4, 6])
    said = {
        "en": {
            "internship": ["an internship", f"a {months}-month internship", f"an internship of {months} months"],
            "apprenticeship": ["an apprenticeship", "an apprenticeship place"],
            "permanent": ["a permanent position", "a permanent contract", "a permanent role"],
            "freelance": ["freelance work", "freelance assignments"],
            "fixed_term": ["a fixed-term contract"],
        },
        "fr": {
            "internship": ["un stage", f"un stage de {months} mois", f"un stage de fin d'études de {months} mois"],
            "apprenticeship": ["un contrat d'apprentissage", "une alternance", "un contrat en alternance"],
            "permanent": ["un CDI", "un poste en CDI"],
            "freelance": ["une mission en freelance", "une mission freelance"],
            "fixed_term": ["un CDD"],
        },
    }
    candidate["wanted_contract"] = kind
    return d.rng.choice(said[d.language][kind])


def _slots(d: Draft) -> dict[str, str]:
    rng, language = d.rng, d.language
    phrases = words(language)["phrases"]
    skills = rng.sample(d.data["skills"], 3)
    soft, soft2 = rng.sample(phrases["soft"], 2)
    adjective, adjective2 = (a.split("/")[0 if d.person.male else -1] for a in rng.sample(phrases["soft_adj"], 2))
    title = rng.choice(d.data["titles"]).split("|")[0 if d.person.male else -1]
    lowered = title if title[1:2].isupper() else title[0].lower() + title[1:]
    return {
        "trade": lowered,
        "Trade": title,
        "skill": skills[0],
        "skill2": skills[1],
        "skill3": skills[2],
        "soft": soft,
        "soft2": soft2,
        "soft_adj": adjective,
        "soft_adj2": adjective2.lower(),
        "soft_low": adjective.lower(),
        "city": d.person.city.name,
        "sector": words(language)["sectors"][d.career.occupation["sector"]],
        "e": "" if d.person.male else "e",
    }
