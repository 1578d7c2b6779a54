"""What 10 million offers and 100 million CVs take, computed from `rates.json`: the tables of docs/scale.md.

python -m benchmarks.scale            # print them
python -m benchmarks.scale --write    # put them into docs/scale.md
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DOCUMENT = HERE.parent / "docs" / "scale.md"
TABLES = (
    *("bronze.documents", "silver.texts", "silver.classifications", "silver.job_offers", "silver.candidates"),
    *("silver.identities", "silver.embeddings", "ops.fingerprints", "ops.links", "ops.outcomes"),
)
STAGES = {"parse": "Spark", "extract": "Spark", "classify": "Ray", "embed": "Ray", "link": "one driver", "gate": "one driver"}
"""The work for each document and where it is done."""
GB, GIB = 1e9, 2**30
DAY, HOUR, MONTH_HOURS = 86_400, 3600, 730


class Rates:
    """The inputs, by name."""

    def __init__(self, inputs: dict[str, Any]) -> None:
        self.inputs = inputs

    def __getitem__(self, name: str) -> float:
        for group in ("measured", "assumed", "prices"):
            if name in self.inputs[group]:
                return self.inputs[group][name]["value"]
        raise KeyError(name)

    def total(self, name: str, share: tuple[float, float] = (1, 1)) -> float:
        """Bytes of `name` for all documents, or for a share of the offers and one of the CVs."""
        per = self.inputs["bytes"][name]
        return per["offer"] * self["offers"] * share[0] + per["cv"] * self["cvs"] * share[1]

    def documents(self, share: tuple[float, float] = (1, 1)) -> float:
        return self["offers"] * share[0] + self["cvs"] * share[1]

    @property
    def daily(self) -> tuple[float, float]:
        """Share of offers and of CVs that are new or changed in a day."""
        return self["offers_a_day"], self["cvs_a_day"]

    def core_hours(self, stage: str, share: tuple[float, float] = (1, 1)) -> float:
        """Of a stage over all documents, or the shares: what was measured, for longer documents, at the assumed efficiency."""
        count = self["offers"] * share[0] if stage == "link" else self.documents(share)
        return count * self["longer"] / (self[stage] / self["cores"]) / self["efficiency"] / HOUR


def size(count: float) -> str:
    """Bytes for people."""
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if count >= scale:
            return f"{count / scale:,.{0 if count >= 100 * scale else 1}f} {unit}"
    return f"{count:,.0f} B"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def inputs(rates: Rates) -> str:
    rows: list[list[str]] = []
    for group in ("measured", "assumed", "prices"):
        for name, given in rates.inputs[group].items():
            value = "–" if given["value"] is None else f"{given['value']:,}"
            rows.append([f"{group}: `{name}`", f"{value} {given['unit']}", given["from"]])
    lines = table(["input", "value", "from"], rows)
    return lines.replace("|---|---:|---:|", "|---|---:|---|", 1)


def per_document(rates: Rates) -> str:
    given = rates.inputs["bytes"]
    rows = [[f"`{name}`", f"{b['offer']:,}", f"{b['cv']:,}", b["from"]] for name, b in given.items()]
    return table(["bytes of", "an offer", "a CV", "from"], rows).replace("|---|---:|---:|---:|", "|---|---:|---:|---|", 1)


def storage(rates: Rates) -> str:
    rows = [[f"`{name}`", size(rates.total(name)), size(rates.total(name, rates.daily))] for name in TABLES]
    whole = sum(rates.total(name) for name in TABLES)
    daily = sum(rates.total(name, rates.daily) for name in TABLES)
    rows.append(["all tables", size(whole), size(daily)])
    rows.append([f"… with {rates['history']:g} of it for earlier versions", size(whole * rates["history"]), ""])
    rows.append(["warehouse", size(rates.total("warehouse")), size(rates.total("warehouse", rates.daily))])
    return table(["", "first load", "new a day"], rows)


def kafka(rates: Rates) -> str:
    load = rates.total("message") / (rates["first_load_days"] * DAY)
    day = rates.total("message", rates.daily)
    cores = landing_cores(rates)
    spark = sum(cores_for(rates, stage)[0] for stage, where in STAGES.items() if where == "Spark")
    needed = max(load / 1e6 / rates["partition_megabytes"], cores + spark)
    partitions = 2 ** math.ceil(math.log2(needed * rates["headroom"]))
    rows = [
        ["messages a second, first load", f"{rates.documents() / (rates['first_load_days'] * DAY):,.0f}"],
        ["bytes a second, first load", f"{size(load)}/s"],
        ["messages a second, daily, over 24 hours", f"{rates.documents(rates.daily) / DAY:,.0f}"],
        ["cores that land the first load in time", f"{cores:,}"],
        [
            f"partitions: one a core that lands, parses and extracts ({needed:,.0f}), times {rates['headroom']:g}",
            f"{partitions:,}",
        ],
        [
            f"disk of the brokers, daily work kept {rates['retention_days']:g} days, {rates['replicas']:g} copies",
            size(broker_disk(rates)),
        ],
        [
            f"… while the first load runs, kept {rates['retention_days']:g} days",
            size(load * min(rates["retention_days"], rates["first_load_days"]) * DAY * rates["replicas"]),
        ],
        ["bytes read from the brokers a day", size(day)],
    ]
    return table(["Kafka or Redpanda", ""], rows)


def landing_cores(rates: Rates) -> int:
    """By the slower of the two ways that were measured."""
    slowest = min(rates["land"], rates["merge"]) / rates["cores"] * rates["efficiency"]
    return math.ceil(rates.documents() / (rates["first_load_days"] * DAY) / slowest)


def broker_disk(rates: Rates) -> float:
    return rates.total("message", rates.daily) * rates["retention_days"] * rates["replicas"]


def cores_for(rates: Rates, stage: str) -> tuple[int, int]:
    """For the first load in its days, and for a day's work in its hours."""
    first = rates.core_hours(stage) / (rates["first_load_days"] * 24)
    return math.ceil(first), math.ceil(rates.core_hours(stage, rates.daily) / rates["delta_hours"])


