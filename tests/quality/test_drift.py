"""Drift: shifts that matter are told, and chance, small runs and what is usual are not."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from talentflow.drift import CATEGORIES, KEPT, Profile, compare, note_profiles
from talentflow.lakehouse import open_lakehouse
from talentflow.settings import Settings
from talentflow.suites import Suite
from talentflow.tables import PROFILES

SUITE = Suite("silver.job_offers", "offer_id", (), ("contract",), ("title",), ("skills_count",))


def rows(chance: random.Random, n: int, *, permanent: float = 0.7, untitled: float = 0.05, skills: float = 6.0) -> Profile:
    """A profile of n offers."""
    kinds = ["permanent" if chance.random() < permanent else chance.choice(["freelance", "fixed_term"]) for _ in range(n)]
    titles = [None if chance.random() < untitled else "a title" for _ in range(n)]
    counts = [max(0, round(chance.gauss(skills, 2))) for _ in range(n)]
    profile = Profile(SUITE.table)
    half = n // 2
    whole = pa.table({"contract": kinds, "title": pa.array(titles, pa.string()), "skills_count": counts})
    for piece in (whole.slice(0, half), whole.slice(half)):
        profile.add(SUITE, piece)
    return profile


def past(*profiles: Profile) -> list[dict[str, Profile]]:
    return [{p.table: p} for p in profiles]


def test_chance_is_no_drift() -> None:
    chance = random.Random(1)
    for n in (60, 300, 3000):
        for _ in range(40):
            assert compare([rows(chance, n)], past(*(rows(chance, 300) for _ in range(5)))) == []


@pytest.mark.parametrize(
    ("kind", "shifted", "words"),
    [
        ("categories", {"permanent": 0.3}, ["contract", "permanent 7", "→ 3"]),
        ("nulls", {"untitled": 0.4}, ["have no title", "of 400 rows"]),
        ("means", {"skills": 2.5}, ["skills_count", "on average"]),
    ],
)
def test_a_shift_that_matters_is_told_with_its_numbers(kind: str, shifted: dict[str, float], words: list[str]) -> None:
    chance = random.Random(2)
    (alert,) = compare([rows(chance, 400, **shifted)], past(*(rows(chance, 300) for _ in range(4))))
    assert (alert.kind, alert.of, alert.level) == (kind, "silver.job_offers", "warning")
    for said in words:
        assert said in alert.message


def test_a_small_shift_of_very_many_rows_is_certain_and_does_not_matter() -> None:
    chance = random.Random(3)
    assert compare([rows(chance, 30_000, permanent=0.75, untitled=0.07, skills=6.3)], past(rows(chance, 30_000))) == []


def test_small_runs_say_nothing() -> None:
    chance = random.Random(4)
    assert compare([rows(chance, 40, permanent=0.0, untitled=1.0, skills=0)], past(rows(chance, 1000))) == []
    assert compare([rows(chance, 1000)], past(rows(chance, 40, permanent=0.0, untitled=1.0, skills=0))) == []


def test_many_small_runs_together_are_compared_with() -> None:
    chance = random.Random(5)
    small = past(*(rows(chance, 20) for _ in range(15)))
    assert [a.kind for a in compare([rows(chance, 300, permanent=0.2)], small)] == ["categories"]


def test_what_runs_do_in_turns_is_usual() -> None:
    chance = random.Random(6)
    turns = past(*(rows(chance, 200, permanent=p, untitled=u) for p, u in [(0.9, 0.0), (0.2, 0.5)] * 3))
    assert compare([rows(chance, 200, permanent=0.9, untitled=0.25)], turns) == []


def test_a_value_that_is_new_or_gone_is_a_shift() -> None:
    chance = random.Random(7)
    before = past(rows(chance, 300), rows(chance, 300))
    now = rows(chance, 300)
    now.categories["contract"] = type(now.categories["contract"])({"volunteer": 300})
    assert "volunteer 0% → 100%" in compare([now], before)[0].message


def test_rare_values_that_are_counted_together_are_no_shift(tmp_path: Path) -> None:
    lakehouse = open_lakehouse(Settings(home=tmp_path))
    suite = Suite("silver.job_offers", "offer_id", (), ("contract",))
    for run in range(3):
        profile = Profile(suite.table)
        values = [f"value {n % 200}" for n in range(1000)] + [f"rare {run} {n}" for n in range(40)]
        profile.add(suite, pa.table({"contract": values}))
        assert note_profiles(lakehouse, [profile], run_id=str(run))[0] == []
    assert len(set(lakehouse.read(PROFILES, ["category"])["category"].to_pylist())) <= 3 * CATEGORIES


@pytest.mark.parametrize(("rows_now", "told"), [(70, True), (81, False), (500, False)])
def test_a_mart_that_loses_rows_is_told(rows_now: int, told: bool) -> None:
    alerts = compare([Profile("marts.fct_offers", rows_now)], past(Profile("marts.fct_offers", 100)))
    assert [a.kind for a in alerts] == ["rows"] * told


def test_profiles_are_kept_for_the_next_runs_and_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lakehouse = open_lakehouse(Settings(home=tmp_path))
    chance = random.Random(8)
    alerts: Callable[[str, Profile], list[str]] = lambda run, p: [a.kind for a in note_profiles(lakehouse, [p], run_id=run)[0]]  # noqa: E731
    assert alerts("1", rows(chance, 300)) == []
    assert note_profiles(lakehouse, [Profile(SUITE.table)], run_id="2") == ([], 0), "a run without rows writes nothing"
    shifted = rows(chance, 300, untitled=0.6, skills=2)
    assert alerts("3", shifted) == ["nulls", "means"]
    assert alerts("3", shifted) == ["nulls", "means"], "a run that is repeated is not compared with itself"
    assert note_profiles(lakehouse, [shifted], run_id="3")[1] == 0, "and writes nothing again"
    monkeypatch.setattr("talentflow.drift.KEPT", 1)
    alerts("4", rows(chance, 300))
    assert set(lakehouse.read(PROFILES)["run_id"].to_pylist()) == {"3", "4"}
    assert KEPT > 20
