"""Which offers are one: whatever order they come in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentflow.duplicates.facts import facts_of
from talentflow.duplicates.fingerprint import hashed_words, pairs_of, signature
from talentflow.duplicates.groups import Offer, heads
from tests.duplicates.build import LYON, OTHER_TEXT, PARIS, START, TEXT, Posted

A = Posted("a")
BOILERPLATE = " ".join(f"We believe in value number {n} and in the people of Nordlys who live it every day." for n in range(12))


def grouped(offers: Sequence[Posted], shut: Sequence[str] = ()) -> dict[str, str]:
    words = {p.offer_id: hashed_words(p.text) for p in offers}
    made = [
        Offer(
            p.offer_id,
            START + timedelta(minutes=p.minute),
            p.offer_id not in shut,
            facts_of(p.record.model_dump()),
            signature(pairs_of(words[p.offer_id])),
        )
        for p in offers
    ]
    return heads(made, lambda ids: {i: words[i] for i in ids})


def reworded(text: str, share: float, seed: int = 1) -> str:
    rng = Random(seed)
    return " ".join(w if rng.random() >= share else f"other{rng.randrange(999)}" for w in text.split())


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("reposted", A.but("b", title="Data Engineer (m/f/d) [Ref. 4711]")),
        (
            "on a board with words around it",
            A.but("b", text=f"Home Jobs Sign in\n{TEXT}\nApply now. Report this ad. About the board."),
        ),
        ("with one word in ten changed", A.but("b", text=reworded(TEXT, 0.1))),
        ("cut off", A.but("b", text=TEXT[: len(TEXT) // 2])),
        ("with its sentences in another order", A.but("b", text=". ".join(reversed(TEXT.split(". "))))),
        ("without its employer", A.but("b", hiring_organization=None)),
        ("under a fuller name", A.but("b", hiring_organization="NORDLYS SAS")),
        ("without its place", A.but("b", job_location=[])),
        ("by a board taken for the employer", A.but("b", hiring_organization="WorkBoard", text=f"{TEXT} Nordlys.")),
    ],
)
def test_the_same_offer_is_found(name: str, other: Posted) -> None:
    assert grouped([A, other]) == {"b": "a"}, name


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("another town", A.but("b", job_location=PARIS)),
        ("another level", A.but("b", title="Senior data engineer")),
        ("another team", A.but("b", title="Data engineer, payments")),
        ("another contract", A.but("b", contract="fixed_term")),
        ("another employer", A.but("b", hiring_organization="Globex")),
        ("another job under the same title", A.but("b", text=OTHER_TEXT)),
        ("other pay", A.but("b", base_salary={"min_value": 60000, "max_value": None, "currency": "EUR", "unit": "YEAR"})),
        ("half of it another job", A.but("b", text=TEXT[: len(TEXT) // 2] + OTHER_TEXT[len(OTHER_TEXT) // 2 :])),
        ("an employer called by a common word", A.but("b", hiring_organization="Remote", text=f"{TEXT} Remote work.")),
        ("too little text", A.but("b", text="Data engineer at Nordlys in Lyon")),
    ],
)
def test_an_offer_that_only_looks_alike_is_another_one(name: str, other: Posted) -> None:
    base = A.but(
        "a", contract="permanent", base_salary={"min_value": 40000, "max_value": None, "currency": "EUR", "unit": "YEAR"}
    )
    assert grouped([base, other]) == {}, name


def test_a_name_that_only_one_text_has_keeps_apart_what_was_not_understood() -> None:
    named = A.but("a", text=f"{TEXT} You join Nordlys in Lyon.")
    other_employer = A.but("b", hiring_organization=None, text=f"{TEXT} You join Globex in Lyon.")
    other_town = A.but("c", job_location=[], text=f"{TEXT} You join Nordlys in Metz.")
    assert grouped([named, other_employer, other_town]) == {}


def test_what_recurs_across_an_agencys_offers_makes_no_two_of_them_one() -> None:
    others = [
        A.but(f"o{n}", title=title, text=f"{BOILERPLATE} {title} {n}") for n, title in enumerate(("Welder", "Cook", "Nurse"))
    ]
    one = A.but("a", text=f"{BOILERPLATE} {TEXT[:200]}")
    other = A.but("b", text=f"{BOILERPLATE} {OTHER_TEXT[:200]}")
    again = A.but("c", text=f"{BOILERPLATE} {TEXT[:200]}", minute=5)
    assert grouped([*others, one, other, again]) == {"c": "a"}


def test_the_first_received_is_the_head_and_of_equals_the_smallest_id() -> None:
    assert grouped([A.but("a", minute=2), A.but("b", minute=1), A.but("c", minute=1)]) == {"a": "b", "c": "b"}


def test_a_closed_head_gives_its_place_to_the_next_open_one() -> None:
    three = [A.but("a", minute=0), A.but("b", minute=1), A.but("c", minute=2)]
    assert grouped(three, shut=["a"]) == {"a": "b", "c": "b"}
    assert grouped(three, shut=["a", "b", "c"]) == {"b": "a", "c": "a"}


def test_offers_that_contradict_each_other_are_not_joined_by_one_that_says_less() -> None:
    vague = A.but("v", job_location=[], minute=0)
    lyon, paris = A.but("l", job_location=LYON, minute=1), A.but("p", job_location=PARIS, minute=2)
    assert grouped([vague, lyon, paris]) == {"l": "v"}


CHOICES = [
    A,
    A.but("x", job_location=PARIS),
    A.but("x", job_location=[]),
    A.but("x", hiring_organization=None),
    A.but("x", text=reworded(TEXT, 0.15)),
    A.but("x", text=TEXT[:300]),
    A.but("x", text=OTHER_TEXT),
    A.but("x", title="Senior data engineer"),
]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CHOICES), st.integers(0, 3), st.booleans()), min_size=2, max_size=9), st.randoms())
def test_groups_are_the_same_in_any_order_and_have_no_chains(drawn: list[tuple[Posted, int, bool]], random: Random) -> None:
    offers = [p.but(f"o{n}", minute=minute) for n, (p, minute, _) in enumerate(drawn)]
    shut = [f"o{n}" for n, (_, _, is_closed) in enumerate(drawn) if is_closed]
    found = grouped(offers, shut)
    assert not found.keys() & set(found.values()), "a head repeats nothing"
    shuffled = list(offers)
    random.shuffle(shuffled)
    assert grouped(shuffled, shut) == found
