"""HTML to text by lexbor: blocks to lines, lists, tables; a schema.org JobPosting in it is read as the offer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from talentflow.documents.hidden import UNDISPLAYED, Styles
from talentflow.documents.limits import Limits, Text
from talentflow.documents.plain import decode, finished
from talentflow.errors import CorruptDocument, DocumentTooLarge

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MEDIA_TYPE = "text/html"
_DROPPED = set(
    "script style noscript template svg head nav select button iframe object canvas video audio math textarea dialog "  # noqa: SIM905
    "-comment".split()
)
_BLOCKS = set(
    "address article aside blockquote body caption dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 "  # noqa: SIM905
    "header hr html legend li main menu ol p pre section summary table tbody tfoot thead tr ul".split()
)
_SPACED = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "dl", "table", "section", "article", "blockquote", "hr"}
_AFTER_BULLET = 3
"""Stands for line ends enough: a block that opens right after a bullet stays on its line."""
_WHITE = re.compile(r"[ \t\r\n\f]+")
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_TAG = re.compile(r"<(?:/?[a-zA-Z][a-zA-Z0-9]{0,14}(?=[\s/>])|!--)")
_DEEPEST = 2_000
_CONTAINER = re.compile(r"<(/?)(?!(?:p|li|td|th|tr|dt|dd|br|img|hr|input|meta|link|option|col|source|wbr)\b)[a-z]", re.IGNORECASE)
_ESCAPED_TAG = re.compile(r"&lt;/?(?:p|div|ul|ol|li|br|strong|b|em|h[1-6]|span|a)\b", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(.{0,20000}?)-->", re.DOTALL)
_NOT_SHOWN = re.compile(r"<(noscript|template|textarea|object)\b[^<>]{0,1000}>(.{0,20000}?)</\1", re.DOTALL | re.IGNORECASE)
_DEEPEST_VALUE = 12
_BESIDE = (
    (
        "in an alternative text",
        "[alt], [title], [aria-label], [aria-description]",
        ("alt", "title", "aria-label", "aria-description"),
    ),
    ("in a property of the page", "meta[content]", ("content",)),
    ("in a form's field", "[placeholder], input[value]", ("placeholder", "value")),
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,31});")


def read_html(content: bytes, *, name: str, limits: Limits) -> Text:
    """Read an HTML page. Raises EmptyDocument, CorruptDocument, DocumentTooLarge."""
    from talentflow.documents.jobposting import find_jobposting, jobposting_text
    from talentflow.hostile import hidden_note, unseen_note

    found = _CHARSET.search(content[:4096])
    markup, notes = decode(content, found[1].decode("ascii") if found else None)
    tree = _parsed(markup, name)
    notes += unseen_note(_beside(tree, markup))
    for posting in _linked_data(tree):
        offer = find_jobposting(posting)
        if offer is not None and (offer.get("title") or offer.get("description")):
            notes.append("read from the JobPosting that the page carries")
            raw, more = jobposting_text(offer)
            more += hidden_note(hidden_in(offer))
            text = finished(raw, MEDIA_TYPE, notes + more, name, limits)
            return Text(text.text, MEDIA_TYPE, text.pages, text.notes, "job_offer")
    hidden: list[tuple[str, str]] = []
    raw = _walk(tree.root, limits.characters, name, Styles(tree), hidden)
    text = finished(raw, MEDIA_TYPE, notes + hidden_note(hidden), name, limits)
    is_offer = tree.css_first('[itemtype*="schema.org/JobPosting"], [typeof="JobPosting"]') is not None
    return Text(text.text, MEDIA_TYPE, text.pages, text.notes, "job_offer" if is_offer else None)


def plain_of(value: str) -> str:
    """A field's value without HTML: its tags, written plainly or escaped, become lines, its entities characters."""
    import html

    if _ESCAPED_TAG.search(value):
        value = html.unescape(value)
    if _TAG.search(value):
        return _field(value, [])
    return html.unescape(value) if _ENTITY.search(value) else value


