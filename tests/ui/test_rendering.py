"""What the app's pages say, without a browser: pure functions from records to HTML."""

from __future__ import annotations

import html
import os
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradio_ui import cards, choices, evidence, labels, runs
from gradio_ui.cards import Question
from gradio_ui.evidence import Mark, marked
from gradio_ui.markup import chips, escaped, link, linked
from gradio_ui.sources import sources_panel
from gradio_ui.understood import PRIVACY, understood
from talentflow.direct import Processed
from talentflow.records import (
    Candidate,
    Evidence,
    JobOffer,
    LanguageSkill,
    Match,
    MatchPart,
    Place,
    Salary,
    Skill,
    Work,
)
from talentflow.sources_report import SourceReport

HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>\' ${alert(3)} {{alert}}'
OFFER_TEXT = "Data engineer\nWe ask for Python and Kafka.\nParis"
CV_TEXT = "Engineer\nPython since 2019"

OFFER = JobOffer(
    offer_id="o1",
    document_id="d1",
    title="Data engineer",
    hiring_organization="Acme",
    job_location=[Place(locality="Paris", country="FR")],
    contract="fixed_term",
    contract_months=6,
    workplace="hybrid",
    base_salary=Salary(min_value=40000, max_value=50000, currency="EUR", unit="YEAR"),
    skills=[Skill(name="Python"), Skill(name="Kafka")],
)
CANDIDATE = Candidate(
    candidate_id="0123456789abcdef",
    document_id="d2",
    work=[Work(position="Engineer")],
    skills=[Skill(name="Python")],
    experience_years=3.5,
    location=Place(locality="Lyon", country="FR"),
)


def _match() -> Match:
    skills = MatchPart(
        name="skills",
        score=0.5,
        weight=0.34,
        note="1 of 2 required skills; missing Kafka.",
        offer_evidence=[Evidence(field="skills[0]", start=25, end=31), Evidence(field="skills[1]", start=36, end=41)],
        candidate_evidence=[Evidence(field="skills[0]", start=9, end=15)],
        matched=["Python"],
        missing=["Kafka"],
    )
    salary = MatchPart(name="salary", score=None, weight=0, note="The CV names no salary.")
    return Match(offer_id="o1", candidate_id=CANDIDATE.candidate_id, score=0.6249, parts=[skills, salary])


