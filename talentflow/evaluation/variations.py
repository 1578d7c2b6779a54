"""Offers written again as other boards, employers and agencies would: variations that are one with their original, and others
that only look alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from random import Random
from typing import Any

from talentflow.duplicates.facts import without_places

_FEWEST_LINES = 6
"""A body with fewer has no half that another job could fill."""

_FEWEST_WORDS = 4
"""Lines with fewer words are titles and facts, which nobody rewords."""


@dataclass(frozen=True)
class Ad:
    """An offer before it is a document: `body` has a line for each heading, paragraph and bullet."""

    title: str
    job: str
    """The title without what employers add to it."""
    employer: str | None
    place: str | None
    body: tuple[str, ...]
    language: str
    is_row: bool = False
    """Comes as the row of a file or an API, its employer and place in fields of their own; else as a text."""


@dataclass(frozen=True)
class Document:
    content: bytes
    media_type: str


Vary = Callable[[Random, Ad, Sequence[Ad]], Document | None]
"""From a seed, an offer and the other offers to a document; None where the offer cannot be varied so."""


# documents


def as_text(ad: Ad) -> Document:
    """A plain page: the title, what is known of employer and place, the body; or the row that the offer comes as."""
    if ad.is_row:
        row = {"title": ad.title, "company": ad.employer, "location": ad.place, "description": "\n".join(ad.body)}
        return Document(json.dumps({k: v for k, v in row.items() if v}, ensure_ascii=False).encode(), "application/json")
    labels = _LABELS[ad.language]
    facts = [f"{label}: {value}" for label, value in zip(labels, (ad.employer, ad.place), strict=False) if value]
    said = " ".join(ad.body)
    missing = [fact for fact in facts if fact.partition(": ")[2] not in said]
    return Document("\n".join([ad.title, *missing, "", *ad.body]).encode(), "text/plain")


def as_html(ad: Ad) -> Document:
    """The page of a career site, with navigation and a footer."""
    labels = _LABELS[ad.language]
    facts = "".join(
        f"<li>{label}: {escape(value)}</li>" for label, value in zip(labels, (ad.employer, ad.place), strict=False) if value
    )
    body = "".join(
        f"<li>{escape(line.lstrip('•*-–✓o '))}</li>"
        if line[:2] in ("• ", "* ", "- ", "– ", "✓ ", "o ")
        else f"<p>{escape(line)}</p>"
        for line in ad.body
    )
    page = (
        f"<html lang='{ad.language}'><body><nav><a href='/'>Home</a> <a href='/jobs'>Jobs</a></nav><main>"
        f"<h1>{escape(ad.title)}</h1><ul>{facts}</ul>{body}</main><footer>© 2026</footer></body></html>"
    )
    return Document(page.encode(), "text/html")


def as_posting(ad: Ad) -> Document:
    """schema.org JobPosting, as sources send it."""
    posting: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": ad.title,
        "description": "".join(f"<p>{escape(line)}</p>" for line in ad.body),
    }
    if ad.employer:
        posting["hiringOrganization"] = {"@type": "Organization", "name": ad.employer}
    if ad.place:
        posting["jobLocation"] = {"@type": "Place", "address": {"@type": "PostalAddress", "addressLocality": ad.place}}
    return Document(json.dumps(posting, ensure_ascii=False).encode(), "application/ld+json")


def as_board(rng: Random, ad: Ad) -> Document:
    """Another board's page: its navigation, its labels, and after the offer what it says under every offer."""
    links, foot = _BOARD[ad.language]
    days = f"Published {rng.randint(2, 29)} days ago" if ad.language == "en" else f"Publiée il y a {rng.randint(2, 29)} jours"
    said = [value for value in (ad.employer, ad.place, days) if value]
    page = (
        f"<html lang='{ad.language}'><body><nav>{' '.join(f'<a href=#>{link}</a>' for link in links)}</nav>"
        f"<h1>{escape(ad.title)}</h1><p>{escape(' · '.join(said))}</p><div>{'<br>'.join(map(escape, ad.body))}</div>"
        f"<div class='more'>{''.join(f'<p>{escape(line)}</p>' for line in foot)}</div></body></html>"
    )
    return Document(page.encode(), "text/html")


# changes


def reworded(rng: Random, ad: Ad, share: float) -> Ad:
    """Change a share of the words of sentences and bullets, and the order of neighbouring ones."""
    synonyms, fillers = _SYNONYMS[ad.language], _FILLERS[ad.language]
    body: list[str] = []
    for line in ad.body:
        words = line.split(" ")
        if len(words) < _FEWEST_WORDS or ":" in line or "|" in line:
            body.append(line)
            continue
        changed: list[str] = []
        for word in words:
            plain = word.strip(".,;").casefold()
            if not plain.isalpha() or rng.random() >= share:
                changed.append(word)
            elif plain in synonyms:
                changed.append(rng.choice(synonyms[plain]))
            elif len(plain) > 3:
                changed += rng.choice([[word, rng.choice(fillers)], [rng.choice(fillers)], [rng.choice(fillers), word]])
        body.append(" ".join(changed))
    for n in range(1, len(body) - 1):
        both_said = all(len(body[i].split()) >= _FEWEST_WORDS and ":" not in body[i] for i in (n, n + 1))
        if both_said and rng.random() < share:
            body[n], body[n + 1] = body[n + 1], body[n]
    return replace(ad, body=tuple(body))


