"""Whether readers of one JSON Schema can read what was written by another: for the schemas that pydantic makes of models.

A registry answers yes or no, or in words of its own; this says which property of what has changed, and works without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_LOWER_BOUNDS = ("minLength", "minimum", "exclusiveMinimum", "minItems")
_UPPER_BOUNDS = ("maxLength", "maximum", "exclusiveMaximum", "maxItems")
_SAME = ("format", "pattern", "multipleOf")


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """What a value of `old` can be and a value of `new` cannot, in words; [] when `new` reads all of `old` (BACKWARD)."""
    return list(_Comparison(old, new).of(old, new, "a message"))


class _Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new
        self._open: set[tuple[str, str]] = set()

    def of(self, old: Schema, new: Schema, name: str) -> Iterator[str]:
        pair = (str(old.get("$ref")), str(new.get("$ref")))
        if pair != ("None", "None"):
            if pair in self._open:
                return  # a model that contains itself
            self._open.add(pair)
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        choices, offered = _choices(old), _choices(new)
        if len(choices) > 1 or len(offered) > 1:
            for choice in choices:
                yield from min((list(self.of(choice, other, name)) for other in offered), key=len)
        else:
            yield from self._plain(old, new, str(old.get("title") if old.get("type") == "object" else name))
        self._open.discard(pair)

    def _plain(self, old: Schema, new: Schema, name: str) -> Iterator[str]:
        types, taken = _types(old), _types(new)
        if taken and not types <= taken:
            yield f"{name} was {_or(types)} and is {_or(taken)}"
            return
        values, allowed = _values(old), _values(new)
        if allowed is not None and (values is None or not values <= allowed):
            gone = ", ".join(sorted((values or set()) - allowed)) or "any other value"
            yield f"{name} cannot be {gone} any more"
        yield from _narrower(old, new, name)
        if "items" in new:
            yield from self.of(old.get("items", {}), new["items"], f"an item of {name}")
        if "object" in types:
            yield from self._object(old, new, name)

    def _object(self, old: Schema, new: Schema, name: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        is_closed = new.get("additionalProperties") is False
        if is_closed and old.get("additionalProperties") is not False:
            yield f"{name} cannot have other properties any more"
        for key, schema in before.items():
            if key in after:
                yield from self.of(schema, after[key], f"{name}.{key}")
            elif is_closed:
                yield f"{name}.{key} is gone"
        for key in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            yield f"{name}.{key} is required, and was not"


def _narrower(old: Schema, new: Schema, name: str) -> Iterator[str]:
    for key in _LOWER_BOUNDS:
        if key in new and (key not in old or new[key] > old[key]):
            yield f"{name} has a {key} of {new[key]}, and had {old.get(key, 'none')}"
    for key in _UPPER_BOUNDS:
        if key in new and (key not in old or new[key] < old[key]):
            yield f"{name} has a {key} of {new[key]}, and had {old.get(key, 'none')}"
    for key in _SAME:
        if key in new and new[key] != old.get(key):
            yield f"{name} has the {key} {new[key]}, and had {old.get(key, 'none')}"


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _choices(schema: Schema) -> list[Schema]:
    return schema.get("anyOf") or schema.get("oneOf") or [schema]


def _types(schema: Schema) -> set[str]:
    said = schema.get("type", ())
    return {said} if isinstance(said, str) else set(said)


def _values(schema: Schema) -> set[str] | None:
    """The only values it may have, as text; None for any."""
    if "const" in schema:
        return {str(schema["const"])}
    return {str(v) for v in schema["enum"]} if "enum" in schema else None


def _or(types: set[str]) -> str:
    return " or ".join(sorted(types)) or "anything"
