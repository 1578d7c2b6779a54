"""Simulated offers and CVs, seeded, with the truth of every field.

Document i depends on the seed and on i alone: a longer simulation begins with a shorter one, on any machine. The truth
is beside the documents, never in them, and holds only what a document says.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal

from producers.render_docx import render_docx
from producers.render_html import render_html
from producers.render_pdf import render_pdf
from producers.simulation.cvs import cv
from producers.simulation.defects import BROKEN, defect, mistype, noise
from producers.simulation.layout import Layout, Para, Section
from producers.simulation.offers import offer
from producers.simulation.others import other
from producers.simulation.people import ascii_letters
from producers.simulation.render_text import render_text
from producers.simulation.structured import job_posting, json_resume, row
from talentflow.eventlog.messages import RawDocument
from talentflow.records import Kind

Format = Literal["mixed", "text", "pdf", "docx", "html", "json"]
Truth = dict[str, Any]

SOURCE = "simulation"
DEFECT_RATE = 0.04
CV_SHARE = 0.5
FRENCH_SHARE = 0.5
_MIX = {"pdf": 35, "docx": 20, "html": 10, "text": 25, "json": 10}
_SUFFIX = {"pdf": ".pdf", "docx": ".docx", "html": ".html", "text": ".txt", "json": ".json", "json_ld": ".jsonld", "row": ".json"}
_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
    "text": "text/plain",
    "json": "application/json",
    "json_ld": "application/ld+json",
    "row": "application/json",
}


@dataclass(frozen=True)
class SimulatedDocument:
    """One document as it would arrive, and the truth about it.

    `truth` has `kind`, `language`, `expected` (`ok`, `quarantined:<code>`, `other` or `duplicate`), `defect`, `layout`,
    `format`, `occupation`; for a CV `candidate` and `identity`, for an offer `offer`, in the fields of
    `talentflow.records`; for a duplicate `duplicate_of`, the index of the document it repeats.
    """

    index: int
    content: bytes
    media_type: str
    name: str
    kind: Kind
    language: str
    truth: Truth = field(repr=False)


def simulate(
    n: int,
    seed: int,
    *,
    format: Format = "mixed",
    cv_share: float = CV_SHARE,
    french_share: float = FRENCH_SHARE,
    defect_rate: float = DEFECT_RATE,
    start: int = 0,
) -> Iterator[SimulatedDocument]:
    """Documents `start` to `n` - 1 of a seed.

    Args:
        n: how many there are when `start` is 0.
        seed: another seed gives other documents.
        format: one format for all, or `mixed`. JSON is JSON Resume for CVs and JobPosting or feed rows for offers.
        cv_share: share of CVs; the rest are offers.
        french_share: share in French; the rest is in English.
        defect_rate: share with a defect, see `producers.simulation.defects`.
        start: the first index.
    """
    for index in range(start, n):
        yield _document(index, seed, format, cv_share, french_share, defect_rate)


def _rng(seed: int, index: int) -> Random:
    return Random(f"talentflow simulation {seed} {index}")


def _document(
    index: int, seed: int, format: Format, cv_share: float, french_share: float, defect_rate: float
) -> SimulatedDocument:
    rng = _rng(seed, index)
    kind: Kind = "cv" if rng.random() < cv_share else "job_offer"
    language = "fr" if rng.random() < french_share else "en"
    chosen = rng.choices(list(_MIX), list(_MIX.values()))[0]
    shape = chosen if format == "mixed" else format
    broken = defect(rng, defect_rate)
    if broken in ("exact_duplicate", "second_format") and index:
        earlier = _document(_earlier(rng, index, seed, broken, cv_share, defect_rate), seed, format, cv_share, french_share, 0.0)
        return _duplicate(rng, index, earlier, broken, seed, cv_share, french_share)
    if broken in ("exact_duplicate", "second_format"):
        broken = None
    return _made(rng, index, kind, language, shape, broken)


def _earlier(rng: Random, index: int, seed: int, broken: str, cv_share: float, defect_rate: float) -> int:
    """An earlier document to repeat: a sound one, and a CV if it is to come in a second format."""
    for _ in range(40):
        candidate = rng.randrange(index)
        its = _rng(seed, candidate)
        is_cv = its.random() < cv_share
        its.random()
        its.choices(list(_MIX), list(_MIX.values()))
        if defect(its, defect_rate) is None and (is_cv or broken == "exact_duplicate"):
            return candidate
    return 0


def _duplicate(
    rng: Random, index: int, earlier: SimulatedDocument, broken: str, seed: int, cv_share: float, french_share: float
) -> SimulatedDocument:
    content, media_type, name = earlier.content, earlier.media_type, earlier.name
    truth = earlier.truth | {"defect": broken, "expected": BROKEN[broken], "duplicate_of": earlier.index}
    if broken == "second_format":
        shape: Format = rng.choice([s for s in ("pdf", "docx", "text") if s != earlier.truth["format"]])  # type: ignore[assignment]
        again = _document(earlier.index, seed, shape, cv_share, french_share, 0.0)
        content, media_type, name = again.content, again.media_type, again.name
        truth = again.truth | {"defect": broken, "expected": BROKEN[broken], "duplicate_of": earlier.index}
    stem, dot, suffix = name.rpartition(".")
    name = f"{index:06d}-{stem[7:] if stem[:6].isdigit() else stem}{rng.choice(['', ' (1)', '-copy', '_v2'])}{dot}{suffix}"
    return SimulatedDocument(index, content, media_type, name, earlier.kind, earlier.language, truth)


def _made(rng: Random, index: int, kind: Kind, language: str, shape: str, broken: str | None) -> SimulatedDocument:
    if broken == "not_a_record":
        page, what = other(rng, language)
        shape = shape if shape != "json" else "text"
        content = _rendered(rng, page, shape)
        truth: Truth = {
            "kind": "other",
            "language": language,
            "expected": "other",
            "defect": broken,
            "format": shape,
            "layout": what,
        }
        return SimulatedDocument(
            index, content, _MEDIA_TYPES[shape], f"{index:06d}-{what}{_SUFFIX[shape]}", "other", language, truth
        )
    inner = Random(rng.getrandbits(64))
    page, truth = cv(inner, language, wide=True) if kind == "cv" else offer(inner, language)
    if broken == "mixed_language":
        _mix_languages(rng, page, language)
    if broken == "typing_errors":
        mistype(rng, page)
        shape = "text" if shape == "json" else shape
    if broken in ("truncated_pdf", "scanned_pdf", "encrypted_pdf"):
        shape = "pdf"
    elif broken == "invalid_utf8":
        shape = "text"
    if shape == "json" and kind == "job_offer":
        shape = "json_ld" if rng.random() < 0.5 else "row"
    elif shape == "pdf":
        page.title = page.title.strip()
    content = _content(rng, page, truth, shape, broken, index)
    name = _name(rng, index, kind, truth, shape)
    media_type = _MEDIA_TYPES[shape]
    if broken == "wrong_extension":
        wrong = rng.choice([s for s in ("pdf", "docx", "text", "html") if s != shape])
        name, media_type = name.rpartition(".")[0] + _SUFFIX[wrong], _MEDIA_TYPES[wrong]
    expected = BROKEN[broken] if broken else "ok"
    if broken == "binary_noise" and shape in ("pdf", "docx"):
        expected = "quarantined:corrupt_document"
    elif broken == "binary_noise":
        name, media_type = name.rpartition(".")[0] + ".dat", "application/octet-stream"
    truth = {
        "kind": kind,
        "language": language,
        "expected": expected,
        "defect": broken,
        "format": shape,
        **_kept(truth, shape),
    }
    return SimulatedDocument(index, content, media_type, name, kind, language, truth)


def _kept(truth: Truth, shape: str) -> Truth:
    """Truth without the drafts' own notes, and without what a format cannot carry."""
    if "offer" in truth:
        facts = {k: v for k, v in truth["offer"].items() if not k.startswith("_") and v is not None}
        return truth | {"offer": facts}
    if shape == "json":
        candidate = {k: v for k, v in truth["candidate"].items() if k not in ("soft_skills", "licence")}
        identity = {k: v for k, v in truth["identity"].items() if k not in ("birth_date", "nationality")}
        return truth | {"candidate": candidate, "identity": identity}
    return truth


