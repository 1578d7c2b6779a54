"""CVs: a person and a career put into sections, entries and words, with the truth of what was written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from producers.simulation.careers import Career, Job, Study, career, codes, worked_years
from producers.simulation.dates import DateStyle, date_style
from producers.simulation.layout import Block, Bullets, Layout, Para, Rail, Section, Style, Table
from producers.simulation.people import Person, ascii_letters, person, place_line
from producers.simulation.wording import base, capitalised, gerund, noun, occupations, past, pick, say, words

Truth = dict[str, Any]

LAYOUTS = [
    "title_first",
    "company_first",
    "title_comma_company",
    "dates_first",
    "dates_left",
    "dates_heading",
    "inline",
    "pipes",
    "table",
    "labelled",
    "europass",
    "narrative",
    "functional",
    "title_at_company",
    "company_groups",
    "terse",
]
"""How an experience is laid out; one a CV."""

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


@dataclass
class Draft:
    """What the pieces of one CV share."""

    rng: Random
    language: str
    person: Person
    career: Career
    dates: DateStyle
    style: str
    used: set[str] = field(default_factory=set)
    """Task sentences already on the page."""

    @property
    def data(self) -> dict[str, Any]:
        return self.career.occupation[self.language]

    def heading(self, kind: str) -> str:
        return self.rng.choice(words(self.language)["headings"][kind])

    def label(self, kind: str) -> str:
        return self.rng.choice(words(self.language)["labels"][kind])


def cv(rng: Random, language: str, *, wide: bool, key: str | None = None) -> tuple[Layout, Truth]:
    """One CV.

    Returns:
        The layout, and its truth: `candidate` and `identity` in the fields of `talentflow.records`, only what the
        document says.
    """
    somebody = person(rng, language, 1990, wide)
    path = career(rng, language, somebody.male, somebody.city, key)
    somebody = Person(**(somebody.__dict__ | {"birth": (path.birth_year, *somebody.birth[1:])}))
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
        "experience": _experience,
        "education": _education,
        "skills": _skills,
        "languages": _languages,
        "certificates": _certificates,
        "interests": _interests,
    }
    sections = {name: makers[name](draft, candidate) for name in order}
    page.sections += [section for section in sections.values() if section is not None and section.blocks]
    for extra in (_volunteering, _references):
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
    for word, level in (("junior", "junior"), ("débutant", "junior"), ("senior", "senior"), ("confirmé", "senior")):
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


def _task(d: Draft, occupation: dict[str, Any]) -> str | None:
    left = [t for t in occupation[d.language]["tasks"] if t not in d.used]
    if not left:
        return None
    template = d.rng.choice(left)
    d.used.add(template)
    return say(d.rng, template)


def _tasks(d: Draft, job: Job, most: int) -> list[str]:
    """What was done in a job, in the document's way of saying it."""
    found: list[str] = []
    for _ in range(d.rng.randint(min(2, most), most)):
        sentence = _task(d, job.occupation)
        if sentence is None:
            break
        found.append(_worded(d, sentence, job.end is None))
    if d.rng.random() < 0.35:
        found.append(pick(d.rng, words(d.language)["phrases"]["results"]))
    return found


def _worded(d: Draft, sentence: str, now: bool) -> str:
    voice = _voice(d)
    if d.language == "en":
        text = base(sentence) if now and voice else past(sentence)
        if voice == 2:
            text = gerund(sentence)
    else:
        text = (noun(sentence) if voice else None) or base(sentence)
    text = capitalised(text)
    return text + ("." if len(d.person.last) % 2 else "")


def _voice(d: Draft) -> int:
    """The voice of a CV, 0 to 2: one for all its sentences."""
    return (d.person.birth[2] + len(d.person.first)) % 3


def _work_truth(d: Draft, job: Job, dated: bool = True) -> Truth:
    return {
        "position": job.title,
        "name": job.employer,
        "start_date": d.dates.kept(job.start) if dated else None,
        "end_date": d.dates.kept(job.end) if dated and job.end else None,
        "current": job.end is None,
        "occupation_code": job.occupation["isco"],
    }


