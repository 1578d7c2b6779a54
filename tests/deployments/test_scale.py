"""docs/scale.md is what benchmarks/rates.json gives."""

from __future__ import annotations

import copy
import re

import pytest

from benchmarks.scale import DOCUMENT, PARTS, TABLES, Rates, cores_for, filled, read_rates, storage
from talentflow.tables import TABLES as DECLARED


def test_the_document_says_what_the_rates_give() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert filled(text, read_rates()) == text, "run  python -m benchmarks.scale --write"


def test_a_table_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place for inputs"):
        filled("# Nothing", read_rates())


def test_every_table_that_grows_with_documents_is_counted() -> None:
    others = {"bronze.closures", "bronze.quarantine", "silver.interactions", "ops.ingests", "ops.profiles"}
    assert set(TABLES) == DECLARED.keys() - others


def test_twice_the_rate_takes_half_the_work_and_twice_the_documents_twice() -> None:
    rates = read_rates()
    faster, more = copy.deepcopy(rates.inputs), copy.deepcopy(rates.inputs)
    faster["measured"]["parse"]["value"] *= 2
    for what in ("offers", "cvs"):
        more["assumed"][what]["value"] *= 2
    assert Rates(faster).core_hours("parse") == pytest.approx(rates.core_hours("parse") / 2)
    assert Rates(more).core_hours("parse") == pytest.approx(rates.core_hours("parse") * 2)
    assert cores_for(Rates(more), "extract")[0] >= cores_for(rates, "extract")[0]


def test_every_input_says_where_it_is_from() -> None:
    for group in ("measured", "bytes", "assumed", "prices"):
        for given in read_rates().inputs[group].values():
            assert len(given["from"]) > 4


def test_a_whole_is_the_sum_of_its_tables() -> None:
    rates = read_rates()
    whole = sum(rates.total(name) for name in TABLES)
    assert f"| all tables | {whole / 1e12:,.1f} TB |" in storage(rates)


def test_every_part_is_a_markdown_table() -> None:
    for part in PARTS.values():
        lines = part(read_rates()).splitlines()
        assert len({line.count("|") for line in lines}) == 1
        assert re.fullmatch(r"(\|-+:?)+\|", lines[1])
