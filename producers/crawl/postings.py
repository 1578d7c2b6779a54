"""The JobPosting objects of a page (https://schema.org/JobPosting): JSON-LD, microdata and RDFa."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

import jstyleson
import lxml.etree as etree
from selectolax.lexbor import LexborHTMLParser

from producers.crawl.urls import resolved
from producers.jobposting import iso_date, text

_TYPE = "JobPosting"
_DEEPEST = 12
_REFERENCES_DEEPEST = 4
_MOST_POSTINGS = 1000
_VOLATILE = {"interactionStatistic", "dateModified", "userInteractionCount"}
"""Properties that change without the offer changing."""
_NEVER = "9999-12-31"
_REPAIRED_CHARACTERS = 2**20
_OPENED = ("// <![CDATA[", "//<![CDATA[", "/* <![CDATA[ */", "/*<![CDATA[*/", "<![CDATA[", "<!--")
_CLOSED = ("// ]]>", "//]]>", "/* ]]> */", "/*]]>*/", "]]>", "// -->", "//-->", "-->")
"""What hides a script from browsers of the last century."""
_MICRODATA = re.compile(r"itemtype\s*=\s*[\"']?[^\"'>]{0,300}JobPosting", re.IGNORECASE)
_RDFA = re.compile(r"typeof\s*=\s*[\"']?[^\"'>]{0,300}JobPosting", re.IGNORECASE)
_EXTRUCT_FAILS = (ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError, RecursionError, etree.LxmlError)
"""What extruct and its libraries raise on markup that they were not written for."""


class Broken(NamedTuple):
    """Markup that announces a JobPosting and cannot be read: what is wrong, and the markup."""

    why: str
    markup: str


def postings_of(tree: LexborHTMLParser, page: str, base: str) -> tuple[list[dict[str, Any]], list[Broken]]:
    """The JobPosting objects on a page, and what should have been one. JSON-LD is preferred to microdata and RDFa: a page
    that has several of them says the same thing in each."""
    found: list[dict[str, Any]] = []
    broken: list[Broken] = []
    for node in tree.css("script[type]"):
        if not (node.attributes.get("type") or "").strip().casefold().startswith("application/ld+json"):
            continue
        block = node.text()
        if _TYPE not in block:
            continue
        try:
            found += _postings_in(json_value(block))
        except (ValueError, RecursionError) as error:
            broken.append(Broken(f"its JSON-LD is not valid JSON ({error})", block))
    for mentions, read in ((_MICRODATA, _microdata), (_RDFA, _rdfa)):
        if not found and mentions.search(page):
            try:
                found += read(page, base)
            except _EXTRUCT_FAILS as error:
                broken.append(Broken(f"its markup cannot be read ({type(error).__name__}: {error})", page))
    return found[:_MOST_POSTINGS], broken


def json_value(block: str) -> Any:
    """A JSON-LD block as value, with the mistakes repaired that sites make. Raises ValueError of the plain reading."""
    try:
        return json.loads(block, strict=False)  # line breaks in strings are the most common mistake
    except ValueError as error:
        plain = error
    bare = _unhidden(block)
    for repair in _REPAIRS if len(block) <= _REPAIRED_CHARACTERS else ():
        try:
            return repair(bare)
        except (ValueError, IndexError):
            continue
    raise plain


def _unhidden(block: str) -> str:
    said = block.strip()
    for opened in _OPENED:
        said = said.removeprefix(opened).lstrip()
    for closed in _CLOSED:
        said = said.removesuffix(closed).rstrip()
    return said


def _without_comments(block: str) -> Any:
    """Comments and trailing commas go, as extruct reads it."""
    return jstyleson.loads(block, strict=False)


def _unescaped(block: str) -> Any:
    """Templates that escape what they print: `&quot;title&quot;`."""
    return json.loads(html.unescape(block), strict=False)


def _one_after_another(block: str) -> Any:
    """Several values without a list around them, and what follows the last, such as a semicolon or a bracket too many."""
    decoder, values, rest = json.JSONDecoder(strict=False), [], block.strip()
    while rest[:1] in ("{", "["):
        value, end = decoder.raw_decode(rest)
        values.append(value)
        rest = rest[end:].lstrip(" \t\r\n,;")
    if not values or len(rest) > 1:
        raise ValueError("more than JSON")
    return values


_REPAIRS: tuple[Callable[[str], Any], ...] = (_without_comments, _unescaped, _one_after_another)


def _postings_in(value: Any) -> list[dict[str, Any]]:
    nodes = {n["@id"]: n for n in _objects(value, 0) if isinstance(n.get("@id"), str) and len(n) > 1}
    return [_with_references(n, nodes, 0) for n in _objects(value, 0) if is_posting(n)]


def _objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-LD value, from the outside in."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield value
    inner = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    for item in inner:
        if isinstance(item, dict | list):
            yield from _objects(item, depth + 1)


def is_posting(node: dict[str, Any]) -> bool:
    kinds = node.get("@type")
    return any(
        isinstance(kind, str) and kind.rsplit("/", 1)[-1].rsplit(":", 1)[-1] == _TYPE
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _with_references(value: Any, nodes: dict[str, dict[str, Any]], depth: int) -> Any:
    """`{"@id": "#employer"}` replaced by the object of this id in the same block, and nothing nested deeper than offers are."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, list):
        return [_with_references(v, nodes, depth + 1) for v in value]
    if not isinstance(value, dict):
        return value
    if depth <= _REFERENCES_DEEPEST and value.keys() == {"@id"} and isinstance(value["@id"], str):
        value = nodes.get(value["@id"], value)
    return {k: _with_references(v, nodes, depth + 1) for k, v in value.items()}