def _experience(d: Draft, candidate: Truth) -> Section | None:
    jobs = [j for j in d.career.jobs if j.kind != "gap"]
    if not jobs:
        return None
    blocks: list[Block] = []
    shown = d.career.jobs[:7]
    if d.style == "table":
        blocks.append(_job_table(d, shown, candidate))
    elif d.style == "functional":
        blocks += _functional(d, shown, candidate)
    else:
        for number, job in enumerate(shown):
            if job.kind == "gap":
                if d.rng.random() < 0.6:
                    text = pick(d.rng, words(d.language)["phrases"]["gap"])
                    blocks.append(
                        Para(
                            f"{d.dates.range(job.start, job.end)} : {text}"
                            if d.language == "fr"
                            else f"{d.dates.range(job.start, job.end)}: {text}"
                        )
                    )
                continue
            blocks += _ENTRIES[d.style](d, job, 4 if number < 2 else 2)
            candidate["work"].append(_work_truth(d, job))
    candidate["experience_years"] = worked_years(shown)
    return Section(d.heading("experience"), blocks)


def _place(d: Draft, job: Job) -> str:
    return place_line(d.rng, job.city) if d.rng.random() < 0.7 else ""


def _beside(*parts: str, by: str = ", ") -> str:
    return by.join(p for p in parts if p)


def _kind_note(d: Draft, job: Job) -> str:
    if job.kind == "internship" and "tag" not in job.title.lower() and d.rng.random() < 0.4:
        return " (internship)" if d.language == "en" else " (stage)"
    if job.part_time and d.rng.random() < 0.5:
        return " (part-time)" if d.language == "en" else " (temps partiel)"
    return ""


def _body(d: Draft, job: Job, most: int) -> list[Para | Bullets]:
    sentences = _tasks(d, job, most)
    if not sentences:
        return []
    if d.style in ("terse",):
        return []
    if _voice(d) == 1 and len(sentences) < 4:
        return [Para(" ".join(s.rstrip(".") + "." for s in sentences))]
    return [Bullets(sentences)]


def _title_first(d: Draft, job: Job, most: int) -> list[Block]:
    where = _beside(job.employer, _place(d, job), by=d.rng.choice([", ", " - ", " | "]))
    return [
        Para(job.title + _kind_note(d, job), bold=True, right=d.dates.range(job.start, job.end)),
        Para(where, italic=True),
        *_body(d, job, most),
    ]


def _company_first(d: Draft, job: Job, most: int) -> list[Block]:
    return [
        Para(job.employer, right=_place(d, job), bold=True),
        Para(job.title, right=d.dates.range(job.start, job.end), italic=True),
        *_body(d, job, most),
    ]


def _title_comma_company(d: Draft, job: Job, most: int) -> list[Block]:
    line = _beside(job.title, job.employer, _place(d, job), by=_glue(d))
    return [Para(line, bold=True), Para(d.dates.range(job.start, job.end)), *_body(d, job, most)]


def _glue(d: Draft) -> str:
    return [", ", " - ", " – ", " · "][len(d.person.last) % 4]


def _dates_first(d: Draft, job: Job, most: int) -> list[Block]:
    return [
        Para(d.dates.range(job.start, job.end)),
        Para(_beside(job.title, job.employer, by=_glue(d)), bold=True),
        *([Para(p)] if (p := _place(d, job)) else []),
        *_body(d, job, most),
    ]


def _dates_left(d: Draft, job: Job, most: int) -> list[Block]:
    where = _beside(job.employer, _place(d, job))
    return [
        Rail(
            d.dates.range(job.start, job.end),
            [Para(job.title + _kind_note(d, job), bold=True), Para(where), *_body(d, job, most)],
        )
    ]


def _dates_heading(d: Draft, job: Job, most: int) -> list[Block]:
    sentences = _tasks(d, job, most)
    return [Para(d.dates.range(job.start, job.end), bold=True), Bullets([f"{job.title}, {job.employer}", *sentences])]


def _inline(d: Draft, job: Job, most: int) -> list[Block]:
    colon = " : " if d.language == "fr" else ": "
    line = f"{d.dates.range(job.start, job.end)}{colon}{_beside(job.title, job.employer, _place(d, job))}"
    return [Para(line), *_body(d, job, most)]


def _pipes(d: Draft, job: Job, most: int) -> list[Block]:
    parts = [job.title, job.employer, _place(d, job), d.dates.range(job.start, job.end)]
    if _voice(d) == 2:
        parts[0], parts[1] = parts[1], parts[0]
    return [Para(_beside(*parts, by=" | "), bold=True), *_body(d, job, most)]


