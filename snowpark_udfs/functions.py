"""The functions that dbt models call, by the same names on DuckDB and on Snowflake.

Each is a plain Python function of values; its signature is the declaration that both engines are told: `str` is VARCHAR,
`float` DOUBLE, `date` DATE, and every argument and result may be null. None of them raises for a value: what cannot be worked out
is null, because one bad row must not end a query over a million.

Only the standard library and the domain are imported here, and of the domain only what `IMPORTED` in `register.py` names: this
module runs inside Snowflake.
"""

from __future__ import annotations

import inspect
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Literal, TypeVar, get_args, get_type_hints

from talentflow.records import Candidate, JobOffer, Record, Work, record_of

SqlType = Literal["VARCHAR", "DOUBLE", "DATE"]

LONGEST_TITLE = 500
"""Characters of a title that are read."""

LONGEST_TEXT = 400_000
"""Characters of a text that is redacted, as many as a document may have; of a longer one nobody could vouch for the rest."""

_SHORT = 200
"""Characters of a value up to which its results are kept between batches."""

_KEPT = 64 * 1024
"""Characters of a record whose parsed form is kept: the same offer is scored against many candidates."""

_SQL: dict[type, SqlType] = {str: "VARCHAR", float: "DOUBLE", date: "DATE"}
_DATE = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?")
R = TypeVar("R", bound=Record)


def normalise_skill(name: str | None) -> str | None:
    """The taxonomy's id of the skill that a name means, in English or French; null for one that it does not know."""
    from talentflow.taxonomy import find_skill

    found = find_skill(name) if name else None
    return found.skill_id if found else None


def seniority_of(title: str | None, experience_years: float | None) -> str | None:
    """What the words of a title say, else what the years say; null when neither says anything."""
    from talentflow.classification.seniority import seniority_of_title, seniority_of_years

    said = seniority_of_title(title[:LONGEST_TITLE]) if title else None
    if said is None and experience_years is not None and math.isfinite(experience_years) and experience_years >= 0:
        said = seniority_of_years(experience_years)
    return said[0] if said else None


def experience_years_of(work: str | None, as_of: date | None) -> float | None:
    """Years that posts cover together, to one decimal; months with several posts count once.

    Args:
        work: JSON text of `silver.candidates.work`. A post without a date, or with one that is none, counts nothing.
        as_of: until when a present post has lasted; null takes the latest date in the posts.

    Returns:
        Null when no post is dated, and for a text that is no JSON list.
    """
    from talentflow.extraction.cv_levels import years_of_work

    read = _json(work)
    posts = [_post(item) for item in read if isinstance(item, dict)] if isinstance(read, list) else []
    latest = max((d for p in posts for d in (p.start_date, p.end_date) if d), default=None)
    return years_of_work(posts, as_of.isoformat() if as_of else latest)


def redact(text: str | None) -> str | None:
    """The text with the letters and digits of personal data as `█`; same length. Null above `LONGEST_TEXT` characters.

    What is looked for is what a CV gives away and what an offer does, since the text may be of either.
    """
    from talentflow.extraction import find_identity
    from talentflow.extraction import redact as blank

    if text is None or len(text) > LONGEST_TEXT:
        return None
    return blank(text, [span for kind in ("cv", "job_offer") for span in find_identity(text, kind=kind).spans])


def salary_eur_year(amount: float | None, currency: str | None, unit: str | None) -> float | None:
    """An amount of a currency (ISO 4217) a unit (HOUR, DAY, WEEK, MONTH, YEAR) as euros a year.

    The rates are those of `talentflow/pay.py`. Null for a currency or unit that is not known, and for an amount that is negative
    or no number.
    """
    from talentflow.pay import yearly_euros

    return None if amount is None or currency is None or unit is None else yearly_euros(amount, currency, unit)


def match_score(offer: str | None, candidate: str | None) -> float | None:
    """How well an offer and a candidate meet, in [0, 1], without their titles' vectors: see `docs/matching.md`.

    Args:
        offer: JSON text of a row of `silver.job_offers`, or of some of its columns; what is left out is not said.
        candidate: the same of `silver.candidates`.

    Returns:
        Null for a text that is no such record.
    """
    from talentflow.matching.score import pair_score

    sides = _side("offer", offer), _side("candidate", candidate)
    score = pair_score(*sides) if all(sides) else None
    return score if score is not None and math.isfinite(score) else None


@dataclass(frozen=True)
class Function:
    """One of them, as an engine needs to know it."""

    name: str
    call: Callable[..., Any]
    arguments: tuple[tuple[str, SqlType], ...]
    returns: SqlType

    def column(self, *columns: Sequence[Any]) -> list[Any]:
        """The function over columns of equal length. Names, titles and units repeat: each distinct row is worked out once, and
        what was worked out for short ones is kept for the next batch."""
        known: dict[tuple[Any, ...], Any] = {}
        results: list[Any] = []
        for row in zip(*columns, strict=True):
            if row not in known:
                short = all(not isinstance(value, str) or len(value) <= _SHORT for value in row)
                known[row] = self._kept(*row) if short else self.call(*row)
            results.append(known[row])
        return results

    @cached_property
    def _kept(self) -> Callable[..., Any]:
        return lru_cache(maxsize=1 << 16)(self.call)


def _function(call: Callable[..., Any]) -> Function:
    hints = get_type_hints(call)
    types: dict[str, SqlType] = {
        name: _SQL[next(t for t in get_args(hint) if t is not type(None))] for name, hint in hints.items()
    }
    return Function(call.__name__, call, tuple((p, types[p]) for p in inspect.signature(call).parameters), types["return"])


FUNCTIONS: tuple[Function, ...] = tuple(
    _function(call) for call in (normalise_skill, seniority_of, experience_years_of, redact, salary_eur_year, match_score)
)


def _json(text: str | None) -> Any:
    """What a JSON text says, NaN and infinities as null; None for one that is broken or nested too deep."""
    try:
        return json.loads(text, parse_constant=lambda _: None) if text else None
    except (ValueError, RecursionError):
        return None


def _post(item: dict[Any, Any]) -> Work:
    def text(name: str) -> str | None:
        value = item.get(name)
        return value if isinstance(value, str) else None

    start, end = (d if d and _DATE.fullmatch(d) else None for d in (text("start_date"), text("end_date")))
    return Work(position=text("position"), start_date=start, end_date=end, current=item.get("current") is True)


def _said(value: Any) -> Any:
    """A value without the fields that are null in it: engines write those out, records leave them out."""
    if isinstance(value, dict):
        return {name: _said(inner) for name, inner in value.items() if inner is not None}
    return [_said(inner) for inner in value if inner is not None] if isinstance(value, list) else value


def _read_side(kind: Literal["offer", "candidate"], text: str) -> Any:
    from talentflow.matching.score import CandidateSide, OfferSide

    row = _json(text)
    if not isinstance(row, dict):
        return None
    try:
        said = {f"{kind}_id": "", "document_id": ""} | _said(row)
        if kind == "offer":
            return OfferSide.of(record_of(JobOffer, said))
        return CandidateSide.of(record_of(Candidate, said))
    except (ValueError, RecursionError):
        return None


_kept_side = lru_cache(maxsize=1024)(_read_side)


def _side(kind: Literal["offer", "candidate"], text: str | None) -> Any:
    """A record made ready for scoring; None for a text that is none."""
    if text is None:
        return None
    return _kept_side(kind, text) if len(text) <= _KEPT else _read_side(kind, text)
