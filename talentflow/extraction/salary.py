"""Pay in a text: amounts, ranges, currencies and units as English and French offers write them."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from talentflow.records import Salary

Unit = Literal["HOUR", "DAY", "WEEK", "MONTH", "YEAR"]

_CURRENCIES = {
    "us$": "USD",
    "$us": "USD",
    "ca$": "CAD",
    "c$": "CAD",
    "cad$": "CAD",
    "au$": "AUD",
    "a$": "AUD",
    "nz$": "NZD",
    "r$": "BRL",
    "hk$": "HKD",
    "s$": "SGD",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "zł": "PLN",
    "fr.": "CHF",
    "euro": "EUR",
    "euros": "EUR",
    "eur": "EUR",
    "usd": "USD",
    "gbp": "GBP",
    "chf": "CHF",
    "pln": "PLN",
    "brl": "BRL",
    "cad": "CAD",
    "aud": "AUD",
    "inr": "INR",
    "sek": "SEK",
    "nok": "NOK",
    "dkk": "DKK",
    "nzd": "NZD",
    "sgd": "SGD",
    "jpy": "JPY",
    "mxn": "MXN",
    "zar": "ZAR",
    "dollars": "USD",
    "pounds": "GBP",
    "mad": "MAD",
    "tnd": "TND",
    "xof": "XOF",
    "fcfa": "XOF",
    "dzd": "DZD",
    "aed": "AED",
    "czk": "CZK",
    "huf": "HUF",
    "ron": "RON",
    "try": "TRY",
    "cny": "CNY",
    "hkd": "HKD",
    "kč": "CZK",
    "e": "EUR",
}
_NAMES = "|".join(re.escape(name) for name in sorted(_CURRENCIES, key=len, reverse=True) if name != "e")
_SPACE = r"[ \t\xa0\u202f\u2009]"
_NUMBER = rf"(?:\d{{1,3}}(?:(?:{_SPACE}|['’])\d{{3}})+(?!\d)|\d{{1,3}}(?:[,.]\d{{3}})+(?!\d)|\d{{1,9}})(?:[.,]\d{{1,2}}(?!\d))?"
_MONEY = re.compile(
    rf"(?<![\w.,])(?P<before>(?:(?:{_NAMES}){_SPACE}?){{1,2}})?(?<!\d)(?P<number>{_NUMBER})"
    rf"(?:{_SPACE}?(?P<scale>[kK](?=[\W_]|$|€|eur)|[kK](?=€|EUR|eur|euro)|[mM](?=[\W_]|$|€)|[mM]n\b|[bB]n?(?=[\W_]|$)|"
    rf"millions?\b|milliards?\b|"
    rf"billions?\b|mille\b))?(?:{_SPACE}?(?P<after>(?:{_NAMES})(?![^\W\d_])))?",
    re.IGNORECASE,
)
_RANGE_GAP = re.compile(
    rf"{_SPACE}*(?:(?:gross|brut|bruts|per year|per month|/an|/mois|a year|pa|k)?{_SPACE}*)(?:-|–|—|−|~|à|a|to|et|and|up "
    rf"to|jusqu['’]à|/)"
    rf"{_SPACE}*(?:up to{_SPACE})?",
    re.IGNORECASE,
)
_UNITS: tuple[tuple[Unit, str], ...] = (
    ("HOUR", r"(?:per|an|par|/|de l['’]|a)\s?(?:hour|heure|hr|h)\b|\bhourly\b|\bhoraires?\b|\bp/?h\b|/\s?hr?\b|\bph\b"),
    ("DAY", r"(?:per|a|par|/)\s?(?:day|jour|j)\b|\bdaily\b|\bjournalier|\btjm\b|\bday rate\b|\bp/?d\b"),
    ("WEEK", r"(?:per|a|par|/)\s?(?:week|semaine|wk)\b|\bweekly\b|\bhebdo|\bpw\b"),
    ("MONTH", r"(?:per|a|par|/)\s?(?:month|mois|mo)\b|\bmonthly\b|\bmensuel|\bpcm\b|\bpm\b|\bmensais\b|\bpor mês\b"),
    (
        "YEAR",
        r"(?:per|a|par|/|l['’]|por)\s?(?:year|annum|an|année|yr|ano|año)\b|\bannual|\bannuel|\byearly\b|\bp\.?a\b|"
        r"\bannum\b|\bbrut an\b|\bote\b",
    ),
)
_UNIT = re.compile("|".join(f"(?P<{unit}>{pattern})" for unit, pattern in _UNITS), re.IGNORECASE)
_PAID_WORD = re.compile(
    r"salar(?:y|ies)|salaire|\bpay\b|\bpays\b|paying|compensation|r[ée]mun[ée]r|wage|package|\btjm\b|daily rate|day rate|"
    r"hourly rate|"
    r"gratification|indemnit[ée]|\brate\b|fourchette|base\b|\bote\b|brut\b|gross|\bgrade\b|earn|taux horaire|tarif|"
    r"\bpaid\b|retainer|fixe\b|on offer|salário|salario|remuneração",
    re.IGNORECASE,
)
_OTHER_MONEY = re.compile(
    r"\bvendre\b|\bsell\b|bookings|revenue|turnover|chiffre d['’]affaires|\bca\b|funding|raised|series|gmv|\barr\b|"
    r"\bebitda\b|budget|allowance|"
    r"reimburs|rembours|bonus|\bprime|voucher|ticket|titre|panier|chèque|auxílio|vale |vouchers|grant|assets|capital|valuation|"
    r"market|levée|leve |fonds|sign-?on|referral|cooptation|insurance|assurance|discount|gift|investment|donation|learning|"
    r"training budget|development|deal|quota|portfolio|clients? book|equity|401|healthcare|home office|education|up to \d+ ?%|"
    r"incentives?|worth|spend|managing|gérer|gestion d['’]un|transactions?|aum\b|contribution|employees|salari[ée]s|"
    r"collaborateurs",
    re.IGNORECASE,
)
_NOT_A_RATE = re.compile(
    r"^\W{0,3}(?:per|par|for|/|each)\s(?:\d+\s)?(?:words?|articles?|pages?|posts?|hours? worked|projects?|tasks?|mots?|km|mile)|"
    r"^\s?(?:%|employees|salari|people|clients|customers|million|billion|milliard|in (?:annual |bookings|revenue|funding|"
    r"assets|sales|a series)|"
    r"m\b|series|de (?:chiffre|ca\b|budget)|d['’](?:euros de|investissement)|of (?:revenue|funding|business|annual)|"
    r"annual (?:revenue|sales))",
    re.IGNORECASE,
)
_CELL = re.compile(r"[\n|•·]")
_PIECEWORK = re.compile(r"\b(?:per|par|a) (?:words?|articles?|pages?|posts?|mots?|piece|pi[èe]ce|video)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?;](?=\s|$)|\n")
_CLAUSE = re.compile(r"[.!?;](?=\s|$)|\n(?=\s|[•*A-ZÀ-Þ-])|\+|(?<![A-Z])\d")
"""Where an amount's own words end: another number brings its own unit."""
_UP_TO = re.compile(
    r"(?:up to|jusqu['’]à|maximum|max\.?|upto|à concurrence de|under|jusque)\s{0,2}(?:usd|eur|gbp)?\s?$", re.IGNORECASE
)
_FROM = re.compile(
    r"(?:from|à partir de|a partir de|starting (?:at|from|salary(?: of)?)|minimum|min\.?|dès|au moins|at least|above|plus "
    r"de|more than|over)"
    r"\s{0,2}(?:of|de)?\s{0,2}(?:usd|eur|gbp)?\s?$",
    re.IGNORECASE,
)
_LOOK_BACK = 90
_LOOK_AHEAD = 48
_PLAUSIBLE: dict[Unit, tuple[float, float]] = {
    "HOUR": (1, 1_500),
    "DAY": (15, 2_500),
    "WEEK": (50, 20_000),
    "MONTH": (100, 400_000),
    "YEAR": (2_000, 9_000_000),
}
_MOST = 60


