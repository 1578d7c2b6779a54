"""Suites are files that people change: what is wrong in one is said with what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from talentflow.errors import BadSettings
from talentflow.settings import PROJECT_DIR
from talentflow.suites import SUITES_DIR, TYPES, load_suites, read_suite, suite_version
from talentflow.tables import EMBEDDINGS, TABLES

GOOD = """
key: document_id
expectations:
  title_is_given:
    severity: warning
    type: expect_column_values_to_not_be_null
    column: title
"""


def written(folder: Path, text: str, table: str = "silver/job_offers") -> Path:
    path = folder / f"{table}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_every_silver_table_and_the_documents_as_sent_have_a_suite() -> None:
    suites = load_suites().keys()
    assert {t.id for t in TABLES.values() if t.layer == "silver"} - {EMBEDDINGS.id} <= suites, "vectors: where they are made"
    assert {"bronze.documents", "marts.fct_offers", "marts.fct_candidates"} <= suites


def test_the_suites_of_marts_name_columns_of_their_contracts() -> None:
    models = [m for p in (PROJECT_DIR / "dbt/models").rglob("*.yml") for m in yaml.safe_load(p.read_text()).get("models", [])]
    columns = {f"marts.{m['name']}": [c["name"] for c in m.get("columns", [])] for m in models}
    for table, suite in load_suites().items():
        if table.startswith("marts."):
            suite.require(columns[table])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("severity: warning", "severity: waring"),
            ["title_is_given", "waring", "Did you mean warning?", "critical, warning, info"],
        ),
        (("to_not_be_null", "to_not_be_nul"), ["title_is_given", "expect_column_values_to_be_between", "Did you mean"]),
        (("column: title", "colum: title"), ["title_is_given", "no argument colum", "Did you mean column?"]),
        (("column: title", "column: titel"), ["title_is_given", "no column titel", "Did you mean title?", "skills_count"]),
        (("    column: title\n", ""), ["title_is_given", "has no column"]),
        (("    severity: warning\n", ""), ["title_is_given", "has no severity"]),
        (("column: title", "column: title\n    mostly: 80"), ["title_is_given", "share from 0 to 1"]),
        (("column: title", "column: title\n    min_value: 1"), ["title_is_given", "no argument min_value"]),
        (("key: document_id", "key: id"), ["no column id"]),
        (("key: document_id", "key: document_id\ndrift: {category: [title]}"), ["Did you mean categories?"]),
        (("expectations:", "expectation:"), ["Did you mean expectations?"]),
        (("key: document_id", "key: document_id\nkey: title"), ["key stands twice"]),
        (("key: document_id", "key: [document_id"), ["cannot be read"]),
    ],
)
def test_a_typo_names_file_and_expectation_and_what_is_allowed(tmp_path: Path, change: tuple[str, str], said: list[str]) -> None:
    assert read_suite(written(tmp_path, GOOD)).expectations[0].name == "title_is_given"
    with pytest.raises(BadSettings) as caught:
        read_suite(written(tmp_path, GOOD.replace(*change)))
    for words in ["job_offers.yaml", *said]:
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        ("expect_column_values_to_match_regex", "regex: '('", "not a regular expression"),
        ("expect_column_values_to_be_in_set", "value_set: permanent", "list of at least one value"),
        ("expect_column_values_to_be_between", "min_value: much", "is a number"),
    ],
)
def test_an_argument_that_cannot_be_used_is_said(tmp_path: Path, kind: str, arguments: str, said: str) -> None:
    text = GOOD.replace("expect_column_values_to_not_be_null", kind) + f"    {arguments}\n"
    with pytest.raises(BadSettings, match=said):
        read_suite(written(tmp_path, text))


def test_a_suite_of_a_table_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"silver\.job_offer .*silver\.job_offers"):
        read_suite(written(tmp_path, GOOD, "silver/job_offer"))


def test_what_is_expected_is_a_version_and_how_it_is_written_is_none(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    before = suite_version(load_suites(tmp_path))
    path.write_text("# a comment\n" + GOOD, encoding="utf-8")
    assert suite_version(load_suites(tmp_path)) == before
    path.write_text(GOOD.replace("warning", "critical"), encoding="utf-8")
    assert suite_version(load_suites(tmp_path)) != before


def test_names_stand_once_and_say_something() -> None:
    for path in SUITES_DIR.rglob("*.yaml"):
        for expected in read_suite(path).expectations:
            assert "_" in expected.name, f"{path}: a name is a sentence without spaces"


@pytest.mark.slow
@pytest.mark.xdist_group("gate")
def test_great_expectations_knows_every_type_and_argument() -> None:
    from talentflow.quality import load_checks

    load_checks()
    import great_expectations.expectations as gxe
    from great_expectations.expectations.registry import get_expectation_impl

    assert gxe
    for kind, (needed, others) in TYPES.items():
        fields = get_expectation_impl(kind).__fields__.keys()
        assert {*needed, *others, "mostly"} <= fields | {"mostly"}, kind
