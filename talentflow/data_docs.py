"""Data Docs that load nothing from outside: Great Expectations' pages with a style of our own, and an index for them."""

from __future__ import annotations

import os
import re
from html import escape
from pathlib import Path
from urllib.parse import quote

from talentflow.settings import PROJECT_DIR, Settings

_STYLE_FILE = PROJECT_DIR / "expectations" / "data_docs.css"
_SHOWN = 10
"""Validations listed for each table, the newest first."""
_TIME = re.compile(r"^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d).*$")


def site_of(settings: Settings) -> Path:
    """The folder of the pages; it is not there before the first gate."""
    return _site(settings.reports_dir / "quality")


def _site(folder: Path) -> Path:
    return folder / "gx" / "uncommitted" / "data_docs" / "local_site"


def make_docs_local(folder: Path) -> Path:
    """Give the pages that the checks wrote under `folder` a local style in place of their links to CDNs.

    Returns the index page, written anew: Great Expectations' own fills its tables with scripts from elsewhere.
    """
    from selectolax.lexbor import LexborHTMLParser

    style = _STYLE_FILE.read_text(encoding="utf-8")
    site = _site(folder)
    for page in site.rglob("*.html"):
        tree = LexborHTMLParser(page.read_text(encoding="utf-8"))
        outside = [n for n in tree.css("script[src], link[href], img[src]") if _is_outside(n.attributes)]
        if not outside:
            continue
        for node in outside:
            node.decompose()
        if tree.head is not None:
            local = LexborHTMLParser(f"<style>{style}</style>").css_first("style")
            if local is not None:
                tree.head.insert_child(local)
        _replace(page, tree.html or "")
    _replace(site / "index.html", index_page(site))
    return site / "index.html"


def _replace(page: Path, html: str) -> None:
    aside = page.with_suffix(".part")
    aside.write_text(html, encoding="utf-8")
    os.replace(aside, page)


def _is_outside(attributes: dict[str, str | None]) -> bool:
    target = attributes.get("src") or attributes.get("href") or ""
    return target.startswith(("http:", "https:", "//"))


def index_page(site: Path) -> str:
    """What was checked, table by table, with links to the pages below `site`."""
    sections: list[str] = []
    for suite in sorted((site / "expectations").glob("*.html")):
        table = suite.stem
        pages = sorted((site / "validations" / table).rglob("*.html"), key=lambda p: p.parent.name, reverse=True)
        links = "".join(f"<li>{_link(page, site, _when(page.parent.name))}</li>" for page in pages[:_SHOWN])
        expected = _link(suite, site, "What is expected of it")
        title = escape(table.replace("_", " ").capitalize())
        sections.append(f"<section><h2>{title}</h2><p>{expected}</p><ul>{links}</ul></section>")
    found = "".join(sections) or "<p>No run has checked rows yet: run <code>talentflow quick</code>.</p>"
    style = _STYLE_FILE.read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Data Docs</title><style>{style}</style></head><body><main class='container'><h1>Data Docs</h1>{found}</main>"
        "</body></html>"
    )


def _link(page: Path, site: Path, words: str) -> str:
    return f'<a href="{quote(page.relative_to(site).as_posix())}">{escape(words)}</a>'


def _when(run_time: str) -> str:
    """`2026-11-24 07:41:36 UTC` for the folder `20261124T074136.387298Z`."""
    return _TIME.sub(r"Checked \1-\2-\3 \4:\5:\6 UTC", run_time)