def _labelled(d: Draft, job: Job, most: int) -> list[Block]:
    names = words(d.language)["labels"]
    number = len(d.person.first) % 3
    colon = " : " if d.language == "fr" else ": "
    lines = [
        (names["position"][number], job.title),
        (names["employer"][number], job.employer),
        (names["period"][number % 2], d.dates.range(job.start, job.end)),
    ]
    if where := _place(d, job):
        lines.append((names["place"][0], where))
    return [*[Para(f"{label}{colon}{value}") for label, value in lines], *_body(d, job, most)]


def _europass(d: Draft, job: Job, most: int) -> list[Block]:
    names = words(d.language)["labels"]
    rows = [
        [names["period"][0], d.dates.range(job.start, job.end)],
        [names["position"][-1], job.title],
        [names["activities"][0], "; ".join(s.rstrip(".") for s in _tasks(d, job, most))],
        [names["employer"][-1], _beside(job.employer, _place(d, job))],
    ]
    return [Table([r for r in rows if r[1]], [0.34, 0.66], borders=False)]


def _narrative(d: Draft, job: Job, most: int) -> list[Block]:
    phrases = words(d.language)["phrases"]
    first, second = _task(d, job.occupation), _task(d, job.occupation)
    if first is None or second is None:
        return _inline(d, job, most)
    lowered = job.title if job.title[1:2].isupper() else job.title[0].lower() + job.title[1:]
    english = d.language == "en"
    slots = {
        "start": d.dates.written(job.start),
        "end": d.dates.written(job.end or job.start),
        "title": lowered,
        "a_title": ("an " if lowered[0] in "aeiou" else "a ") + lowered,
        "employer": job.employer,
        "city": job.city.name,
        "task1": past(first) if english else base(first),
        "task2": past(second) if english else base(second),
        "base1": base(first),
        "base2": base(second),
        "result": pick(d.rng, phrases["results"]),
        "e": "" if d.person.male else "e",
    }
    return [Para(_elided(capitalised(pick(d.rng, phrases["narrative_now" if job.end is None else "narrative"], **slots))))]


def _elided(text: str) -> str:
    for vowel in "aeiouéèêâîh":
        text = (
            text.replace(f"chargé de {vowel}", f"chargé d'{vowel}")
            .replace(f"chargée de {vowel}", f"chargée d'{vowel}")
            .replace(f"aussi de {vowel}", f"aussi d'{vowel}")
        )
    return text


def _title_at_company(d: Draft, job: Job, most: int) -> list[Block]:
    at = "at" if d.language == "en" else "chez"
    return [Para(f"{job.title} {at} {job.employer}", right=d.dates.range(job.start, job.end), bold=True), *_body(d, job, most)]


def _company_groups(d: Draft, job: Job, most: int) -> list[Block]:
    return [
        Para(f"{job.employer} ({job.city.name})", bold=True),
        Para(f"{job.title} ({d.dates.range(job.start, job.end)})"),
        *_body(d, job, most),
    ]


def _terse(d: Draft, job: Job, _most: int) -> list[Block]:
    return [Para(_beside(job.title, job.employer, job.city.name), right=d.dates.range(job.start, job.end))]


_ENTRIES: dict[str, Callable[[Draft, Job, int], list[Block]]] = {
    "title_first": _title_first,
    "company_first": _company_first,
    "title_comma_company": _title_comma_company,
    "dates_first": _dates_first,
    "dates_left": _dates_left,
    "dates_heading": _dates_heading,
    "inline": _inline,
    "pipes": _pipes,
    "labelled": _labelled,
    "europass": _europass,
    "narrative": _narrative,
    "title_at_company": _title_at_company,
    "company_groups": _company_groups,
    "terse": _terse,
}


def _job_table(d: Draft, shown: list[Job], candidate: Truth) -> Table:
    names = words(d.language)["labels"]
    duties = d.rng.random() < 0.6
    order = d.rng.choice([(0, 1, 2), (1, 2, 0), (2, 1, 0)])
    head = [names["period"][1], names["position"][0], names["employer"][0]]
    rows = [[head[i] for i in order] + ([names["activities"][1]] if duties else [])]
    for job in shown:
        if job.kind == "gap":
            continue
        cells = [d.dates.range(job.start, job.end), job.title, job.employer]
        rows.append([cells[i] for i in order] + (["; ".join(s.rstrip(".") for s in _tasks(d, job, 2))] if duties else []))
        candidate["work"].append(_work_truth(d, job))
    widths = [0.2, 0.2, 0.2, 0.4] if duties else [0.3, 0.35, 0.35]
    return Table(rows, widths, header=True)


