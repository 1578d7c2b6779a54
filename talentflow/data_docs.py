"""Data Docs that need no internet and trust no row: Great Expectations' pages on assets of our own, and an index for them.

Its pages load styles and scripts from CDNs and have scripts in them. Here they load the files of `expectations/assets/` (from
npm packages, by `make data-docs-assets`), every script and event handler in a page is taken out, and a policy in the page lets
the browser run nothing else: a value of a hostile document is shown, never run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from talentflow.settings import PROJECT_DIR, Settings

ASSETS_DIR = PROJECT_DIR / "expectations" / "assets"
KEPT_RUNS = 30
"""Runs whose pages are kept, table by table."""
_STYLES = (
    "vendor/bootstrap/bootstrap.min.css",
    "vendor/bootstrap-dark/bootstrap-prefers-dark.min.css",
    "vendor/bootstrap-table/bootstrap-table.min.css",
    "vendor/bootstrap-table/filter-control.min.css",
    "vendor/fontawesome/css/fontawesome.min.css",
    "vendor/fontawesome/css/solid.min.css",
)
_OWN_STYLE = "data_docs.css"
_SCRIPTS = (
    "vendor/jquery/jquery.min.js",
    "vendor/popper/popper.min.js",
    "vendor/bootstrap/bootstrap.min.js",
    "vendor/bootstrap-table/bootstrap-table.min.js",
    "vendor/bootstrap-table/filter-control.min.js",
    "data_docs.js",
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "form-action 'none'; base-uri 'none'"
)
"""Of every page: its own files, and no script in the page."""
_TAKEN_OUT = "script, iframe, object, embed, form, base, footer, meta[http-equiv], link"
_NOTES = "checked.json"
_OUTSIDE = re.compile(r"url\(\s*['\"]?(?:https?:)?//[^)]*\)")


@dataclass(frozen=True)
class Note:
    """What the index says of one table in one run: `TableQuality.as_json` and `table`."""

    run_id: str
    said: Mapping[str, Any]


def site_of(settings: Settings) -> Path:
    """The folder of the pages; it is not there before the first gate."""
    return settings.reports_dir / "quality"


def publish(site: Path, notes: Sequence[Note]) -> Path:
    """Make the pages that the checks wrote under `site` safe and whole, forget the oldest ones, and write the index.

    Returns the index.
    """
    _copy_assets(site)
    for page in (p for section in ("expectations", "validations") for p in (site / section).rglob("*.html")):
        html = page.read_text(encoding="utf-8")
        if POLICY not in html:
            _replace(page, _local(html, page.relative_to(site)))
    kept = _forget(site, _noted(site, notes))
    _replace(site / _NOTES, json.dumps(kept, ensure_ascii=False))
    _replace(site / "index.html", index_page(site))
    return site / "index.html"


def _copy_assets(site: Path) -> None:
    """Files that are there and equal stay: a page may be open on them."""
    for name in (*_STYLES, *_SCRIPTS, _OWN_STYLE, "vendor/fontawesome/webfonts/fa-solid-900.woff2"):
        source, target = ASSETS_DIR / name, site / "assets" / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            aside = target.with_suffix(".part")
            shutil.copyfile(source, aside)
            os.replace(aside, target)


def _replace(page: Path, text: str) -> None:
    aside = page.with_suffix(".part")
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, page)


def _head(title: str, up: str, own: str = "") -> str:
    """The head of a page that is as many folders below the site as `up` says, with the styles that the page has itself."""
    icon = f'<link rel="icon" href="{up}static/images/favicon.ico">'
    styles = "".join(f'<link rel="stylesheet" href="{up}assets/{name}">' for name in _STYLES)
    styles += f'<style>{own}</style><link rel="stylesheet" href="{up}assets/{_OWN_STYLE}">'
    scripts = "".join(f'<script defer src="{up}assets/{name}"></script>' for name in _SCRIPTS)
    return (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>{icon}{styles}{scripts}"
    )


def _local(html: str, page: Path) -> str:
    """A page of Great Expectations on our assets, without its scripts."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(html)
    for node in tree.css(_TAKEN_OUT):
        node.decompose()
    for node in tree.css("*"):
        for name, value in list(node.attributes.items()):
            link = (value or "").strip().lower()
            if name.startswith("on") or (name in ("href", "src") and link.startswith(("http", "//", "javascript:", "data:"))):
                del node.attrs[name]
    for image in tree.css("img"):
        image.decompose()
    styles = "".join(_OUTSIDE.sub("none", node.text()) for node in tree.css("head style"))
    up = "../" * (len(page.parts) - 1)
    body = tree.body.html if tree.body is not None else "<body></body>"
    return f'<!doctype html><html lang="en"><head>{_head(_title(page), up, styles)}</head>{body}</html>'


