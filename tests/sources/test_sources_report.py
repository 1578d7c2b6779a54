"""What is said of each source: counts, freshness, errors, and whether it went stale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from producers.health import sources_health
from talentflow.cli.state import status
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.settings import Settings
from talentflow.sources_report import SourceReport, is_overdue, sources_report
from talentflow.tables import CLOSURES, DOCUMENTS, INGESTS, JOB_OFFERS, QUARANTINE, Table
from tests.rows import table_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
EVERY_SIX_HOURS = "0 */6 * * *"


class Said:
    """A source as it is configured."""

    type = "feed"
    quiet_days = None

    def __init__(self, schedule: str | None = None, *, enabled: bool = True, terms: str | None = None) -> None:
        self.schedule, self.enabled, self.terms = schedule, enabled, terms


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def lakehouse(settings: Settings) -> Lakehouse:
    return open_lakehouse(settings)


def put(lakehouse: Lakehouse, table: Table, *rows: dict[str, Any]) -> None:
    lakehouse.append(table, table_of(table, *rows))


def ingested(lakehouse: Lakehouse, hours_ago: float, error: str | None = None, source: str = "board") -> None:
    row = {
        "run_id": f"run-{hours_ago}",
        "target": source,
        "source": source,
        "type": "feed",
        "started_at": NOW - timedelta(hours=hours_ago),
        "status": "failed" if error else "ok",
        "error": error,
    }
    put(lakehouse, INGESTS, row)


def of(lakehouse: Lakehouse, name: str = "board", now: datetime = NOW, **configured: Any) -> SourceReport:
    (report,) = (r for r in sources_report(lakehouse, configured, now) if r.name == name)
    return report


def test_a_home_without_sources_has_nothing_to_say(lakehouse: Lakehouse) -> None:
    assert sources_report(lakehouse, {}, NOW) == []


def test_documents_offers_and_quarantine_are_counted_by_source(lakehouse: Lakehouse) -> None:
    for number, source in ((1, "board"), (2, "board"), (3, "board"), (4, "board"), (5, "other")):
        read_at = NOW - timedelta(days=number)
        document = {"document_id": f"d{number}", "source": source, "fetched_at": read_at, "terms": "CC BY 4.0"}
        put(lakehouse, DOCUMENTS, document)
    put(lakehouse, DOCUMENTS, {"document_id": "cv", "source": "files", "received_at": NOW})
    offers = [{"offer_id": f"o{n}", "document_id": f"d{n}"} for n in range(1, 6)]
    put(
        lakehouse,
        JOB_OFFERS,
        offers[0],
        offers[1] | {"duplicate_of": "o5"},
        offers[2],
        offers[3] | {"closed_at": "2026-11-01"},
        offers[4],
    )
    put(lakehouse, CLOSURES, {"document_id": "d3", "source": "board", "closed_at": NOW})
    lost = [("x", "bronze", "not_found"), ("y", "bronze", "unexpected_answer"), ("z", "parse", "not_found")]
    put(lakehouse, QUARANTINE, *({"document_id": d, "stage": s, "error_code": c, "source": "board"} for d, s, c in lost))

    board = of(lakehouse)
    assert (board.documents, board.open_offers, board.closed, board.duplicates) == (4, 2, 2, 1)
    assert list(board.quarantined.items()) == [("not_found", 2), ("unexpected_answer", 1)]
    assert (board.first_fetched_at, board.last_fetched_at) == (NOW - timedelta(days=4), NOW - timedelta(days=1))
    assert board.terms == ["CC BY 4.0"]
    assert board.state == "given"
    assert (of(lakehouse, "other").open_offers, of(lakehouse, "other").duplicates) == (1, 0)
    files = of(lakehouse, "files")
    assert (files.documents, files.open_offers, files.last_fetched_at) == (1, 0, NOW)


def test_the_last_ingest_says_how_a_source_is(lakehouse: Lakehouse) -> None:
    ingested(lakehouse, 9)
    ingested(lakehouse, 3, "example.org did not answer: try again later")
    failed = of(lakehouse, board=Said())
    assert (failed.state, failed.error) == ("failed", "example.org did not answer: try again later")
    assert failed.last_success_at == NOW - timedelta(hours=9)
    assert failed.last_ingest_at == NOW - timedelta(hours=3)

    ingested(lakehouse, 1)
    mended = of(lakehouse, board=Said())
    assert (mended.state, mended.error, mended.last_success_at) == ("ok", None, NOW - timedelta(hours=1))


def test_a_source_that_never_succeeded_has_no_last_success(lakehouse: Lakehouse) -> None:
    ingested(lakehouse, 3, "no such board: correct its name")
    assert of(lakehouse).last_success_at is None
    assert of(lakehouse).state == "failed"


@pytest.mark.parametrize(("hours_ago", "state"), [(5, "ok"), (11.9, "ok"), (12.1, "stale")])
def test_a_scheduled_source_is_stale_when_it_has_not_succeeded_for_twice_its_interval(
    lakehouse: Lakehouse, hours_ago: float, state: str
) -> None:
    ingested(lakehouse, hours_ago)
    late = of(lakehouse, board=Said(EVERY_SIX_HOURS), now=NOW + timedelta(seconds=1))
    assert (late.state, late.stale) == (state, state == "stale")


def test_failures_do_not_make_a_source_fresh(lakehouse: Lakehouse) -> None:
    ingested(lakehouse, 40)
    ingested(lakehouse, 1, "it did not answer: try again later")
    report = of(lakehouse, board=Said(EVERY_SIX_HOURS))
    assert (report.state, report.stale) == ("failed", True)


def test_without_a_schedule_nothing_is_stale(lakehouse: Lakehouse) -> None:
    ingested(lakehouse, 5000)
    assert of(lakehouse, board=Said()).state == "ok"


@pytest.mark.parametrize(
    ("schedule", "since", "now", "overdue"),
    [
        ("0 8 * * 1-5", "2026-11-27T08:00:05", "2026-11-30T09:00:00", False),  # over a weekend
        ("0 8 * * 1-5", "2026-11-27T08:00:05", "2026-12-01T08:01:00", True),
        ("@nonsense", "2020-01-01T00:00:00", "2026-11-26T00:00:00", False),
        (None, "2020-01-01T00:00:00", "2026-11-26T00:00:00", False),
    ],
)
def test_irregular_schedules_are_counted_by_their_own_times(schedule: str | None, since: str, now: str, *, overdue: bool) -> None:
    times = [datetime.fromisoformat(said).replace(tzinfo=UTC) for said in (since, now)]
    assert is_overdue(schedule, *times) is overdue


def test_what_is_configured_is_listed_before_it_is_read_and_when_it_is_off(lakehouse: Lakehouse) -> None:
    assert of(lakehouse, board=Said(terms="internal use")).state == "never read"
    assert of(lakehouse, board=Said(terms="internal use")).terms == ["internal use"]
    ingested(lakehouse, 1, "it did not answer: try again later")
    assert of(lakehouse, board=Said(enabled=False)).state == "off"


def test_what_needs_somebody_comes_first(lakehouse: Lakehouse) -> None:
    for source, hours_ago, error in (("a", 1, None), ("b", 1, "it broke: mend it"), ("c", 90, None)):
        ingested(lakehouse, hours_ago, error, source)
    configured = {name: Said(EVERY_SIX_HOURS) for name in "abcd"}
    reports = sources_report(lakehouse, configured, NOW)
    assert [(r.name, r.state) for r in reports] == [("b", "failed"), ("c", "stale"), ("d", "never read"), ("a", "ok")]


def test_settings_that_cannot_be_used_are_an_entry_and_cost_no_other(settings: Settings, lakehouse: Lakehouse) -> None:
    settings.sources_file.write_text("good: {type: feed, url: 'https://example.org/feed'}\nbad: {type: feed}\n")
    states = {r.name: (r.state, r.error) for r in sources_health(settings, lakehouse)}
    assert states["good"] == ("never read", None)
    assert states["bad"][0] == "unusable"
    assert "url" in str(states["bad"][1])

    settings.sources_file.write_text("- no mapping")
    (whole,) = sources_health(settings, lakehouse)
    assert (whole.name, whole.state) == (settings.sources_file.name, "unusable")


def test_status_tells_programs_and_people(
    settings: Settings, lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    monkeypatch.setenv("TALENTFLOW_HOME", str(settings.home))
    ingested(lakehouse, 3, "example.org did not answer: try again later")
    status(json=True)
    (told,) = json.loads(capsys.readouterr().out)["sources"]
    assert told["name"] == "board"
    assert told["state"] == "failed"
    assert told["last_ingest_at"] == "2026-11-26T09:00:00Z"
    assert told["last_success_at"] is None
    status()
    shown = capsys.readouterr().out
    assert "board: example.org did not answer: try again later" in shown


def test_the_page_on_sources_configures_every_type_of_source(settings: Settings) -> None:
    from typing import get_args

    from producers.sources import Source, load_sources
    from tests.command import ROOT

    _, block = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8").split("```yaml\n")
    settings.sources_file.write_text(block.partition("```")[0], encoding="utf-8")
    assert {type(source) for source in load_sources(settings).values()} == set(get_args(Source))


def test_the_page_on_sources_names_every_state() -> None:
    from typing import get_args

    from talentflow.sources_report import SourceState
    from tests.command import ROOT

    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8").casefold()
    assert [state for state in get_args(SourceState) if f"| {state} |" not in page] == []
