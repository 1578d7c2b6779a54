"""Commands for tables: history and maintain."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.box import SIMPLE
from rich.table import Table as Shown

from talentflow.cli.terminal import out, print_json
from talentflow.settings import load_settings

if TYPE_CHECKING:
    from talentflow.lakehouse import Lakehouse
    from talentflow.lakehouse.commits import Commit
    from talentflow.tables import Table

Flag = Annotated[bool, Parameter(negative=())]


def history(table: str, /, *, at: str | None = None, limit: int = 20, json: Flag = False) -> None:
    """A table's commits, newest first: when, what, by whom, how many rows. With --at, the table as it was then.

    Parameters
    ----------
    table
        Its name: silver.texts, or texts.
    at
        A version, or a time (2026-11-24T12:00, UTC unless it says otherwise): how many rows it had, and the keys of the first.
    limit
        Commits, or keys, to show.
    json
        Print it as JSON.
    """
    from talentflow.errors import BadInput
    from talentflow.lakehouse import small_lakehouse
    from talentflow.lakehouse.maintenance import tables_named

    if limit < 1:
        raise BadInput(f"--limit {limit} shows nothing: give at least 1")
    (found,) = tables_named([table])
    moment = None if at is None else _moment(at)
    lakehouse = small_lakehouse(load_settings())
    if moment is None:
        _show_commits(found, lakehouse.history(found, limit), json=json)
    else:
        _show_rows(lakehouse, found, moment, limit, json=json)


def _moment(at: str) -> int | datetime:
    from talentflow.errors import BadInput

    try:
        return int(at) if at.isdecimal() else datetime.fromisoformat(at)
    except ValueError as error:
        raise BadInput(f"--at {at} is neither a version nor a time: write 12, or 2026-11-24T12:00") from error


def _show_commits(table: Table, commits: list[Commit], *, json: bool) -> None:
    if json:
        print_json([_told(c) for c in commits])
        return
    if not commits:
        out.print(f"No commit yet: nobody wrote to {table.id}", highlight=False)
        return
    shown = Shown(title=f"{table.id} (times in UTC)", title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for column in ("version", "written", "removed"):
        shown.add_column(column, justify="right", no_wrap=True)
    for column in ("at", "operation"):
        shown.add_column(column, no_wrap=True)
    for column in ("by", "transaction"):
        shown.add_column(column, overflow="fold")
    for c in commits:
        counts = ("" if n is None else f"{n:,}" for n in (c.rows_written, c.rows_removed))
        transaction = f"{c.transaction[0]} {c.transaction[1]}" if c.transaction else ""
        by = "Spark" if "Spark" in (c.engine or "") else (c.engine or "").partition(":")[0]
        shown.add_row(str(c.version), *counts, f"{c.at:%Y-%m-%d %H:%M:%S}", c.operation, by, transaction)
    out.print(shown, markup=False)


def _told(c: Commit) -> dict[str, Any]:
    app, number = c.transaction or (None, None)
    return {
        "version": c.version,
        "at": c.at.isoformat(),
        "operation": c.operation,
        "rows_written": c.rows_written,
        "rows_removed": c.rows_removed,
        "engine": c.engine,
        "transaction": None if app is None else {"app": app, "version": number},
    }


def _show_rows(lakehouse: Lakehouse, table: Table, at: int | datetime, limit: int, *, json: bool) -> None:
    rows = lakehouse.read(table, list(table.key), at=at).sort_by([(name, "ascending") for name in table.key])
    first = rows.slice(0, limit).to_pylist()
    if json:
        print_json(
            {"table": table.id, "at": at if isinstance(at, int) else at.isoformat(), "rows": rows.num_rows, "first": first}
        )
        return
    out.print(f"{table.id} at {at}: {rows.num_rows:,} rows", highlight=False)
    shown = Shown(box=SIMPLE)
    for name in table.key:
        shown.add_column(name, overflow="fold")
    for row in first:
        shown.add_row(*(str(row[name]) for name in table.key))
    if first:
        out.print(shown, markup=False)


def maintain(*tables: str, retention: float = 7, json: Flag = False) -> None:
    """Put the tables' small files together, and remove files that no recent version needs. Others may write meanwhile.

    Parameters
    ----------
    tables
        Their names (all when left out).
    retention
        Days for which versions that were replaced can still be read (an hour, 0.042, at least).
    json
        Print it as JSON.
    """
    from functools import partial

    from talentflow.lakehouse import small_lakehouse
    from talentflow.lakehouse.maintenance import failure, maintain_all, retention_of, tables_named

    chosen, kept = tables_named(tables), retention_of(retention)
    cared = maintain_all(partial(small_lakehouse(load_settings()).maintain, retention=kept), chosen)
    if json:
        print_json([c.as_json() for c in cared])
    else:
        shown = Shown(box=SIMPLE, padding=(0, 1, 0, 0))
        for column in ("table", "files before", "after", "bytes before", "after", "old files removed"):
            shown.add_column(column, justify="left" if column == "table" else "right")
        for c in cared:
            d = c.done
            counts = (d.files_before, d.files_after, d.bytes_before, d.bytes_after, d.removed) if d else ()
            shown.add_row(c.table, *(f"{n:,}" for n in counts) if d else ("failed",))
        out.print(shown)
    if error := failure(cared):
        raise error
