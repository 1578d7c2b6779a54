"""What a CV says of its owner's occupation and years, read just far enough to classify it."""

from __future__ import annotations

import re

from talentflow.extraction.dates import find_date_ranges, latest_date, month_span, years_covered
from talentflow.extraction.sections import Section, heading_table, split_lines, split_sections

_READ = 12_000
_HEADINGS = heading_table(
    {
        "work": (
            *("experience", "work experience", "professional experience", "employment", "employment history", "work history"),
            *(
                "career history",
                "relevant experience",
                "experiences",
                "expérience professionnelle",
                "expériences professionnelles",
            ),
            *("parcours professionnel", "parcours", "career", "professional background", "expériences", "stages", "internships"),
            *("industry experience", "clinical experience", "teaching experience", "missions", "expérience", "work"),
        ),
        "other": (
            *("education", "formation", "formations", "diplômes", "études", "academic background", "education and training"),
            *(
                "skills",
                "compétences",
                "languages",
                "langues",
                "interests",
                "hobbies",
                "loisirs",
                "centres d'intérêt",
                "projects",
            ),
            *(
                "projets",
                "certifications",
                "certificates",
                "publications",
                "references",
                "références",
                "summary",
                "profile",
                "profil",
            ),
            *(
                "volunteering",
                "bénévolat",
                "awards",
                "technical skills",
                "compétences techniques",
                "about me",
                "objective",
                "contact",
            ),
            *("academic qualifications", "qualifications", "cursus", "formation académique", "scolarité", "about", "key skills"),
        ),
    }
)
_SEPARATOR = re.compile(r"\s+[-–—|·•@]\s+|\s*[|·•\t]\s*|\s{3,}|,\s|\s(?:at|chez|for|pour)\s|\s*\(|:\s")
_DATED = re.compile(r"\d{4}|@|http|www\.|\+\d|█|linkedin", re.IGNORECASE)
_HEADLINES = 8
_POSITIONS = 12


def headlines(text: str) -> list[str]:
    """Short phrases that may name the person's occupation, the best placed first: the lines under the name, then those of
    the work section, latest first as CVs order them."""
    lines = split_lines(text[:_READ])
    sections = split_sections(text[:_READ], _HEADINGS, lines=lines)
    top_end = sections[0].end if sections else 0
    top = [line.text for line in lines if line.end <= top_end][:_HEADLINES]
    phrases = [phrase for line in top for phrase in _phrases(line)]
    for section in sections:
        if section.name == "work":
            inside = [line.text for line in lines if section.body <= line.start < section.end]
            phrases += [phrase for line in inside[:_POSITIONS] for phrase in _phrases(line)]
    return phrases[:40]


def _phrases(line: str) -> list[str]:
    parts = [line, *_SEPARATOR.split(line)] if len(line) < 120 else []
    return [p for p in dict.fromkeys(part.strip(" -–—•*") for part in parts) if 3 <= len(p) <= 60 and not _DATED.search(p)]


def years_of_work(text: str) -> float | None:
    """Years that the dated lines of the work section cover; None without such a section or dates. What is current runs to
    the latest date in the text, since there is no clock here."""
    read = text[:_READ]
    work: list[Section] = [section for section in split_sections(read, _HEADINGS) if section.name == "work"]
    as_of = latest_date(read)
    spans = [
        month_span(found.start_date, found.end_date, current=found.current, as_of=as_of)
        for section in work
        for found in find_date_ranges(read[section.body : section.end])
        if not found.single
    ]
    return years_covered(spans) if spans else None
