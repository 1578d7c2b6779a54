"""JSON Resume (https://jsonresume.org/schema) to canonical CV text: a heading a section, one value a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from talentflow.documents.values import one, places, texts

_SECTIONS = {"work", "volunteer", "education", "awards", "certificates", "publications", "skills", "languages", "projects"}


def is_jsonresume(value: dict[str, Any]) -> bool:
    """Whether an object has the shape: a `basics` object, or at least two of the sections as lists of objects."""
    if isinstance(value.get("basics"), dict):
        return True
    lists = [
        k for k in _SECTIONS if isinstance(value.get(k), list) and value[k] and all(isinstance(i, dict) for i in value[k][:5])
    ]
    return len(lists) >= 2 and ("work" in lists or "education" in lists)


def jsonresume_text(resume: dict[str, Any]) -> str:
    """The resume as a CV reads."""
    blocks: list[list[str]] = [list(_basics(_object(resume.get("basics"))))]
    for heading, lines in (
        ("Experience", _entries(resume.get("work"), _work)),
        ("Education", _entries(resume.get("education"), _education)),
        ("Skills", _entries(resume.get("skills"), _skill)),
        ("Languages", _entries(resume.get("languages"), _language)),
        ("Certificates", _entries(resume.get("certificates"), _certificate)),
        ("Projects", _entries(resume.get("projects"), _project)),
        ("Volunteering", _entries(resume.get("volunteer"), _work)),
        ("Awards", _entries(resume.get("awards"), _award)),
        ("Publications", _entries(resume.get("publications"), _publication)),
        ("Interests", _entries(resume.get("interests"), _skill)),
        ("References", _entries(resume.get("references"), _reference)),
    ):
        if lines:
            blocks.append([heading, *lines])
    return "\n\n".join("\n".join(b) for b in blocks if b)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _entries(value: Any, write: Any) -> list[str]:
    lines: list[str] = []
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            lines += [line for line in write(entry) if line]
        else:
            lines += texts(entry)
    return lines


def _basics(basics: dict[str, Any]) -> Iterator[str]:
    yield from filter(None, (one(basics.get(k)) for k in ("name", "label", "email", "phone")))
    where = _object(basics.get("location"))
    street = " ".join(filter(None, (one(where.get("address")), one(where.get("postalCode")))))
    yield from filter(
        None, (street, *places({"city": where.get("city"), "region": where.get("region"), "country": where.get("countryCode")}))
    )
    yield from filter(None, [one(basics.get("url") or basics.get("website"))])
    for profile in _each(basics.get("profiles")):
        said = ": ".join(filter(None, (one(profile.get("network")), one(profile.get("url")) or one(profile.get("username")))))
        if said:
            yield said
    if summary := texts(basics.get("summary")):
        yield from ("", "Summary", *summary)


def _each(value: Any) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _span(entry: dict[str, Any]) -> str:
    start, end = one(entry.get("startDate")), one(entry.get("endDate"))
    return f"{start} - {end or 'Present'}" if start else end


def _bullets(value: Any) -> list[str]:
    return [f"- {' '.join(t.split())}" for t in texts(value)]


def _work(entry: dict[str, Any]) -> Iterator[str]:
    yield one(entry.get("position"))
    yield one(entry.get("name") or entry.get("company") or entry.get("organization"))
    yield one(entry.get("location"))
    yield _span(entry)
    yield one(entry.get("description"))
    yield from texts(entry.get("summary"))
    yield from _bullets(entry.get("highlights"))


def _education(entry: dict[str, Any]) -> Iterator[str]:
    degree, area = one(entry.get("studyType")), one(entry.get("area"))
    yield f"{degree} in {area}" if degree and area else degree or area
    yield one(entry.get("institution"))
    yield _span(entry)
    if score := one(entry.get("score") or entry.get("gpa")):
        yield f"Score: {score}"
    yield from _bullets(entry.get("courses"))


def _skill(entry: dict[str, Any]) -> Iterator[str]:
    yield ": ".join(filter(None, (one(entry.get("name")), one(entry.get("keywords")))))


def _language(entry: dict[str, Any]) -> Iterator[str]:
    yield ": ".join(filter(None, (one(entry.get("language")), one(entry.get("fluency")))))


def _certificate(entry: dict[str, Any]) -> Iterator[str]:
    yield ", ".join(filter(None, (one(entry.get(k)) for k in ("name", "issuer", "date"))))


def _project(entry: dict[str, Any]) -> Iterator[str]:
    yield one(entry.get("name"))
    yield one(entry.get("entity"))
    yield _span(entry) if entry.get("startDate") or entry.get("endDate") else ""
    yield from texts(entry.get("description"))
    yield from _bullets(entry.get("highlights"))
    yield one(entry.get("keywords"))
    yield one(entry.get("url"))


def _award(entry: dict[str, Any]) -> Iterator[str]:
    yield ", ".join(filter(None, (one(entry.get(k)) for k in ("title", "awarder", "date"))))
    yield from texts(entry.get("summary"))


def _publication(entry: dict[str, Any]) -> Iterator[str]:
    yield ", ".join(filter(None, (one(entry.get(k)) for k in ("name", "publisher", "releaseDate"))))
    yield from texts(entry.get("summary"))


def _reference(entry: dict[str, Any]) -> Iterator[str]:
    yield ": ".join(filter(None, (one(entry.get("name")), one(entry.get("reference")))))
