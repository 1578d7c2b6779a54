"""What a reader of the page cannot see: colours too near their background, and the styles of HTML that take text away."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from talentflow.hostile import UNDISPLAYED

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

SAME_COLOUR = "in the colour of its background"
TINY = "too small to read"
OFF_PAGE = "off the page"
TRANSPARENT = "transparent"
INVISIBLE = "drawn invisibly"
COVERED = "under something else"

NEAR = 24
"""Of 255: two colours that differ less in every channel cannot be told apart."""
Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
_NAMES: dict[str, Colour] = {
    "white": WHITE,
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "ghostwhite": (248, 248, 255),
    "whitesmoke": (245, 245, 245),
    "floralwhite": (255, 250, 240),
    "azure": (240, 255, 255),
    "mintcream": (245, 255, 250),
    "black": (0, 0, 0),
}
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:\s*[,/]\s*([\d.]+%?))?\s*\)")
_LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|%|vw|vh|cm|in)?")
_PIXELS = {"px": 1.0, "pt": 1.33, "em": 16.0, "rem": 16.0, "": 1.0, "%": 0.16, "vw": 10.0, "vh": 8.0, "cm": 38.0, "in": 96.0}
_RULE = re.compile(r"([^{}]{1,300})\{([^{}]{0,2000})\}")
_AT_RULE = re.compile(r"@[\w-]+[^{};]*(?:;|\{(?:[^{}]|\{[^{}]*\})*\})")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_TELLING = re.compile(
    r"display|visibility|opacity|font|color|background|indent|position|clip|overflow|transform|filter|zoom|height", re.IGNORECASE
)
_MOST_RULES = 300
_SCALED_AWAY = re.compile(r"scale[xy3d]*\(\s*0?\.?0+\b|translate[xy3d]*\(\s*-\d{3,}")
_CLIPPED = re.compile(
    r"rect\((?:\s*[01](?:px)?[\s,]*){4}\)|inset\(\s*(?:[5-9]\d|100)%|circle\(\s*0|polygon\(\s*0(?:px)?\s+0(?:px)?\s*\)"
)


def near(a: Colour, b: Colour) -> bool:
    """Whether nobody can tell the two apart."""
    return all(abs(x - y) < NEAR for x, y in zip(a, b, strict=True))


def colour(value: str) -> tuple[Colour, float] | None:
    """A CSS colour and its opacity; None for one that is not understood."""
    value = value.strip().casefold().removesuffix("!important").strip()
    if value == "transparent":
        return WHITE, 0.0
    if value in _NAMES:
        return _NAMES[value], 1.0
    if re.fullmatch(r"#[0-9a-f]{3,8}", value):
        digits = value[1:]
        digits = "".join(c * 2 for c in digits) if len(digits) in (3, 4) else digits
        if len(digits) in (6, 8):
            red, green, blue = (int(digits[i : i + 2], 16) for i in (0, 2, 4))
            return (red, green, blue), int(digits[6:8] or "ff", 16) / 255
    if found := _RGB.fullmatch(value):
        alpha = found[4] or "1"
        opacity = float(alpha[:-1] or 0) / 100 if alpha.endswith("%") else _number(alpha, 1.0)
        return (min(255, int(found[1])), min(255, int(found[2])), min(255, int(found[3]))), opacity
    return None


def _number(value: str, otherwise: float) -> float:
    try:
        return float(value)
    except ValueError:
        return otherwise


def declarations(style: str) -> dict[str, str]:
    """Property → value of a style attribute or a rule's body, in lower case."""
    found: dict[str, str] = {}
    for part in style.casefold().split(";"):
        name, colon, value = part.partition(":")
        if colon:
            found[name.strip()] = value.strip().removesuffix("!important").strip()
    return found


_State = tuple[float | None, tuple[Colour, float] | None, Colour | None]
"""Size in pixels, colour with its opacity, background; None for what is not known."""
_PLAIN: _State = (None, None, WHITE)