def _text_of(rendered: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", rendered))


def test_a_card_says_who_offers_what_where_and_for_how_much() -> None:
    shown = cards.offer_cards(Question(CANDIDATE, CV_TEXT), [_match()], {"o1": OFFER}, {"d1": OFFER_TEXT})
    for said in ("Data engineer", "Acme", "Paris, France", "Hybrid", "Fixed term, 6 months", "€40,000 – 50,000 a year"):
        assert said in _text_of(shown)
    assert "1 offer, best first" in shown
    assert ">62<small>/100" in shown


def test_parts_that_count_have_a_bar_and_the_others_their_sentence_only() -> None:
    shown = cards.parts(_match().parts)
    assert shown.count('class="tf-bar"') == 1
    assert 'aria-label="Skills: 50 of 100"' in shown
    assert "1 of 2 required skills; missing Kafka." in shown
    assert shown.index("The CV names no salary.") > shown.index("Not counted")


def test_matched_and_missing_skills_are_told_apart_in_the_card_and_in_the_text() -> None:
    shown = cards.offer_cards(Question(CANDIDATE, CV_TEXT), [_match()], {"o1": OFFER}, {"d1": OFFER_TEXT})
    assert '<li class="tf-chip tf-met">Python</li>' in shown
    assert '<li class="tf-chip tf-missing">Kafka</li>' in shown
    assert '<mark class="tf-met" title="Skills: Python">Python</mark>' in shown
    assert '<mark class="tf-missing" title="Skills: Kafka, missing">Kafka</mark>' in shown
    assert shown.count('<mark class="tf-met" title="Skills: Python">Python</mark>') == 2, "once in either text"


def test_candidates_are_shown_without_a_name_but_with_an_id() -> None:
    shown = cards.candidate_cards(Question(OFFER, OFFER_TEXT), [_match()], {CANDIDATE.candidate_id: CANDIDATE}, {"d2": CV_TEXT})
    assert "Engineer" in shown
    assert "3.5 years of experience" in shown
    assert "Lyon, France" in shown
    assert "id 01234567" in shown


@pytest.mark.parametrize(
    ("uri", "linked_to"),
    [
        ("https://jobs.example.org/1?a=1&b=2", 'href="https://jobs.example.org/1?a=1&amp;b=2"'),
        ("/home/anna/offers/1.txt", None),
        ("javascript:alert(1)", None),
        ('https://x" onmouseover="alert(1)', None),
    ],
)
def test_an_offer_says_where_it_comes_from_and_links_to_its_page_only(uri: str, linked_to: str | None) -> None:
    origin = cards.Origin("acme <jobs>", uri, datetime.now(UTC) - timedelta(hours=3))
    shown = cards.offer_cards(Question(CANDIDATE, CV_TEXT), [_match()], {"o1": OFFER}, {"d1": OFFER_TEXT}, origins={"d1": origin})
    assert "From acme <jobs>, read 3 hours ago" in _text_of(shown)
    if linked_to:
        assert linked_to in shown
        assert 'rel="noopener' in shown
    else:
        assert "href" not in shown
        assert uri not in html.unescape(shown)


def test_a_text_that_is_gone_is_said_to_be_gone() -> None:
    shown = cards.offer_cards(Question(CANDIDATE, CV_TEXT), [_match()], {"o1": OFFER}, {})
    assert "not in the tables any more" in shown


def test_a_match_whose_record_was_just_removed_is_left_out() -> None:
    assert cards.offer_cards(Question(CANDIDATE, CV_TEXT), [_match()], {}, {}) == ""


def test_nothing_that_a_document_says_becomes_markup() -> None:
    offer = OFFER.model_copy(
        update={
            "title": HOSTILE,
            "hiring_organization": HOSTILE,
            "job_location": [Place(locality=HOSTILE)],
            "skills": [Skill(name=HOSTILE)],
        }
    )
    part = MatchPart(name="skills", score=0.1, weight=0.3, note=HOSTILE, matched=[HOSTILE], missing=[HOSTILE])
    part.offer_evidence.append(Evidence(field="skills[0]", start=0, end=len(HOSTILE)))
    match = Match(offer_id="o1", candidate_id="c", score=0.5, parts=[part])
    candidate = CANDIDATE.model_copy(update={"headline": HOSTILE, "skills": [Skill(name=HOSTILE)]})
    document = Processed("x", "x", candidate=candidate)
    for shown in (
        cards.offer_cards(Question(candidate, HOSTILE), [match], {"o1": offer}, {"d1": HOSTILE}),
        understood(HOSTILE, document, "cv"),
    ):
        assert "<img" not in shown
        assert "<script" not in shown
        assert 'onerror="' not in shown
        assert HOSTILE in _text_of(shown)


@given(text=st.text(), spans=st.lists(st.tuples(st.integers(-5, 80), st.integers(-5, 80)), max_size=8))
def test_marking_changes_no_letter_of_a_text(text: str, spans: list[tuple[int, int]]) -> None:
    shown = marked(text, [Mark(start, end, "other", "x") for start, end in spans])
    assert _text_of(shown) == html.unescape(escaped(text))


@given(
    text=st.text(alphabet="ab \n", min_size=300, max_size=900),
    spans=st.lists(st.tuples(st.integers(0, 900), st.integers(1, 30)), max_size=6),
)
def test_a_long_text_shows_passages_of_it_in_order_and_its_early_marks(text: str, spans: list[tuple[int, int]]) -> None:
    marks = [Mark(start, start + length, "met", "x") for start, length in spans]
    shown = marked(text, marks, whole=250)
    position = 0
    for piece in shown.split('<span class="tf-gap" role="note">passage left out</span>'):
        position = text.index(_text_of(piece), position) + len(_text_of(piece))
    assert sum(map(len, _text_of(shown).split("passage left out"))) <= 250 + evidence.AROUND


def test_a_citation_opens_at_its_place_in_a_short_text_and_in_a_long_one() -> None:
    short = "Accountant\n\nLanguages\nFrench (B2)"
    shown = marked(short, [Mark(22, 28, "met", "cited")], whole=1600, beginning=False)
    assert ">French</mark>" in shown
    long = "First line\n" + "Filler line of a long CV\n" * 200 + "French (B2)"
    shown = marked(long, [Mark(len(long) - 11, len(long) - 5, "met", "cited")], whole=1600, beginning=False)
    assert ">French</mark>" in shown
    assert "First line" not in shown


def test_marking_a_huge_text_takes_no_time() -> None:
    text = "Python " * 60_000
    marks = [Mark(7 * i, 7 * i + 6, "met", "Skills: Python") for i in range(0, 60_000, 3)]
    started = time.perf_counter()
    shown = marked(text, marks)
    assert time.perf_counter() - started < 2
    assert len(_text_of(shown)) < 2 * evidence.WHOLE


def test_what_control_characters_and_lone_surrogates_become() -> None:
    assert escaped("a\x00b\ud800c\n") == "a\ufffdb\ufffdc\n"


def test_chips_beyond_the_limit_are_counted() -> None:
    assert "and 3 more" in chips([str(i) for i in range(8)], "met", most=5)
    assert chips([], "met") == ""


def test_understood_says_back_what_was_read_and_that_nothing_is_kept() -> None:
    candidate = CANDIDATE.model_copy(update={"languages": [LanguageSkill(language="fr", fluency="C1")], "seniority": "senior"})
    shown = understood("cv.pdf", Processed("x", "cv.pdf", candidate=candidate), "cv")
    for said in ("cv.pdf", "Engineer", "Senior", "3.5 years", "French (C1)", "Python", PRIVACY):
        assert said in shown
    assert "tf-warning" not in shown


def test_a_document_for_the_other_page_gets_a_hint() -> None:
    shown = understood("offer.pdf", Processed("x", "offer.pdf", candidate=CANDIDATE), "job_offer")
    assert "reads like a job offer" in shown


@pytest.mark.parametrize(
    ("salary", "said"),
    [
        (None, ""),
        (Salary(), ""),
        (Salary(min_value=12.5, currency="USD", unit="HOUR"), "from $12.50 an hour"),
        (Salary(max_value=3000, currency="CHF", unit="MONTH"), "up to 3,000 CHF a month"),
        (Salary(min_value=500, max_value=500, currency="EUR", unit="DAY"), "€500 a day"),
    ],
)
def test_salaries_in_words(salary: Salary | None, said: str) -> None:
    assert labels.salary(salary) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [("2021-03-05", "5 March 2021"), ("2021-03", "March 2021"), ("2021", "2021"), ("soon", "soon")],
)
def test_dates_keep_their_precision(value: str, said: str) -> None:
    assert labels.date(value) == said