def work(rates: Rates) -> str:
    rows: list[list[str]] = []
    for stage, where in STAGES.items():
        first, daily = cores_for(rates, stage)
        rows.append(
            [
                stage,
                where,
                f"{rates.core_hours(stage):,.0f}",
                f"{first:,}",
                f"{rates.core_hours(stage, rates.daily):,.0f}",
                f"{daily:,}",
            ]
        )
    spark, ray = (
        (sum(cores_for(rates, s)[n] for s, w in STAGES.items() if w == where) for n in (0, 1)) for where in ("Spark", "Ray")
    )
    executors = [math.ceil(c / rates["executor_cores"]) for c in spark]
    memory = rates["executor_cores"] * rates["core_gibibytes"]
    rows.append(
        [
            f"executors of {rates['executor_cores']:g} cores, {memory:g} GiB",
            "Spark",
            "",
            f"{executors[0]:,}",
            "",
            f"{executors[1]:,}",
        ]
    )
    actors = list(ray)
    rows.append([f"actors of a core, {rates['actor_gibibytes']:g} GiB", "Ray", "", f"{actors[0]:,}", "", f"{actors[1]:,}"])
    head = ["", "on", "core-hours, first", f"cores for {rates['first_load_days']:g} days"]
    return table([*head, "core-hours a day", f"cores for {rates['delta_hours']:g} hours"], rows)


def vectors(rates: Rates) -> str:
    flat = rates["dimension"] * 4
    rows: list[list[str]] = []
    for kind, key in (("offers", "offer"), ("CVs", "cv")):
        count = rates["offers"] if key == "offer" else rates["cvs"]
        given = rates.inputs["bytes"]
        rows.append(
            [
                f"{count:,.0f} {kind}",
                size(count * flat),
                size(count * (rates["pq_bytes"] + 8)),
                f"{2 ** round(math.log2(8 * math.sqrt(count))):,}",
                size(count * (flat + given["index_metadata"][key])),
                size(count * flat),
                size(count * given["index_terms"][key]),
                size(count * (given["index_record"][key] - flat)),
            ]
        )
    head = ["", "FAISS flat", "FAISS IVF-PQ", "lists", "Pinecone, as sent", "titles' vectors", "BM25", "records' JSON"]
    return table(head, rows)


