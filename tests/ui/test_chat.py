"""Talking with CVs in a real browser: choose, ask, read the answer as it comes, open a citation, find the conversation again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import PHONE, NewPage
from tests.ui.documents import PASTED_OFFER

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ui")]


def _open(page: Page) -> None:
    page.get_by_role("tab", name="Talk with CVs").click()
    expect(page.locator("#chat-talk")).to_contain_text("Nothing asked yet")
    expect(page.locator("#chat-earlier")).to_contain_text("kept for this browser")


def _choose_everybody(page: Page) -> int:
    box = page.locator("#chat-candidates input")
    expect(box).to_be_enabled()
    box.click()
    expect(page.get_by_role("option").first).to_be_visible()
    count = page.get_by_role("option").count()
    for n in range(count):
        page.get_by_role("option").nth(n).click()
        expect(page.locator(".tf-who > li")).to_have_count(n + 1)
    page.keyboard.press("Escape")
    return count


def _ask(page: Page, question: str) -> None:
    page.locator("#chat-question :is(textarea, input)").fill(question)
    page.locator("#chat-ask").click()
    expect(page.locator("#chat-talk .tf-asked").last).to_contain_text(question)
    expect(page.locator("#chat-question :is(textarea, input)")).to_have_value("")


def test_an_answer_opens_the_place_in_the_cv_that_says_it_and_a_follow_up_keeps_the_context(new_page: NewPage) -> None:
    page = new_page()
    _open(page)
    assert _choose_everybody(page) >= 2
    _ask(page, "Who speaks English?")
    answer = page.locator("#chat-talk .tf-answer").last
    expect(answer).to_contain_text(re.compile(r"\d of \d candidates"))
    citation = answer.locator("details.tf-cite").first
    citation.locator("summary").click()
    mark = citation.locator("mark").first
    expect(mark).to_be_visible()
    expect(mark).to_contain_text(re.compile("english|anglais", re.IGNORECASE))
    expect(page.locator("#chat-talk")).not_to_contain_text("@example")
    _ask(page, "And Klingonese?")
    expect(page.locator("#chat-talk .tf-answer").last).to_contain_text("Not in these CVs")
    expect(page.locator("#chat-talk .tf-turn")).to_have_count(2)


def test_those_found_for_an_offer_are_taken_and_compared(new_page: NewPage) -> None:
    page = new_page()
    page.get_by_role("tab", name="Find candidates").click()
    page.locator("#candidates-text textarea").fill(PASTED_OFFER)
    page.locator("#candidates-ask").click()
    cards = page.locator("#candidates-results .tf-cards > li")
    expect(cards.first).to_be_visible()
    count = cards.count()
    _open(page)
    page.locator("#chat-take").click()
    expect(page.locator(".tf-who > li")).to_have_count(count)
    _ask(page, "Compare candidate 1 and candidate 2")
    expect(page.locator("#chat-talk .tf-answer").last).to_contain_text("Candidate 2")


def test_a_conversation_is_found_again_by_its_browser_alone_and_can_be_deleted(new_page: NewPage) -> None:
    page, other = new_page(), new_page()
    _open(page)
    _choose_everybody(page)
    _ask(page, "Who has the most experience?")
    expect(page.locator("#chat-talk .tf-answer").last).to_contain_text("experience")
    page.reload()
    page.get_by_role("tab", name="Talk with CVs").click()
    expect(page.locator("#chat-earlier")).to_contain_text("1 kept")
    page.locator("#chat-earlier input").click()
    page.get_by_role("option", name="Who has the most experience?").click()
    expect(page.locator("#chat-talk .tf-asked").last).to_contain_text("Who has the most experience?")
    _open(other)
    expect(other.locator("#chat-earlier")).to_contain_text("0 kept")
    other.locator("#chat-earlier input").click()
    expect(other.get_by_role("option", name="Who has the most experience?")).to_have_count(0)
    page.locator("#chat-delete").click()
    expect(page.locator("#chat-talk")).to_contain_text("Nothing asked yet")
    expect(page.locator("#chat-earlier")).to_contain_text("0 kept")
    page.locator("#chat-earlier input").click()
    expect(page.get_by_role("option", name="Who has the most experience?")).to_have_count(0)


def test_asking_without_a_choice_says_what_to_do_and_a_phone_needs_no_sideways_scrolling(new_page: NewPage) -> None:
    page = new_page(PHONE, has_touch=True, is_mobile=True)
    _open(page)
    page.locator("#chat-question :is(textarea, input)").fill("Who speaks English?")
    page.locator("#chat-ask").click()
    expect(page.locator("#chat-talk")).to_contain_text("No candidate is chosen")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