def _mix_languages(rng: Random, page: Layout, language: str) -> None:
    """A paragraph in the other language at the end, as international companies and candidates add."""
    text = {
        "en": [
            "Je suis également à l'aise en français, à l'oral comme à l'écrit.",
            "Une version française de ce document est disponible sur simple demande.",
        ],
        "fr": [
            "An English version of this document is available on request.",
            "Part of the work is done in English with colleagues abroad.",
        ],
    }[language]
    page.sections.append(Section("", [Para(rng.choice(text))]))


def _rendered(rng: Random, page: Layout, shape: str) -> bytes:
    if shape == "pdf":
        return render_pdf(page)
    if shape == "docx":
        return render_docx(page)
    if shape == "html":
        return render_html(page, kind=rng.choice(["semantic", "divs", "site"]))
    return render_text(page).encode()


def _content(rng: Random, page: Layout, truth: Truth, shape: str, broken: str | None, index: int) -> bytes:
    if broken == "empty_file":
        return b""
    if broken == "binary_noise":
        return noise(rng, rng.randint(400, 4000))
    if broken == "scanned_pdf":
        return render_pdf(page, picture_of=True)
    if broken == "encrypted_pdf":
        return render_pdf(page, password=f"p{rng.randint(1000, 9999)}")
    if broken == "truncated_pdf":
        whole = render_pdf(page)
        return whole[: len(whole) // rng.choice([3, 5, 8])]
    if broken == "invalid_utf8":
        return render_text(page).encode("cp1252", "replace") + b"\xff\xfe\x9d\n"
    if shape == "json":
        return json_resume(rng, page, truth)
    if shape == "json_ld":
        return job_posting(rng, page, truth)
    if shape == "row":
        return json.dumps(row(rng, page, truth, index), ensure_ascii=False).encode()
    if shape == "html" and "offer" in truth and rng.random() < 0.4:
        return render_html(page, kind="site", json_ld=job_posting(rng, page, truth).decode())
    return _rendered(rng, page, shape)


def _name(rng: Random, index: int, kind: Kind, truth: Truth, shape: str) -> str:
    if kind == "cv":
        words = [ascii_letters(w).capitalize() for w in truth["identity"]["name"].split()]
        stem = rng.choice(["CV_{}", "cv-{}", "{}_CV", "resume_{}", "{}", "CV {} 2026"]).format(
            rng.choice(["_", "-", " "]).join(words)
        )
    else:
        stem = "-".join(w for w in (ascii_letters(w) for w in truth["offer"]["title"].split()) if w) or "offer"
    return f"{index:06d}-{stem}{_SUFFIX[shape]}"


def simulated_documents(
    n: int, seed: int, *, format: Format = "mixed", defect_rate: float = DEFECT_RATE
) -> Iterator[RawDocument]:
    """What the pipeline puts on the event log, without touching the disk. The same on every run."""
    for document in simulate(n, seed, format=format, defect_rate=defect_rate):
        yield RawDocument(
            source=SOURCE,
            source_uri=f"simulation://{seed}/{document.index}/{document.name}",
            source_key=f"{seed}/{document.index}",
            media_type=document.media_type,
            kind_hint=None,
            content=document.content,
        )


def write_simulation(out_dir: Path, n: int, seed: int, format: Format = "mixed", *, defect_rate: float = DEFECT_RATE) -> Truth:
    """Write a simulation as files: `cvs/`, `offers/` (feed rows together in `offers.jsonl` and `offers.csv`), and the truth
    in `truth.jsonl` beside these folders.

    Returns:
        A summary: `documents`, `cvs`, `offers`, `others`, `languages`, `formats`, `expected` (each with counts), `truth` (path).
    """
    for folder in ("cvs", "offers"):
        (out_dir / folder).mkdir(parents=True, exist_ok=True)
    kinds: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    formats: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    rows: dict[str, list[Truth]] = {"offers.jsonl": [], "offers.csv": []}
    with (out_dir / "truth.jsonl").open("w", encoding="utf-8", newline="\n") as truths:
        for document in simulate(n, seed, format=format, defect_rate=defect_rate):
            truth = document.truth
            folder = "cvs" if document.kind == "cv" or (document.kind == "other" and document.index % 2) else "offers"
            if truth["format"] == "row" and truth["defect"] is None:
                name = "offers.csv" if document.index % 3 == 0 else "offers.jsonl"
                rows[name].append(json.loads(document.content))
                path = f"offers/{name}#{len(rows[name]) - 1}"
            else:
                path = f"{folder}/{document.name}"
                (out_dir / path).write_bytes(document.content)
            line = {"path": path, "index": document.index, "seed": seed, **truth}
            truths.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
            kinds[document.kind] += 1
            languages[document.language] += 1
            formats[truth["format"]] += 1
            expected[truth["expected"]] += 1
    for name, found in rows.items():
        _write_rows(out_dir / "offers" / name, found)
    return {
        "documents": sum(kinds.values()),
        "cvs": kinds["cv"],
        "offers": kinds["job_offer"],
        "others": kinds["other"],
        "languages": dict(sorted(languages.items())),
        "formats": dict(sorted(formats.items())),
        "expected": dict(sorted(expected.items())),
        "truth": str(out_dir / "truth.jsonl"),
    }


def _write_rows(path: Path, rows: list[Truth]) -> None:
    if not rows:
        return
    write: Callable[[], str] = (
        (lambda: _as_csv(rows))
        if path.suffix == ".csv"
        else lambda: "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
    )
    path.write_bytes(write().encode())


def _as_csv(rows: list[Truth]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", "title", "company", "location", "url", "date", "description"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
