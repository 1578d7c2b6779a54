"""`talentflow evaluate`: how well it works, against ground truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from rich.table import Table

from talentflow.cli.terminal import out, print_json
from talentflow.settings import load_settings

if TYPE_CHECKING:
    from talentflow.evaluation.by_model import Measured


def extraction(
    *,
    count: int = 400,
    seed: int = 9001,
    personas: Path | None = None,
    mode: Annotated[tuple[Literal["rules", "llm", "rules+llm"], ...], Parameter(negative=())] = ("rules",),
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Precision and recall of each field, on simulated documents of a held-out seed and on PDFs with a written truth.

    Parameters
    ----------
    count
        Simulated documents.
    seed
        Of the simulation; not the seed of `quick`.
    personas
        A folder of PDFs, each with its `.truth.json`.
    mode
        Who reads: rules, llm or rules+llm (as TALENTFLOW_EXTRACTION); repeatable, to see them side by side with what they cost.
    json
        Print the rows as JSON.
    """
    from contextlib import closing, nullcontext

    from talentflow.evaluation import evaluate_extraction, evaluate_personas
    from talentflow.evaluation.by_model import measure
    from talentflow.llm.choice import cost, require_llm

    settings = load_settings()
    measured: list[Measured] = []
    with nullcontext() if set(mode) <= {"rules"} else closing(require_llm(settings)) as model:
        simulated = f"simulation, seed {seed}"
        measured += measure(simulated, lambda again: evaluate_extraction(count, seed, again=again), mode, model)
        if personas is not None:
            measured += measure(str(personas), lambda again: evaluate_personas(personas, again=again), mode, model)
    price = {id(m): cost(settings, m.usage.prompt_tokens, m.usage.completion_tokens) for m in measured}
    if json:
        print_json(
            {
                m.of if m.mode == "rules" else f"{m.of}, {m.mode}": {
                    "documents": m.evaluation.documents,
                    "fields": [asdict(r) for r in m.evaluation.rows],
                    **m.as_json(),
                    "cost": price[id(m)],
                }
                for m in measured
            }
        )
        return
    for name in dict.fromkeys(m.of for m in measured):
        _print_modes(name, {m.mode: m for m in measured if m.of == name}, price)


def _print_modes(name: str, modes: Mapping[str, Measured], price: Mapping[int, float]) -> None:
    """One table: a row a field, precision, recall and F1 of each mode beside those of the others; then what each costs."""
    first = next(iter(modes.values())).evaluation
    table = Table(title=f"{name}: {first.documents} documents", title_justify="left")
    table.add_column("field")
    for mode in modes:
        for measure in ("precision", "recall", "f1"):
            table.add_column(measure if len(modes) == 1 else f"{measure}\n{mode}", justify="right")
    table.add_column("support", justify="right")
    rows = {mode: {r.field: r for r in m.evaluation.rows} for mode, m in modes.items()}
    fields = dict.fromkeys(r.field for m in modes.values() for r in m.evaluation.rows)
    for field in fields:
        found = [by_field.get(field) for by_field in rows.values()]
        shares = [s for r in found for s in ((r.precision, r.recall, r.f1) if r else (None, None, None))]
        support = str(max(r.support for r in found if r))
        table.add_row(field, *("" if s is None else f"{s:.3f}" for s in shares), support)
    out.print(table)
    if len(modes) == 1 and "rules" in modes:
        return
    costs = Table(title="a document", title_justify="left")
    for column in ("mode", "seconds", "tokens read", "tokens written", "cost", "asked", "values taken", "refused", "unusable"):
        costs.add_column(column, justify="left" if column == "mode" else "right")
    for mode, m in modes.items():
        each = m.a_document()
        spent = f"{price[id(m)] / max(1, first.documents):.6f}"
        shown = (f"{each['seconds']:.3f}", f"{each['prompt_tokens']:.0f}", f"{each['completion_tokens']:.0f}", spent)
        costs.add_row(mode, *shown, str(m.asked), str(m.accepted), str(m.refused.total()), str(m.unusable))
    out.print(costs)


