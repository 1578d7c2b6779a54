"""Simulated documents: the same on every run, varied, plausible, and true to their truth."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from producers.simulate import SimulatedDocument, simulate, simulated_documents, write_simulation
from producers.simulation.careers import LEVELS
from producers.simulation.wording import base, gerund, noun, occupations, past, say
from talentflow.errors import (
    CorruptDocument,
    DocumentError,
    EmptyDocument,
    EncryptedDocument,
    ScannedDocument,
    UnknownFormat,
)

ROOT = Path(__file__).parents[2]


@cache
def texts(count: int, seed: int) -> tuple[SimulatedDocument, ...]:
    return tuple(simulate(count, seed, format="text", defect_rate=0))


def plain(document: SimulatedDocument) -> str:
    return " ".join(document.content.decode().split())


def digest(documents: list[SimulatedDocument]) -> str:
    return sha256(
        b"".join(d.name.encode() + d.content + json.dumps(d.truth, sort_keys=True).encode() for d in documents)
    ).hexdigest()


# The same, whatever the run.


def test_a_longer_simulation_begins_with_a_shorter_one():
    short, long = list(simulate(40, 5)), list(simulate(80, 5))
    assert digest(short) == digest(long[:40])


def test_a_document_can_be_made_without_those_before_it():
    assert digest(list(simulate(31, 5, start=30))) == digest(list(simulate(31, 5))[30:])


def test_another_seed_gives_other_documents():
    assert not {d.content for d in simulate(20, 1, defect_rate=0)} & {d.content for d in simulate(20, 2, defect_rate=0)}


def test_bytes_do_not_depend_on_the_process():
    code = "from tests.producers.test_simulate import *; print(digest(list(simulate(60, 8))))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "77")
    }
    assert runs == {digest(list(simulate(60, 8))) + "\n"}


# Varied.


def test_there_are_many_occupations_with_their_own_words_in_both_languages():
    known = occupations()
    assert len(known) >= 90
    assert len({o["sector"] for o in known.values()}) >= 18
    for language in ("en", "fr"):
        tasks = [t for o in known.values() for t in o[language]["tasks"]]
        assert len(set(tasks)) == len(tasks)
        assert all(len(o[language]["tasks"]) >= 5 and len(o[language]["skills"]) >= 8 for o in known.values())


def test_occupations_are_whole():
    known = occupations()
    for key, occupation in known.items():
        assert re.fullmatch(r"\d{4}", occupation["isco"]), key
        assert occupation["level"] in LEVELS, key
        assert set(occupation["near"]) <= set(known) - {key}, key


def test_no_two_documents_read_alike():
    def shingles(document: SimulatedDocument) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", plain(document).lower())
        return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}

    sets = [shingles(d) for d in texts(300, 11)]
    worst = max(len(a & b) / len(a | b) for a, b in combinations(sets, 2))
    assert worst < 0.5


def test_no_sentence_is_in_more_than_a_few_percent_of_documents():
    documents = texts(300, 11)
    counts = Counter(line for d in documents for line in {x.strip() for x in d.content.decode().splitlines() if len(x) > 60})
    assert counts.most_common(1)[0][1] <= 0.05 * len(documents)


def test_every_layout_occurs_and_none_prevails():
    layouts = Counter((d.kind, d.truth["layout"]) for d in texts(300, 11))
    assert sum(kind == "cv" for kind, _ in layouts) >= 14
    assert sum(kind == "job_offer" for kind, _ in layouts) >= 12
    assert max(layouts.values()) <= 0.12 * 300


def test_kinds_languages_and_formats_are_mixed_as_said():
    documents = list(simulate(400, 3))
    kinds, languages = Counter(d.kind for d in documents), Counter(d.language for d in documents)
    assert 0.4 < kinds["cv"] / 400 < 0.6
    assert 0.4 < languages["fr"] / 400 < 0.6
    formats = Counter(d.truth["format"] for d in documents)
    assert 0.27 < formats["pdf"] / 400 < 0.43
    assert 0.13 < formats["docx"] / 400 < 0.27
    assert {"text", "html", "json", "json_ld", "row"} <= set(formats)


def test_shares_can_be_chosen():
    documents = list(simulate(30, 3, cv_share=1, french_share=0, defect_rate=0))
    assert {(d.kind, d.language) for d in documents} == {("cv", "en")}


# Plausible.


def test_careers_run_forward_and_after_school():
    for document in texts(300, 11):
        if document.kind != "cv":
            continue
        work = document.truth["candidate"]["work"]
        assert all(w["end_date"] is None or w["start_date"] is None or w["start_date"] <= w["end_date"] for w in work), (
            document.name
        )
        assert sum(w["current"] for w in work) <= 1
        starts = [w["start_date"] for w in work if w["start_date"]]
        assert starts == sorted(starts, reverse=True), document.name
        born = document.truth["identity"].get("birth_date")
        if born and starts:
            assert int(starts[-1][:4]) - int(born[:4]) >= 14, document.name


def test_the_truth_says_only_what_the_document_says():
    for document in texts(300, 11):
        text, truth = plain(document).lower(), document.truth
        if document.kind == "cv":
            values = [truth["identity"].get(k) for k in ("email", "phone", "address")] + [
                s["name"] for s in truth["candidate"]["skills"]
            ]
            values += [v for w in truth["candidate"]["work"] for v in (w["position"], w["name"])]
            values += [v for s in truth["candidate"]["education"] for v in (s["institution"], s["study_type"], s["end_date"])]
            values += [c["name"] for c in truth["candidate"]["certificates"]]
            values += truth["identity"]["name"].split()
        else:
            offer = truth["offer"]
            values = [offer.get("hiring_organization"), *(s["name"] for s in offer.get("skills", [])), *offer.get("benefits", [])]
            values += [p["locality"] for p in offer.get("job_location", [])]
        missing = [v for v in values if v and " ".join(v.lower().split()) not in text]
        assert not missing, (document.name, document.truth["layout"], missing)


def test_internships_gaps_part_time_and_salaries_occur():
    documents = texts(300, 11)
    offers = [d.truth["offer"] for d in documents if d.kind == "job_offer"]
    assert {o.get("contract") for o in offers} >= {
        "permanent",
        "fixed_term",
        "temporary",
        "freelance",
        "internship",
        "apprenticeship",
    }
    assert {o.get("paid") for o in offers} >= {None, True}
    assert {o.get("workplace") for o in offers} >= {None, "on_site", "hybrid", "remote"}
    assert {o["base_salary"]["unit"] for o in offers if o.get("base_salary")} >= {"YEAR", "MONTH", "HOUR"}
    assert {o["base_salary"]["currency"] for o in offers if o.get("base_salary")} >= {"EUR", "GBP", "USD"}
    assert any(not o.get("base_salary") for o in offers)


# Files.


@pytest.mark.parametrize("format", ["pdf", "docx", "html", "json", "text"])
def test_every_format_can_be_read_and_holds_the_name(format: Any):
    from talentflow.documents import read

    for document in simulate(24, 4, format=format, cv_share=1, defect_rate=0):
        text = " ".join(read(document.content, media_type=document.media_type, name=document.name).text.lower().split())
        last = document.truth["identity"]["name"].split()[-1].lower()
        assert last in text or format == "pdf", document.name
        for job in document.truth["candidate"]["work"][:1]:
            assert job["name"].split()[0].lower() in text, document.name


def test_word_opens_the_docx():
    import docx

    for document in simulate(12, 4, format="docx", defect_rate=0):
        opened = docx.Document(io.BytesIO(document.content))
        styles = {p.style.name for p in opened.paragraphs if p.style is not None}
        assert "Title" in styles
        assert opened.sections[0].footer.paragraphs


def test_json_resume_and_job_posting_are_valid():
    for document in simulate(80, 4, format="json", defect_rate=0):
        value = json.loads(document.content)
        if document.kind == "cv":
            assert value["basics"]["name"] == document.truth["identity"]["name"]
            assert len(value["work"]) == len(document.truth["candidate"]["work"])
        elif document.truth["format"] == "json_ld":
            assert value["@type"] == "JobPosting"
        else:
            assert value["title"] == document.truth["offer"]["title"]


EXPECTED: dict[str, type[DocumentError]] = {
    "quarantined:empty_document": EmptyDocument,
    "quarantined:corrupt_document": CorruptDocument,
    "quarantined:scanned_document": ScannedDocument,
    "quarantined:encrypted_document": EncryptedDocument,
    "quarantined:unknown_format": UnknownFormat,
}


def test_defects_are_what_they_say():
    from talentflow.documents import read

    seen: Counter[str] = Counter()
    for document in simulate(160, 6, defect_rate=1):
        seen[document.truth["defect"] or "none"] += 1
        expected = EXPECTED.get(document.truth["expected"])
        if expected:
            with pytest.raises(expected):
                read(document.content, media_type=document.media_type, name=document.name)
        else:
            assert read(document.content, media_type=document.media_type, name=document.name).text.strip()
    assert len(seen) >= 10


def test_the_rate_of_defects_is_as_set():
    documents = list(simulate(1000, 2, format="text"))
    assert 0.02 < sum(d.truth["defect"] is not None for d in documents) / 1000 < 0.06
    assert not any(d.truth["defect"] for d in simulate(100, 2, format="text", defect_rate=0))


def test_a_duplicate_repeats_an_earlier_document():
    documents = list(simulate(700, 2))
    exact = [d for d in documents if d.truth["defect"] == "exact_duplicate"]
    second = [d for d in documents if d.truth["defect"] == "second_format"]
    assert exact
    assert second
    for document in exact:
        earlier = documents[document.truth["duplicate_of"]]
        assert earlier.index < document.index
        assert earlier.content == document.content
    for document in second:
        earlier = documents[document.truth["duplicate_of"]]
        assert earlier.content != document.content
        assert earlier.truth["identity"]["email" if "email" in earlier.truth["identity"] else "name"] in json.dumps(
            document.truth["identity"], ensure_ascii=False
        )


# What is handed on.


def test_written_files_and_truth_belong_together(tmp_path: Path):
    summary = write_simulation(tmp_path, 60, 7)
    lines = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == summary["documents"] == 60
    assert summary["cvs"] + summary["offers"] + summary["others"] == 60
    for line in lines:
        name, _, number = line["path"].partition("#")
        assert (tmp_path / name).exists()
        if number and name.endswith(".jsonl"):
            row = json.loads((tmp_path / name).read_text(encoding="utf-8").splitlines()[int(number)])
            assert row["title"] == line["offer"]["title"]
    assert not [p for p in tmp_path.rglob("*truth*") if p.parent != tmp_path]


def test_written_files_are_the_same_twice(tmp_path: Path):
    for run in ("a", "b"):
        write_simulation(tmp_path / run, 30, 7)
    first, second = (
        {p.relative_to(tmp_path / r): p.read_bytes() for p in sorted((tmp_path / r).rglob("*.*"))} for r in ("a", "b")
    )
    assert first == second


def test_documents_for_the_event_log_have_stable_ids():
    first, second = list(simulated_documents(25, 9)), list(simulated_documents(50, 9))
    assert [d.document_id for d in first] == [d.document_id for d in second[:25]]
    assert len({d.document_id for d in second}) == 50
    assert first[3].source_key == "9/3"
    assert first[3].source_uri.startswith("simulation://9/3/")


# Words.


def test_verbs_take_the_form_that_is_asked():
    sentence = "~run tests, ~carry boxes and ~write reports"
    assert base(sentence) == "run tests, carry boxes and write reports"
    assert past(sentence) == "ran tests, carried boxes and wrote reports"
    assert gerund("~plan and ~make menus") == "planning and making menus"


def test_a_french_verb_becomes_a_noun_with_its_article():
    assert noun("~gérer les stocks") == "gestion des stocks"
    assert noun("~gérer le parc") == "gestion du parc"
    assert noun("~animer des ateliers") == "animation d'ateliers"
    assert noun("~conseiller sur le poste") is None
    assert noun("~rédiger et ~relire les actes") is None


def test_templates_expand():
    from random import Random

    assert say(Random(1), "{name} has {#3-3} {a|a}[ {x|x}]", name="Ada") in ("Ada has 3 a", "Ada has 3 a x")
