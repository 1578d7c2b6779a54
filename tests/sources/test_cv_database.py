"""Candidates of a real Postgres, read as they change."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from producers.cv_database import read
from producers.cv_database.read import read_database
from producers.cv_database.seed import simulated_candidates
from producers.reading import Reading
from producers.sources import DatabaseSource
from producers.state import State
from talentflow.eventlog.messages import ClosedDocument, Found, RawDocument, RejectedDocument
from talentflow.settings import Settings
from tests.sources.candidates import ADA, SEED, SEEDED, Database, copied, keys, resume

StartPython = Callable[..., Any]


def test_every_column_of_a_candidate_stands_in_its_json_resume(empty: Database) -> None:
    empty.run(ADA)
    (document,) = empty.read()
    assert resume(document) == {
        "basics": {
            "name": "Ada Niño",
            "label": "Data engineer",
            "email": "ada@example.com",
            "phone": "+44 20 7946 0001",
            "url": "https://ada.example",
            "summary": "Builds engines.",
            "location": {
                "address": "1 Mill Lane",
                "postalCode": "LS1 4AB",
                "city": "Leeds",
                "region": "West Yorkshire",
                "countryCode": "GB",
            },
        },
        "work": [
            {
                "position": "Data engineer",
                "name": "Mill Ltd",
                "startDate": "2021-01",
                "summary": "Pipelines.",
                "highlights": ["Cut costs by 10 %"],
            },
            {"position": "Ingénieure", "name": "Usine", "location": "Lyon", "startDate": "2017", "endDate": "2020-12"},
        ],
        "education": [
            {
                "institution": "Leeds",
                "area": "Computing",
                "studyType": "BSc",
                "startDate": "2013",
                "endDate": "2016",
                "score": "2:1",
                "courses": ["Graphs"],
            }
        ],
        "skills": [{"name": "Python", "level": "expert", "years": 7.5}, {"name": "SQL", "level": "basic"}],
        "languages": [{"language": "English", "fluency": "native"}, {"language": "French", "fluency": "B2"}],
        "certificates": [{"name": "CKA", "issuer": "CNCF", "date": "2024-05"}],
    }
    assert isinstance(document, RawDocument)
    assert (document.source, document.source_key, document.media_type, document.kind_hint) == (
        "hr",
        "1",
        "application/json",
        "cv",
    )
    assert document.terms == "consent of the candidates"
    assert document.fetched_at is not None
    assert document.source_uri.endswith("#candidate=1")


def test_a_seeded_database_reads_back_as_it_was_simulated(simulated: Database) -> None:
    found = [resume(d) for d in simulated.read()]
    expected = list(simulated_candidates(SEEDED, SEED))
    assert len(found) == SEEDED
    assert {c.language for c in expected} == {"en", "fr"}
    for said, candidate in zip(found, expected, strict=True):
        wanted = {k: v for k, v in candidate.resume.items() if k != "meta" and v}
        wanted["work"] = [{k: v for k, v in w.items() if v} for w in wanted.get("work", [])]
        assert said == {k: v for k, v in wanted.items() if v}


def test_a_second_read_gives_nothing_and_costs_nothing(simulated: Database) -> None:
    assert len(simulated.read()) == SEEDED
    with State(simulated.home / "hr.sqlite") as state:
        reading = Reading(Settings(home=simulated.home), state, datetime.now(UTC))
        assert [d for a in read_database(simulated.source, reading) for d in a.documents] == []
        assert reading.counts.fetched == 0


CHANGES = {
    "own row": "UPDATE candidates SET city = 'Nantes' WHERE candidate_id = 5",
    "a skill's level": "UPDATE candidate_skills SET years = 49.5 WHERE candidate_id = 5 AND rank = 1",
    "a skill taken away": "DELETE FROM candidate_skills WHERE candidate_id = 5 AND rank = 1",
    "a language added": "INSERT INTO candidate_languages SELECT 5, min(language_id), 'A1', 9 FROM languages WHERE language_id "
    "NOT IN (SELECT language_id FROM candidate_languages WHERE candidate_id = 5)",
    "an experience ended": "UPDATE experience SET end_date = '2026-10' WHERE candidate_id = 5 AND rank = 1",
    "a study": "INSERT INTO education (candidate_id, institution, rank) VALUES (5, 'École du soir', 9)",
    "a headline": "DELETE FROM candidate_titles WHERE candidate_id = 5; INSERT INTO candidate_titles SELECT 5, max(title_id) FROM titles",
    "a shared word": "INSERT INTO skills (skill_id, name) VALUES (-1, 'Cobol'); INSERT INTO candidate_skills VALUES (5, -1)",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_gives_exactly_the_one_candidate_it_is_of(simulated: Database, change: str) -> None:
    before = {d.source_key: resume(d) for d in simulated.read()}
    simulated.run(change)
    (document,) = simulated.read()
    assert document.source_key == "5"
    assert resume(document) != before["5"]
    assert simulated.read() == []


def test_a_shared_word_that_is_corrected_changes_all_who_have_it(simulated: Database) -> None:
    simulated.read()
    (skill,) = simulated.run("SELECT skill_id FROM candidate_skills GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1")
    having = simulated.run("SELECT candidate_id::text FROM candidate_skills WHERE skill_id = %(skill)s", skill=skill[0])
    assert len(having) > 1
    simulated.run("UPDATE skills SET name = 'renamed' WHERE skill_id = %(skill)s", skill=skill[0])
    found = simulated.read()
    assert sorted(keys(found)) == sorted(h for (h,) in having)
    assert all("renamed" in [s["name"] for s in resume(d)["skills"]] for d in found)


def test_an_unchanged_candidate_has_the_same_bytes_however_often_it_is_touched(simulated: Database) -> None:
    before = {d.source_key: d.content for d in simulated.read() if isinstance(d, RawDocument)}
    simulated.run("UPDATE candidates SET name = name", "UPDATE experience SET rank = rank")
    assert {d.source_key: d.content for d in simulated.read() if isinstance(d, RawDocument)} == before


def test_a_withdrawn_candidate_is_closed_and_can_come_back(simulated: Database) -> None:
    simulated.read()
    simulated.run("UPDATE candidates SET deleted_at = '2026-11-01T12:00:00+01:00' WHERE candidate_id = 3")
    (closed,) = simulated.read()
    assert isinstance(closed, ClosedDocument)
    assert (closed.source_key, closed.reason) == ("3", "deleted")
    assert closed.closed_at == datetime(2026, 11, 1, 11, tzinfo=UTC)
    simulated.run("UPDATE candidates SET deleted_at = NULL WHERE candidate_id = 3")
    (again,) = simulated.read()
    assert isinstance(again, RawDocument)


def test_an_erased_candidate_is_closed_and_only_the_id_is_kept(simulated: Database) -> None:
    simulated.read()
    simulated.run("DELETE FROM candidates WHERE candidate_id IN (3, 4)")
    found = simulated.read()
    assert [(type(d), d.source_key) for d in found] == [(ClosedDocument, "3"), (ClosedDocument, "4")]
    assert simulated.run("SELECT * FROM experience WHERE candidate_id IN (3, 4)") == []
    columns = simulated.run(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'deleted_candidates' ORDER BY 1"
    )
    assert [c for (c,) in columns] == ["candidate_id", "changed_in", "deleted_at", "reason", "updated_at"]
    simulated.run("INSERT INTO candidates (candidate_id, name, summary) VALUES (3, 'Somebody Else', 'New.')")
    (again,) = simulated.read()
    assert resume(again)["basics"]["name"] == "Somebody Else"


def test_truncated_tables_are_noticed(simulated: Database) -> None:
    simulated.read()
    simulated.run("TRUNCATE candidates CASCADE")
    assert {type(d) for d in simulated.read()} == {ClosedDocument}
    assert simulated.run("SELECT count(*) FROM deleted_candidates") == [(SEEDED,)]


def test_a_transaction_that_commits_after_a_later_one_was_read_is_not_missed(simulated: Database) -> None:
    simulated.read()
    late = simulated.session()
    late.execute("UPDATE candidates SET city = 'Late' WHERE candidate_id = 2")
    simulated.run("UPDATE candidates SET city = 'Soon' WHERE candidate_id = 9")
    assert keys(simulated.read()) == ["9"]
    late.commit()
    found = {d.source_key: resume(d)["basics"]["location"]["city"] for d in simulated.read()}
    assert found["2"] == "Late"
    assert simulated.read() == []


def test_a_late_commit_during_the_pages_of_a_pass_is_not_missed(simulated: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "PAGE_ROWS", 10)
    late = simulated.session()
    late.execute("UPDATE candidates SET city = 'Late' WHERE candidate_id = 2")
    simulated.run("UPDATE candidates SET city = city WHERE candidate_id > 40")
    found: list[Found] = []
    for number, answer in enumerate(simulated.answers()):
        found += answer.documents
        answer.commit()
        if number == 4:
            late.commit()
    found += simulated.read()
    assert [resume(d)["basics"]["location"]["city"] for d in found if d.source_key == "2"][-1] == "Late"
    assert set(keys(found)) == {str(i) for i in range(1, SEEDED + 1)}


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from pydantic import SecretStr
from producers.cv_database import read
from producers.reading import Reading
from producers.sources import DatabaseSource
from producers.state import State
from talentflow.settings import Settings
url, home, die = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
read.PAGE_ROWS = 10
with State(home / "hr.sqlite") as state, open(home / "log", "a", buffering=1) as log:
    reading = Reading(Settings(home=home), state, datetime.now(UTC))
    for number, answer in enumerate(read.read_database(DatabaseSource(name="hr", url=SecretStr(url)), reading)):
        for document in answer.documents:
            log.write(document.source_key + "\\n")
        if number == 2 and die == "before the commit":
            os.kill(os.getpid(), signal.SIGKILL)
        answer.commit()
        if number == 2 and die == "after the commit":
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("die", "repeated"), [("before the commit", 10), ("after the commit", 0)])
def test_a_killed_read_goes_on_where_it_was(simulated: Database, start_python: StartPython, die: str, repeated: int) -> None:
    killed = start_python(KILLED, simulated.url, simulated.home, die)
    assert killed.wait(60) == -signal.SIGKILL
    assert start_python(KILLED, simulated.url, simulated.home, "never").wait(60) == 0
    written = (simulated.home / "log").read_text().split()
    assert set(written) == {str(i) for i in range(1, SEEDED + 1)}
    assert len(written) == SEEDED + repeated


def test_a_connection_that_is_cut_between_pages_is_renewed(simulated: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "PAGE_ROWS", 10)
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'talentflow'"
    )
    found: list[Found] = []
    with capture_logs() as logs:
        for number, answer in enumerate(simulated.answers()):
            found += answer.documents
            answer.commit()
            if number == 2:
                assert simulated.run(cut) == [(True,)]
    assert keys(found) == [str(i) for i in range(1, SEEDED + 1)]
    assert "connection to the CV database lost, trying again" in [entry["event"] for entry in logs]


def test_a_restored_copy_of_the_database_is_read_from_the_beginning(simulated: Database, server: dict[str, str]) -> None:
    simulated.read()
    with copied(server, simulated.url.split("/")[3].split("?")[0], simulated.home) as copy:
        assert len(copy.read()) == SEEDED
        assert copy.read() == []


def test_a_candidate_that_makes_no_cv_is_rejected_and_the_others_are_read(empty: Database) -> None:
    empty.run(ADA, "INSERT INTO candidates (candidate_id, name) VALUES (2, 'Only Aname')")
    empty.run("INSERT INTO candidates (candidate_id, name, summary) VALUES (3, 'Long', repeat('word ', 4000))")
    ada, nothing, large = empty.read(max_document_bytes=10_000)
    assert isinstance(ada, RawDocument)
    assert isinstance(nothing, RejectedDocument)
    assert (nothing.error_code, nothing.source_key) == ("empty_document", "2")
    assert isinstance(large, RejectedDocument)
    assert (large.error_code, large.source_key) == ("document_too_large", "3")
    assert "TALENTFLOW_MAX_DOCUMENT_BYTES" in large.detail


def test_one_row_that_a_view_fails_on_costs_that_row_only(simulated: Database) -> None:
    simulated.run(
        "CREATE SCHEMA mapped",
        "CREATE VIEW mapped.candidates AS SELECT candidate_id, name, email, phone, url, address, postal_code, city, region, "
        "country_code, updated_at, changed_in, deleted_at, "
        "CASE WHEN candidate_id = 7 THEN ('no date but ' || name)::date::text ELSE summary END AS summary FROM public.candidates",
    )
    simulated.source = DatabaseSource(name="hr", url=SecretStr(simulated.url + "&options=-csearch_path%3Dmapped,public"))
    found = simulated.read()
    assert sorted(map(int, keys(found))) == list(range(1, SEEDED + 1))
    (rejected,) = [d for d in found if isinstance(d, RejectedDocument)]
    assert (rejected.source_key, rejected.error_code) == ("7", "unexpected_answer")
    assert "invalid input syntax for type date" in rejected.detail
    (name,) = simulated.run("SELECT name FROM candidates WHERE candidate_id = 7")
    assert name[0] not in rejected.detail


MAPPED = """
CREATE SCHEMA hr;
CREATE TABLE hr.people (ref uuid PRIMARY KEY, full_name text, cv_text text, job text, modified timestamptz DEFAULT now());
CREATE TABLE hr.tags (ref uuid REFERENCES hr.people, tag text);
CREATE SCHEMA talentflow;
SET search_path = talentflow;
CREATE VIEW candidates AS SELECT ref AS candidate_id, full_name AS name, NULL AS email, NULL AS phone, NULL AS url, cv_text AS summary,
    NULL AS address, NULL AS postal_code, NULL AS city, NULL AS region, NULL AS country_code, modified AS updated_at,
    NULL AS deleted_at FROM hr.people;
