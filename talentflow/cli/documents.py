"""One-shot commands on files: match, extract, classify. They read and write no pipeline state."""

from __future__ import annotations

import csv as csv_format
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from talentflow.cli.terminal import err, out, print_json
from talentflow.direct import Processed, document_row, process
from talentflow.documents.limits import document_limits
from talentflow.engines import open_engine
from talentflow.eventlog.messages import RawDocument, RejectedDocument
from talentflow.records import Kind, Match
from talentflow.settings import Settings, load_settings

KINDS: dict[str, Kind | None] = {"cv": "cv", "offer": "job_offer", "auto": None}
Flag = Annotated[bool, Parameter(negative=())]
Paths = Annotated[tuple[Path, ...], Parameter(negative=())]


@dataclass(frozen=True)
class Named:
    """A processed document and what its user calls it: a row's own id, or a file's path within the folder it was found in."""

    id: str
    document: Processed


def read_documents(settings: Settings, paths: Sequence[Path], *, kind: Kind | None, extract: bool = True) -> list[Named]:
    """Every document in the named files and folders, in order; those that cannot be used carry their error."""
    from producers.files import find_documents

    rejected: dict[str, Processed] = {}
    names: dict[str, str] = {}

    def rows() -> Iterator[dict[str, Any]]:
        for path in paths:
            for found in find_documents([path], kind=kind, limits=document_limits(settings)):
                names.setdefault(found.document_id, own_id(found, path.absolute()))
                if isinstance(found, RejectedDocument):
                    rejected[found.document_id] = Processed(
                        found.document_id, found.source_uri, error_code=found.error_code, error=found.detail
                    )
                else:
                    yield document_row(found)

    with open_engine(settings) as engine:
        done = {p.document_id: p for p in process(rows(), engine, kind=kind, extract=extract)}
    taken: Counter[str] = Counter(names.values())
    named: list[Named] = []
    for document_id, name in names.items():
        document = rejected.get(document_id) or done[document_id]
        named.append(Named(name if taken[name] == 1 else document.source_uri, document))
    return named


def own_id(found: RawDocument | RejectedDocument, root: Path) -> str:
    """The id a row has itself (else its place in the file), or a file's path within `root` (its name, if it is `root`)."""
    name, is_row, place = found.source_uri.partition("#")
    key = found.source_key.removeprefix(f"{name}#")
    if is_row and not key.startswith(found.content_hash):
        return key
    path = Path(name)
    inner = path.relative_to(root).as_posix() if path != root and path.is_relative_to(root) else path.name
    return f"{inner}#{place}" if is_row else inner


def extract(
    *files: Path,
    kind: Annotated[Literal["cv", "offer", "auto"], Parameter(name="--as")] = "auto",
    json: Flag = False,
) -> None:
    """Turn CVs into JSON Resume and offers into schema.org JobPosting, with evidence.

    Parameters
    ----------
    files
        Files and folders.
    kind
        What they are; `auto` judges each.
    json
        Print a list of `{"path", "record"}`; a file that failed has `error` in place of `record`.
    """
    told = [_extracted(n.document) for n in read_documents(load_settings(), files, kind=KINDS[kind])]
    if json:
        print_json(told)
        return
    for entry in told:
        out.print(f"[bold]{entry['path']}[/bold]")
        if "error" in entry:
            out.print(f"  {entry['error']}", highlight=False)
        else:
            out.print_json(data=entry["record"])


def _extracted(document: Processed) -> dict[str, Any]:
    from talentflow.export_offer import to_job_posting
    from talentflow.export_resume import to_json_resume

    if document.candidate is not None:
        return {"path": document.source_uri, "record": to_json_resume(document.candidate, document.identity, document.text or "")}
    if document.offer is not None:
        return {"path": document.source_uri, "record": to_job_posting(document.offer, document.text or "")}
    return {"path": document.source_uri, "error": document.error, "error_code": document.error_code}


def classify(*files: Path, json: Flag = False) -> None:
    """Say what each document is: kind, occupation (ISCO-08), seniority, language.

    Parameters
    ----------
    files
        Files, folders, or JSONL of `{"id", "text"}`.
    json
        Print a list of `id`, `kind`, `occupation`, `seniority`, `language`.
    """
    told = [_classified(p) for p in read_documents(load_settings(), files, kind=None, extract=False)]
    if json:
        print_json(told)
        return
    for c in told:
        if "error" in c:
            out.print(f"{c['id']}: {c['error']}", highlight=False)
            continue
        occupation = f"{c['occupation']['code']} {c['occupation']['title']}" if c["occupation"]["code"] else "no occupation"
        out.print(
            f"{c['id']}: {c['kind']}, {occupation}, {c['seniority'] or 'seniority unsaid'}, {c['language']}", highlight=False
        )


def _classified(named: Named) -> dict[str, Any]:
    said = named.document.classification
    if said is None:
        return {"id": named.id, "error": named.document.error, "error_code": named.document.error_code}
    return {
        "id": named.id,
        "kind": said.kind,
        "kind_confidence": said.kind_confidence,
        "occupation": {"code": said.occupation_code, "title": said.occupation_title, "confidence": said.occupation_confidence},
        "seniority": said.seniority,
        "language": said.language,
    }


