"""A layout as an HTML page, in one of several kinds of markup that sites and editors produce."""

from __future__ import annotations

from html import escape

from producers.simulation.layout import Block, Bullets, Layout, Para, Rail, Section, Table


def render_html(page: Layout, *, kind: str, json_ld: str = "") -> bytes:
    """The page in UTF-8.

    Args:
        page: what to show.
        kind: `semantic` (header, main, h2, ul), `divs` (classes only) or `site` (with navigation, script and footer around).
        json_ld: structured data to carry in the head, as job sites do.
    """
    style = page.style
    accent = "#{:02x}{:02x}{:02x}".format(*style.accent)
    two = style.columns != "one"
    main = "".join(_section(s, kind) for s in page.sections if not (two and s.side))
    side = "".join(_section(s, kind) for s in page.sections if two and s.side)
    contacts = "".join(f"<div>{escape(c)}</div>" if kind == "divs" else f"<p>{escape(c)}</p>" for c in page.contacts)
    subtitle = f"<p class='subtitle'>{escape(page.subtitle)}</p>" if page.subtitle else ""
    title = f"<div class='name'>{escape(page.title)}</div>" if kind == "divs" else f"<h1>{escape(page.title)}</h1>"
    head = f"<header>{title}{subtitle}{contacts}</header>"
    body = f"<div class='cols'><main>{main}</main><aside>{side}</aside></div>" if side else f"<main>{main}</main>"
    css = (
        f"body{{font-family:{'Georgia,serif' if style.font == 'serif' else 'Arial,sans-serif'};margin:2em}}"
        f"h1,h2,.name,.h{{color:{accent}}}.cols{{display:flex;gap:2em}}.row{{display:flex;justify-content:space-between}}"
        f"header{{text-align:{'center' if style.centred else 'left'}}}"
    )
    before, after = "", ""
    if kind == "site":
        links = (
            ["Accueil", "Offres", "Entreprises", "Connexion"]
            if page.language == "fr"
            else ["Home", "Jobs", "Companies", "Sign in"]
        )
        before = "<nav><ul>" + "".join(f"<li><a href='#'>{link}</a></li>" for link in links) + "</ul></nav>"
        after = "<footer><p>© 2026</p></footer><script>window.page={'ready':true};</script>"
    data = json_ld.replace("</", "<\\/")
    script = f"<script type='application/ld+json'>{data}</script>" if data else ""
    html = (
        f"<!DOCTYPE html>\n<html lang='{page.language}'><head><meta charset='utf-8'><title>{escape(page.title)}</title>"
        f"<style>{css}</style>{script}</head>\n<body>{before}{head}{body}{after}</body></html>\n"
    )
    return html.encode()


def _section(section: Section, kind: str) -> str:
    title = ""
    if section.title:
        title = f"<div class='h'><b>{escape(section.title)}</b></div>" if kind == "divs" else f"<h2>{escape(section.title)}</h2>"
    return f"<section>{title}{''.join(_block(b) for b in section.blocks)}</section>\n"


def _block(block: Block) -> str:
    if isinstance(block, Para):
        text = escape(block.text)
        text = f"<strong>{text}</strong>" if block.bold else f"<em>{text}</em>" if block.italic else text
        return (
            f"<div class='row'><span>{text}</span> <span>{escape(block.right)}</span></div>" if block.right else f"<p>{text}</p>"
        )
    if isinstance(block, Bullets):
        return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in block.items) + "</ul>"
    if isinstance(block, Rail):
        return f"<table><tr><td>{escape(block.label)}</td><td>{''.join(_block(b) for b in block.blocks)}</td></tr></table>"
    return _table(block)


def _table(table: Table) -> str:
    rows: list[str] = []
    for number, row in enumerate(table.rows):
        tag = "th" if table.header and number == 0 else "td"
        rows.append("<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) + "</tr>")
    return f"<table{' border=1' if table.borders else ''}>{''.join(rows)}</table>"