def _functional(d: Draft, shown: list[Job], candidate: Truth) -> list[Block]:
    """Achievements first, grouped by skill; the jobs in one short list after them."""
    blocks: list[Block] = []
    for skill in d.rng.sample(d.data["skills"], 2):
        sentences = [_worded(d, s, False) for s in (_task(d, d.career.occupation), _task(d, d.career.occupation)) if s]
        if sentences:
            blocks += [Para(capitalised(skill), bold=True), Bullets(sentences)]
    lines: list[str] = []
    for job in shown:
        if job.kind != "gap":
            lines.append(f"{d.dates.range(job.start, job.end)}, {job.title}, {job.employer}")
            candidate["work"].append(_work_truth(d, job))
    blocks.append(Bullets(lines))
    return blocks


def _education(d: Draft, candidate: Truth) -> Section | None:
    rng = d.rng
    form = rng.randint(0, 6)
    dated = rng.choice(["range", "end", "end", "range", "none"] if rng.random() < 0.3 else ["range", "end"])
    blocks: list[Block] = []
    rows: list[list[str]] = []
    mention = {
        "en": ["First Class", "Distinction", "GPA 3.7/4.0", "Upper Second", "with honours"],
        "fr": ["mention bien", "mention assez bien", "mention très bien"],
    }[d.language]
    for study in d.career.studies:
        when = {"range": d.dates.years(study.start, study.end), "end": str(study.end), "none": ""}[dated]
        score = rng.choice(mention) if rng.random() < 0.12 and "mention" not in study.study_type else ""
        where = (
            study.institution
            if study.city.name in study.institution or rng.random() < 0.5
            else f"{study.institution}, {study.city.name}"
        )
        blocks += _study_blocks(d, form, study, when, where, score, rows)
        candidate["education"].append(
            {
                "institution": study.institution,
                "study_type": study.study_type,
                "area": study.area,
                "level": study.level,
                "start_date": str(study.start) if dated == "range" else None,
                "end_date": str(study.end) if dated != "none" else None,
                "score": score or None,
            }
        )
    candidate["education_level"] = max(
        (s.level for s in d.career.studies), key=["secondary", "vocational", "associate", "bachelor", "master", "doctorate"].index
    )
    if rows:
        blocks.append(Table(rows, [0.2, 0.4, 0.4]))
    return Section(d.heading("education"), blocks)


def _study_blocks(d: Draft, form: int, study: Study, when: str, where: str, score: str, rows: list[list[str]]) -> list[Block]:
    degree = _beside(study.study_type, score)
    if form == 0:
        return [Para(degree, right=when, bold=True), Para(where)]
    if form == 1:
        return [Para(where, right=when, bold=True), Para(degree, italic=True)]
    if form == 2:
        return [Para(_beside(degree, where, when, by=_glue(d)))]
    if form == 3:
        return [Para((f"{when} : " if d.language == "fr" else f"{when}: ") * bool(when) + _beside(degree, where))]
    if form == 4 and when:
        return [Rail(when, [Para(degree, bold=True), Para(where)])]
    if form == 5 and d.style == "table" and when:
        rows.append([when, degree, where])
        return []
    if form == 6:
        return [Para(_beside(degree, where, when, by=" | "))]
    return [Bullets([f"{degree}, {where}" + (f" ({when})" if when else "")])]


def _skills(d: Draft, candidate: Truth) -> Section | None:
    rng = d.rng
    own = rng.sample(d.data["skills"], min(len(d.data["skills"]), rng.randint(5, 10)))
    if d.career.occupation["near"] and rng.random() < 0.45:
        neighbour = occupations().get(rng.choice(d.career.occupation["near"]))
        if neighbour:
            own += [s for s in rng.sample(neighbour[d.language]["skills"], 2) if s not in own]
    rng.shuffle(own)
    candidate["skills"] = [{"name": s} for s in own]
    form = rng.randint(0, 6)
    shown = [capitalised(s) for s in own] if rng.random() < 0.5 else own
    blocks: list[Block]
    if form == 0:
        blocks = [Para(", ".join(shown))]
    elif form == 1:
        blocks = [Bullets(shown)]
    elif form == 2:
        blocks = [Para(rng.choice([" | ", " · ", " • ", " / "]).join(shown))]
    elif form == 3:
        middle = (len(shown) + 1) // 2
        first, second = ("Core", "Also") if d.language == "en" else ("Principales", "Autres")
        colon = " : " if d.language == "fr" else ": "
        blocks = [Para(f"{first}{colon}{', '.join(shown[:middle])}"), Para(f"{second}{colon}{', '.join(shown[middle:])}")]
    elif form == 4:
        grades = ["expert", "advanced", "good", "basic"] if d.language == "en" else ["expert", "avancé", "bon niveau", "notions"]
        blocks = [Bullets([f"{s} ({rng.choice(grades)})" for s in shown])]
    elif form == 5:
        padded = [*shown, ""] if len(shown) % 2 else shown
        blocks = [Table([padded[i : i + 2] for i in range(0, len(padded), 2)], [0.5, 0.5], borders=False)]
    else:
        blocks = [Para("; ".join(shown) + ".")]
    soft = words(d.language)["phrases"]["soft"]
    if rng.random() < 0.3:
        pair = [s.removeprefix("le ").removeprefix("la ").removeprefix("l'") for s in rng.sample(soft, 3)]
        candidate["soft_skills"] = pair
        if isinstance(blocks[0], Bullets):
            blocks[0].items.extend(capitalised(s) for s in pair)
        else:
            blocks.append(Para(", ".join(pair)))
    return Section(d.heading("skills"), blocks, side=True)


