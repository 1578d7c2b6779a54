"""The Data Docs folder, served read-only under a path of its own."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from talentflow.data_docs import POLICY, index_page, site_of
from talentflow.settings import Settings

DATA_DOCS_PATH = "/data-docs"
DATA_DOCS_URL = f"{DATA_DOCS_PATH}/index.html"


def mount_data_docs(app: FastAPI, settings: Settings) -> None:
    """Serve that folder and no other; before the first run it is a page that says what to do."""
    folder = site_of(settings)
    files = StaticFiles(directory=folder, check_dir=False)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if folder.is_dir():
            await files(scope, receive, send)
        else:
            await HTMLResponse(index_page(folder), status_code=404)(Request(scope).scope, receive, send)

    app.mount(DATA_DOCS_PATH, serve)


def policy_of(path: str) -> str | None:
    """The Content-Security-Policy of a path below the Data Docs: the files of their own folder, and no script in a page."""
    return POLICY if path.startswith(DATA_DOCS_PATH) else None
