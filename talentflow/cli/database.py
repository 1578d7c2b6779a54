"""Commands of the CV database: fill it with simulated candidates, say what is in it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter, validators

from talentflow.cli.terminal import out, print_json
from talentflow.settings import load_settings

Flag = Annotated[bool, Parameter(negative=())]
Count = Annotated[int, Parameter(validator=validators.Number(gte=1))]


def seed(*, count: Count = 1000, seed: int = 7, json: Flag = False) -> None:
    """Fill the CV database with simulated candidates; those that are there are left alone.

    The database is the one of TALENTFLOW_CV_DATABASE_URL, else the embedded one of the home. One with real candidates is refused.

    Parameters
    ----------
    count
        How many there are afterwards of this seed.
    seed
        Another seed gives other candidates.
    json
        Print what was done as JSON.
    """
    from producers.cv_database.seed import seed_database

    done = seed_database(load_settings(), count, seed=seed)
    if json:
        print_json(asdict(done))
        return
    out.print(
        f"{done.added:,} candidates added ({done.rows:,} rows in {done.seconds:.1f} s), {done.candidates:,} in {done.database}",
        highlight=False,
        soft_wrap=True,
    )


def status(*, json: Flag = False) -> None:
    """What is in the CV database: rows a table, and when it last changed.

    Parameters
    ----------
    json
        Print it as JSON.
    """
    from producers.cv_database.read import database_status

    told = database_status(load_settings())
    if json:
        print_json(told)
        return
    said = f"{told['database']} · Postgres {told['version']} · last change {told['updated_at'] or 'none'}"
    out.print(said, highlight=False, soft_wrap=True)
    for name, rows in told["tables"].items():
        out.print(f"{name:<26} {rows:>10,}", highlight=False)
    out.print(f"changes are told by {told['clock']}", highlight=False)
