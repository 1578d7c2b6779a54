"""The truth of the PDF personas in the fields of the records."""

from __future__ import annotations

import re
from typing import Any

Truth = dict[str, Any]


def persona(truth: Truth) -> tuple[Truth, Truth]:
    """A persona's truth in the fields of the records."""
    contact = truth["contact"]
    work: list[Truth] = []
    for job in truth.get("experience", []):
        start, end, current = written_range(job.get("dates"))
        work.append(
            {"position": job.get("title"), "name": job.get("company"), "start_date": start, "end_date": end, "current": current}
        )
    education = [{"study_type": s.get("degree"), "institution": s.get("institution")} for s in truth.get("education", [])]
    location = {"locality": contact["location"].split(",")[0]} if contact.get("location") else None
    candidate = {
        "location": location,
        "work": work,
        "education": education,
        "skills": [{"name": s} for s in truth.get("skills", [])],
    }
    identity = {"name": contact.get("full_name"), "email": contact.get("email"), "phone": contact.get("phone")}
    return candidate, identity


_MONTHS = {m: i for i, m in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}


def written_range(text: str | None) -> tuple[str | None, str | None, bool]:
    """`Mar 2021 - Present` as ISO start, ISO end and whether it is current."""
    if not text:
        return None, None, False
    first, _, last = re.sub(r"\s*[–-]\s*", "|", text, count=1).partition("|")
    return _written_date(first), _written_date(last), "present" in last.lower()


def _written_date(text: str) -> str | None:
    year = re.search(r"\d{4}", text)
    if not year:
        return None
    named = _MONTHS.get(text.strip()[:3].lower())
    numbered = re.match(r"\s*(\d{1,2})/", text)
    month = named or (int(numbered[1]) if numbered else None)
    return f"{year[0]}-{month:02d}" if month else year[0]