class Styles:
    """The styles of a page as far as they can hide text: style attributes, and rules of `<style>` outside `@` rules."""

    def __init__(self, tree: Any) -> None:
        from selectolax.lexbor import SelectolaxError

        self._ruled: dict[int, dict[str, str]] = {}
        self._inherited: dict[int, _State] = {}
        for sheet in tree.css("style"):
            for selector, body in self._rules(sheet.text() or ""):
                said = declarations(body)
                try:
                    nodes = tree.css(selector)
                except SelectolaxError:
                    continue  # a selector that lexbor does not know
                for node in nodes:
                    self._ruled.setdefault(node.mem_id, {}).update(said)

    @staticmethod
    def _rules(sheet: str) -> list[tuple[str, str]]:
        plain = _AT_RULE.sub("", _COMMENT.sub("", sheet[:200_000]))
        rules = [(s.strip(), b) for s, b in _RULE.findall(plain) if _TELLING.search(b) and ":" not in s]
        return rules[:_MOST_RULES]

    def of(self, node: LexborNode) -> Mapping[str, str]:
        """What is declared for an element itself."""
        attributes = node.attributes
        said = self._ruled.get(node.mem_id, {})
        style = attributes.get("style")
        if style:
            said = {**said, **declarations(style)}
        if node.tag == "font" and attributes.get("color"):
            said = {**said, "color": attributes["color"] or ""}
        if attributes.get("bgcolor"):
            said = {**said, "background-color": attributes["bgcolor"] or ""}
        return said

    def hides(self, node: LexborNode) -> str | None:
        """How an element is kept from being seen with all that is in it; None when it is not."""
        attributes = node.attributes
        if "hidden" in attributes:
            return UNDISPLAYED
        said = self.of(node)
        return next((kind for kind, test in _HIDING if said and test(said)), None)

    def unseen(self, text: LexborNode) -> str | None:
        """How a text is kept from being seen by what it inherits: its size, its colour on the background."""
        chain: list[LexborNode] = []
        node = text.parent
        while node is not None and node.mem_id not in self._inherited:
            chain.append(node)
            node = node.parent
        state = self._inherited[node.mem_id] if node is not None else _PLAIN
        for node in reversed(chain):
            state = self._passed_on(state, node)
            self._inherited[node.mem_id] = state
        return self._verdict(*state)

    def _passed_on(self, state: _State, node: LexborNode) -> _State:
        """What an element makes of what it inherits, for the text in it."""
        said = self.of(node) if node.attributes or node.mem_id in self._ruled else {}
        if not said:
            return state
        size, front, back = state
        if "font-size" in said:
            size = _pixels(said["font-size"])
        if "color" in said and said["color"] not in ("inherit", "currentcolor"):
            front = colour(said["color"])
        behind = said.get("background-color") or said.get("background")
        if "background-image" in said:
            back = None
        elif behind and behind not in ("none", "inherit", "transparent", "initial", "unset"):
            found = colour(behind.split(" ")[0]) if "(" not in behind or behind.startswith("rgb") else None
            back = back if found is not None and found[1] <= 0.2 else found[0] if found else None
        return size, front, back

    @staticmethod
    def _verdict(size: float | None, front: tuple[Colour, float] | None, back: Colour | None) -> str | None:
        if size is not None and size <= 2.0:
            return TINY
        if front is None:
            return None
        if front[1] < 0.1:
            return TRANSPARENT
        return SAME_COLOUR if back is not None and near(front[0], back) else None


def _pixels(value: str) -> float | None:
    found = _LENGTH.match(value)
    return float(found[1]) * _PIXELS[found[2] or ""] if found else None


def _away(said: Mapping[str, str]) -> bool:
    if (_pixels(said.get("text-indent", "")) or 0) <= -500:
        return True
    moved = [_pixels(said.get(side, "")) or 0 for side in ("left", "top", "right", "bottom", "margin-left", "margin-top")]
    return min(moved) <= -500 or max(moved[:4]) >= 5_000


def _boxed_in(said: Mapping[str, str]) -> bool:
    clipped = said.get("overflow", "") in ("hidden", "clip")
    sizes = [_pixels(said.get(side, "")) for side in ("width", "height", "max-height", "max-width")]
    return clipped and any(s is not None and s <= 1 for s in sizes)


_HIDING: tuple[tuple[str, Callable[[Mapping[str, str]], bool]], ...] = (
    (UNDISPLAYED, lambda s: s.get("display") == "none" or s.get("visibility") in ("hidden", "collapse")),
    (UNDISPLAYED, lambda s: s.get("content-visibility") == "hidden" or _boxed_in(s)),
    (UNDISPLAYED, lambda s: bool(_CLIPPED.search(s.get("clip", "") + s.get("clip-path", "")))),
    (TRANSPARENT, lambda s: _number(s.get("opacity", "1").removesuffix("%"), 1.0) <= 0.05 or "opacity(0" in s.get("filter", "")),
    (OFF_PAGE, lambda s: _away(s)),
    (TINY, lambda s: bool(_SCALED_AWAY.search(s.get("transform", ""))) or s.get("zoom") in ("0", "0%")),
)