def _languages(d: Draft, candidate: Truth) -> Section | None:
    rng = d.rng
    if rng.random() < 0.18:
        return None
    names: dict[str, str] = words(d.language)["language_names"]
    levels: dict[str, list[str]] = words(d.language)["fluency"]
    other = "fr" if d.language == "en" else "en"
    spoken = [(d.language, "native" if rng.random() < 0.8 else "C2")]
    if rng.random() < 0.75:
        spoken.append((other, rng.choice(["C1", "B2", "B1", "A2", "C1"])))
    for code in rng.sample([c for c in names if c not in ("en", "fr")], rng.choice([0, 1, 1, 2])):
        spoken.append((code, rng.choice(["C1", "B2", "B1", "A2", "A1", "native"])))
    if d.language == "fr" and rng.random() < 0.2:
        spoken = spoken[1:] or spoken
    candidate["languages"] = [{"language": c, "fluency": f} for c, f in spoken]
    form = rng.randint(0, 4)
    joined = [(capitalised(names[code]), rng.choice(levels[fluency])) for code, fluency in spoken]
    if form == 0:
        blocks: list[Block] = [Bullets([f"{n}{' : ' if d.language == 'fr' else ': '}{f}" for n, f in joined])]
    elif form == 1:
        blocks = [Para(", ".join(f"{n} ({f})" for n, f in joined))]
    elif form == 2:
        blocks = [Para(f"{n} - {f}") for n, f in joined]
    elif form == 3:
        blocks = [Table([[n, f] for n, f in joined], [0.5, 0.5], borders=False)]
    else:
        blocks = [Para(" | ".join(f"{n} {f}" for n, f in joined))]
    return Section(d.heading("languages"), blocks, side=True)


def _certificates(d: Draft, candidate: Truth) -> Section | None:
    rng = d.rng
    known = d.data.get("certificates", [])
    if not known or rng.random() < 0.4:
        return None
    chosen = rng.sample(known, rng.randint(1, min(2, len(known))))
    lines: list[str] = []
    for name in chosen:
        year = (
            rng.randint(max(2008, d.career.studies[0].end - 1), 2026)
            if rng.random() < 0.6 and d.career.studies[0].end <= 2026
            else None
        )
        lines.append(name if year is None else rng.choice([f"{name} ({year})", f"{name}, {year}", f"{name} - {year}"]))
        candidate["certificates"].append({"name": name, "date": str(year) if year else None})
    return Section(
        d.heading("certificates"),
        [Bullets(lines)] if rng.random() < 0.6 else [Para(line) for line in lines],
        side=rng.random() < 0.6,
    )


def _interests(d: Draft, _candidate: Truth) -> Section | None:
    if d.rng.random() < 0.4:
        return None
    chosen = d.rng.sample(words(d.language)["phrases"]["interests"], d.rng.randint(2, 4))
    return Section(d.heading("interests"), [Para(capitalised(", ".join(chosen)))], side=True)


def _volunteering(d: Draft, _candidate: Truth) -> Section | None:
    if d.rng.random() > 0.1:
        return None
    return Section(d.heading("volunteering"), [Para(pick(d.rng, words(d.language)["phrases"]["volunteer"]))])


def _references(d: Draft, _candidate: Truth) -> Section | None:
    if d.rng.random() > (0.18 if d.language == "en" else 0.04):
        return None
    return Section(d.heading("references"), [Para(d.rng.choice(words(d.language)["phrases"]["references"]))])