def test_many_places_are_counted() -> None:
    assert labels.places([Place(country=c) for c in ("FR", "DE", "ES", "FR")]) == "France, Germany and 1 more"
    assert labels.places([Place(country="FR"), Place(country="DE")]) == "France or Germany"
    assert labels.places([Place()]) == ""


def test_filters_offer_the_indexs_values_in_words() -> None:
    found = choices.choices(
        {
            "locations": {"fr": 3, "france": 3, "ile de france": 5},
            "contracts": {"fixed term": 2},
            "languages": {"en": 4, "und": 1},
            "seniorities": {"senior": 9, "intern": 1},
        }
    )
    assert found["locations"] == [("Ile de France (5)", "ile de france"), ("France (3)", "france")]
    assert found["contracts"] == [("Fixed term (2)", "fixed term")]
    assert found["languages"] == [("English (4)", "en")]
    assert [value for _, value in found["seniorities"]] == ["intern", "senior"]
    assert found["workplaces"] == []


RUN = {
    "run_id": "20261124T074126-376b61f0",
    "profile": "quick",
    "status": "ok",
    "started_at": "2026-11-24T07:41:26+00:00",
    "seconds": 83.4,
    "stages": [
        {"name": "bronze", "in": 3, "ok": 3, "quarantined": 0, "skipped": 0, "seconds": 0.1, "rows_written": 3},
        {
            "name": "parse",
            "in": 3,
            "ok": 2,
            "quarantined": 1,
            "skipped": 0,
            "seconds": 1,
            "rows_written": 2,
            "errors": {"corrupt_document": {"documents": 1, "example": "<b>cv.pdf</b> is damaged: save it anew"}},
        },
    ],
    "tables": {"bronze.documents": 3, "silver.job_offers": 1234},
    "rows_written": 5,
    "index": {"vectors": 2},
    "quality": {"silver.job_offers": {"rows": 1234, "met": 29, "unmet": {"title_is_given": 2.5}}},
}


