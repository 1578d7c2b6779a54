"""The verifier measured: sentences of known truth, held against the lines that they cite."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from talentflow.chat.verify import unsupported


@dataclass(frozen=True)
class Claim:
    """A sentence and what it cites; `pair` is the language of the sentence and that of the lines."""

    pair: str
    kind: str
    supported: bool
    sentence: str
    cited: tuple[str, ...]

    @property
    def struck(self) -> str | None:
        own, theirs = self.pair.split("-")
        return unsupported(self.sentence, self.cited, same_language=own == theirs)


def _claims(name: str) -> Iterator[Claim]:
    written: dict[str, Any] = yaml.safe_load(Path(__file__).with_name(name).read_text("utf-8"))
    lines = written["lines"]
    for pair, truths in written["claims"].items():
        for truth, kinds in truths.items():
            for kind, those in kinds.items():
                for sentence, names in those:
                    cited = [names] if isinstance(names, str) else names
                    yield Claim(pair, kind, truth == "supported", sentence, tuple(lines[name] for name in cited))


FIRST, SECOND, THIRD = (tuple(_claims(name)) for name in ("claims.yaml", "claims_held_out.yaml", "claims_held_out_2.yaml"))
ALL = (*FIRST, *SECOND, *THIRD)
FALSE_KINDS = sorted({claim.kind for claim in ALL if not claim.supported})
WHOLLY_KEPT = ("verbatim", "reordered", "inflection", "negation_kept")


def _told(claims: Sequence[Claim]) -> list[str]:
    return [f"{claim.pair} {claim.kind}: {claim.sentence} | {claim.struck}" for claim in claims]


@pytest.mark.parametrize("kind", FALSE_KINDS)
def test_what_the_lines_do_not_say_is_struck(kind: str) -> None:
    passes = [claim for claim in ALL if claim.kind == kind and not claim.supported and claim.struck is None]
    assert not passes, _told(passes)


@pytest.mark.parametrize("kind", WHOLLY_KEPT)
def test_what_the_lines_say_in_their_own_words_stays(kind: str) -> None:
    lost = [claim for claim in ALL if claim.kind == kind and claim.supported and claim.struck]
    assert not lost, _told(lost)


@pytest.mark.parametrize(("claims", "least"), [(FIRST, 0.91), (SECOND, 0.96), (THIRD, 0.89)], ids=["first", "second", "third"])
def test_strictness_leaves_most_of_what_is_true(claims: Sequence[Claim], least: float) -> None:
    true = [claim for claim in claims if claim.supported]
    lost = [claim for claim in true if claim.struck]
    assert 1 - len(lost) / len(true) >= least, _told(lost)


def test_a_passage_that_holds_two_jobs_does_not_mix_them() -> None:
    mixed = [claim for claim in ALL if claim.kind == "merged_jobs" and len(claim.cited) == 1]
    assert len(mixed) >= 10
    assert all(claim.struck for claim in mixed), _told([claim for claim in mixed if not claim.struck])


def test_a_sentence_is_held_against_its_lines_in_bounded_time() -> None:
    lines = "\n".join("- worked on things and more, by them and for us; since 2018 " * 5 for _ in range(5))
    began = time.process_time()
    unsupported("worked on things and " * 100, [lines])
    assert time.process_time() - began < 5
