"""`talentflow evaluate duplicates`: what it counts, and what must come out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from talentflow.evaluation.duplicates import HELD_OUT_SEED, TUNING_SEED, Score, evaluate_duplicates
from tests.command import DATA, talentflow

ADS = DATA / "job_ads" / "job_ads.jsonl"
SEED_OF_TESTS = 17


def test_shares() -> None:
    assert (Score("x", True, 10, 8, 6).precision, Score("x", True, 10, 8, 6).recall) == (0.75, 0.6)
    assert (Score("x", False, 10, 2, 0).precision, Score("x", False, 10, 2, 0).recall) == (0.0, None)
    assert Score("x", False, 10, 0, 0).precision is None
    assert SEED_OF_TESTS not in (TUNING_SEED, HELD_OUT_SEED)


@pytest.mark.slow
def test_variations_are_found_and_lookalikes_are_not() -> None:
    scores = {s.kind: s for s in evaluate_duplicates(20, SEED_OF_TESTS)}
    everything = scores.pop("all")
    assert (everything.precision or 0) >= 0.97
    assert (everything.recall or 0) >= 0.93
    for score in scores.values():
        if not score.same and score.kind != "other_team":
            assert score.linked <= 1, score


@pytest.mark.slow
@pytest.mark.skipif(not ADS.exists(), reason="the public data is not on this machine")
def test_the_command_prints_a_row_a_kind(tmp_path: Path) -> None:
    few = tmp_path / "ads.jsonl"
    few.write_text("".join(ADS.read_text(encoding="utf-8").splitlines(keepends=True)[:12]), encoding="utf-8")
    done = talentflow("evaluate", "duplicates", "--ads", few, "--seed", "17", "--json", home=tmp_path / "home")
    (rows,) = json.loads(done.stdout).values()
    assert {"kind", "same", "documents", "linked", "right", "precision", "recall"} == rows[0].keys()
    assert rows[-1]["kind"] == "all"
