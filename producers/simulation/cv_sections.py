"""The other sections of a CV: education, skills, languages, certificates and what people add."""

from __future__ import annotations

from producers.simulation.careers import Study
from producers.simulation.cv_draft import Draft, Truth, beside
from producers.simulation.layout import Block, Bullets, Para, Rail, Section, Table
from producers.simulation.wording import capitalised, occupations, pick, words


def education(d: Draft, candidate: Truth) -> Section | None:
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
    degree = beside(study.study_type, score)
    if form == 0:
        return [Para(degree, right=when, bold=True), Para(where)]
    if form == 1:
        return [Para(where, right=when, bold=True), Para(degree, italic=True)]
    if form == 2:
        return [Para(beside(degree, where, when, by=d.glue()))]
    if form == 3:
        return [Para((f"{when} : " if d.language == "fr" else f"{when}: ") * bool(when) + beside(degree, where))]
    if form == 4 and when:
        return [Rail(when, [Para(degree, bold=True), Para(where)])]
    if form == 5 and d.style == "table" and when:
        rows.append([when, degree, where])
        return []
    if form == 6:
        return [Para(beside(degree, where, when, by=" | "))]
    return [Bullets([f"{degree}, {where}" + (f" ({when})" if when else "")])]


def skills(d: Draft, candidate: Truth) -> Section | None:
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


def languages(d: Draft, candidate: Truth) -> Section | None:
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


def certificates(d: Draft, candidate: Truth) -> Section | None:
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


def interests(d: Draft, _candidate: Truth) -> Section | None:
    if d.rng.random() < 0.4:
        return None
    chosen = d.rng.sample(words(d.language)["phrases"]["interests"], d.rng.randint(2, 4))
    return Section(d.heading("interests"), [Para(capitalised(", ".join(chosen)))], side=True)


def volunteering(d: Draft, _candidate: Truth) -> Section | None:
    if d.rng.random() > 0.1:
        return None
    return Section(d.heading("volunteering"), [Para(pick(d.rng, words(d.language)["phrases"]["volunteer"]))])


def references(d: Draft, _candidate: Truth) -> Section | None:
    if d.rng.random() > (0.18 if d.language == "en" else 0.04):
        return None
    return Section(d.heading("references"), [Para(d.rng.choice(words(d.language)["phrases"]["references"]))])