def _title(page: Path) -> str:
    """`Silver job offers` for the pages of `silver.job_offers`."""
    table = page.parts[1:3] if page.parts[0] == "validations" else (page.parts[1], page.stem)
    said = " ".join(table).replace("_", " ").capitalize()
    return f"{said}: what was checked" if page.parts[0] == "validations" else f"{said}: what is expected"


def _noted(site: Path, notes: Sequence[Note]) -> list[dict[str, Any]]:
    """All notes, the newest first; those of one table and one run count once, as they were last said."""
    try:
        known: list[dict[str, Any]] = json.loads((site / _NOTES).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        known = []
    at = datetime.now(UTC).isoformat(timespec="seconds")
    new: list[dict[str, Any]] = [{"run_id": n.run_id, "at": at, **n.said} for n in notes]
    told = {(n["table"], n["run_id"]) for n in new}
    return sorted([*new, *(n for n in known if (n["table"], n["run_id"]) not in told)], key=lambda n: n["run_id"], reverse=True)


def _forget(site: Path, notes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The notes of the last runs of each table; the pages of the others go."""
    kept: dict[str, list[dict[str, Any]]] = {}
    for note in notes:
        kept.setdefault(note["table"], []).append(note)
    kept = {table: said[:KEPT_RUNS] for table, said in kept.items()}
    for table, said in kept.items():
        runs = {n["run_id"] for n in said}
        for folder in _runs_folder(site, table).glob("*"):
            if folder.name not in runs:
                shutil.rmtree(folder, ignore_errors=True)
    return [n for n in notes if n in kept[n["table"]]]


def _runs_folder(site: Path, table: str) -> Path:
    return site.joinpath("validations", *table.split("."))


def index_page(site: Path) -> str:
    """What was checked, run by run and table by table, in a table that can be searched, with links to the pages below `site`."""
    notes = _noted(site, ())
    suites = sorted(p.relative_to(site) for p in (site / "expectations").rglob("*.html"))
    if not notes and not suites:
        found = "<p>No run has checked rows yet: run <code>talentflow quick</code>.</p>"
    else:
        expected = "".join(
            f'<li class="list-inline-item">{_link(p, f"{p.parent.name}.{p.stem}".removeprefix("expectations."))}</li>'
            for p in suites
        )
        found = f'{_checked_table(site, notes)}<h2>What is expected</h2><ul class="list-inline">{expected}</ul>'
    return (
        f'<!doctype html><html lang="en"><head>{_head("Data Docs", "")}</head><body>'
        f'<main class="container-fluid tf-index"><h1>Data Docs</h1>{found}</main></body></html>'
    )


_COLUMNS = (
    ("at", "Checked (UTC)", 'data-sortable="true" data-filter-control="input"'),
    ("table", "Table", 'data-sortable="true" data-filter-control="select"'),
    ("result", "Result", 'data-sortable="true" data-filter-control="select"'),
    ("rows", "Rows", 'data-sortable="true" data-align="right"'),
    ("met", "Met", 'data-sortable="true" data-align="right"'),
    ("unmet", "Not met (share of rows)", 'data-filter-control="input"'),
    ("run", "Run", 'data-sortable="true" data-filter-control="input"'),
    ("pages", "Pages", ""),
)


def _checked_table(site: Path, notes: Sequence[Mapping[str, Any]]) -> str:
    head = "".join(f'<th data-field="{name}" {options}>{words}</th>' for name, words, options in _COLUMNS)
    rows = "".join(_row(site, note) for note in notes)
    return (
        '<table id="checked" class="table table-sm table-hover" data-toggle="table" data-search="true" data-pagination="true" '
        'data-page-size="25" data-filter-control="true" data-show-search-clear-button="true">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(site: Path, note: Mapping[str, Any]) -> str:
    unmet: Mapping[str, float] = note.get("unmet", {})
    result = "stopped the run" if note.get("critical") else "not all met" if unmet else "met"
    pages = sorted((_runs_folder(site, note["table"]) / note["run_id"]).rglob("*.html"))
    links = ", ".join(_link(p.relative_to(site), "open" if len(pages) == 1 else f"part {n}") for n, p in enumerate(pages, 1))
    cells = (
        escape(str(note["at"]).replace("T", " ").removesuffix("+00:00")),
        escape(note["table"]),
        result,
        f"{note['rows']:,}",
        f"{note['met']} of {note['met'] + len(unmet)}",
        escape(", ".join(f"{name} ({share:g} %)" for name, share in unmet.items())),
        f"<code>{escape(note['run_id'])}</code>",
        links,
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _link(page: Path, words: str) -> str:
    return f'<a href="{quote(page.as_posix())}">{escape(words)}</a>'
