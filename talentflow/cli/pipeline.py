"""Commands that run the pipeline and serve the app."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from talentflow.cli.interrupt import raise_if_stopped
from talentflow.cli.terminal import err, print_json, print_summary, progress
from talentflow.settings import Settings, load_settings

if TYPE_CHECKING:
    from producers.llm_simulation.plan import Wishes

DEFAULT_SIMULATION = 400
DEFAULT_SEED = 10
"""A simulation that holds a defect of most kinds among its first documents."""
_PREPARING_SECONDS = 60.0
_STATE = ("lake", "index", "warehouse", "reports", "cache", "sources")


def quick(
    *,
    cvs: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    offers: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    simulate: int | None = None,
    seed: int = DEFAULT_SEED,
    by: Literal["seeded", "llm"] = "seeded",
    or_seeded: Annotated[bool, Parameter(negative=())] = False,
    fresh: Annotated[bool, Parameter(negative=())] = False,
    serve: bool = True,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """From CVs and offers to recommendations: ingest, run the whole pipeline, serve the app.

    Parameters
    ----------
    cvs
        A folder or file of CVs (PDF, DOCX, HTML, TXT, JSON Resume, JSONL, CSV); repeatable.
    offers
        A folder or file of offers (JSONL, JSON-LD, CSV, or documents); repeatable.
    simulate
        Documents to simulate; 400 when neither --cvs nor --offers is given.
    seed
        Of the simulation: the same seed gives the same documents.
    by
        Who simulates: `seeded`, or `llm`, the language model of TALENTFLOW_LLM (see `talentflow simulate`).
    or_seeded
        With --by llm: documents that the model does not make are made by the seeded generator.
    fresh
        Forget the state of earlier runs first (models are kept).
    serve
        Serve the app when the run is done; --no-serve ends instead.
    json
        Print the summary as one JSON object and nothing else.
    """
    settings = load_settings()
    if fresh:
        forget(settings)
    count = simulate if simulate is not None else (0 if cvs or offers else DEFAULT_SIMULATION)
    if by == "llm" and count:
        made = _by_llm(settings, count, seed, or_seeded=or_seeded)
        cvs, offers, count = (*cvs, made / "cvs"), (*offers, made / "offers"), 0
    _pipeline(settings, cvs=cvs, offers=offers, simulate=count, seed=seed, serve=serve, json=json)


def _by_llm(settings: Settings, count: int, seed: int, *, or_seeded: bool) -> Path:
    """Documents that the language model invents, in a folder of the home; earlier ones of the seed are kept."""
    from producers.llm_simulation.plan import Wishes

    out = settings.home / "simulated" / str(seed)
    _simulate_by_llm(out, count, seed, "mixed", Wishes(), budget=None, or_seeded=or_seeded, json=False, must_be_whole=False)
    return out


def run(
    *, only: Annotated[tuple[str, ...], Parameter(negative=())] = (), json: Annotated[bool, Parameter(negative=())] = False
) -> None:
    """Run the pipeline over what was ingested and not handled yet.

    Parameters
    ----------
    only
        A stage to run alone: bronze, parse, classify, extract, complete, link, interactions, gate, embed, warehouse or index;
        repeatable.
    json
        Print the summary as one JSON object and nothing else.
    """
    from talentflow.order import choose

    settings = load_settings()
    _pipeline(settings, cvs=(), offers=(), simulate=0, seed=1, serve=False, json=json, only=choose(only))


def _pipeline(
    settings: Settings,
    *,
    cvs: tuple[Path, ...],
    offers: tuple[Path, ...],
    simulate: int,
    seed: int,
    serve: bool,
    json: bool,
    only: tuple[str, ...] = (),
) -> None:
    from flows.server import start_server
    from talentflow.home import require_space

    require_space(settings)
    server = start_server(settings)
    preparing = Thread(target=_prepare, args=(settings,), daemon=True)
    try:
        with progress(quiet=json):
            ingested = _ingest(settings, cvs=cvs, offers=offers, simulate=simulate, seed=seed)
            from flows.pipeline import pipeline

            if not only or {"gate", "embed"} & set(only):
                preparing.start()
            waited = server.wait()
            summary: dict[str, Any] = pipeline(
                simulated=seed if simulate else None, only=list(only), ingested=ingested, orchestrator_seconds=waited
            )
        raise_if_stopped()
        if json:
            print_json(summary)
        else:
            print_summary(summary)
            if serve:
                err.print(f"Prefect: {server.url.removesuffix('/api')}", highlight=False)
        if serve:
            _serve(settings, settings.ui_host, settings.ui_port)
    finally:
        server.stop()
        # a thread that is inside a library's own code when the process ends aborts it
        if preparing.is_alive():
            preparing.join(_PREPARING_SECONDS)


def _prepare(settings: Settings) -> None:
    """What takes seconds once, beside the server's start and the first stages: the checks' import and the model's graph."""
    import_module("talentflow.lineage.events")  # its client takes a while
    from talentflow.embedder import open_embedder
    from talentflow.quality import load_checks

    load_checks()
    open_embedder(settings).embed(["ready"])


def _ingest(
    settings: Settings, *, cvs: tuple[Path, ...], offers: tuple[Path, ...], simulate: int, seed: int
) -> list[dict[str, Any]]:
    """What a producer does, before and beside the orchestrator's start."""
    from producers.ingest import produce
    from talentflow.eventlog import open_eventlog
    from talentflow.lakehouse import small_lakehouse

    settings.home.mkdir(parents=True, exist_ok=True)
    eventlog = open_eventlog(settings)
    try:
        reports = produce(
            eventlog, small_lakehouse(settings), cvs=_names(cvs), offers=_names(offers), simulate=simulate, seed=seed
        )
    finally:
        eventlog.close()
    return [r.as_json() for r in reports]


