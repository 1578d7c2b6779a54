"""Where the work is done: on site, remote or both."""

from __future__ import annotations

import re
from typing import cast

from talentflow.extraction.phrases import Hit, finder, fold
from talentflow.extraction.terms import Terms
from talentflow.records import Workplace

_WORKPLACES = finder(
    {
        "remote+": "fully remote, 100% remote, 100 % remote, remote role, remote position, remote job, full remote, full-remote, "
        "fully-remote, work from anywhere, remote-first, remote first, 100% teletravail, 100 % teletravail, teletravail complet, "
        "teletravail total, entierement a distance, work from home, working from home, remote only, 100% remoto, 100% a "
        "distance, "
        "totalmente remoto, home based, home-based, remote-only, remote opportunity, remotely, work remotely, this is a remote, "
        "remote work, remote team, remote company, remote environment, remote - *, location: remote, remoto, modelo remoto, "
        "remote within, remote in, remote from, poste en teletravail, a distance",
        "hybrid+": "hybrid, hybride, hybrid working, hybrid role, teletravail partiel, teletravail possible, flex office, "
        "jours de teletravail, jour de teletravail, jours par semaine en teletravail, teletravail ponctuel, jours en "
        "teletravail, "
        "days in the office, days in office, days a week in, days per week in, days from home, days at home, days remote, "
        "teletravail occasionnel, partial remote, partially remote, remote possible, hibrido, j de teletravail, "
        "jours/semaine de teletravail, "
        "teletravail 1 jour*, teletravail 2 jours*, teletravail 3 jours*, jours teletravail, days wfh, 2 jours de tt, "
        "remote friendly days, "
        "days working from home, days remotely, days working remotely, days of remote, jours de remote, politique de teletravail",
        "on_site+": "in the workplace, on-site, onsite, on site, sur site, in-person, in person, presentiel, in-office, "
        "in the office, "
        "office based, "
        "office-based, pas de teletravail, no remote, 100% presentiel, teletravail non, presencial, en presentiel, not remote, "
        "remote work is not, teletravail impossible, no teletravail, not a remote, non eligible au teletravail, "
        "teletravail : non",
        "remote": "remote, teletravail, wfh, remotes",
    }
)
_REMOTE_NOISE = re.compile(
    r"^(?:ly)?\s?(?:sensing|monitoring|control|access|support|areas?|desktop|communities|locations?|regions?|server|"
    r"patient|users?|villages?|"
    r"hands|diagnos|assistance|sites?|procedure|execution|inspection)"
)
_ALTERNATIVES = re.compile(
    r"(?:remote|office|hybrid|on-?site|home)[\w -]{0,12}(?:,|/| or)[ \w,/-]{0,30}?\b(?:or|/|,)\s?(?:fully |full "
    r")?(?:remote|in-office|hybrid|on-?site|office)\b"
)
"""All of them at the worker's choice: none of them is the answer."""
_NOISE_BEFORE = re.compile(
    r"\b(?:few|sprints?|meet|meets|meeting|events?|retreats?|gather|gathering|together|week|times|offsites?|no|not|"
    r"interviews?|colleagues|"
    r"with|connect|active) [^.;]{0,18}$"
)
_HYBRID_NOISE = re.compile(
    r"^\s?(?:talent|cloud|app|mobile|infrastructure|vehicle|car|engine|environments?|architecture|seed|approach|it\b|"
    r"deployment|electric|search|"
    r"rechargeable|profile|identity|data|automobile|et electrique)"
)
_ON_SITE_NOISE = re.compile(
    r"^\s?(?:seo|visit|events?|gym|restaurant|parking|meeting|tracking|chat|search|retargeting|conversion|"
    r"personali[sz]ation|nursery|creche|childcare|interview|meals?|cafe|support for|canteen|training|"
    r"meetups?|inspection|clinic|or remote)"
)


_CELL = re.compile(r"[.;|•·/()]|\s-\s|\s{2,}")
_POST = re.compile(r"work|position|role|poste|based|travail|job|100 ?%|full|days|jours")
_PLACES_OF_TASKS = frozenset({"sur site", "on site", "on-site", "onsite"})
_MEETINGS = frozenset(
    {"in person", "in-person", "office based", "office-based", "on site", "on-site", "onsite", "in the office", "face-to-face"}
)