class FoundSalary(NamedTuple):
    """`text[start:end]` says `salary`."""

    salary: Salary
    start: int
    end: int


class _Money(NamedTuple):
    value: float
    currency: str | None
    thousands: bool
    start: int
    end: int


def find_salary(text: str, *, labelled: bool = False, language: str = "und") -> FoundSalary | None:
    """The pay that a text offers, or None (`competitive`, `DOE`, `selon profil`, `SMIC` name no amount).

    Args:
        text: an offer, or the value of its salary label.
        labelled: the text is such a value: an amount needs neither a currency nor a word of pay beside it.
        language: of the offer; in French an amount without currency is in euros.

    An amount counts with a currency or a `k` and a word of pay or a unit near it; money that is spoken of otherwise (revenue,
    budgets, bonuses) does not. A unit that is not said is inferred from the size of the amount.
    """
    best: tuple[float, FoundSalary] | None = None
    amounts = _amounts(text, labelled=labelled)
    at = 0
    while at < len(amounts):
        first = amounts[at]
        second = amounts[at + 1] if at + 1 < len(amounts) else None
        if second is not None and not (
            second.start - first.end < 40 and _RANGE_GAP.fullmatch(text, first.end, second.start) and _makes_range(first, second)
        ):
            second = None
        at += 2 if second else 1
        if not (labelled or second or first.currency or first.thousands):
            continue
        scored = _judge(text, first, second, labelled=labelled, language=language)
        if scored is not None and (best is None or scored[0] > best[0]):
            best = scored
    return best[1] if best else None