def duplicates(
    *,
    count: int = 150,
    seed: Annotated[tuple[int, ...], Parameter(negative=())] = (),
    ads: Path | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Precision and recall of the links between offers that are one, by kind of variation.

    Parameters
    ----------
    count
        Simulated offers that are varied.
    seed
        Of the offers and the variations; several may be given. Without one: the seed on which thresholds were chosen, and one
        that was held out.
    ads
        Vary these offers instead: JSON Lines with title, company, location and description.
    json
        Print the rows as JSON.
    """
    from talentflow.evaluation.duplicates import HELD_OUT_SEED, TUNING_SEED, evaluate_duplicates

    measured = {s: evaluate_duplicates(count, s, ads_file=ads) for s in seed or (TUNING_SEED, HELD_OUT_SEED)}
    if json:
        shares = {s: [asdict(r) | {"precision": r.precision, "recall": r.recall} for r in rows] for s, rows in measured.items()}
        print_json({f"seed {s}": rows for s, rows in shares.items()})
        return
    for s, rows in measured.items():
        held = " (held out)" if s == HELD_OUT_SEED else ""
        table = Table(title=f"seed {s}{held}: links of offers", title_justify="left")
        for column in ("variation", "one offer", "documents", "linked", "precision", "recall"):
            table.add_column(column, justify="left" if column == "variation" else "right")
        for r in rows:
            shares = ("" if share is None else f"{share:.3f}" for share in (r.precision, r.recall))
            table.add_row(r.kind, "yes" if r.same else "no", str(r.documents), str(r.linked), *shares)
        out.print(table)


def chat(
    *,
    candidates: int = 40,
    count: int = 240,
    seed: int = 9001,
    wrong: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Answers about simulated CVs, without a language model, held against what the simulation wrote.

    Parameters
    ----------
    candidates
        Simulated CVs, all of which every question is about.
    count
        Questions, half of them French, a third without an answer.
    seed
        Of the simulation and of the choice of questions.
    wrong
        List each answer that is not right, with what was expected, and each statement that is not supported.
    json
        Print the result as JSON.
    """
    from talentflow.evaluation.chat import evaluate_chat

    measured = evaluate_chat(candidates, seed, count)
    totals = [measured.total(answerable=True), measured.total(answerable=False)]
    failed = [o for o in measured.outcomes if o.outcome != "right"]
    if json:
        print_json(
            {
                "candidates": measured.candidates,
                "kinds": [asdict(k) for k in [*measured.kinds, *totals]],
                "statements": measured.statements,
                "unsupported": measured.unsupported,
                "seconds": measured.seconds,
                "not_right": [asdict(o) for o in failed],
            }
        )
        return
    table = Table(
        title=f"seed {seed}: {measured.candidates} candidates, {len(measured.outcomes)} questions", title_justify="left"
    )
    for column in ("questions", "asked", "right", "refused", "wrong", "by extraction"):
        table.add_column(column, justify="left" if column == "questions" else "right")
    for k in [*measured.kinds, *totals]:
        table.add_row(
            k.kind, str(k.asked), f"{k.right / k.asked:.3f}" if k.asked else "", *map(str, (k.refused, k.wrong, k.by_extraction))
        )
    out.print(table)
    out.print(f"{len(measured.unsupported)} of {measured.statements} statements are unsupported.")
    out.print("Seconds: " + ", ".join(f"{name} {value:.3f}" for name, value in measured.seconds.items()) + ".")
    if wrong:
        for o in failed:
            asked = f"{o.after} → {o.question}" if o.after else o.question
            out.print(f"\\[{o.outcome}, {o.blame}] {asked}\n  expected {o.expected}\n  answered {o.found}", highlight=False)
        for line in measured.unsupported:
            out.print(f"\\[unsupported] {line}", highlight=False)