CREATE VIEW deleted_candidates AS SELECT ref AS candidate_id, 'erased' AS reason, modified AS deleted_at, modified AS updated_at
    FROM hr.people WHERE false;
CREATE VIEW titles AS SELECT DISTINCT job AS title_id, job AS name FROM hr.people;
CREATE VIEW candidate_titles AS SELECT ref AS candidate_id, job AS title_id, 1 AS rank FROM hr.people;
CREATE VIEW skills AS SELECT DISTINCT tag AS skill_id, tag AS name FROM hr.tags;
CREATE VIEW candidate_skills AS SELECT ref AS candidate_id, tag AS skill_id, NULL AS level, NULL AS years, 1 AS rank FROM hr.tags;
CREATE VIEW languages AS SELECT 1 AS language_id, 'English' AS name;
CREATE VIEW candidate_languages AS SELECT ref AS candidate_id, 1 AS language_id, NULL AS fluency, 1 AS rank FROM hr.people WHERE false;
CREATE VIEW certifications AS SELECT 1 AS certification_id, '' AS name, '' AS issuer WHERE false;
CREATE VIEW candidate_certifications AS SELECT ref AS candidate_id, 1 AS certification_id, NULL AS date, 1 AS rank FROM hr.people WHERE false;
CREATE VIEW experience AS SELECT 1 AS experience_id, ref AS candidate_id, NULL AS title_id, NULL AS name, NULL AS location,
    NULL AS start_date, NULL AS end_date, NULL AS summary, NULL AS highlights, 1 AS rank FROM hr.people WHERE false;
