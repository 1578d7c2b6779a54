"""The experience of a CV: its entries in one of many layouts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from producers.simulation.careers import Job, codes, worked_years
from producers.simulation.cv_draft import Draft, Truth, beside
from producers.simulation.layout import Block, Bullets, Para, Rail, Section, Table
from producers.simulation.people import place_line
from producers.simulation.wording import base, capitalised, elided, gerund, noun, past, pick, say, words

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
    d.told[job.start, job.title] = found
    return found


def _worded(d: Draft, sentence: str, now: bool) -> str:
    voice = d.voice
    if d.language == "en":
        text = base(sentence) if now and voice else past(sentence)
        if voice == 2:
            text = gerund(sentence)
    else:
        text = (noun(sentence) if voice else None) or base(sentence)
    text = capitalised(text)
    return text + ("." if len(d.person.last) % 2 else "")


def _work_truth(d: Draft, job: Job, dated: bool = True) -> Truth:
    return {
        "position": job.title,
        "name": job.employer,
        "start_date": d.dates.kept(job.start) if dated else None,
        "end_date": d.dates.kept(job.end) if dated and job.end else None,
        "current": job.end is None,
        "occupation_codes": codes(job.occupation, d.language, job.title),
        "highlights": list(d.told.get((job.start, job.title), [])),
    }


def experience(d: Draft, candidate: Truth) -> Section | None:
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
    candidate["experience_years_with_internships"] = worked_years(shown, internships=True)
    return Section(d.heading("experience"), blocks)


def _place(d: Draft, job: Job) -> str:
    return place_line(d.rng, job.city) if d.rng.random() < 0.7 else ""


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
    if d.voice == 1 and len(sentences) < 4:
        return [Para(" ".join(s.rstrip(".") + "." for s in sentences))]
    return [Bullets(sentences)]


def _title_first(d: Draft, job: Job, most: int) -> list[Block]:
    where = beside(job.employer, _place(d, job), by=d.rng.choice([", ", " - ", " | "]))
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
    line = beside(job.title, job.employer, _place(d, job), by=d.glue())
    return [Para(line, bold=True), Para(d.dates.range(job.start, job.end)), *_body(d, job, most)]


def _dates_first(d: Draft, job: Job, most: int) -> list[Block]:
    return [
        Para(d.dates.range(job.start, job.end)),
        Para(beside(job.title, job.employer, by=d.glue()), bold=True),
        *([Para(p)] if (p := _place(d, job)) else []),
        *_body(d, job, most),
    ]


def _dates_left(d: Draft, job: Job, most: int) -> list[Block]:
    where = beside(job.employer, _place(d, job))
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
    line = f"{d.dates.range(job.start, job.end)}{colon}{beside(job.title, job.employer, _place(d, job))}"
    return [Para(line), *_body(d, job, most)]


def _pipes(d: Draft, job: Job, most: int) -> list[Block]:
    parts = [job.title, job.employer, _place(d, job), d.dates.range(job.start, job.end)]
    if d.voice == 2:
        parts[0], parts[1] = parts[1], parts[0]
    return [Para(beside(*parts, by=" | "), bold=True), *_body(d, job, most)]


def _labelled(d: Draft, job: Job, most: int) -> list[Block]:
    names = words(d.language)["labels"]
    kind = len(d.person.first) % 3
    colon = " : " if d.language == "fr" else ": "
    lines = [
        (names["position"][kind], job.title),
        (names["employer"][kind], job.employer),
        (names["period"][kind % 2], d.dates.range(job.start, job.end)),
    ]
    if where := _place(d, job):
        lines.append((names["place"][0], where))
    return [
        *[Para(f"{label}{colon}{value}", bold=not number) for number, (label, value) in enumerate(lines)],
        *_body(d, job, most),
    ]


def _europass(d: Draft, job: Job, most: int) -> list[Block]:
    names = words(d.language)["labels"]
    rows = [
        [names["period"][0], d.dates.range(job.start, job.end)],
        [names["position"][-1], job.title],
        [names["activities"][0], "; ".join(s.rstrip(".") for s in _tasks(d, job, most))],
        [names["employer"][-1], beside(job.employer, _place(d, job))],
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
    text = capitalised(pick(d.rng, phrases["narrative_now" if job.end is None else "narrative"], **slots))
    return [Para(text if english else elided(text))]


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
    return [Para(beside(job.title, job.employer, job.city.name), right=d.dates.range(job.start, job.end))]


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
    blocks += [Para("Positions held" if d.language == "en" else "Postes occupés", bold=True), Bullets(lines)]
    return blocks
