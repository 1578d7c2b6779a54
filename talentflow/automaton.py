"""Many words found in a text in one pass.

`ahocorasick_rs` does it where it is installed. Inside Snowflake it is not, and a trie in plain Python finds the same there,
slower: the warehouse's functions search for few words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Automaton(Protocol):
    def find_matches_as_indexes(self, haystack: str, overlapping: bool = False) -> list[tuple[int, int, int]]:
        """(position of the word, start, end) of each match, in no promised order."""
        ...


def automaton(words: Sequence[str], *, longest: bool = False, compact: bool = False) -> Automaton:
    """A search for words that are not empty.

    Args:
        words: a word that stands here twice is found as both.
        longest: matches do not overlap, and of several at one place the longest counts; else `overlapping=True` finds all.
        compact: many words; takes less memory and a little more time.
    """
    try:
        from ahocorasick_rs import AhoCorasick, Implementation, MatchKind
    except ImportError:
        return _Trie(words, longest=longest)
    return AhoCorasick(
        words,
        matchkind=MatchKind.LeftmostLongest if longest else MatchKind.Standard,
        store_patterns=False,
        implementation=Implementation.ContiguousNFA if compact else None,
    )


class _Trie:
    def __init__(self, words: Sequence[str], *, longest: bool) -> None:
        self._longest = longest
        self._root: dict[str, Any] = {}
        for number, word in enumerate(words):
            node = self._root
            for letter in word:
                node = node.setdefault(letter, {})
            node.setdefault("", []).append(number)

    def find_matches_as_indexes(self, haystack: str, overlapping: bool = False) -> list[tuple[int, int, int]]:
        found: list[tuple[int, int, int]] = []
        reached = 0
        for start, letter in enumerate(haystack):
            node = self._root.get(letter)
            if node is None or (start < reached and not overlapping):
                continue
            here: list[tuple[int, int, int]] = []
            end = start + 1
            while node is not None:
                here += [(number, start, end) for number in node.get("", ())]
                node = node.get(haystack[end]) if end < len(haystack) else None
                end += 1
            if here and self._longest:
                here = [next(match for match in here if match[2] == here[-1][2])]
            if here:
                reached = here[-1][2]
            found += here
        return found
