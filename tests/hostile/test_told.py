"""Offers are guarded as CVs are; what was found reaches whoever decides: the chat, the cards, the panel of an upload."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gradio_ui.cards import Question, candidate_cards
from gradio_ui.conversation import who_is_who
from gradio_ui.understood import understood
from talentflow.chat.ask import choose, opening
from talentflow.direct import Processed
from talentflow.hostile import flags
from talentflow.lakehouse import open_lakehouse
from talentflow.records import Kind, Match
from talentflow.settings import Settings
from talentflow.tables import CANDIDATES, JOB_OFFERS, TEXTS
from tests.hostile.here import through_the_stages
from tests.hostile.words import ORDER, STUFFED, TEXT
from tests.rows import candidate_row, offer_row, table_of, text_row

OFFER = "Data engineer at Nordlys, Lyon\n\nRequirements\n3 years of experience with Python and SQL\n\nWe offer\nRemote work\n"
POSTING = {
    "@context": "https://schema.org",
    "@type": "JobPosting",
    "title": "Data engineer",
    "hiringOrganization": {"name": "Nordlys"},
    "description": "<p>3 years of experience with Python and SQL</p>",
}
PAGE = "<html><body><h1>Data engineer</h1><p>Nordlys, Lyon</p><h2>Requirements</h2><ul><li>Python and SQL, 3 years</li></ul>{}</body></html>"


def done(content: str, media_type: str, kind: Kind = "job_offer") -> Processed:
    (found,) = through_the_stages([(content.encode(), media_type)], kind)
    return found


def posting(extra: str, **more: str) -> str:
    return json.dumps(POSTING | {"description": str(POSTING["description"]) + extra} | more)


@pytest.mark.parametrize(
    ("content", "twin", "media_type"),
    [
        pytest.param(OFFER + f"{ORDER}\n", OFFER, "text/plain", id="order in the text"),
        pytest.param(posting(f"<p>{ORDER}</p>"), posting(""), "application/ld+json", id="order in a description"),
        pytest.param(
            posting(f'<p style="display:none">{ORDER}</p>'), posting(""), "application/ld+json", id="hidden in a description"
        ),
        pytest.param(
            posting(f'<i style="font-size:0">{STUFFED}</i>'), posting(""), "application/ld+json", id="stuffed description"
        ),
        pytest.param(PAGE.format(f'<p style="color:#fff">{STUFFED}</p>'), PAGE.format(""), "text/html", id="white on a page"),
        pytest.param(PAGE.format(f"<!-- {ORDER} -->"), PAGE.format(""), "text/html", id="comment on a page"),
    ],
)
def test_an_offer_is_read_as_its_clean_twin_and_flagged(content: str, twin: str, media_type: str) -> None:
    attacked, clean = done(content, media_type), done(twin, media_type)
    assert flags(attacked.notes)
    assert not flags(clean.notes)
    assert attacked.offer is not None
    assert clean.offer is not None
    apart = {"document_id", "offer_id", "evidence"}
    assert attacked.offer.model_dump(exclude=apart) == clean.offer.model_dump(exclude=apart)


@pytest.fixture(scope="module")
def attacked() -> Processed:
    return done(TEXT.replace("clean tables.", f"clean tables. {ORDER}"), "text/plain", "cv")


def test_a_conversation_reads_texts_without_it_and_knows_what_to_tell(tmp_path: Path, attacked: Processed) -> None:
    lakehouse = open_lakehouse(Settings(home=tmp_path))
    text, notes = attacked.redacted_text or "", list(attacked.notes)
    lakehouse.upsert(TEXTS, table_of(TEXTS, text_row("c1", text, notes=notes), text_row("o1", OFFER + ORDER, notes=notes)))
    lakehouse.upsert(CANDIDATES, table_of(CANDIDATES, candidate_row("c1")))
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, offer_row("o1")))
    (chosen,) = choose(lakehouse, ["c1"])
    assert "gnore all" not in chosen.text
    assert len(chosen.text) == len(text)
    assert chosen.flags == tuple(flags(notes))
    assert "contains instructions to software" in who_is_who([chosen])
    assert "gnore all" not in opening(lakehouse, "o1").text


def test_the_panel_of_an_upload_says_it(attacked: Processed) -> None:
    shown = understood("cv.txt", attacked, "cv")
    assert "contains instructions to software" in shown
    assert "Ignore all previous instructions" in shown
    assert "contains instructions" not in understood("cv.txt", done(TEXT, "text/plain", "cv"), "cv")


def test_a_card_says_it_and_the_text_shows_the_place(attacked: Processed) -> None:
    candidate, offer = attacked.candidate, done(OFFER, "text/plain").offer
    assert candidate is not None
    assert offer is not None
    match = Match(offer_id=offer.offer_id, candidate_id=candidate.candidate_id, score=0.5, parts=[])
    shown = candidate_cards(
        Question(offer, OFFER),
        [match],
        {candidate.candidate_id: candidate},
        {candidate.document_id: attacked.redacted_text or ""},
        flags={candidate.document_id: flags(attacked.notes)},
    )
    assert "contains instructions to software" in shown
    assert 'title="instructions to software, not followed">Ignore all previous' in shown