def _about_the_post(folded: str, start: int, end: int) -> bool:
    """Whether `sur site` stands alone or beside a word for the work: welders repair cranes on site, wherever they work."""
    before, after = _CELL.split(folded[max(0, start - 60) : start])[-1], _CELL.split(folded[end : end + 60])[0]
    return len(before) + len(after) < 32 or _POST.search(before[-18:]) is not None


def _met(folded: str, at: int) -> bool:
    return _NOISE_BEFORE.search(folded[max(0, at - 40) : at]) is not None


def workplace_of_label(value: str) -> Workplace | None:
    """`remote`, `Hybrid (2 days)`, `Sur site`, `TELECOMMUTE`; yes and no as answers to `Remote:`."""
    folded = fold(value).replace("_", "-")
    if folded.strip() in ("true", "yes", "oui", "telecommute"):
        return "remote"
    if folded.strip() in ("false", "no", "non"):
        return "on_site"
    found = workplace_in_text(folded)
    if found is None and re.match(r"\s?(?:jusqu'a |up to )?[1-4]\s?(?:jours?|j\b|days?)", folded):
        return "hybrid"
    return cast(Workplace, found.value) if found else None


_DAYS_APART = re.compile(
    r"(?:teletravail|remote|home ?office|wfh)\s?(?:partiel|possible|policy|autorise|days?)?\s?[:(-]?\s?(?:jusqu'a |up to |"
    r"de |of )?"
    r"(?:[1-4]|un|deux|trois|quatre|one|two|three|four)\s?(?:a [2-4]\s?)?(?:jours?|j\b|days?)|"
    r"(?:[1-4]|un|deux|trois|quatre|one|two|three|four)\s?(?:jours?|j\b|days?)\s?(?:(?:par|a|per|/|de)\s?(?:semaine|week|"
    r"sem)?\s?)?"
    r"(?:de |en |of |at |in |from )?(?:the |your )?(?:teletravail|remote|home|office|tt\b|on.?site|presentiel|sur site|a "
    r"distance|bureau)"
)
"""Days named for one of two places: the rest of the week is spent at the other."""


def workplace_in_text(folded: str) -> Terms | None:
    """Where the work is done. Days named for both places make it hybrid; a plain denial makes it on site; `remote` alone in
    running text counts less than a phrase about the position."""
    votes: dict[str, tuple[float, Hit]] = {}
    alternatives = [match.span() for match in _ALTERNATIVES.finditer(folded)]
    for hit in _WORKPLACES(folded):
        after = folded[hit.end : hit.end + 24]
        phrase = folded[hit.start : hit.end]
        if hit.value.startswith("remote") and phrase == "remote" and _REMOTE_NOISE.match(after.lstrip()):
            continue
        if hit.value == "on_site+" and (_ON_SITE_NOISE.match(after) or (phrase in _MEETINGS and _met(folded, hit.start))):
            continue
        if phrase in _PLACES_OF_TASKS and not _about_the_post(folded, hit.start, hit.end):
            continue
        if hit.value == "hybrid+" and _HYBRID_NOISE.match(after):
            continue
        if any(start <= hit.start < end for start, end in alternatives):
            continue
        value = hit.value.rstrip("+")
        weight = 1.5 if hit.value.endswith("+") else 1.0
        if value == "hybrid":
            weight = 3.0
        if (value == "on_site" and phrase[:2] in ("no", "pa")) or ("teletravail" in phrase and value == "on_site"):
            weight = 6.0
        if hit.start < 400:
            weight += 1.0
        score, first = votes.get(value, (0.0, hit))
        votes[value] = (min(score + weight, 12.0), first)
    days = _DAYS_APART.search(folded)
    if days is not None:
        score, first = votes.get("hybrid", (0.0, Hit("hybrid", days.start(), days.end())))
        votes["hybrid"] = (score + 8.0, first)
    if not votes:
        return None
    value, (score, hit) = max(votes.items(), key=lambda item: (item[1][0], -item[1][1].start))
    return Terms(value, hit.start, hit.end) if score >= 1.0 else None
