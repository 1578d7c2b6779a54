"""`talentflow sources`: what is configured, how it went last, and what keeps it from being used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from producers.catalogue import catalogue
from talentflow.errors import BadSettings
from tests.command import talentflow, told
from tests.sources.homes import Home

SITE = {"type": "site", "url": "https://careers.example.org/jobs"}
BOARD = {"type": "ats", "ats": "lever", "board": "acme"}
SEARCH = {"type": "jobspy", "sites": ["indeed"], "search_term": "baker"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def problem(home: Home, source: dict[str, Any]) -> str | None:
    home.configure(acme=source)
    (entry,) = catalogue(home.settings, home.lakehouse)
    return entry["problem"]


@pytest.mark.parametrize(
    "source",
    [
        SITE,
        SITE | {"schedule": "*/15 6-20 * * mon-fri", "include": ["/jobs/\\d+"]},
        BOARD | {"schedule": "0 4 1,15 * *"},
        {"type": "database"},
        {"type": "database", "url": "postgresql://anna:geheim@db.example.org/people"},
        {"type": "feed", "url": "https://example.org/feed"},
    ],
)
def test_what_can_be_used_has_no_problem(home: Home, source: dict[str, Any]) -> None:
    assert problem(home, source) is None


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (SITE | {"include": ["jobs("]}, "'jobs(' is no regular expression"),
        (SITE | {"url": "careers.example.org"}, "is not an http or https address"),
        (SITE | {"url": "https://anna:geheim@example.org"}, "carries a user name or a password"),
        (SITE | {"schedule": "every day"}, "no cron expression of five fields"),
        (SITE | {"schedule": "0 25 * * *"}, "no cron expression"),
        (BOARD | {"ats": "leverr"}, "no adapter for the applicant tracking system 'leverr'"),
        (BOARD | {"base_url": "ftp://example.org"}, "is not an http or https address"),
        (SEARCH, "terms are not accepted"),
        ({"type": "files", "paths": ["/nowhere/at/all"]}, "/nowhere/at/all does not exist"),
        ({"type": "mailbox", "path": "/nowhere.mbox"}, "/nowhere.mbox does not exist"),
        ({"type": "database", "url": "mysql://anna:geheim@db/people"}, "no Postgres URL"),
        ({"type": "site"}, "url: Field required"),
        ({"type": "carrier pigeon"}, "type"),
        ({"type": "database", "url": ["geheim"]}, "url"),
    ],
)
def test_what_cannot_be_used_says_why_and_holds_no_secret(home: Home, source: dict[str, Any], said: str) -> None:
    told = problem(home, source)
    assert told is not None
    assert said in told
    assert "geheim" not in told


def test_a_file_that_is_no_yaml_is_said_without_what_is_in_it(home: Home) -> None:
    home.configure()
    home.settings.sources_file.write_text("acme: {type: database, url: 'postgresql://anna:geheim@db\n")
    with pytest.raises(BadSettings, match="line 2") as error:
        catalogue(home.settings, home.lakehouse)
    assert "geheim" not in str(error.value)


@pytest.mark.slow
def test_the_command_lists_each_with_its_last_ingest_and_masks_secrets(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Anna Keller")
    home.configure(
        people={"type": "files", "paths": [str(tmp_path / "a.txt")], "schedule": "0 4 * * *", "terms": "ours"},
        hr={"type": "database", "url": "postgresql://anna:geheim@db.example.org/people"},
        feed={"type": "feed", "url": "https://example.org/feed?api_key=geheim", "enabled": False},
        broken={"type": "site"},
    )
    home.ingest("people")
    said = told("sources", home=home.settings.home)
    assert [(s["name"], s["type"], s["enabled"], s["problem"] is None) for s in said["sources"]] == [
        ("people", "files", True, True),
        ("hr", "database", True, True),
        ("feed", "feed", False, True),
        ("broken", None, None, False),
    ]
    people, hr, *_ = said["sources"]
    assert (people["schedule"], people["terms"], people["last_ingest"]["documents"]) == ("0 4 * * *", "ours", 1)
    assert hr["last_ingest"] is None
    assert hr["where"] == "postgresql://***@db.example.org/people"
    shown = talentflow("sources", home=home.settings.home).stdout
    assert "geheim" not in json.dumps(said) + shown
    assert "switched off" in shown
