"""The app in a real browser: what a candidate and a recruiter do with it, and what it must never do."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.ui.conftest import PHONE, NewPage, descendants, is_gone, serving, status_of
from tests.ui.documents import CVS, HOSTILE, OFFERS, PASTED_OFFER, UPLOADED_CV, pdf

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ui")]


def _upload(page: Page, name: str, content: bytes, *, side: str = "offers") -> None:
    files: Any = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator(f"#{side}-file input[type=file]").set_input_files(files)


def _paste(page: Page, text: str, *, side: str) -> None:
    if side == "candidates":
        page.get_by_role("tab", name="Find candidates").click()
    page.locator(f"#{side}-text textarea").fill(text)
    page.locator(f"#{side}-ask").click()


def _choose(page: Page, side: str, field: str, option: str) -> None:
    page.locator(f"#{side}-{field} input").click()
    page.get_by_role("option", name=option).click()
    page.keyboard.press("Escape")


def _titles(page: Page, count: int, side: str = "offers") -> list[str]:
    """The cards' titles, once there are `count` cards: an answer comes whole."""
    titles = page.locator(f"#{side}-results .tf-card h3")
    expect(titles).to_have_count(count)
    return titles.all_inner_texts()


def _expect_no_sideways_scrolling(page: Page) -> None:
    page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_pdf_cv_gets_offers_with_scores_reasons_evidence_and_what_is_missing(new_page: NewPage) -> None:
    page = new_page()
    _upload(page, "lena.pdf", pdf(UPLOADED_CV))
    assert "Senior data engineer" in _titles(page, len(OFFERS))[0]

    understood = page.locator("#offers-understood")
    for said in ("lena.pdf", "Senior data engineer", "Senior", "Python", "English (C1)", "the upload is deleted"):
        expect(understood).to_contain_text(said)

    card = page.locator("#offers-results .tf-card").first
    expect(card.locator(".tf-points")).to_have_text(re.compile(r"^([5-9]\d|100)/100$"))
    for said in ("From files, read", "Acme Analytics", "Paris, France", "Hybrid", "Permanent", "€55,000 – 65,000 a year"):
        expect(card).to_contain_text(said)
    expect(card.locator(".tf-chip.tf-missing", has_text="Kubernetes")).to_be_visible()
    expect(card.locator(".tf-parts")).to_contain_text("required skills")

    card.get_by_text("Read both texts").click()
    offer, cv = card.locator(".tf-text").all()
    expect(offer.locator("mark.tf-met", has_text="Python")).to_be_visible()
    expect(offer.locator("mark.tf-missing", has_text="Kubernetes")).to_be_attached()
    expect(cv.locator("mark.tf-met", has_text="Python").first).to_be_attached()
    expect(cv).not_to_contain_text("lena.muster")
    expect(page.locator("body")).not_to_contain_text("Lena Muster")
    assert "Lena Muster" not in page.content()


def test_scores_fall_from_the_first_card_to_the_last(new_page: NewPage) -> None:
    page = new_page()
    _upload(page, "lena.pdf", pdf(UPLOADED_CV))
    _titles(page, len(OFFERS))
    points = [int(p.split("/")[0]) for p in page.locator("#offers-results .tf-points").all_inner_texts()]
    assert points == sorted(points, reverse=True)


def test_a_pasted_offer_gets_candidates_without_personal_data(new_page: NewPage) -> None:
    page = new_page()
    _paste(page, PASTED_OFFER, side="candidates")
    assert _titles(page, len(CVS), "candidates")[0] == "Accountant"
    shown = page.locator("#candidates-results").inner_text() + page.content()
    for personal in ("Otto", "Beispiel", "otto@", "Anna Example", "anna@", "Marie Exemple", "marie@"):
        assert personal not in shown
    expect(page.locator("#candidates-results .tf-card").first).to_contain_text("Power BI")
    expect(page.locator("#candidates-understood")).to_contain_text("Hooli")


def test_filters_rank_anew_without_another_upload_and_say_when_nothing_is_left(new_page: NewPage) -> None:
    page = new_page()
    _upload(page, "lena.pdf", pdf(UPLOADED_CV))
    everything = _titles(page, len(OFFERS))

    _choose(page, "offers", "locations", "Berlin")
    assert _titles(page, 1) == [t for t in everything if t.startswith("Accountant")]

    _choose(page, "offers", "workplaces", "Remote")
    expect(page.locator("#offers-results")).to_contain_text("No offer meets these filters")

    page.locator("#offers-clear").click()
    assert _titles(page, len(OFFERS)) == everything


