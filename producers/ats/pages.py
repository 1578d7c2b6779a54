"""Job pages and XML answers: the JobPosting in a page's JSON-LD or microdata, elements by CSS, XML without entities."""

from __future__ import annotations

import re
from typing import Any

import lxml.etree
import lxml.html

from producers.ats.adapter import Board
from producers.jobposting import employment_type, iso_date
from talentflow.documents.jobposting import find_jobposting
from talentflow.errors import UnexpectedAnswer

_KEPT = frozenset(
    {
        *("description", "hiringOrganization", "jobLocation", "jobLocationType", "applicantLocationRequirements"),
        *("employmentType", "datePosted", "validThrough", "jobStartDate", "baseSalary", "industry", "occupationalCategory"),
        *("responsibilities", "qualifications", "skills", "jobBenefits", "experienceRequirements", "educationRequirements"),
        *("workHours", "inLanguage"),
    }
)
"""What a page's JobPosting may say; the rest (logos, tracking, its own identifiers) is not the offer's."""
_DATES = ("datePosted", "validThrough", "jobStartDate")
_NOTHING = re.compile(
    r"posted here as they become available|\bof 0\b|"
    r"\b(?:no|0)\s+(?:[\w-]+\s+){0,3}(?:jobs?|positions?|openings?|opportunities|vacancies|results)\b",
    re.IGNORECASE,
)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def from_page(board: Board, said: str, listed: dict[str, Any], *, description: str | None = None) -> dict[str, Any]:
    """The JobPosting that a job's page says, over what the listing said of it.

    Args:
        listed: the listing's JobPosting; its title, address and identifier stay, and a company that the source names.
        description: a CSS class whose first element is the description, for pages without structured data.

    Raises:
        UnexpectedAnswer: neither is in the page.
    """
    found = structured(said)
    if found:
        mine = {"title": listed["title"]}
        if board.company:
            mine["hiringOrganization"] = listed["hiringOrganization"]
        return listed | from_json_ld(found) | mine
    body = inner_html(html_root(said), description) if description else None
    if not body:
        raise UnexpectedAnswer("its page has no schema.org JobPosting and no description")
    return listed | {"description": body}


def from_json_ld(posting: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a JobPosting that somebody else wrote: dates in ISO 8601, employment types as schema.org has them."""
    kept = {name: value for name, value in posting.items() if name in _KEPT and value not in (None, "", [], {})}
    for name in _DATES:
        if name in kept:
            kept[name] = iso_date(kept[name])
    if "employmentType" in kept:
        said = kept["employmentType"]
        types = [t for v in (said if isinstance(said, list) else [said]) if (t := employment_type(v))]
        kept["employmentType"] = types[0] if len(types) == 1 else types
    return {name: value for name, value in kept.items() if value not in (None, [])}


def structured(said: str) -> dict[str, Any] | None:
    """The first JobPosting in a page's JSON-LD, else in its microdata."""
    if "JobPosting" not in said:
        return None
    import extruct  # half a second, for pages only

    # one syntax failing (`errors`) leaves the other
    found = extruct.extract(_clean(said), syntaxes=["json-ld", "microdata"], uniform=True, errors="ignore")
    return find_jobposting(found.get("json-ld", [])) or find_jobposting(found.get("microdata", []))


def html_root(said: str) -> lxml.html.HtmlElement:
    """The page as a tree. Raises UnexpectedAnswer for one without any element."""
    try:
        return lxml.html.document_fromstring(_clean(said).encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    except (lxml.etree.LxmlError, ValueError) as error:
        raise UnexpectedAnswer("it is not an HTML page") from error


def with_class(node: lxml.html.HtmlElement, name: str) -> list[lxml.html.HtmlElement]:
    """Elements under `node` that have this class."""
    return node.xpath(".//*[contains(concat(' ', normalize-space(@class), ' '), $name)]", name=f" {name} ")


def inner_html(node: lxml.html.HtmlElement, class_name: str) -> str | None:
    """The HTML inside the first element with this class."""
    for element in with_class(node, class_name):
        inner = (element.text or "") + "".join(str(lxml.html.tostring(child, encoding="unicode")) for child in element)
        if inner.strip():
            return inner.strip()
    return None


def words(node: lxml.html.HtmlElement | None) -> str | None:
    """The text of an element on one line."""
    return " ".join(node.text_content().split()) or None if node is not None else None


def says_none(root: lxml.html.HtmlElement) -> bool:
    """Whether a page says itself that it lists nothing: without that, a list without entries is a page of another kind."""
    return _NOTHING.search(words(root) or "") is not None


def xml_root(said: str, tag: str) -> lxml.etree._Element:  # pyright: ignore[reportPrivateUsage]  lxml names its element type so
    """The answer's root element. Entities are not replaced, so that a small answer cannot grow. Raises UnexpectedAnswer."""
    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, encoding="utf-8", remove_comments=True)
    try:
        root = lxml.etree.fromstring(said.lstrip("\ufeff \t\r\n").encode("utf-8", "replace"), parser)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise UnexpectedAnswer("it is not XML") from error
    if lxml.etree.QName(root).localname.casefold() != tag:
        raise UnexpectedAnswer(f"its root is not <{tag}>")
    return root


def _clean(said: str) -> str:
    return _NOT_XML.sub(" ", said)
