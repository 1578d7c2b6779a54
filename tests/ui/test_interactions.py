"""Buttons on the cards, in a real browser: what is pressed is on the event log, and the page says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from gradio_ui.cards import Question
from gradio_ui.services import Services
from talentflow.eventlog import INTERACTIONS_TOPIC
from talentflow.eventlog.messages import from_interaction
from talentflow.eventlog.sqlite import SqliteEventLog
from talentflow.ids import content_hash
from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.records import Interaction
from talentflow.settings import Settings
from talentflow.tables import DOCUMENTS, JOB_OFFERS
from tests.ui.conftest import NewPage
from tests.ui.documents import OFFERS, UPLOADED_CV

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ui")]


@retry(retry=retry_if_exception_type(AssertionError), stop=stop_after_delay(30), wait=wait_fixed(0.2), reraise=True)
def events_of(home: Path, offer_id: str, *, actions: list[str]) -> list[Interaction]:
    """The events on this offer of the visit that has saved it, once they are these: other visits view it too."""
    log = SqliteEventLog(home / "eventlog.sqlite")
    try:
        said = [from_interaction(m) for m in log.read(INTERACTIONS_TOPIC, {}, 1000)]
    finally:
        log.close()
    found = [e for e in said if isinstance(e, Interaction) and e.offer_id == offer_id]
    sessions = {e.session_id for e in found if e.action == "save"}
    found = [e for e in found if e.session_id in sessions]
    assert sorted(e.action for e in found) == sorted(actions)
    return found


def test_an_offer_is_saved_by_key_and_the_card_says_so(new_page: NewPage, ui_home: Path) -> None:
    page = new_page()
    page.locator("#offers-text textarea").fill(UPLOADED_CV + "\nLikes hills")
    page.locator("#offers-ask").click()
    cards = page.locator("#offers-results .tf-card")
    expect(cards).to_have_count(len(OFFERS))
    first = cards.first
    save = first.get_by_role("button", name="Save")
    offer_id = str(save.get_attribute("data-id"))
    assert offer_id in DeltaLakehouse(ui_home / "lake").read(JOB_OFFERS, ["offer_id"])["offer_id"].to_pylist()
    save.focus()
    page.keyboard.press("Enter")
    saved = first.get_by_role("button", name="Saved")
    expect(saved).to_have_attribute("aria-pressed", "true")
    expect(saved).to_be_focused()
    expect(first.get_by_role("status")).to_have_text("Saved: noted.")
    page.keyboard.press("Enter")

    page.locator("#offers-workplaces input").click()
    page.get_by_role("option", name="Hybrid").click()
    expect(cards).to_have_count(1)
    expect(first.get_by_role("button", name="Saved")).to_have_attribute("aria-disabled", "true")
    first.get_by_role("button", name="I applied").click()
    expect(first.get_by_role("button", name="Applied")).to_have_attribute("aria-pressed", "true")

    events = events_of(ui_home, offer_id, actions=["view", "save", "apply"])
    assert len({(e.actor_id, e.session_id) for e in events}) == 1
    assert {e.candidate_id for e in events} == {None}, "an uploaded CV that the tables do not have has no id there"


def test_what_is_asked_with_has_an_id_where_the_tables_have_it(ui_home: Path) -> None:
    rows = DeltaLakehouse(ui_home / "lake").read(DOCUMENTS, ["document_id", "content"]).to_pylist()
    offers = set(DeltaLakehouse(ui_home / "lake").read(JOB_OFFERS, ["offer_id"])["offer_id"].to_pylist())
    given = next(row for row in rows if row["document_id"] in offers)
    with Services(Settings(home=ui_home)) as services:
        document = services.read("again.txt", given["content"], "job_offer")
        assert document.offer is not None
        same = Question(document.offer, "", content_hash(given["content"]))
        assert services.known_id(same) == given["document_id"]
        assert services.known_id(Question(document.offer, "", content_hash(b"another"))) is None
