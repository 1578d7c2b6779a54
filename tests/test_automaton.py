"""Words found in a text: alike with ahocorasick_rs and without."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from talentflow.automaton import _Trie, automaton

WORDS = st.lists(st.text("ab<é", min_size=1, max_size=5), max_size=12)


@given(WORDS, st.text("ab<é", max_size=40))
def test_every_match_is_found_by_both(words: list[str], text: str) -> None:
    found = automaton(words).find_matches_as_indexes(text, overlapping=True)
    assert sorted(found) == sorted(_Trie(words, longest=False).find_matches_as_indexes(text, overlapping=True))


@given(WORDS, st.text("ab<é", max_size=40))
def test_the_longest_matches_are_found_by_both(words: list[str], text: str) -> None:
    found = automaton(words, longest=True, compact=True).find_matches_as_indexes(text)
    assert found == _Trie(words, longest=True).find_matches_as_indexes(text)
