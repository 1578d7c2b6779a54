"""The functions that dbt models call: what they answer, to hostile input too, and that every engine answers the same."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snowpark_udfs import functions, package
from snowpark_udfs.functions import FUNCTIONS, Function
from snowpark_udfs.register import STAGE, create_statement, register_functions, register_in_session, register_on_duckdb
from talentflow.matching.score import CandidateSide, OfferSide, pair_score
from talentflow.pay import UNITS_A_EURO
from talentflow.records import LanguageSkill
from talentflow.settings import Settings
from tests.doubles.snowflake import Fault, SnowflakeDouble
from tests.matching.build import candidate, offer, skills

BY_NAME = {function.name: function for function in FUNCTIONS}
OFFER = {
    "title": "Data engineer",
    "occupation_code": "2521",
    "skills": [{"skill_id": "python", "name": "Python", "required": True}],
}
CV = {"headline": "Data engineer", "occupation_code": "2521", "skills": [{"skill_id": "python", "name": "Python"}]}


# What they answer


@pytest.mark.parametrize(
    ("name", "skill_id"),
    [
        ("JS", "javascript"),
        ("  python 3 ", "python"),
        ("Comptabilité", "accounting"),
        ("no such skill", None),
        ("", None),
        (None, None),
    ],
)
def test_a_skill_is_normalised_to_the_taxonomys_id(name: str | None, skill_id: str | None) -> None:
    assert functions.normalise_skill(name) == skill_id


@pytest.mark.parametrize(
    ("title", "years", "seniority"),
    [
        ("Senior developer", 0.5, "senior"),
        ("Développeuse confirmée", None, "mid"),
        ("Developer", 1.0, "junior"),
        (None, 12.0, "senior"),
        ("Developer", None, None),
        ("Developer", math.nan, None),
        ("Developer", -3.0, None),
        (None, None, None),
    ],
)
def test_seniority_is_the_titles_else_the_years(title: str | None, years: float | None, seniority: str | None) -> None:
    assert functions.seniority_of(title, years) == seniority


def test_months_with_two_posts_count_once_and_a_present_post_lasts_until_the_date_asked_for() -> None:
    work = json.dumps(
        [{"start_date": "2018-01", "end_date": "2019-12"}, {"start_date": "2019-01", "current": True}, {"position": "x"}]
    )
    assert functions.experience_years_of(work, date(2021, 12, 31)) == 4.0
    assert functions.experience_years_of(work, None) == 2.0, "the latest date in the posts"
    assert functions.experience_years_of("[]", None) is None


def test_redaction_keeps_the_length_and_what_is_not_personal() -> None:
    text = "Marie Curie\nmarie.curie@example.org · 06 12 34 56 78\nnée le 07/11/1967, nationalité française\nPython, SQL, Paris"
    blanked = functions.redact(text)
    assert blanked is not None
    assert len(blanked) == len(text)
    assert not any(word in blanked for word in ("Marie", "Curie", "06 12", "1967", "française", "example"))
    assert blanked.endswith("Python, SQL, Paris")


@pytest.mark.parametrize(
    ("amount", "currency", "unit", "euros"),
    [
        (20.0, "EUR", "HOUR", 36_400.0),
        (400.0, "eur", " day ", 88_000.0),
        (1_160.7, "USD", "WEEK", 52_000.0),
        (867.8, "GBP", "MONTH", 12_000.0),
        (0.0, "EUR", "YEAR", 0.0),
        (-1.0, "EUR", "YEAR", None),
        (math.nan, "EUR", "YEAR", None),
        (math.inf, "EUR", "YEAR", None),
        (1e308, "EUR", "HOUR", None),
        (1.0, "DOGE", "YEAR", None),
        (1.0, "EUR", "FORTNIGHT", None),
        (None, "EUR", "YEAR", None),
        (1.0, None, "YEAR", None),
        (1.0, "EUR", None, None),
    ],
)
def test_pay_becomes_euros_a_year(amount: float | None, currency: str | None, unit: str | None, euros: float | None) -> None:
    assert functions.salary_eur_year(amount, currency, unit) == euros


def test_a_pair_scores_as_its_records_do() -> None:
    seeks = offer(
        title="Développeur Python", skills=skills("python", "sql"), languages=[LanguageSkill(language="fr", fluency="B2")]
    )
    has = candidate(headline="Python developer", skills=skills("python"), language="fr", experience_years=4.0)
    expected = pair_score(OfferSide.of(seeks), CandidateSide.of(has))
    assert functions.match_score(seeks.model_dump_json(), has.model_dump_json()) == expected
    assert functions.match_score(seeks.model_dump_json(exclude_none=True), has.model_dump_json(exclude_defaults=True)) == expected


def test_a_better_pair_scores_higher() -> None:
    good = functions.match_score(json.dumps(OFFER), json.dumps(CV))
    poor = functions.match_score(json.dumps(OFFER), json.dumps({"headline": "Nurse", "occupation_code": "2221"}))
    assert good is not None
    assert poor is not None
    assert 0 <= poor < 0.3 < 0.7 < good <= 1


# Hostile input

ODD_TEXTS = st.one_of(
    st.none(),
    st.text(max_size=80),
    st.sampled_from(
        [json.dumps({"title": "\ud800", "headline": "\ud800", "skills": [{"name": "\udfff"}]}), json.dumps(OFFER | CV)]
    ),
    st.sampled_from(["[" * 100_000, '{"a":' * 50_000, "{}", "[]", "null", "NaN", "1e999", '{"title": 3}', '[{"start_date": 9}]']),
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats()
        | st.text(max_size=10)
        | st.sampled_from(["2020-13", "2019", "2021-02-30", "0000"]),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from([*OFFER, *CV, "work", "start_date", "end_date", "current", "base_salary"]), inner, max_size=5
            )
        ),
        max_leaves=12,
    ).map(json.dumps),
)
VALUES = {
    "VARCHAR": ODD_TEXTS,
    "DOUBLE": st.none() | st.floats(),
    "DATE": st.none() | st.dates(),
}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_value_raises_and_every_answer_is_of_the_declared_type(function: Function, data: st.DataObject) -> None:
    answer = function.call(*(data.draw(VALUES[sql]) for _, sql in function.arguments))
    assert answer is None or isinstance(answer, {"VARCHAR": str, "DOUBLE": float}[function.returns])
    assert answer is None or function.returns != "DOUBLE" or math.isfinite(answer)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_ten_megabytes_end_in_an_answer_within_seconds(function: Function) -> None:
    rest: dict[str, Any] = {"VARCHAR": "EUR", "DOUBLE": 1.0, "DATE": date(2020, 1, 1)}
    for huge in ("jean dupont 06 12 " * 600_000, json.dumps([{"start_date": "2020-01"}] * 300_000)):
        began = time.process_time()
        function.call(huge, *(rest[sql] for _, sql in function.arguments[1:])) if function.arguments[0][1] == "VARCHAR" else None
        assert time.process_time() - began < 10


def test_a_text_too_long_to_be_vouched_for_is_null_and_never_shown() -> None:
    assert functions.redact("Jean Dupont " * functions.LONGEST_TEXT) is None


# On every engine


@pytest.fixture(scope="module")
def rows() -> dict[str, list[tuple[Any, ...]]]:
    """About forty rows a function, the same in every run: written ones, and what hypothesis draws."""
    written: dict[str, list[tuple[Any, ...]]] = {
        "normalise_skill": [
            (name,) for name in ("JS", "Python 3", "Gestion de projet", "Travail d'équipe", "C++", "zzz", "", None)
        ],
        "seniority_of": [
            ("Lead dev", None),
            ("Comptable", 7.5),
            ("Stage – data", 3.0),
            (None, 1.0),
            (None, None),
            ("x", math.nan),
        ],
        "experience_years_of": [
            (
                json.dumps([{"start_date": "2018", "end_date": "2020"}, {"start_date": "2019-06", "current": True}]),
                date(2024, 2, 29),
            ),
            (json.dumps([{"start_date": "2018"}]), None),
            ("[{", date(2020, 1, 1)),
            (None, None),
        ],
        "redact": [
            ("Jean Dupont\njean@dupont.fr",),
            ("Contact: Ana Lopez, +33 6 12 34 56 78",),
            ("日本語 🙂 é",),
            ("",),
            (None,),
        ],
        "salary_eur_year": [(12.5, "USD", "HOUR"), (40_000.0, "EUR", "YEAR"), (-1.0, "EUR", "YEAR"), (1.0, None, "DAY")]
        + [(3_000.0, currency, "MONTH") for currency in UNITS_A_EURO],
        "match_score": [(json.dumps(OFFER), json.dumps(CV)), (json.dumps(OFFER), "{}"), ("{}", "[]"), (None, "{}")],
    }
    return {name: rows + _drawn(BY_NAME[name]) for name, rows in written.items()}


def _drawn(function: Function) -> list[tuple[Any, ...]]:
    """Thirty rows that hypothesis makes. NUL is no character of a VARCHAR."""
    drawn: list[tuple[Any, ...]] = []
    shape = st.tuples(*(VALUES[sql] for _, sql in function.arguments))

    @settings(max_examples=30, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(shape)
    def draw(row: tuple[Any, ...]) -> None:
        drawn.append(tuple(v.replace("\0", "") if isinstance(v, str) else v for v in row))

    draw()
    return [row for row in drawn if not any(isinstance(v, str) and len(v) > 10_000 for v in row)][:30]


@pytest.fixture(scope="module")
def plain(rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[Any]]:
    return {name: [BY_NAME[name].call(*row) for row in some] for name, some in rows.items()}


def test_duckdb_answers_as_the_plain_functions(rows: Any, plain: Any) -> None:
    with duckdb.connect() as connection:
        register_on_duckdb(connection)
        register_on_duckdb(connection.cursor())
        for name, function in BY_NAME.items():
            columns = ", ".join(f"a{n} {sql}" for n, (_, sql) in enumerate(function.arguments))
            connection.execute(f"create table of_{name} (n integer, {columns})")
            marks = ", ".join("?" * (len(function.arguments) + 1))
            connection.executemany(f"insert into of_{name} values ({marks})", [[n, *row] for n, row in enumerate(rows[name])])
            called = ", ".join(f"a{n}" for n in range(len(function.arguments)))
            answers = connection.cursor().execute(f"select {name}({called}) from of_{name} order by n").fetchall()
            assert [answer for (answer,) in answers] == plain[name], name


def test_dbt_models_on_duckdb_can_call_them() -> None:
    from dbt.adapters.duckdb.plugins import BasePlugin

    with duckdb.connect() as connection:
        BasePlugin.create("snowpark_udfs.dbt_duckdb").configure_connection(connection)
        assert connection.cursor().execute("select normalise_skill('JS')").fetchall() == [("javascript",)]


def test_what_a_batch_worked_out_is_kept_for_the_next() -> None:
    asked: list[str] = []
    function = Function("shout", lambda text: asked.append(text) or text.upper(), (("text", "VARCHAR"),), "VARCHAR")
    long = "b" * 10_000
    assert function.column(["a", "a", long]) == function.column(["a", "a", long]) == ["A", "A", long.upper()]
    assert asked == ["a", long, long], "a long value is worked out once a batch and not kept"


def test_snowparks_local_testing_answers_as_the_plain_functions(rows: Any, plain: Any, tmp_path: Path) -> None:
    from snowflake.snowpark import Session
    from snowflake.snowpark.functions import call_udf, col
    from snowflake.snowpark.types import DateType, DoubleType, IntegerType, StringType, StructField, StructType

    types = {"VARCHAR": StringType(), "DOUBLE": DoubleType(), "DATE": DateType()}
    session = Session.builder.config("local_testing", True).create()
    try:
        register_in_session(session, tmp_path)
        for name, function in BY_NAME.items():
            fields = [StructField(f"A{n}", types[sql]) for n, (_, sql) in enumerate(function.arguments)]
            frame = session.create_dataframe(
                [(n, *row) for n, row in enumerate(rows[name])], StructType([StructField("N", IntegerType()), *fields])
            )
            called = call_udf(name, *(col(field.name) for field in fields))
            answers = frame.select(col("N"), called.alias("ANSWER")).sort("N").collect()
            assert [row["ANSWER"] for row in answers] == plain[name], name
    finally:
        session.close()


def test_the_zip_file_answers_as_the_plain_functions_where_only_snowflakes_packages_are(
    rows: Any, plain: Any, tmp_path: Path
) -> None:
    """Batches, as pandas frames, in a process that sees the zip file and nothing else of ours or of what Snowflake has not."""
    archive = tmp_path / "functions.zip"
    package.build(archive)
    asked = {name: [[v.isoformat() if isinstance(v, date) else v for v in row] for row in some] for name, some in rows.items()}
    (tmp_path / "rows.json").write_text(json.dumps(asked))
    done = subprocess.run(
        [sys.executable, "-I", "-c", textwrap.dedent(IN_SNOWFLAKE), str(archive), str(tmp_path / "rows.json")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == plain


IN_SNOWFLAKE = """
    import json, sys
    from datetime import date

    archive, rows = sys.argv[1:]
    ALLOWED = {"annotated_types", "dateutil", "numpy", "pandas", "pydantic", "pydantic_core", "pytz", "rapidfuzz", "six",
               "typing_extensions", "typing_inspection", "tzdata"}

    class Channel:
        def find_spec(self, name, path=None, target=None):
            top = name.partition(".")[0]
            ours = top in ("talentflow", "snowpark_udfs", "phonenumbers")
            if top in ALLOWED or ours or top in sys.stdlib_module_names or top.startswith("_"):
                return None
            raise ImportError(f"{top} is not in Snowflake")

    sys.meta_path.insert(0, Channel())
    sys.path.insert(0, archive)
    import pandas as pd
    from snowpark_udfs import functions, handlers
    import phonenumbers, talentflow

    assert all(module.__file__.startswith(archive) for module in (functions, handlers, phonenumbers, talentflow))
    answers = {}
    for function in functions.FUNCTIONS:
        columns = list(zip(*json.load(open(rows))[function.name]))
        frame = pd.DataFrame({
            n: pd.Series(
                [date.fromisoformat(v) if sql == "DATE" and v else v for v in column],
                dtype="float64" if sql == "DOUBLE" else object,
            )
            for n, (column, (_, sql)) in enumerate(zip(columns, function.arguments))
        })
        handler = getattr(handlers, function.name)
        assert handler._sf_vectorized_input is pd.DataFrame
        answers[function.name] = handler(frame).tolist()
    json.dump(answers, sys.stdout)