def _names(paths: tuple[Path, ...]) -> list[str]:
    return [str(p) for p in paths]


def forget(settings: Settings) -> None:
    """Delete the state of earlier runs; only what Talentflow itself keeps in its home. Raises Busy during a run."""
    from talentflow.home import hold

    if not settings.home.exists():
        return
    with hold(settings):
        for name in _STATE:
            shutil.rmtree(settings.home / name, ignore_errors=True)
        for path in settings.home.glob("eventlog.sqlite*"):
            path.unlink()


def simulate(
    *,
    out: Path,
    count: int = 100,
    seed: int = DEFAULT_SEED,
    format: Literal["mixed", "text", "pdf", "docx", "html", "json"] = "mixed",
    by: Literal["seeded", "llm"] = "seeded",
    occupation: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    industry: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    place: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    language: Annotated[tuple[Literal["en", "fr"], ...], Parameter(negative=())] = (),
    seniority: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    budget: int | None = None,
    or_seeded: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Write simulated CVs and offers as files, with their ground truth beside them.

    Parameters
    ----------
    out
        The folder to write to: `cvs/`, `offers/` and `truth.jsonl`.
    count
        Documents.
    seed
        The same seed gives the same documents.
    format
        Of the files.
    by
        `seeded`: by rules and a seed, at once. `llm`: by the language model of TALENTFLOW_LLM, in batches that go on where they
        ended (`made.jsonl` keeps what it wrote).
    occupation
        With --by llm: an occupation, by its name in the simulation or a title; repeatable.
    industry
        With --by llm: an industry (it, health, finance, …); repeatable.
    place
        With --by llm: a town; repeatable.
    language
        With --by llm: en or fr; repeatable.
    seniority
        With --by llm: intern, junior, mid, senior or lead; repeatable.
    budget
        With --by llm: tokens that all runs into this folder may use together.
    or_seeded
        With --by llm: documents that the model does not make are made by the seeded generator.
    json
        Print what was written as JSON.
    """
    if by == "llm":
        from producers.llm_simulation.plan import LANGUAGES, SENIORITIES, Wishes

        wishes = Wishes(occupation, industry, place, language or LANGUAGES, seniority or SENIORITIES)
        _simulate_by_llm(out, count, seed, format, wishes, budget=budget, or_seeded=or_seeded, json=json)
        return
    from producers.simulate import write_simulation

    summary = write_simulation(out, count, seed, format)
    if json:
        print_json(summary)
    else:
        err.print(f"Wrote {count} documents to {out}: {summary}", highlight=False)


def _simulate_by_llm(
    out: Path,
    count: int,
    seed: int,
    format: str,
    wishes: Wishes,
    *,
    budget: int | None,
    or_seeded: bool,
    json: bool,
    must_be_whole: bool = True,
) -> None:
    """Asks, writes, and says what it cost; exit status 1 when less was written than was asked for."""
    from contextlib import closing, nullcontext

    from producers.llm_simulation.write import write_llm_simulation
    from talentflow.llm.choice import cost, require_llm

    settings = load_settings()
    without = or_seeded and settings.llm == "none"
    with nullcontext() if without else closing(require_llm(settings)) as model:
        batch = write_llm_simulation(
            out,
            count,
            seed,
            model,
            wishes,
            format=format,
            most_tokens=budget,
            at_once=settings.llm_at_once,
            or_seeded=or_seeded,
        )
    spent, written = batch.usage_in_all, batch.already_there + batch.made + batch.seeded
    summary = {
        "documents": written,
        "asked_for": batch.asked_for,
        "made": batch.made,
        "already_there": batch.already_there,
        "seeded": batch.seeded,
        "refused": dict(batch.refused),
        "prompt_tokens": batch.usage.prompt_tokens,
        "completion_tokens": batch.usage.completion_tokens,
        "cost": cost(settings, batch.usage.prompt_tokens, batch.usage.completion_tokens),
        "cost_in_all": cost(settings, spent.prompt_tokens, spent.completion_tokens),
        "stopped": batch.stopped or None,
        "truth": str(out / "truth.jsonl"),
    }
    if json:
        print_json(summary)
    else:
        tokens = f"{batch.usage.prompt_tokens:,} tokens read, {batch.usage.completion_tokens:,} written, cost {summary['cost']}"
        parts = f"{batch.made} new by the model, {batch.already_there} from earlier runs, {batch.seeded} seeded"
        err.print(f"{written} of {count} documents are in {out}: {parts} ({tokens})", highlight=False)
        for why, number in batch.refused.items():
            err.print(f"{number} were refused: {why}; run this again to ask again", highlight=False)
        if batch.stopped:
            err.print(f"Stopped: {batch.stopped}", highlight=False)
    if written < count and must_be_whole:
        raise SystemExit(1)


def ui(*, host: str | None = None, port: int | None = None) -> None:
    """Serve the app on what earlier runs published.

    Parameters
    ----------
    host
        Address to listen on; 127.0.0.1 unless set.
    port
        Port; 7860 unless set.
    """
    settings = load_settings()
    _serve(settings, host or settings.ui_host, port or settings.ui_port)


def _serve(settings: Settings, host: str, port: int) -> None:
    from gradio_ui.app import serve

    serve(
        settings, host=host, port=port, on_ready=lambda address: err.print(f"App: {address}  (Ctrl-C ends it)", highlight=False)
    )