def test_before_the_first_run_the_page_says_what_to_type() -> None:
    assert "<pre>talentflow quick</pre>" in runs.runs_page([], data_docs=None)


def test_a_run_says_its_stages_its_quarantine_and_its_quality() -> None:
    shown = runs.runs_page([RUN], data_docs="/data-docs/index.html")
    said = _text_of(shown)
    assert "24 November 2026, 07:41 UTC" in said
    assert "1 min 23 s" in said
    assert "<b>cv.pdf</b> is damaged: save it anew" in said, "escaped, so that it is read and not rendered"
    assert "Title is given: not so in 2.5 % of rows" in said
    assert "29 of 30 expectations met" in said
    assert "1,234" in said
    assert 'href="/data-docs/index.html"' in shown


def test_what_drifted_and_which_sources_are_silent_is_told_and_escaped() -> None:
    calm = _text_of(runs.runs_page([RUN], data_docs=None))
    assert "Nothing drifted, and every source does as usual." in calm
    drifted = {
        "kind": "nulls",
        "of": "silver.job_offers",
        "column": "title",
        "level": "warning",
        "message": "40% have no <b>title</b>",
    }
    then_silent = drifted | {"kind": "silent", "message": "no new documents from acme, as of that run"}
    run = RUN | {"alerts": [drifted, then_silent]}
    shown = runs.runs_page([RUN | {"quality": {}}, run], data_docs=None, silent=["no new documents from board for 3 days"])
    said = _text_of(shown)
    for words in ("warning: 40% have no <b>title</b>", "warning: no new documents from board for 3 days"):
        assert words in said
    assert "as of that run" not in said, "sources are told as they are now"


def test_a_run_that_checked_nothing_shows_the_last_quality_there_is() -> None:
    later = RUN | {"quality": {}, "run_id": "later", "status": "failed", "error": "the disk is full: free some"}
    said = _text_of(runs.runs_page([later, RUN], data_docs=None))
    assert "no new rows to check" in said
    assert "the disk is full: free some" in said
    assert "Failed" in said


NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SOURCES = [
    SourceReport(
        "acme <b>",
        "failed",
        type="ats",
        terms=["free with a link back: https://www.example.org/terms"],
        schedule="0 */6 * * *",
        documents=1240,
        open_offers=1200,
        closed=31,
        duplicates=12,
        quarantined={"unexpected_answer": 3},
        last_fetched_at=NOW - timedelta(hours=3),
        last_ingest_at=NOW - timedelta(minutes=5),
        last_success_at=NOW - timedelta(days=2),
        stale=True,
        error=f"{HOSTILE} did not answer: try again later",
    ),
    SourceReport("new", "never read", type="feed"),
]


def test_a_source_says_what_it_gave_how_fresh_it_is_and_what_is_wrong() -> None:
    shown = sources_panel(SOURCES, NOW)
    said = _text_of(shown)
    for words in (
        "acme <b>",
        "Recruiting system",
        "0 */6 * * * UTC",
        "1,240",
        "1,200",
        "unexpected_answer 3",
        "3 hours ago",
        "2 days ago",
        "Failed, stale",
        "tried 5 minutes ago",
        f"{HOSTILE} did not answer: try again later",
        "Never read",
    ):
        assert words in said
    assert "<img" not in shown
    assert "<script" not in shown
    assert 'href="https://www.example.org/terms"' in shown


def test_every_cell_of_the_sources_has_its_columns_name_for_a_phone() -> None:
    shown = sources_panel(SOURCES, NOW)
    assert shown.count("data-label=") == shown.count("<td") == len(SOURCES) * shown.count("<th ")


