"""Commands of the sources: ingest, replay, and what is configured."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from talentflow.cli.interrupt import raise_if_stopped
from talentflow.cli.terminal import err, out, print_json, progress
from talentflow.settings import load_settings

Flag = Annotated[bool, Parameter(negative=())]
Stage = Literal["bronze", "parse", "classify", "extract", "link", "gate", "embed", "interactions"]


def ingest(
    *targets: str,
    kind: Annotated[Literal["cv", "offer", "auto", "interactions"] | None, Parameter(name="--as")] = None,
    allow_private_hosts: Flag = False,
    json: Flag = False,
) -> None:
    """Put what sources have and what is new on the event log; `talentflow run` takes it from there.

    Exit code 0 when every target was read to its end, 75 when trying again later may help, 1 when somebody must act.

    Parameters
    ----------
    targets
        URLs (a job board, a feed, a careers site, a sitemap, a Postgres database), files, folders, or names of configured
        sources. None: every configured source that is enabled.
    kind
        What the documents are; `auto` lets each be judged. Without it files are judged, mailboxes and databases hold CVs, and
        everything on the web offers. `interactions`: the files say who viewed, saved, applied, was shortlisted, rejected or
        hired (JSON Lines, JSON lists, CSV or Parquet; see docs/interactions.md).
    allow_private_hosts
        Fetch from private, loopback and link-local addresses too.
    json
        Print `{"targets": [...]}` and nothing else.
    """
    from producers.ingest import Ingested, exit_code, ingest_target, open_intake
    from producers.targets import all_targets

    settings = load_settings()
    chosen = list(dict.fromkeys(targets)) or all_targets(settings)
    done: list[Ingested] = []
    with open_intake(settings) as intake, progress(quiet=json):
        for target in chosen:
            done.append(ingest_target(intake, target, kind=kind, allow_private_hosts=allow_private_hosts))
            raise_if_stopped()
    if json:
        print_json({"targets": [i.as_json() for i in done]})
    else:
        for told in (i.as_json() for i in done):
            _show_ingested(told)
        if any(i.documents or i.quarantined or i.closed for i in done):
            out.print("Next: talentflow run", highlight=False)
    if code := exit_code(done):
        sys.exit(code)


def _show_ingested(told: dict[str, Any]) -> None:
    counts = (
        f"{told['documents']} new, {told['skipped']} unchanged or left out, {told['closed']} closed, "
        f"{told['quarantined']} unusable"
    )
    fetched = f"{told['fetched']} read, {told['not_modified']} not modified, {told['seconds']:.1f} s"
    out.print(f"{told['target']}: {counts} ({fetched})", highlight=False, markup=False, soft_wrap=True)
    if told["error"]:
        what = "not all of it could be used" if told["rejected"] else "not read to its end"
        err.print(f"{told['target']}: {what}: {told['error']}", highlight=False, markup=False, soft_wrap=True)


def replay(
    *,
    stage: Stage,
    source: str | None = None,
    error_code: str | None = None,
    json: Flag = False,
) -> None:
    """Handle again what is in quarantine: after a parser, an adapter or a suite was mended.

    Parameters
    ----------
    stage
        Where it stopped. What stopped in `bronze` is read again from the kept answer or the file and put on the event log, a
        message that stopped in `interactions` is put there again; a document that stopped later is handled again by the next run.
    source
        Only what came from this source.
    error_code
        Only this cause, as `talentflow status` names it.
    json
        Print the counts as one JSON object and nothing else.
    """
    from producers.ingest import open_intake
    from producers.replay import replay_quarantine

    with open_intake(load_settings()) as intake, progress(quiet=json):
        done = replay_quarantine(intake, stage, source=source, error_code=error_code)
    if json:
        print_json(done.as_json())
        return
    out.print(
        f"{stage}: {done.replayed} of {done.found} are handled again, {done.unreadable} still cannot be read, "
        f"{done.gone} are not there any more",
        highlight=False,
        soft_wrap=True,
    )
    if done.replayed:
        out.print("Next: talentflow run", highlight=False)


def show(*, json: bool) -> None:
    """The work of `talentflow sources`."""
    from producers.catalogue import catalogue
    from talentflow.lakehouse import small_lakehouse

    settings = load_settings()
    told = catalogue(settings, small_lakehouse(settings))
    if json:
        print_json({"file": str(settings.sources_file), "sources": told})
        return
    if not told:
        out.print(f"No source is configured: write {settings.sources_file}", highlight=False, soft_wrap=True)
        return
    for source in told:
        _show_source(source)


def _show_source(source: dict[str, Any]) -> None:
    def line(text: str) -> None:
        out.print(text, highlight=False, markup=False, soft_wrap=True)

    line(f"{source['name']} ({source['type'] or 'of no type'}): {source['where'] or ''}")
    if source["problem"]:
        line(f"  cannot be used: {source['problem']}")
    else:
        schedule = f"{source['schedule']} UTC" if source["schedule"] else "by hand"
        line(f"  {schedule if source['enabled'] else 'switched off'}")
    if last := source["last_ingest"]:
        said = f": {last['error']}" if last["error"] else ""
        counts = f"{last['documents']} new, {last['closed']} closed, {last['quarantined']} unusable"
        line(f"  last ingest {last['started_at']}: {counts}, {last['status']}{said}")


def deploy(*, json: Flag = False) -> None:
    """Make the Prefect deployments of the configured sources: one each, with its schedule, in the work pool `talentflow`.

    Deployments of sources that are gone or switched off are deleted; nothing else is touched. Needs a Prefect server
    (`PREFECT_API_URL`) and a worker: `prefect worker start --pool talentflow`.

    Parameters
    ----------
    json
        Print what was made and deleted as JSON.
    """
    from flows.server import use_server

    settings = load_settings()
    use_server(settings)
    from flows.source_deployments import deploy_sources

    done = deploy_sources(settings)
    if json:
        print_json(done)
        return
    for what, names in done.items():
        out.print(f"{what}: {', '.join(names) or 'none'}", highlight=False, soft_wrap=True)