def test_filters_hold_the_indexs_own_values(new_page: NewPage) -> None:
    page = new_page()
    page.locator("#offers-contracts input").click()
    expect(page.get_by_role("option", name="Fixed term (1)")).to_be_visible()
    expect(page.get_by_role("option", name="Apprenticeship")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("broken.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog", "broken.pdf"),
        ("empty.txt", b"", "empty.txt is empty"),
        ("noise.pdf", bytes(range(256)) * 40, "noise.pdf"),
    ],
)
def test_a_bad_upload_is_answered_with_a_sentence(new_page: NewPage, name: str, content: bytes, said: str) -> None:
    page = new_page()
    _upload(page, name, content)
    alert = page.locator("#offers-results [role=alert]")
    expect(alert).to_contain_text("This document cannot be used")
    expect(alert).to_contain_text(said)
    assert "Traceback" not in page.content()


def test_a_good_upload_after_a_bad_one_is_answered(new_page: NewPage) -> None:
    page = new_page()
    _upload(page, "broken.pdf", b"%PDF-1.7\n1 0 obj")
    expect(page.locator("#offers-results [role=alert]")).to_contain_text("broken.pdf")
    _upload(page, "lena.pdf", pdf(UPLOADED_CV))
    assert "Senior data engineer" in _titles(page, len(OFFERS))[0]


def test_an_empty_question_is_answered_with_what_to_do(new_page: NewPage) -> None:
    page = new_page()
    page.locator("#offers-ask").click()
    expect(page.locator("#offers-results")).to_contain_text("There is no text yet")


def test_nothing_that_a_document_says_is_executed(new_page: NewPage) -> None:
    page = new_page()
    _paste(page, UPLOADED_CV.replace("Pipelines with", f"{HOSTILE} Pipelines with"), side="offers")
    _titles(page, len(OFFERS))
    evil = page.locator("#offers-results .tf-card", has_text="Evil Corp")
    for summary in evil.locator("summary").all():
        if summary.locator("xpath=..").get_attribute("open") is None:
            summary.click()
    expect(evil).to_contain_text("<script>window.harmed=2</script>${window.harmed=3}{{window.harmed}}")
    expect(page.locator(".tf-card img, .tf-card script, .tf-card svg")).to_have_count(0)
    assert page.evaluate("window.harmed") is None


def test_two_users_do_not_see_each_other(new_page: NewPage) -> None:
    one, other = new_page(), new_page()
    _upload(one, "lena.pdf", pdf(UPLOADED_CV))
    assert "Senior data engineer" in _titles(one, len(OFFERS))[0]
    expect(other.locator("#offers-results")).to_contain_text("Nothing asked yet")

    _paste(other, CVS["nurse.txt"], side="offers")
    assert "réanimation" in _titles(other, len(OFFERS))[0]
    _choose(one, "offers", "workplaces", "Hybrid")
    assert "Senior data engineer" in _titles(one, 1)[0]
    expect(one.locator("#offers-understood")).to_contain_text("lena.pdf")
    expect(other.locator("#offers-results .tf-card")).to_have_count(len(OFFERS))
    for said in ("lena.pdf", "Northwind"):
        assert said not in other.content()

    again = new_page()
    expect(again.locator("#offers-results")).to_contain_text("Nothing asked yet")


def test_nothing_scrolls_sideways_on_a_phone(new_page: NewPage) -> None:
    page = new_page(PHONE, has_touch=True, is_mobile=True)
    _expect_no_sideways_scrolling(page)
    _upload(page, "lena.pdf", pdf(UPLOADED_CV))
    _titles(page, len(OFFERS))
    page.locator("#offers-results summary", has_text="Read both texts").first.click()
    texts = page.locator("#offers-results .tf-card").first.locator(".tf-text")
    expect(texts.last).to_be_visible()
    offer, cv = texts.evaluate_all("texts => texts.map(text => text.getBoundingClientRect().toJSON())")
    assert cv["top"] >= offer["bottom"], "the texts stand one above the other"
    page.locator("#offers-toggle").click()
    expect(page.locator("#offers-seniorities")).to_be_visible()
    _expect_no_sideways_scrolling(page)
    page.get_by_role("tab", name="Runs").click()
    expect(page.locator("#runs-report")).to_contain_text("Last runs")
    expect(page.locator(".tf-chart .js-plotly-plot")).to_have_count(2)
    page.wait_for_function("(table => table.scrollWidth <= table.clientWidth)(document.querySelector('.tf-sources .tf-scroll'))")
    _expect_no_sideways_scrolling(page)