"""


@pytest.fixture
def connection(snowflake_settings: Settings) -> Iterator[Any]:
    from talentflow.warehouse.snowflake_connection import connected

    with connected(snowflake_settings) as opened:
        with opened.cursor() as cursor:
            cursor.execute(f"create database if not exists {snowflake_settings.snowflake_database}")
            cursor.execute(f"create schema if not exists {snowflake_settings.snowflake_schema}")
            cursor.execute(f"use schema {snowflake_settings.snowflake_database}.{snowflake_settings.snowflake_schema}")
        yield opened


@pytest.mark.slow
@pytest.mark.xdist_group("warehouse")
def test_snowflake_answers_as_the_plain_functions_and_is_told_once(connection: Any, rows: Any, plain: Any) -> None:
    assert register_functions(connection) == list(BY_NAME)
    assert register_functions(connection) == [], "what is there unchanged is left alone"
    cursor = connection.cursor()
    for name, function in BY_NAME.items():
        selects = [
            f"select {n} as n, {name}({', '.join(map(_literal, row, (sql for _, sql in function.arguments)))}) as answer"
            for n, row in enumerate(rows[name])
        ]
        answers = cursor.execute(" union all ".join(selects) + " order by n").fetchall()
        assert [answer for _, answer in answers] == plain[name], name


@pytest.mark.slow
@pytest.mark.xdist_group("warehouse")
def test_a_registration_stopped_half_way_is_finished_by_the_next(connection: Any, snowflake_double: SnowflakeDouble) -> None:
    if connection.host != "127.0.0.1":
        pytest.skip("a fault is put into the double alone")
    snowflake_double.fault(Fault(r"create or replace function redact", code=1234, message="gone"))
    with pytest.raises(Exception, match="gone"):
        register_functions(connection)
    assert register_functions(connection) == ["redact", "salary_eur_year", "match_score"]


@pytest.mark.slow
@pytest.mark.xdist_group("warehouse")
def test_changed_code_is_registered_again(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    register_functions(connection)
    monkeypatch.setattr(package, "PACKAGES", (*package.PACKAGES, "numpy"))
    assert register_functions(connection) == list(BY_NAME)
    assert register_functions(connection) == []
    staged = connection.cursor().execute(f"list @{STAGE}").fetchall()
    assert len(staged) == 2, "a running query may still import from the old one"


def _literal(value: Any, sql: str) -> str:
    if value is None:
        return f"null::{sql.lower()}"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    if isinstance(value, float):
        return f"'{'inf' if math.isinf(value) and value > 0 else value}'::double"
    return f"'{value}'::date"


# How the two kinds of deployment say the same


def test_the_same_code_gives_the_same_zip_file_and_other_code_another_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert package.build(tmp_path / "a.zip") == package.build(tmp_path / "b.zip") == (same := package.code_hash())
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    monkeypatch.setattr(package, "SHIPPED", package.SHIPPED[1:])
    assert package.code_hash() != same


def test_the_snowflake_cli_is_told_what_the_registry_says() -> None:
    """What `register_functions` creates and what `snow snowpark deploy` creates are one."""
    folder = Path(package.__file__).parents[1] / "deployments"
    project = yaml.safe_load((folder / "snowflake.yml").read_text())
    assert project["mixins"]["function"]["runtime"] == package.RUNTIME
    assert (folder / "requirements.snowflake.txt").read_text().split() == list(package.PACKAGES)
    assert list(project["entities"]) == list(BY_NAME)
    for name, said in project["entities"].items():
        created = create_statement(BY_NAME[name], "@stage/file.zip").lower()
        signature = ", ".join(f"{argument['name']} {argument['type']}" for argument in said["signature"])
        assert f"function {said['identifier']}({signature}) copy grants returns {said['returns']} language python" in created
        assert f"handler = '{said['handler']}'" in created