def _amounts(text: str, *, labelled: bool) -> list[_Money]:
    found: list[_Money] = []
    last_bare: _Money | None = None
    for match in _MONEY.finditer(text):
        scale = (match["scale"] or "").lower()
        if scale[:1] in ("m", "b") and scale != "mille":
            last_bare = None
            continue
        currency = _currency(match["after"]) or _currency(match["before"])
        thousands = scale in ("k", "mille")
        value = _value(match["number"])
        if text[match.end() : match.end() + 1] == "%" or (thousands and value == 401) or text.startswith("(k", match.end()):
            continue
        money = _Money(value * 1000 if thousands else value, currency, thousands, match.start(), match.end())
        if currency or thousands or labelled:
            if last_bare is not None and money.start - last_bare.end < 40:
                found.append(last_bare)
            found.append(money)
            last_bare = None
            if len(found) >= _MOST:
                break
        else:
            last_bare = money
    return found


def _makes_range(first: _Money, second: _Money) -> bool:
    if first.currency and second.currency and first.currency != second.currency:
        return False
    low = first.value * 1000 if second.thousands and not first.thousands and first.value < 1000 else first.value
    return 0 < low <= second.value <= 60 * low


def _currency(name: str | None) -> str | None:
    if not name:
        return None
    words = name.lower().split()
    known = [_CURRENCIES[word] for word in words if word in _CURRENCIES]
    return known[0] if known else _CURRENCIES.get(name.strip().lower().replace(" ", ""))


def _value(number: str) -> float:
    """`45 000`, `45,000.50`, `45.000`, `1 800,50` → a number."""
    plain = re.sub(r"[\s'’]", "", number)
    decimals = re.search(r"[.,](\d{1,2})$", plain)
    if decimals:
        return float(re.sub(r"[.,]", "", plain[: decimals.start()]) + "." + decimals.group(1))
    return float(re.sub(r"[.,]", "", plain))