def _microdata(page: str, base: str) -> list[dict[str, Any]]:
    import extruct

    items = extruct.extract(_lxml_tree(page), base_url=base, syntaxes=["microdata"], uniform=True)["microdata"]
    return [_with_references(n, {}, 0) for item in items for n in _objects(item, 0) if is_posting(n)]


def _lxml_tree(page: str) -> Any:
    from lxml.html import HTMLParser, fromstring

    return fromstring(page.encode("utf-8", "replace"), parser=HTMLParser(encoding="utf-8"))


def _rdfa(page: str, base: str) -> list[dict[str, Any]]:
    """extruct gives expanded JSON-LD: nodes that refer to each other, full addresses for names, values in lists."""
    import extruct

    nodes = extruct.extract(page, base_url=base, syntaxes=["rdfa"])["rdfa"]
    by_id = {n["@id"]: n for n in nodes if "@id" in n}
    return [p for n in by_id.values() if is_posting(p := _compacted(n, by_id, 0))]


def _compacted(value: Any, nodes: dict[str, Any], depth: int) -> Any:
    if isinstance(value, list):
        items = [_compacted(v, nodes, depth) for v in value]
        return items[0] if len(items) == 1 else items
    if not isinstance(value, dict):
        return value.rsplit("/", 1)[-1] if isinstance(value, str) and "schema.org/" in value else value
    if "@value" in value:
        return value["@value"]
    node = nodes.get(value.get("@id", ""), value) if depth < _DEEPEST else value
    return {k.rsplit("/", 1)[-1]: _compacted(v, nodes, depth + 1) for k, v in node.items() if k != "@id"} or value.get("@id")


def normal_form(posting: dict[str, Any], page: str) -> dict[str, Any]:
    """The posting as it is kept: without what changes by itself, with an address. It must be the same on every visit."""
    kept = {k: v for k, v in posting.items() if k not in _VOLATILE}
    kept.setdefault("@context", "https://schema.org/")
    kept["url"] = own_url(posting, page) or page
    return kept


def own_url(posting: dict[str, Any], page: str) -> str | None:
    """The address that a posting names as its own."""
    said = posting.get("url")
    if isinstance(said, dict):
        said = said.get("@id") or said.get("url")
    return resolved(page, said) if isinstance(said, str) else None


def is_usable(posting: dict[str, Any]) -> bool:
    return any(text(posting.get(name)) or isinstance(posting.get(name), dict | list) for name in ("title", "name", "description"))


def identifier(posting: dict[str, Any]) -> str | None:
    """What the site knows an offer by."""
    said = posting.get("identifier")
    for value in said if isinstance(said, list) else [said]:
        known = text(value.get("value") or value.get("@id") or value.get("name") if isinstance(value, dict) else value)
        if known:
            return known
    return None


def title(posting: dict[str, Any]) -> str:
    return text(posting.get("title")) or text(posting.get("name")) or ""


def valid_until(posting: dict[str, Any]) -> datetime | None:
    """The moment from which an offer is expired; a day counts to its end. None when it names none."""
    said = text(posting.get("validThrough"))
    if not said:
        return None
    if len(said) > len("2026-01-01"):
        try:
            moment = datetime.fromisoformat(said)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        except ValueError:
            pass
    day = iso_date(said)
    if day is None or day >= _NEVER:
        return None
    return datetime.combine(datetime.fromisoformat(day), time(0), UTC) + timedelta(days=1)