def hidden_in(value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """(how it is hidden, its words) of what `plain_of` leaves out of the texts in a JSON value."""
    import html

    if isinstance(value, str):
        raw = html.unescape(value) if _ESCAPED_TAG.search(value) else value
        if _TAG.search(raw):
            hidden: list[tuple[str, str]] = []
            _field(raw, hidden)
            yield from hidden
            yield from ((UNDISPLAYED, found) for found in _COMMENT.findall(raw))
    elif depth < _DEEPEST_VALUE and isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from hidden_in(inner, depth + 1)


def _field(markup: str, hidden: list[tuple[str, str]]) -> str:
    tree = _parsed(markup, "field")
    return _walk(tree.root, 10_000_000, "field", Styles(tree), hidden)


def _beside(tree: Any, markup: str) -> Iterator[tuple[str, str]]:
    """(where, words) of what a page carries beside its text: comments, properties, alternative texts, elements not shown."""
    yield "in a comment", "\n\n".join(_COMMENT.findall(markup))
    for where, selector, names in _BESIDE:
        said = (node.attributes.get(name) or "" for node in tree.css(selector) for name in names)
        yield where, "\n\n".join(text for text in said if text)
    yield (
        "in an element that is not shown",
        "\n\n".join(found[1] for found in _NOT_SHOWN.findall(markup)),
    )


def _parsed(markup: str, name: str) -> Any:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    if _depth(markup) > _DEEPEST:
        raise CorruptDocument(f"{name} nests more than {_DEEPEST} HTML elements: save it as PDF or plain text and send it again")
    try:
        return LexborHTMLParser(markup.encode("utf-8", "replace").decode().replace("\x00", ""))
    except (SelectolaxError, ValueError, RuntimeError):
        raise CorruptDocument(f"{name} cannot be read as HTML: save it as PDF or plain text and send it again") from None


def _depth(markup: str) -> int:
    """How deep elements that must be closed are nested. Lexbor takes quadratic time in it."""
    if markup.count("<") <= _DEEPEST:
        return 0
    depth = deepest = 0
    for match in _CONTAINER.finditer(markup):
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _linked_data(tree: Any) -> list[Any]:
    found: list[Any] = []
    for script in tree.css('script[type*="ld+json"]'):
        try:
            found.append(json.loads(script.text(), strict=False))
        except (ValueError, RecursionError):
            continue
    return found


def _walk(root: LexborNode | None, most: int, name: str, styles: Styles, hidden: list[tuple[str, str]]) -> str:
    """Depth first without recursion; the stack holds nodes to enter and, as numbers, line ends to write on the way out.

    What a browser would not show goes to `hidden`, as (how, words).
    """
    out: list[str] = []
    stack: list[Any] = [root] if root is not None else []
    length = 0
    ends = 2
    preformatted = 0
    while stack:
        node = stack.pop()
        if isinstance(node, int):
            if node < 0:
                preformatted -= 1
            elif node > ends:
                out.append("\n" * (node - ends))
                ends = node
            continue
        if node.next is not None and node is not root:
            stack.append(node.next)
        tag = node.tag
        if tag == "-text":
            text = node.text_content or ""
            how = styles.unseen(node) if text.strip() else None
            if how:
                hidden.append((how, text))
                continue
            text = text if preformatted else _WHITE.sub(" ", text)
            text = text.lstrip(" ") if ends else text
            if text:
                length += len(text)
                out.append(text)
                ends = 0
            if length > 4 * most + 1024:
                raise DocumentTooLarge(f"{name} holds more than {most} characters of text: send the part that matters")
            continue
        if tag is None or tag in _DROPPED:
            continue
        how = styles.hides(node)
        if how:
            hidden.append((how, node.text(separator=" ")))
            continue
        if tag == "br":
            out.append("\n")
            ends += 1
            continue
        if tag in ("td", "th"):
            if not ends:
                out.append("\t")
        elif tag in _BLOCKS:
            edge = 2 if tag in _SPACED else 1
            if ends != _AFTER_BULLET:
                if edge > ends:
                    out.append("\n" * (edge - ends))
                ends = max(ends, edge)
            stack.append(edge)
            if tag == "pre":
                preformatted += 1
                stack.append(-1)
            elif tag == "li":
                out.append("- ")
                ends = _AFTER_BULLET
        child = node.child
        if child is not None:
            stack.append(child)
    return "".join(out)