def _truncated(rng: Random, ad: Ad, _: Sequence[Ad]) -> Document | None:
    """What a board shows of an offer before `read more`."""
    text, kept = 0, []
    whole = sum(map(len, ad.body))
    share = rng.uniform(0.45, 0.7)
    for line in ad.body:
        text += len(line)
        if text > share * whole:
            break
        kept.append(line)
    more = "… Read more" if ad.language == "en" else "… Lire la suite"
    return as_text(replace(ad, body=(*kept, more)))


def _reposted(rng: Random, ad: Ad, _: Sequence[Ad]) -> Document:
    dated = (
        f"Posted: {rng.randint(1, 28)} December 2026" if ad.language == "en" else f"Publiée le {rng.randint(1, 28)} décembre 2026"
    )
    return as_text(replace(ad, title=f"{ad.title} [Ref. {rng.randint(1000, 99999)}]", body=(*ad.body, dated)))


def _other_town(rng: Random, ad: Ad, ads: Sequence[Ad]) -> Document | None:
    """The same in another place; not where the title names one too, or the place has no country (`Remote`, `Europe`)."""
    from talentflow.taxonomy.places import find_place_list

    if not ad.place or not find_place_list(ad.place) or (ad.is_row and without_places(ad.title)[1]):
        return None
    here = {(p.country, p.locality) for p in find_place_list(ad.place)}
    if any(country is None for country, _ in here):
        return None
    others = sorted({a.place for a in ads if a.place and a.language == ad.language})
    places = {o: {(p.country, p.locality) for p in find_place_list(o)} for o in others}
    others = [o for o, there in places.items() if there and not here & there and all(country for country, _ in there)]
    return as_text(_renamed(ad, ad.place, rng.choice(others))) if others else None


def _other_employer(rng: Random, ad: Ad, ads: Sequence[Ad]) -> Document | None:
    if not ad.employer:
        return None
    others = sorted({a.employer for a in ads if a.employer and a.language == ad.language} - {ad.employer})
    return as_text(_employed_by(ad, rng.choice(others))) if others else None


def _employed_by(ad: Ad, other: str) -> Ad:
    """The offer under another employer's name, wherever it or its first word stands."""
    name = ad.employer or other
    first = re.split(r"[\s,]", name)[0]
    return _renamed(_renamed(ad, name, other), first, other) if len(first) > 3 else _renamed(ad, name, other)


def _renamed(ad: Ad, name: str, other: str) -> Ad:
    def changed(text: str) -> str:
        return re.sub(re.escape(name), lambda _: other, text, flags=re.IGNORECASE)

    return Ad(
        changed(ad.title),
        changed(ad.job),
        changed(ad.employer) if ad.employer else None,
        changed(ad.place) if ad.place else None,
        tuple(map(changed, ad.body)),
        ad.language,
        ad.is_row,
    )


def _other_seniority(_rng: Random, ad: Ad, _: Sequence[Ad]) -> Document:
    low = ad.job.casefold()
    level = "Junior" if "senior" in low or "lead" in low else "Senior"
    bare = " ".join(w for w in ad.job.split() if w.casefold() not in _LEVELS)
    return as_text(_renamed(ad, ad.job, f"{level} {bare}" if ad.language == "en" else f"{bare} {level.lower()}"))


def _other_team(rng: Random, ad: Ad, _: Sequence[Ad]) -> Document:
    return as_text(_renamed(ad, ad.job, f"{ad.job} - {rng.choice(_TEAMS[ad.language])}"))


def _other_job(_rng: Random, ad: Ad, ads: Sequence[Ad]) -> Document | None:
    """Another offer under the same employer's name, in the same town."""
    other = _next_other(ad, ads)
    if other is None or not ad.employer or not other.employer:
        return None
    moved = _employed_by(other, ad.employer)
    return as_text(_renamed(moved, other.place, ad.place) if other.place and ad.place else moved)