def _judge(text: str, first: _Money, second: _Money | None, *, labelled: bool, language: str) -> tuple[float, FoundSalary] | None:
    end = second.end if second else first.end
    before = text[max(0, first.start - _LOOK_BACK) : first.start]
    after = text[end : end + _LOOK_AHEAD]
    breaks = [m.end() for m in _SENTENCE.finditer(before)]
    sentence = before[breaks[-1] :] if breaks else before
    stop = _CLAUSE.search(after)
    rest = after[: stop.start()] if stop else after
    if _NOT_A_RATE.match(after) or _PIECEWORK.search(
        after[: sentence_end.start()] if (sentence_end := _SENTENCE.search(after)) else after
    ):
        return None
    low = first.value
    high = second.value if second else first.value
    thousands = second is not None and second.thousands and not first.thousands
    if thousands and low < 1000:
        low *= 1000
    unit_after = _UNIT.search(rest)
    if unit_after and unit_after.start() > 30:
        unit_after = None
    # A number further up has taken the unit word that follows it.
    units_before = [] if any(c.isdigit() for c in sentence[-60:]) else list(_UNIT.finditer(sentence[-60:]))
    unit_match = unit_after or (units_before[-1] if units_before else None)
    unit = _unit_name(unit_match) or _by_size(high)
    if unit is None:
        return None
    if unit_match is not None and not _PLAUSIBLE[unit][0] <= high <= _PLAUSIBLE[unit][1]:
        # `45 - 55 per year` in a salary line means thousands; otherwise the unit word belongs to something else.
        if unit == "YEAR" and 15 <= high < 400 and labelled:
            low, high = low * 1000, high * 1000
        elif unit == "YEAR" and high < _PLAUSIBLE["YEAR"][0]:
            return None
        else:
            unit = _by_size(high)
    if unit is None or not _PLAUSIBLE[unit][0] <= high <= _PLAUSIBLE[unit][1]:
        return None
    pay = [m.start() for m in _PAID_WORD.finditer(before)]
    other = [m.start() for m in _OTHER_MONEY.finditer(sentence)]
    other_at = len(before) - len(sentence) + other[-1] if other else -1
    pay_near = bool(pay) and pay[-1] > other_at
    pay_after = bool(_PAID_WORD.search(rest[:30]))
    if not labelled and other_at >= 0 and not pay_near:
        return None
    if not labelled and _OTHER_MONEY.search(rest[:24]) and not pay_near:
        return None
    scaled = first.thousands or (second is not None and second.thousands)
    priced = first.currency is not None or (second is not None and second.currency is not None)
    alone = scaled and priced and unit == "YEAR" and _stands_alone(text, first.start, end)
    if not labelled and not (pay_near or pay_after or alone or unit_match is not None):
        return None
    score = 3.0 * pay_near + 1.0 * pay_after + 1.5 * (unit_match is not None) + 1.5 * (second is not None)
    score += 1.0 * bool(first.currency or (second and second.currency))
    currency = (second.currency if second else None) or first.currency or _named_after(after)
    if currency is None and language == "fr":
        currency = "EUR"
    least: float | None = low
    most: float | None = high
    if second is None:
        if _UP_TO.search(before):
            least = None
        elif _FROM.search(before) or text[end : end + 1] == "+":
            most = None
    salary = Salary(min_value=least, max_value=most, currency=currency, unit=unit)
    return score, FoundSalary(salary, first.start, _unit_end(end, unit_after, rest))


def _unit_name(match: re.Match[str] | None) -> Unit | None:
    if match is None:
        return None
    return next(unit for unit, _ in _UNITS if match.group(unit))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a line, or a part of it between bars, holds nothing but the amount."""
    before = _CELL.split(text[max(0, start - 30) : start])[-1]
    after = _CELL.split(text[end : end + 30])[0]
    return not any(c.isalpha() for c in before + after)


def _unit_end(end: int, unit: re.Match[str] | None, rest: str) -> int:
    return end + unit.end() if unit is not None and "\n" not in rest[: unit.end()] else end


_NAMED = re.compile(r"^\W{0,4}(?:\w+\s){0,3}?\(?(?:\w+\s){0,2}?(usd|eur|gbp|cad|aud|brl|pln|chf|euros?|dollars)\b", re.IGNORECASE)


def _named_after(after: str) -> str | None:
    match = _NAMED.match(after)
    return _CURRENCIES[match.group(1).lower()] if match else None


def _by_size(amount: float) -> Unit | None:
    if amount >= 12_000:
        return "YEAR"
    if amount >= 900:
        return "MONTH"
    if amount >= 150:
        return "DAY" if amount < 900 else None
    return "HOUR" if amount >= 5 else None
