"""The Data Docs folder, served read-only under a path of its own."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from talentflow.settings import Settings

DATA_DOCS_PATH = "/data-docs"
DATA_DOCS_URL = f"{DATA_DOCS_PATH}/index.html"
_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; script-src 'unsafe-inline'"
)
_NONE = "<!doctype html><title>No Data Docs yet</title><p>No run has checked rows yet: run <code>talentflow quick</code>."


def data_docs_index(settings: Settings) -> Path:
    """The page that the gate writes; it may not be there yet."""
    return settings.reports_dir / "quality" / "gx" / "uncommitted" / "data_docs" / "local_site" / "index.html"


def mount_data_docs(app: FastAPI, settings: Settings) -> None:
    """Serve that folder and no other; a sentence stands in for it before the first run."""
    folder = data_docs_index(settings).parent
    files = StaticFiles(directory=folder, html=True, check_dir=False)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if not folder.is_dir():
            response: Response = HTMLResponse(_NONE, status_code=404)
            await response(scope, receive, send)
            return
        await files(scope, receive, send)

    app.mount(DATA_DOCS_PATH, serve)


def policy_of(path: str) -> str | None:
    """The Content-Security-Policy of a path below the Data Docs."""
    return _POLICY if path.startswith(DATA_DOCS_PATH) else None