def memory(rates: Rates) -> str:
    """What the code of today would hold in one process."""
    flat = rates["dimension"] * 4
    staged = rates.documents() * flat
    what: list[tuple[str, float, str]] = [
        (
            "`incremental.handled`, each stage",
            rates.total("handled_peak"),
            "an anti-join in Spark, or the change feed since the last version",
        ),
        ("`incremental.count_pending`", rates.total("handled_kept"), "the same join's count"),
        (
            "`bronze.land` without Spark: known documents",
            rates.total("handled_kept"),
            "`spark_jobs.bronze`, which asks for a micro-batch's ids alone",
        ),
        (
            "`talentflow.silver`: classifications of all documents",
            rates.total("silver.classifications") * 4,
            "a join in Spark; classify and extract in one job",
        ),
        ("`gate`: keys of texts", rates.total("handled_peak"), "expectations on what is new, by the change feed"),
        (
            "`duplicates.link`: facts and signatures",
            rates["offers"] * 2500,
            "bands as a table, candidates by a join, groups by employer",
        ),
        ("`matching.index`: vectors, twice", 2 * staged, "Pinecone by the change feed; or shards of IVF-PQ"),
        ("`matching.index`: records", rates.total("index_record"), "a key-value store, or the warehouse, by id"),
        (
            "the app: BM25 and filters",
            rates.total("index_terms") + rates.total("index_metadata"),
            "a search engine, or sparse vectors beside the dense ones",
        ),
    ]
    return table(["in one process today", "bytes", "at this size"], [[n, size(b), r] for n, b, r in what]).replace(
        "|---|---:|---:|", "|---|---:|---|", 1
    )


def cost(rates: Rates) -> str:
    first = sum(rates.core_hours(s) for s in STAGES)
    monthly = sum(rates.core_hours(s, rates.daily) for s in STAGES) * 30
    lake = sum(rates.total(name) for name in TABLES) * rates["history"] / GB
    served = rates.documents() * (rates["pq_bytes"] + 8) + rates.total("index_terms") + rates.total("index_metadata")
    rows = [
        ["first load", "core-hours × `core_hour`", f"{first:,.0f} core-hours", f"{first * rates['core_hour']:,.0f}"],
        ["daily work, 30 days", "core-hours × `core_hour`", f"{monthly:,.0f} core-hours", f"{monthly * rates['core_hour']:,.0f}"],
        ["tables", "GB × `gigabyte_month`", f"{lake:,.0f} GB", f"{lake * rates['gigabyte_month']:,.0f}"],
        [
            "brokers' disk",
            "GB × `disk_month`",
            f"{broker_disk(rates) / GB:,.0f} GB",
            f"{broker_disk(rates) / GB * rates['disk_month']:,.0f}",
        ],
        [
            "index in memory, IVF-PQ, one copy",
            "GiB × `memory_month`",
            f"{served / GIB:,.0f} GiB",
            f"{served / GIB * rates['memory_month']:,.0f}",
        ],
    ]
    return table(["", "formula", "quantity", "at the example prices, once or a month"], rows).replace(
        "|---|---:|---:|---:|", "|---|---|---:|---:|", 1
    )


PARTS: dict[str, Callable[[Rates], str]] = {
    f.__name__: f for f in (inputs, per_document, storage, kafka, work, vectors, memory, cost)
}


def filled(text: str, rates: Rates) -> str:
    """The document with each part between its markers computed anew. Raises ValueError for one that has no place."""
    for name, part in PARTS.items():
        begin, end = f"<!-- scale: {name} -->", "<!-- scale: end -->"
        pattern = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"docs/scale.md has no place for {name}: write {begin} and {end}")
        made = f"{begin}\n\n{part(rates)}\n\n{end}"
        text = pattern.sub(lambda _, made=made: made, text, count=1)
    return text


def read_rates() -> Rates:
    return Rates(json.loads((HERE / "rates.json").read_text(encoding="utf-8")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/scale.md")
    options = parser.parse_args()
    rates = read_rates()
    if options.write:
        DOCUMENT.write_text(filled(DOCUMENT.read_text(encoding="utf-8"), rates), encoding="utf-8")
        return
    for name, part in PARTS.items():
        print(f"## {name}\n\n{part(rates)}\n")


if __name__ == "__main__":
    main()