def _agency(_rng: Random, ad: Ad, ads: Sequence[Ad]) -> Document | None:
    """A staffing agency's words around another job under the same title: what is asked for comes from another offer."""
    other = _next_other(ad, ads)
    if other is None or min(len(ad.body), len(other.body)) < _FEWEST_LINES:
        return None
    kept, asked = ad.body[: len(ad.body) // 2], other.body[len(other.body) // 2 :]
    if sum(map(len, asked)) < 0.7 * sum(map(len, kept)):
        return None
    return as_text(replace(ad, body=(*kept, *asked)))


def _next_other(ad: Ad, ads: Sequence[Ad]) -> Ad | None:
    """The next offer of another job and another employer: another one for each, so that no two variations are alike."""
    after = [*ads[ads.index(ad) + 1 :], *ads]
    return next((o for o in after if o.language == ad.language and o.job != ad.job and o.employer != ad.employer), None)


_LEVELS = ("senior", "junior", "lead", "sr", "jr", "confirmé", "confirmée", "débutant", "débutante", "principal")
_LABELS = {"en": ("Company", "Location"), "fr": ("Entreprise", "Lieu")}
_BOARD = {
    "en": (
        ["WorkBoard", "Jobs", "Companies", "Salaries", "Sign in"],
        [
            "Apply now",
            "Save this job",
            "About WorkBoard: thousands of openings, updated every day. Create an alert and receive similar jobs by e-mail.",
            "Never send money or bank details to somebody who offers a job. Report this ad.",
        ],
    ),
    "fr": (
        ["TableauEmploi", "Offres", "Entreprises", "Salaires", "Connexion"],
        [
            "Postuler maintenant",
            "Enregistrer cette annonce",
            "À propos de TableauEmploi : des milliers d'annonces. Créez une alerte et recevez des annonces semblables.",
            "N'envoyez jamais d'argent à une personne qui propose un emploi. Signaler cette annonce.",
        ],
    ),
}
_TEAMS = {
    "en": ("Payments team", "Logistics", "Night shift", "Customer platform", "Second line", "Research unit"),
    "fr": ("équipe paiements", "logistique", "équipe de nuit", "plateforme clients", "deuxième ligne", "pôle recherche"),
}
_FILLERS = {
    "en": ("regularly", "mainly", "various", "relevant", "carefully", "daily", "essential", "effective", "related", "suitable"),
    "fr": (
        "régulièrement",
        "notamment",
        "divers",
        "pertinents",
        "soigneusement",
        "ensemble",
        "essentiels",
        "efficacement",
        "liés",
    ),
}
_SYNONYMS = {
    "en": {
        "we": ("our team",),
        "are": ("remain",),
        "and": ("as well as", "plus", "&"),
        "with": ("alongside", "using"),
        "experience": ("background", "track record"),
        "strong": ("solid", "proven"),
        "good": ("solid", "sound"),
        "team": ("group", "crew"),
        "work": ("collaborate", "operate"),
        "you": ("the candidate",),
        "your": ("the candidate's",),
        "for": ("on behalf of",),
        "write": ("prepare", "draft"),
        "build": ("create", "develop"),
        "support": ("assist", "help"),
        "looking": ("searching",),
        "skills": ("abilities",),
        "required": ("needed",),
        "knowledge": ("command",),
        "help": ("assist",),
        "manage": ("run", "handle"),
        "lead": ("guide",),
        "the": ("our",),
        "a": ("one",),
    },
    "fr": {
        "nous": ("notre équipe",),
        "et": ("ainsi que", "puis"),
        "avec": ("aux côtés de",),
        "expérience": ("pratique",),
        "bonne": ("solide",),
        "équipe": ("groupe",),
        "vous": ("la personne retenue",),
        "votre": ("la",),
        "pour": ("afin de servir",),
        "recherche": ("souhaite recruter",),
        "compétences": ("aptitudes",),
        "maîtrise": ("connaissance",),
        "rédiger": ("préparer",),
        "gérer": ("piloter",),
        "le": ("notre",),
        "la": ("notre",),
        "les": ("nos",),
        "des": ("plusieurs",),
        "de": ("pour",),
    },
}

KINDS: dict[str, tuple[bool, Vary]] = {
    "reposted": (True, _reposted),
    "other_board": (True, lambda rng, ad, _: as_board(rng, ad)),
    "html": (True, lambda _rng, ad, _: as_html(ad)),
    "job_posting": (True, lambda _rng, ad, _: as_posting(ad)),
    "reworded_5": (True, lambda rng, ad, _: as_text(reworded(rng, ad, 0.05))),
    "reworded_10": (True, lambda rng, ad, _: as_text(reworded(rng, ad, 0.10))),
    "reworded_20": (True, lambda rng, ad, _: as_text(reworded(rng, ad, 0.20))),
    "truncated": (True, _truncated),
    "reworded_10_on_other_board": (True, lambda rng, ad, _: as_board(rng, reworded(rng, ad, 0.10))),
    "other_town": (False, _other_town),
    "other_seniority": (False, _other_seniority),
    "other_team": (False, _other_team),
    "other_job": (False, _other_job),
    "other_job_same_title": (False, _agency),
    "other_employer": (False, _other_employer),
}
"""Kind of variation → whether it is one with its original, and how it is made."""
