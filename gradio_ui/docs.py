"""The Data Docs folder, served read-only under a path of its own, with an index that needs no script from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from gradio_ui.markup import escaped
from talentflow.settings import Settings

DATA_DOCS_PATH = "/data-docs"
DATA_DOCS_URL = f"{DATA_DOCS_PATH}/index.html"
_POLICY = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'"
_SHOWN = 10
"""Validations listed for each table, the newest first."""
_TIME = re.compile(r"^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)")
_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:860px;margin:0 auto;padding:32px 20px;color:#14222b;background:#f5f7f8}"
    "section{background:#fff;border:1px solid #dde4e8;border-radius:12px;padding:14px 20px;margin:0 0 16px}"
    "h1{font-size:1.5rem}h2{font-size:1.1rem;margin:0 0 6px}ul{margin:0;padding-left:20px}a{color:#0c7174}"
    "@media(prefers-color-scheme:dark){body{color:#e8eef1;background:#0e1519}section{background:#162026;border-color:#2b3942}"
    "a{color:#5cc4c2}}"
)


def data_docs_index(settings: Settings) -> Path:
    """The page that the gate writes; it may not be there yet."""
    return settings.reports_dir / "quality" / "gx" / "uncommitted" / "data_docs" / "local_site" / "index.html"


def mount_data_docs(app: FastAPI, settings: Settings) -> None:
    """Serve that folder and no other; before the first run it is a page that says what to do."""
    folder = data_docs_index(settings).parent
    files = StaticFiles(directory=folder, check_dir=False)

    def index(_: Request) -> HTMLResponse:
        there = folder.is_dir()
        return HTMLResponse(index_page(folder), status_code=200 if there else 404)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if folder.is_dir():
            await files(scope, receive, send)
        else:
            await index(Request(scope))(scope, receive, send)

    app.add_route(DATA_DOCS_URL, index)
    app.mount(DATA_DOCS_PATH, serve)


def index_page(folder: Path) -> str:
    """What was checked, table by table, with links to Great Expectations' pages below `folder`.

    Its own index fills its tables with scripts from other hosts, which are not loaded here.
    """
    sections: list[str] = []
    for suite in sorted((folder / "expectations").glob("*.html")):
        table = suite.stem
        pages = sorted((folder / "validations" / table).rglob("*.html"), key=lambda p: p.parent.name, reverse=True)
        links = "".join(f"<li>{_link(page, folder, _when(page.parent.name))}</li>" for page in pages[:_SHOWN])
        expected = _link(suite, folder, "What is expected of it")
        sections.append(f"<section><h2>{escaped(_words(table))}</h2><p>{expected}</p><ul>{links}</ul></section>")
    found = "".join(sections) or "<p>No run has checked rows yet: run <code>talentflow quick</code>.</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Data Docs</title><style>{_STYLE}</style></head><body><p><a href='/'>Talentflow</a></p><h1>Data Docs</h1>"
        f"{found}</body></html>"
    )


def _link(page: Path, folder: Path, words: str) -> str:
    return f'<a href="{DATA_DOCS_PATH}/{quote(page.relative_to(folder).as_posix())}">{escaped(words)}</a>'


def _words(table: str) -> str:
    return table.replace("_", " ").capitalize()


def _when(run_time: str) -> str:
    """`2026-11-24 07:41:36 UTC` for the folder `20261124T074136.387298Z`."""
    return _TIME.sub(r"Checked \1-\2-\3 \4:\5:\6 UTC", run_time)[: len("Checked 2026-11-24 07:41:36 UTC")]


def policy_of(path: str) -> str | None:
    """The Content-Security-Policy of a path below the Data Docs: their scripts need libraries that are not here."""
    return _POLICY if path.startswith(DATA_DOCS_PATH) else None