def match(
    *,
    cvs: Paths,
    offers: Paths,
    asked: Annotated[Literal["cvs", "offers"], Parameter(name="--for")] = "offers",
    top: int = 10,
    csv: Path | None = None,
    run: Path | None = None,
    json: Flag = False,
) -> None:
    """Rank CVs for offers, or offers for CVs, at once and with no pipeline state.

    Parameters
    ----------
    cvs
        A file, a folder, or a JSONL of `{"id", "text"}`; repeatable.
    offers
        The same; repeatable.
    asked
        Which side asks: `--for offers` ranks the CVs for each offer, `--for cvs` the offers for each CV.
    top
        Results for each query.
    csv
        Write the ranking as CSV.
    run
        Write the ranking as a TREC run.
    json
        Print for each query its results with score, parts, evidence and what is missing.
    """
    from talentflow.embedder import open_embedder
    from talentflow.matching.rank import rank

    settings = load_settings()
    candidates = _usable(read_documents(settings, cvs, kind="cv"))
    postings = _usable(read_documents(settings, offers, kind="job_offer"))
    ids = {n.document.document_id: n.id for n in (*candidates, *postings)}
    records = [
        n.document.candidate.model_copy(update={"candidate_id": n.document.document_id})
        for n in candidates
        if n.document.candidate
    ]
    job_offers = [n.document.offer for n in postings if n.document.offer]
    embedder = open_embedder(settings)
    if asked == "offers":
        queries = [o.offer_id for o in job_offers]
        rankings = rank(job_offers, records, embedder, top=top)
    else:
        queries = [c.candidate_id for c in records]
        rankings = rank(records, job_offers, embedder, top=top)
    texts = {n.document.document_id: n.document.redacted_text or "" for n in (*candidates, *postings)}
    results = [
        {
            "query": ids[query],
            "results": [_result(m, m.candidate_id if asked == "offers" else m.offer_id, ids, texts) for m in matches],
        }
        for query, matches in zip(queries, rankings, strict=True)
    ]
    if csv is not None:
        write_csv(csv, results)
    if run is not None:
        write_run(run, results)
    if json:
        print_json(results)
    elif csv is None and run is None:
        _show(results)


def _usable(documents: list[Named]) -> list[Named]:
    """Those with a record; the others are told on standard error, so that nobody is left out unsaid."""
    usable: list[Named] = []
    for named in documents:
        if named.document.candidate is None and named.document.offer is None:
            err.print(f"left out: {named.document.source_uri}: {named.document.error}", highlight=False, soft_wrap=True)
        else:
            usable.append(named)
    return usable


def _result(match: Match, record_id: str, ids: dict[str, str], texts: dict[str, str]) -> dict[str, Any]:
    offer_text, candidate_text = texts[match.offer_id], texts[match.candidate_id]
    evidence = {
        part.name: {
            "offer": [e.model_dump() | {"text": offer_text[e.start : e.end]} for e in part.offer_evidence],
            "candidate": [e.model_dump() | {"text": candidate_text[e.start : e.end]} for e in part.candidate_evidence],
        }
        for part in match.parts
        if part.offer_evidence or part.candidate_evidence
    }
    return {
        "id": ids[record_id],
        "score": round(match.score, 6),
        "parts": {p.name: {"score": p.score, "weight": p.weight, "note": p.note, "matched": p.matched} for p in match.parts},
        "evidence": evidence,
        "missing": {p.name: p.missing for p in match.parts if p.missing},
    }


def write_run(path: Path, results: list[dict[str, Any]]) -> None:
    """A TREC run: `query Q0 document rank score tag`; white space in ids becomes `_`, as the format has none."""
    lines = [
        f"{'_'.join(r['query'].split())} Q0 {'_'.join(m['id'].split())} {place} {m['score']:.6f} talentflow\n"
        for r in results
        for place, m in enumerate(r["results"], start=1)
    ]
    path.write_text("".join(lines), encoding="utf-8")


def write_csv(path: Path, results: list[dict[str, Any]]) -> None:
    """A row a result. A cell that a spreadsheet would run as a formula gets an apostrophe before it."""
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv_format.writer(stream)
        writer.writerow(["query", "rank", "id", "score", "matched_skills", "missing_skills", "why"])
        for r in results:
            for place, m in enumerate(r["results"], start=1):
                skills = m["parts"].get("skills", {})
                why = " ".join(p["note"] for p in m["parts"].values() if p["score"] is not None)
                missing = m["missing"].get("skills", [])
                cells = [r["query"], place, m["id"], m["score"], ", ".join(skills.get("matched", [])), ", ".join(missing), why]
                writer.writerow([f"'{c}" if isinstance(c, str) and c[:1] in "=+-@\t\r" and c else c for c in cells])


def _show(results: list[dict[str, Any]]) -> None:
    from rich.table import Table

    for r in results:
        table = Table(title=str(r["query"]), title_justify="left")
        for column in ("rank", "score", "id", "skills", "missing"):
            table.add_column(column, overflow="fold")
        for place, m in enumerate(r["results"], start=1):
            matched = ", ".join(m["parts"].get("skills", {}).get("matched", [])[:8])
            table.add_row(str(place), f"{m['score']:.2f}", m["id"], matched, ", ".join(m["missing"].get("skills", [])[:6]))
        out.print(table)
    if not results:
        sys.stderr.write("nothing to rank\n")
