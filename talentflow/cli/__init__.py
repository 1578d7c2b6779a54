"""`talentflow`: the command line. Each command's work is imported when it runs, so that `--help` answers at once."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

from cyclopts import App, Parameter

from talentflow.cli.interrupt import listen, stopped

app = App(
    name="talentflow",
    help="Bring job offers and CVs together: run the pipeline, serve the app, match, extract, classify.",
    version_flags=["--version"],
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
    result_action="return_value",
)

COMMANDS = {
    "quick": ("pipeline:quick", "From CVs and offers to recommendations: ingest, run the pipeline, serve the app."),
    "run": ("pipeline:run", "Run the pipeline over what was ingested and not handled yet."),
    "ingest": ("sources:ingest", "Put what is new in files, folders, boards, feeds, sites and databases on the event log."),
    "replay": ("sources:replay", "Handle again what is in quarantine."),
    "dead-letters": ("dead_letters:dead_letters", "Messages that do not fit their topic's schema: look, and send again."),
    "watch": ("watch:watch", "Watch folders: recommend offers for each CV that is dropped, and candidates for each offer."),
    "stream": ("stream:stream", "Take messages from the event log to recommendations as they come, without end."),
    "mapping": ("mapping:mapping", "Guess the columns of a CSV or Parquet file, to confirm in a small YAML."),
    "simulate": ("pipeline:simulate", "Write simulated CVs and offers as files, with their ground truth beside them."),
    "ui": ("pipeline:ui", "Serve the app on what earlier runs published."),
    "ask": ("ask:ask", "Ask about candidates: every answer points at the CVs that say it, or says that they do not."),
    "letter": ("ask:letter", "A cover letter from what an offer asks and a CV says."),
    "interview": ("ask:interview", "Interview questions from what an offer asks and a CV says."),
    "match": ("documents:match", "Rank CVs for offers, or offers for CVs, at once and with no pipeline state."),
    "extract": ("documents:extract", "Turn CVs into JSON Resume and offers into JobPosting, with evidence."),
    "classify": ("documents:classify", "Say what each document is: kind, occupation, seniority, language."),
    "status": ("state:status", "What is in the home folder: runs, tables, quarantine."),
    "history": ("history:history", "A table's commits, or the table as it was at a version or a time."),
    "maintain": ("history:maintain", "Put the tables' small files together, remove files that no recent version needs."),
    "doctor": ("state:doctor", "Check that everything the profile needs is here."),
}

for name, (target, summary) in COMMANDS.items():
    app.command(f"talentflow.cli.{target}", name=name, help=summary)


evaluate = App(name="evaluate", help="Measure quality against ground truth.")
evaluate.command("talentflow.cli.evaluate:extraction", name="extraction", help="Precision and recall of each field.")
evaluate.command("talentflow.cli.evaluate:duplicates", name="duplicates", help="Precision and recall of linked offers.")
evaluate.command("talentflow.cli.evaluate:chat", name="chat", help="Right answers, right refusals, and what is unsupported.")
app.command(evaluate)

sources = App(name="sources", help="The configured sources: list them, and deploy their schedules.")
sources.command("talentflow.cli.sources:deploy", name="deploy", help="Make their Prefect deployments.")
app.command(sources)


@sources.default
def _sources(*, json: Annotated[bool, Parameter(negative=())] = False) -> None:
    """The configured sources: what they are, when they run, how their last ingest went, and whether they can be used.

    Parameters
    ----------
    json
        Print them as JSON.
    """
    from talentflow.cli.sources import show

    show(json=json)


lineage = App(name="lineage", help="Which datasets are made from which: show it, and send it to a catalogue.")
lineage.command("talentflow.cli.lineage:send", name="send", help="Send the events that wait for TALENTFLOW_LINEAGE_URL.")
app.command(lineage)


@lineage.default
def _lineage(*, format: Literal["svg", "mermaid", "json"] = "mermaid", run: str | None = None) -> None:
    """Which datasets are made from which, as earlier runs told.

    Parameters
    ----------
    format
        svg, mermaid or json.
    run
        A run's id; the last run of each job when left out.
    """
    from talentflow.cli.lineage import show

    show(format=format, run=run)


database = App(name="database", help="The CV database: candidates of a Postgres, one's own or the embedded one.")
database.command("talentflow.cli.database:seed", name="seed", help="Fill it with simulated candidates.")
database.command("talentflow.cli.database:status", name="status", help="What is in it.")
app.command(database)

warehouse = App(name="warehouse", help="The warehouse: its credentials in a Prefect block.")
warehouse.command("talentflow.cli.warehouse:block", name="block", help="Keep Snowflake's credentials in a Prefect block.")
app.command(warehouse)

services = App(name="services", help="Start and end the full profile's servers on this machine.")
services.command("talentflow.cli.services:up", name="up", help="Start servers; the settings find them.")
services.command("talentflow.cli.services:down", name="down", help="End them; their data stays.")
services.command("talentflow.cli.services:status", name="status", help="Which run, and where.")
app.command(services)


def main() -> None:
    """Run the command line. An error of ours is a sentence and exit code 1 (75 when trying again may help)."""
    from talentflow.errors import TalentflowError, TransientError

    listen()
    try:
        app()
    except BaseException as error:
        # a library may answer Ctrl-C with an error of its own (Prefect does, while it sets a task up): it is Ctrl-C all the same
        if stopped() or isinstance(error, KeyboardInterrupt):
            print("talentflow: stopped; what was committed is kept, run the command again to go on", file=sys.stderr)
            sys.exit(130)
        if not isinstance(error, TalentflowError):
            raise
        print(f"talentflow: {error}", file=sys.stderr)
        sys.exit(75 if isinstance(error, TransientError) else 1)
