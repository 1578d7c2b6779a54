"""The same facts as machines pass them on: JSON Resume, JobPosting JSON-LD, rows as job feeds give them."""

from __future__ import annotations

import json
import re
from html import escape
from random import Random
from typing import Any

from producers.simulation.layout import Bullets, Layout, Para, Table
from producers.simulation.people import ascii_letters

Truth = dict[str, Any]


def json_resume(rng: Random, page: Layout, truth: Truth) -> bytes:
    """A JSON Resume (jsonresume.org schema 1.0.0) that says what the truth says."""
    candidate, identity = truth["candidate"], truth["identity"]
    basics: Truth = {"name": identity["name"]}
    if candidate.get("headline"):
        basics["label"] = candidate["headline"]
    basics |= {key: identity[key] for key in ("email", "phone") if key in identity}
    if candidate.get("summary"):
        basics["summary"] = candidate["summary"]
    if candidate.get("location"):
        place: Truth = {"city": candidate["location"]["locality"], "countryCode": candidate["location"]["country"]}
        if "address" in identity:
            place["address"] = identity["address"]
        basics["location"] = place
    work: list[Truth] = []
    for job in candidate["work"]:
        entry: Truth = {"name": job["name"], "position": job["position"]}
        entry |= {out: job[key] for out, key in (("startDate", "start_date"), ("endDate", "end_date")) if job.get(key)}
        if job["highlights"]:
            entry["highlights"] = job["highlights"]
        work.append(entry)
    studies: list[Truth] = []
    for study in candidate["education"]:
        entry = {"institution": study["institution"], "studyType": _without(study["study_type"], study["area"])}
        entry |= {
            out: study[key]
            for out, key in (("area", "area"), ("startDate", "start_date"), ("endDate", "end_date"), ("score", "score"))
            if study.get(key)
        }
        studies.append(entry)
    resume: Truth = {"basics": basics, "work": work, "education": studies}
    names = [s["name"] for s in candidate["skills"]]
    if names and rng.random() < 0.5:
        resume["skills"] = [{"name": n} for n in names]
    elif names:
        resume["skills"] = [{"name": "Skills" if page.language == "en" else "Compétences", "keywords": names}]
    if candidate["languages"]:
        resume["languages"] = [
            {"language": language_name(page.language, s["language"]), "fluency": s["fluency"]} for s in candidate["languages"]
        ]
    if candidate["certificates"]:
        resume["certificates"] = [
            {"name": c["name"]} | ({"date": c["date"]} if c.get("date") else {}) for c in candidate["certificates"]
        ]
    resume["meta"] = {"version": "v1.0.0"}
    return json.dumps(resume, ensure_ascii=False, indent=rng.choice([None, 2])).encode()


def _without(study_type: str, area: str | None) -> str:
    """The degree without its area, which JSON Resume has in a field of its own."""
    if area is None or not study_type.endswith(area) or study_type == area:
        return study_type
    return re.sub(r"(?:,| in| en)?\s*$", "", study_type.removesuffix(area))


def language_name(written_in: str, code: str) -> str:
    from producers.simulation.wording import capitalised, words

    return capitalised(words(written_in)["language_names"][code])


def job_posting(rng: Random, page: Layout, truth: Truth) -> bytes:
    """A schema.org JobPosting in JSON-LD."""
    offer = truth["offer"]
    posting: Truth = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": offer["title"],
        "description": description_html(page),
    }
    if offer.get("hiring_organization"):
        posting["hiringOrganization"] = {"@type": "Organization", "name": offer["hiring_organization"]}
    if offer.get("job_location"):
        place = offer["job_location"][0]
        posting["jobLocation"] = {
            "@type": "Place",
            "address": {"@type": "PostalAddress", "addressLocality": place["locality"], "addressCountry": place["country"]},
        }
    for out, key in (
        ("datePosted", "date_posted"),
        ("validThrough", "valid_through"),
        ("employmentType", "employment_type"),
        ("industry", "industry"),
    ):
        if offer.get(key):
            posting[out] = offer[key]
    if offer.get("workplace") == "remote":
        posting["jobLocationType"] = "TELECOMMUTE"
    pay = offer.get("base_salary")
    if pay:
        value: Truth = {"@type": "QuantitativeValue", "unitText": pay["unit"]}
        if pay["min_value"] == pay["max_value"]:
            value["value"] = pay["min_value"]
        else:
            value |= {
                out: pay[key] for out, key in (("minValue", "min_value"), ("maxValue", "max_value")) if pay[key] is not None
            }
        posting["baseSalary"] = {"@type": "MonetaryAmount", "currency": pay["currency"], "value": value}
    if rng.random() < 0.5 and offer.get("skills"):
        posting["skills"] = ", ".join(s["name"] for s in offer["skills"] if s["required"])
    return json.dumps(posting, ensure_ascii=False, indent=rng.choice([None, 2])).encode()


def row(rng: Random, page: Layout, truth: Truth, number: int) -> dict[str, str]:
    """An offer as a job feed's row: id, url, title, company, place, a description as HTML or flat text."""
    offer = truth["offer"]
    place = (offer.get("job_location") or [{}])[0]
    description = description_html(page) if rng.random() < 0.4 else " ".join(" ".join(_texts(page)).split())
    slug = "-".join(ascii_letters(w) for w in offer["title"].split())
    found = {
        "id": f"{number:08d}",
        "title": offer["title"],
        "company": offer.get("hiring_organization") or "",
        "location": place.get("locality") or "",
        "url": f"https://jobs.example/{slug}-{number}",
        "date": offer.get("date_posted") or "",
        "description": description,
    }
    return {key: value for key, value in found.items() if value}


def description_html(page: Layout) -> str:
    parts: list[str] = [f"<p>{escape(c)}</p>" for c in page.contacts]
    if page.subtitle:
        parts.insert(0, f"<p>{escape(page.subtitle)}</p>")
    for section in page.sections:
        if section.title:
            parts.append(f"<h3>{escape(section.title)}</h3>")
        for block in section.blocks:
            if isinstance(block, Bullets):
                parts.append("<ul>" + "".join(f"<li>{escape(i)}</li>" for i in block.items) + "</ul>")
            elif isinstance(block, Table):
                parts.append("".join(f"<p>{escape(' : '.join(r))}</p>" for r in block.rows))
            elif isinstance(block, Para):
                parts.append(f"<p>{escape(block.text)}</p>")
    return "".join(parts)


def _texts(page: Layout) -> list[str]:
    found = [page.subtitle, *page.contacts]
    for section in page.sections:
        found.append(section.title)
        for block in section.blocks:
            if isinstance(block, Bullets):
                found += block.items
            elif isinstance(block, Table):
                found += [" : ".join(r) for r in block.rows]
            elif isinstance(block, Para):
                found.append(block.text)
    return [f for f in found if f]
