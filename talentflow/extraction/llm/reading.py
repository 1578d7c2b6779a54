"""What a model read in a text, as far as the text bears it out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from talentflow.extraction.degrees import find_degree
from talentflow.extraction.llm.fields import MOST, Asked, Post, RecordKind, Said, Study, of
from talentflow.extraction.llm.follows import PRESENT, Reader, apart
from talentflow.extraction.llm.quotes import Extent, Source, plain
from talentflow.records import Certificate, Education, Evidence, Work

TOGETHER = 1_500
"""Characters within which all that is said of one post or study stands."""


@dataclass
class Found:
    """Values by field with their evidence, and why others were refused."""

    values: dict[str, Any] = field(default_factory=dict[str, Any])
    evidence: list[Evidence] = field(default_factory=list[Evidence])
    refused: Counter[str] = field(default_factory=Counter[str])
    """`no quote` (it is not in the text), `not said` (the quote does not say the value), `scattered` (what is
    said of one entry stands far apart) → how often."""

    @property
    def accepted(self) -> int:
        return len(self.evidence)


class Checker:
    """Reads answers about one text.

    Args:
        text: the redacted text; spans are of it.
        language: of the document.
    """

    def __init__(self, text: str, language: str) -> None:
        self._source = Source(text)
        self._language = language

    def read(self, kind: RecordKind, answers: Sequence[BaseModel]) -> Found:
        """The values of answers about windows of the text, put together: the first that says a single value counts, lists are
        joined, each thing once."""
        found = Found()
        names = [name for answer in answers for name in type(answer).model_fields]
        for asked in of(kind, names):
            said = [getattr(answer, asked.name, None) for answer in answers]
            if asked.parts is not None:
                self._entries(asked, [entry for entries in said if entries for entry in entries], found)
            elif asked.several:
                self._list(asked, [one for ones in said if ones for one in ones], found)
            else:
                self._single(asked, [one for one in said if one is not None], found)
        return found

    def _single(self, asked: Asked, said: Iterable[Said], found: Found) -> None:
        for one in said:
            taken = self._taken(asked.reader, one, found)
            if taken is not None:
                found.values[asked.name] = taken[0]
                found.evidence.append(_evidence(asked.name, taken[1]))
                return

    def _list(self, asked: Asked, said: Sequence[Said], found: Found) -> None:
        values: list[Any] = []
        seen: set[str] = set()
        for one in said[:MOST]:
            taken = self._taken(asked.reader, one, found)
            if taken is None or (key := _key(taken[0])) in seen:
                continue
            seen.add(key)
            found.evidence.append(_evidence(f"{asked.name}[{len(values)}]", taken[1]))
            values.append(Certificate(name=taken[0]) if asked.name == "certificates" else taken[0])
        if values:
            found.values[asked.name] = values

    def _entries(self, asked: Asked, said: Sequence[Post | Study], found: Found) -> None:
        make: Callable[[Mapping[str, Any]], Work | Education] = _work if asked.name == "work" else _education
        entries: list[Any] = []
        seen: set[tuple[Any, ...]] = set()
        for entry in said[:MOST]:
            values, evidence = self._entry(asked, entry, len(entries), found)
            key = tuple(_key(values.get(name)) for name in asked.parts or ())
            if not (values.keys() & {"position", "name", "study_type", "institution"}) or key in seen:
                continue
            seen.add(key)
            entries.append(make(values))
            found.evidence += evidence
        if entries:
            found.values[asked.name] = entries

    def _entry(self, asked: Asked, entry: Post | Study, number: int, found: Found) -> tuple[dict[str, Any], list[Evidence]]:
        """What is borne out of one entry: dates are sought beside the name that heads it."""
        values: dict[str, Any] = {}
        evidence: list[Evidence] = []
        for name, reader in (asked.parts or {}).items():
            one: Said | None = getattr(entry, name)
            taken = self._taken(reader, one, found, near=evidence[0].start if evidence else None) if one else None
            if taken is None:
                continue
            span = _evidence(f"{asked.name}[{number}].{name}", taken[1])
            if apart([*evidence, span]) > TOGETHER:
                found.refused["scattered"] += 1
                continue
            values[name] = taken[0]
            evidence.append(span)
            if name == "study_type" and find_degree(taken[0]):
                evidence.append(_evidence(f"{asked.name}[{number}].level", taken[1]))
        return values, evidence

    def _taken(self, reader: Reader | None, said: Said, found: Found, *, near: int | None = None) -> tuple[Any, Extent] | None:
        """The value as records have it, with its place in the text; None, counted, when the text does not bear it out."""
        extent = self._source.find(said.quote, near=near)
        if extent is None:
            found.refused["no quote"] += 1
            return None
        value = reader(said.value, self._source.text[slice(*extent)], self._language) if reader else None
        if value is None:
            found.refused["not said"] += 1
            return None
        return value, extent


def _evidence(path: str, extent: Extent) -> Evidence:
    return Evidence(field=path, start=extent[0], end=extent[1])


def _key(value: Any) -> str:
    """By which two values are one."""
    for name in ("skill_id", "language", "locality", "name"):
        if getattr(value, name, None):
            return plain(str(getattr(value, name)))
    return plain(str(value))


def _work(values: Mapping[str, Any]) -> Work:
    going_on = values.get("end_date") == PRESENT
    return Work(**({**values, "end_date": None} if going_on else values), current=going_on)


def _education(values: Mapping[str, Any]) -> Education:
    degree = find_degree(values["study_type"]) if "study_type" in values else None
    return Education(**values, level=degree[0] if degree else None)