def _in_a_wide_font(context: BrowserContext) -> None:
    context.route("**/*.woff2", lambda route: route.abort())
    context.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
             const style = document.createElement("style");
             style.textContent = "* { font-family: monospace !important; letter-spacing: 0.05em !important; }";
             document.head.append(style);
           })"""
    )


@pytest.mark.parametrize("prepare", [None, _in_a_wide_font], ids=["our font", "a wide font"])
def test_every_page_of_the_app_is_in_sight_on_a_phone(
    new_page: NewPage, prepare: Callable[[BrowserContext], None] | None
) -> None:
    page = new_page(PHONE, prepare=prepare, has_touch=True, is_mobile=True)
    for name in ("Find offers", "Find candidates", "Talk with CVs", "Runs & quality"):
        expect(page.get_by_role("tab", name=name, exact=True)).to_be_in_viewport(ratio=1)
    _expect_no_sideways_scrolling(page)


def test_the_runs_page_says_what_ran_what_was_lost_and_how_good_the_data_is(new_page: NewPage) -> None:
    page = new_page()
    page.get_by_role("tab", name="Runs").click()
    report = page.locator("#runs-report")
    for said in ("Succeeded", "corrupt_document", "broken.pdf", "expectations met", "silver.job_offers", "Last runs"):
        expect(report).to_contain_text(said)
    expect(report.locator(".tf-sources tbody tr")).to_contain_text("files")
    expect(page.locator(".tf-chart .js-plotly-plot")).to_have_count(2)


def test_the_data_docs_open_from_the_runs_page_and_nothing_beside_them(new_page: NewPage, app: str, ui_home: Path) -> None:
    page = new_page()
    page.get_by_role("tab", name="Runs").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the Data Docs").click()
    docs: Page = opened.value
    docs.locator("#checked tbody tr", has_text="silver.job_offers").get_by_role("link", name="open").click()
    expect(docs.locator("body")).to_contain_text("offer_id")
    summary = next((ui_home / "reports" / "runs").glob("*.json"))
    for path in ("/data-docs/../../../../runs/" + summary.name, "/data-docs/%2e%2e/%2e%2e/great_expectations.yml"):
        assert status_of(app + path) == 404
    for path in (summary, ui_home / "lake", ui_home / "warehouse" / "talentflow.duckdb"):
        assert status_of(f"{app}/gradio_api/file={path}") in (403, 404)


def test_controls_have_names(new_page: NewPage) -> None:
    page = new_page()
    expect(page.get_by_role("tab")).to_have_count(4)
    expect(page.get_by_role("textbox", name="Or the text of a CV")).to_be_visible()
    expect(page.get_by_role("button", name="Find offers")).to_be_visible()
    for name in ("Location", "Workplace", "Contract", "Language", "Seniority"):
        expect(page.get_by_label(name, exact=True).first).to_be_visible()
    _upload(page, "lena.pdf", pdf(UPLOADED_CV))
    expect(page.get_by_role("img", name="Score").first).to_be_visible()


def test_before_the_first_run_the_app_says_what_to_do_and_ends_cleanly(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path / "home") as (address, process):
        page = browser.new_page()
        page.goto(address)
        expect(page.locator("#offers-results .tf-empty")).to_contain_text("talentflow quick")
        _upload(page, "lena.pdf", pdf(UPLOADED_CV))
        expect(page.locator("#offers-results .tf-notice")).to_contain_text("talentflow quick")
        expect(page.locator("#offers-understood")).to_contain_text("Senior data engineer")
        page.get_by_role("tab", name="Runs").click()
        expect(page.locator("#runs-report")).to_contain_text("No run yet")
        assert status_of(f"{address}/data-docs/index.html") == 404
        page.close()
        started = descendants(process)
        assert started, "documents are read in processes of their own"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        psutil.wait_procs(started, timeout=60)
        assert all(map(is_gone, started))