CREATE VIEW education AS SELECT 1 AS education_id, ref AS candidate_id, NULL AS institution, NULL AS area, NULL AS study_type,
    NULL AS start_date, NULL AS end_date, NULL AS score, NULL AS courses, 1 AS rank FROM hr.people WHERE false;
INSERT INTO hr.people SELECT gen_random_uuid(), 'Person ' || i, 'Text ' || i, 'Welder', '2026-01-01'::timestamptz + i * '1 s'::interval
    FROM generate_series(1, 25) i;
INSERT INTO hr.tags SELECT ref, 'TIG welding' FROM hr.people;
"""


@pytest.fixture
def mapped(empty: Database) -> Database:
    empty.run("DROP SCHEMA public CASCADE", MAPPED)
    empty.source = DatabaseSource(name="hr", url=SecretStr(empty.url + "&options=-csearch_path%3Dtalentflow"))
    return empty


def test_views_over_a_schema_of_ones_own_are_read_by_time(mapped: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "PAGE_ROWS", 10)
    found = mapped.read()
    assert [resume(d)["basics"]["name"] for d in found] == [f"Person {i}" for i in range(1, 26)]
    assert resume(found[0])["skills"] == [{"name": "TIG welding"}]
    assert resume(found[0])["basics"]["label"] == "Welder"
    assert mapped.read() == []
    mapped.run("UPDATE hr.people SET cv_text = 'Another', modified = now() WHERE full_name = 'Person 4'")
    assert [resume(d)["basics"]["summary"] for d in mapped.read()] == ["Another"]


def test_a_late_commit_is_not_missed_by_time_either(mapped: Database) -> None:
    mapped.read()
    late = mapped.session()
    late.execute("UPDATE hr.people SET cv_text = 'Late', modified = now() WHERE full_name = 'Person 4'")
    mapped.run("UPDATE hr.people SET cv_text = 'Soon', modified = now() WHERE full_name = 'Person 9'")
    assert [resume(d)["basics"]["summary"] for d in mapped.read()] == ["Soon"]
    late.commit()
    assert "Late" in [resume(d)["basics"]["summary"] for d in mapped.read()]