def test_sources_stand_on_the_runs_page_before_and_after_the_first_run() -> None:
    assert sources_panel([], NOW) == ""
    panel = sources_panel(SOURCES, NOW)
    assert panel in runs.runs_page([], data_docs=None, sources=panel)
    assert panel in runs.runs_page([RUN], data_docs=None, sources=panel)


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(hours=47), "1 day ago"),
        (timedelta(days=800), "2 years ago"),
    ],
)
def test_ages_in_words(ago: timedelta, said: str) -> None:
    assert labels.ago(NOW - ago, NOW) == said


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JAVASCRIPT:alert(1)//http://x", "data:text/html,x", "/etc/passwd", 'http://x"onclick=y', ""],
)
def test_only_web_addresses_become_links(address: str) -> None:
    assert "<a" not in link(address, "words")
    assert "href" not in link(address, "words")


def test_a_link_to_another_site_tells_it_nothing() -> None:
    shown = link("https://example.org/jobs?a=1&b=2", "Example")
    assert 'href="https://example.org/jobs?a=1&amp;b=2"' in shown
    assert 'rel="noopener noreferrer"' in shown


def test_a_text_keeps_its_letters_when_its_addresses_become_links() -> None:
    assert _text_of(linked("see https://www.example.org/a, or <b>")) == "see example.org/a, or <b>"


def test_expectations_are_named_in_plain_words() -> None:
    assert runs.plain_words("salary_max_is_not_below_min") == "Salary max is not below min"
    assert "title_is_given" in runs.expectations("silver.job_offers")
    assert runs.expectations("silver.nothing") == []
    assert runs.expectations("silver.job_offers", Path("/nowhere")) == []


def test_charts_count_every_stage_once_and_every_skill() -> None:
    from gradio_ui.charts import market_chart, stage_chart

    run = RUN | {"stages": [*RUN["stages"], RUN["stages"][0]]}  # pyright: ignore[reportIndexIssue]
    bars = {bar.name: dict(zip(bar.x, bar.y, strict=True)) for bar in stage_chart(run).data}
    assert bars == {"OK": {"bronze": 6, "parse": 2}, "quarantined": {"bronze": 0, "parse": 1}}
    had, asked = market_chart([{"skill": "Python", "asked": 0.5, "had": 0.25}]).data
    assert (list(asked.x), list(had.x), list(asked.y)) == ([0.5], [0.25], ["Python"])


def test_the_data_docs_index_lists_what_was_checked_the_newest_run_first(tmp_path: Path) -> None:
    from talentflow.data_docs import Note, index_page, publish

    assert "talentflow quick" in index_page(tmp_path)
    said = {"table": "silver.job_offers", "rows": 1234, "met": 29, "unmet": {"title_is_given": 2.5}}
    page = tmp_path / "validations/silver/job_offers/20261125T010203-b/20261125T010203.000001Z/b.html"
    publish(tmp_path, [Note("20261124T074136-a", said | {"unmet": {}, "met": 30})])
    page.parent.mkdir(parents=True)
    page.write_text("<p>of this run</p>")
    shown = publish(tmp_path, [Note("20261125T010203-b", said)]).read_text("utf-8")
    assert shown.index("20261125T010203-b") < shown.index("20261124T074136-a")
    assert f'href="{page.relative_to(tmp_path).as_posix()}"' in shown
    for words in ("silver.job_offers", "title_is_given (2.5 %)", "29 of 30", "1,234"):
        assert words in shown


def test_uploads_are_swept_by_age_and_gone_in_the_end() -> None:
    from gradio_ui.uploads import sweep, upload_folder

    with upload_folder() as folder:
        old, new = folder / "a" / "old.pdf", folder / "b" / "new.pdf"
        for path, written in ((old, 1000), (new, 2000)):
            path.parent.mkdir()
            path.touch()
            os.utime(path, (written, written))
        assert folder.stat().st_mode & 0o077 == 0
        assert sweep(folder, 1500) == 1
        assert [p.name for p in folder.rglob("*.pdf")] == ["new.pdf"]
    assert not folder.exists()
