"""JSON Resume out of a candidate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from talentflow.export_resume import EVIDENCE_KEY, to_json_resume
from talentflow.records import Candidate, Evidence, Identity
from tests.extraction.cv_scores import read

CVS = Path(__file__).parent / "cvs"
SCHEMA = Path(__file__).parents[2].parent / "shared/data/jsonresume_schema/schema.json"
NAMES = sorted(p.stem for p in CVS.glob("*.txt"))


@pytest.mark.skipif(not SCHEMA.is_file(), reason="the shared data is not here")
@pytest.mark.parametrize("name", NAMES)
def test_exports_are_valid(name: str) -> None:
    import jsonschema

    text = (CVS / f"{name}.txt").read_text("utf-8")
    identity, candidate = read(text, name.rsplit("_", 1)[1])
    schema = json.loads(SCHEMA.read_text("utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    for who in (identity, None):
        exported = json.loads(json.dumps(to_json_resume(candidate, who, text)))
        assert [e.message for e in validator.iter_errors(exported)] == []


def test_nothing_personal_without_an_identity() -> None:
    text = (CVS / "nurse_fr.txt").read_text("utf-8")
    identity, candidate = read(text, "fr")
    assert to_json_resume(candidate, identity, text)["basics"]["name"] == "Sophie BOULANGER"
    assert not {"name", "email", "phone", "profiles"} & to_json_resume(candidate, None, text)["basics"].keys()


def test_evidence_carries_its_text_and_empty_values_are_left_out() -> None:
    candidate = Candidate(
        candidate_id="c", document_id="d", headline="Cook", evidence=[Evidence(field="headline", start=5, end=9)]
    )
    identity = Identity(candidate_id="c", document_id="d", name="Jane", urls=["linkedin.com/in/jane", "@jane"], email="broken")
    exported = to_json_resume(candidate, identity, "Jane Cook")
    assert exported["meta"][EVIDENCE_KEY]["evidence"] == [{"field": "headline", "start": 5, "end": 9, "text": "Cook"}]
    assert exported["basics"]["profiles"] == [{"network": "LinkedIn", "url": "https://linkedin.com/in/jane"}]
    assert "email" not in exported["basics"]
    assert "work" not in exported


CV = "Jo Park\nData engineer\n\n{heading}Docker, Terraform\n\nExperience\nData engineer, Acme, 2019 - 2024\n- Pipelines in Python and SQL\n"


def test_listed_skills_are_told_from_mentioned_ones() -> None:
    text = CV.format(heading="Skills\n")
    exported = to_json_resume(read(text, "en")[1], None, text)
    assert [s["name"] for s in exported["skills"]] == ["Docker", "Terraform"]
    assert {"Python", "SQL"} <= set(exported["meta"][EVIDENCE_KEY]["mentioned_skills"])


def test_without_a_skills_section_all_skills_are_exported() -> None:
    text = CV.format(heading="")
    exported = to_json_resume(read(text, "en")[1], None, text)
    assert {"Python", "SQL", "Docker", "Terraform"} <= {s["name"] for s in exported["skills"]}
    assert "mentioned_skills" not in exported["meta"][EVIDENCE_KEY]
