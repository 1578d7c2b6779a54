"""What was read from an uploaded document, said back to its owner."""

from __future__ import annotations

from gradio_ui import labels
from gradio_ui.cards import headline, occupation
from gradio_ui.markup import chips, escaped, notice
from gradio_ui.warned import warned
from talentflow.direct import Processed
from talentflow.hostile import flags
from talentflow.matching.profile import english_skill
from talentflow.records import Candidate, JobOffer, Kind

PRIVACY = (
    "Read for this page only: it joins no table and no index, personal data is blanked before matching, the upload is deleted "
    "within two minutes. What you are shown and what you note about it is recorded without a name."
)
_OTHER_PAGE: dict[Kind, str] = {
    "cv": "This reads like a CV. To find offers for it, use the page Find offers.",
    "job_offer": "This reads like a job offer. To find candidates for it, use the page Find candidates.",
}


def understood(name: str, document: Processed, judged: Kind | None) -> str:
    """The record in a few lines; a hint when the document looks like one for the other page.

    Args:
        name: of the file.
        document: what was read.
        judged: what the document would be taken for if nobody said so.
    """
    record = document.candidate or document.offer
    if record is None:
        return ""
    rows = _candidate(record) if isinstance(record, Candidate) else _offer(record)
    said = "".join(f"<dt>{key}</dt><dd>{value}</dd>" for key, value in rows if value)
    asked: Kind = "cv" if isinstance(record, Candidate) else "job_offer"
    hint = notice(_OTHER_PAGE[judged], "warning") if judged in _OTHER_PAGE and judged != asked else ""
    if not record.skills and not said:
        hint += notice("Little could be read from it. Is it complete?", "warning")
    title = headline(record) if isinstance(record, Candidate) else record.title or "Untitled offer"
    hint = warned(flags(document.notes)) + hint
    return (
        f'<section class="tf-understood" aria-label="What was understood"><p class="tf-over">Understood from {escaped(name)}</p>'
        f"<h3>{escaped(title)}</h3>{hint}<dl>{said}</dl><p class='tf-small'>{PRIVACY}</p></section>"
    )


def _candidate(candidate: Candidate) -> list[tuple[str, str]]:
    level = candidate.education_level
    return [
        ("Occupation", escaped(occupation(candidate))),
        ("Seniority", labels.SENIORITY[candidate.seniority] if candidate.seniority else ""),
        ("Experience", labels.years(candidate.experience_years) if candidate.experience_years else ""),
        ("Education", labels.EDUCATION[level] if level else ""),
        ("Place", escaped(labels.place(candidate.location)) if candidate.location else ""),
        ("Wants", _wants(candidate)),
        ("Languages", escaped(", ".join(labels.language(v) for v in candidate.languages))),
        ("Skills", _skills(candidate)),
    ]


def _wants(candidate: Candidate) -> str:
    wanted = [
        labels.CONTRACT[candidate.wanted_contract] if candidate.wanted_contract else "",
        labels.WORKPLACE[candidate.wanted_workplace] if candidate.wanted_workplace else "",
        labels.salary(candidate.wanted_salary),
    ]
    return escaped(", ".join(w for w in wanted if w))


def _offer(offer: JobOffer) -> list[tuple[str, str]]:
    return [
        ("Employer", escaped(offer.hiring_organization or "")),
        ("Occupation", escaped(occupation(offer))),
        ("Seniority", labels.SENIORITY[offer.seniority] if offer.seniority else ""),
        ("Experience", f"{labels.years(offer.experience_years)} asked for" if offer.experience_years else ""),
        ("Education", labels.EDUCATION[offer.education] if offer.education else ""),
        ("Place", escaped(labels.places(offer.job_location))),
        ("Workplace", labels.WORKPLACE[offer.workplace] if offer.workplace else ""),
        ("Contract", labels.CONTRACT[offer.contract] if offer.contract else ""),
        ("Salary", escaped(labels.salary(offer.base_salary))),
        ("Languages", escaped(", ".join(labels.language(v) for v in offer.languages))),
        ("Skills", _skills(offer)),
    ]


def _skills(record: Candidate | JobOffer) -> str:
    names = list(dict.fromkeys(english_skill(s.skill_id, s.name) for s in record.skills))
    return chips(names, "plain", 16)
