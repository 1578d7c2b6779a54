"""How well offers that are one are found: seeded variations of offers, and offers that only look alike.

An offer and each of its variations go through reading, classification, extraction and fingerprinting as in the pipeline. One kind
of variation at a time is grouped with all originals, so that the originals stand for what else is there. Recall: the share
of variations that are one with their original and were linked to it. Precision: the share of links that are right, by kind
over the links of its variations. For kinds that are another offer, `linked` is the share that was linked: all wrong.

Not covered: an offer and its translation, which are never linked (their texts have no words in common).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from random import Random
from typing import Any

from talentflow.duplicates.facts import facts_of
from talentflow.duplicates.fingerprint import Hashes, hashed_words, pairs_of, signature
from talentflow.duplicates.groups import Offer, heads

TUNING_SEED = 4001
"""Thresholds were chosen on this one."""

HELD_OUT_SEED = 9001
"""Measured once they were chosen, never looked into."""

_START = datetime(2026, 1, 1, tzinfo=UTC)
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


@dataclass(frozen=True)
class Score:
    """One kind of variation. `same`: it is one with its original."""

    kind: str
    same: bool
    documents: int
    linked: int
    right: int

    @property
    def precision(self) -> float | None:
        return round(self.right / self.linked, 4) if self.linked else None

    @property
    def recall(self) -> float | None:
        return round(self.right / self.documents, 4) if self.same and self.documents else None


Vary = Callable[[Random, Ad, Sequence[Ad]], Document | None]
"""From a seed, an offer and the other offers to a document; None where the offer cannot be varied so."""


def evaluate_duplicates(count: int = 150, seed: int = HELD_OUT_SEED, *, ads_file: Path | None = None) -> list[Score]:
    """Score every kind of variation, and all of them together (the last row).

    Args:
        count: how many simulated offers are varied.
        seed: of the offers and the variations.
        ads_file: vary these offers instead: JSON Lines with `title`, `company`, `location` and `description`.
    """
    ads = _simulated(count, seed) if ads_file is None else _read_ads(ads_file)
    originals = [_read(as_text(ad), f"original-{n}", n) for n, ad in enumerate(ads)]
    scores: list[Score] = []
    for kind, (same, vary) in KINDS.items():
        offers, texts, truth = _world(originals)
        made = 0
        for n, ad in enumerate(ads):
            document = vary(Random(f"{seed} {kind} {n}"), ad, ads)
            varied = document and _read(document, f"{kind}-{n}", len(ads) + n)
            if varied is None or originals[n] is None:
                continue
            made += 1
            offers.append(varied[0])
            texts[varied[0].offer_id] = varied[1]
            if same:
                truth[varied[0].offer_id] = f"original-{n}"
        found = heads(offers, lambda ids, texts=texts: {i: texts[i] for i in ids})
        links = {offer_id: head for offer_id, head in found.items() if offer_id.startswith(f"{kind}-")}
        right = sum(offer_id in truth and found.get(truth[offer_id], truth[offer_id]) == head for offer_id, head in links.items())
        scores.append(Score(kind, same, made, len(links), right))
    return [*scores, _together(scores)]


def _together(scores: Sequence[Score]) -> Score:
    same = [s for s in scores if s.same]
    return Score("all", True, sum(s.documents for s in same), sum(s.linked for s in scores), sum(s.right for s in scores))


def _world(originals: Sequence[tuple[Offer, Hashes] | None]) -> tuple[list[Offer], dict[str, Hashes], dict[str, str]]:
    held = [o for o in originals if o is not None]
    return [o for o, _ in held], {o.offer_id: words for o, words in held}, {}


def _read(document: Document, offer_id: str, minute: int) -> tuple[Offer, Hashes] | None:
    """The way of a document to its group; None when it is not taken for an offer."""
    from talentflow.classification import classify
    from talentflow.documents import read
    from talentflow.extraction import extract_offer, find_identity, redact

    text = read(document.content, media_type=document.media_type, name=offer_id)
    said = classify(text.text, hint=text.kind_hint)
    if said.kind != "job_offer":
        return None
    redacted = redact(text.text, find_identity(text.text, kind="job_offer").spans)
    words = hashed_words(redacted)
    facts = facts_of(extract_offer(redacted, said).model_dump())
    return Offer(offer_id, _START + timedelta(minutes=minute), True, facts, signature(pairs_of(words))), words


def _simulated(count: int, seed: int) -> list[Ad]:
    from producers.simulation.offers import offer
    from producers.simulation.render_text import render_text

    ads: list[Ad] = []
    for n in range(count):
        rng = Random(f"{seed} {n}")
        language = rng.choice(["en", "fr"])
        page, truth = offer(rng, language)
        page.style.width, page.style.crlf = 0, False
        said = truth["offer"]
        place = said["job_location"][0]["locality"] if said.get("job_location") else None
        lines = [line.strip() for line in render_text(page).splitlines()]
        body = tuple(line for line in lines[1:] if line.strip("=-─_ "))
        first = lines[0] if said["title"].casefold() in lines[0].casefold() else said["title"]
        ads.append(Ad(first, said["title"], said.get("hiring_organization"), place, body, language))
    return ads


def _read_ads(path: Path) -> list[Ad]:
    ads: list[Ad] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        sentences = [s.strip() for s in (row["description"] or "").replace(". ", ".\n").splitlines()]
        ads.append(
            Ad(row["title"], row["title"], row["company"], row.get("location"), tuple(s for s in sentences if s), "en", True)
        )
    return ads


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
    if not ad.place:
        return None
    words = set(ad.place.split())
    others = sorted({a.place for a in ads if a.place and a.language == ad.language and not words & set(a.place.split())})
    return as_text(_renamed(ad, ad.place, rng.choice(others))) if others else None


def _other_employer(rng: Random, ad: Ad, ads: Sequence[Ad]) -> Document | None:
    if not ad.employer:
        return None
    others = sorted({a.employer for a in ads if a.employer and a.language == ad.language} - {ad.employer})
    return as_text(_renamed(ad, ad.employer, rng.choice(others))) if others else None


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


def _other_job(rng: Random, ad: Ad, ads: Sequence[Ad]) -> Document | None:
    """Another offer's duties under the same employer's name, in the same town."""
    others = [a for a in ads if a.language == ad.language and a.title != ad.title and a.employer]
    if not others or not ad.employer:
        return None
    other = rng.choice(others)
    moved = _renamed(other, other.employer or "", ad.employer)
    return as_text(_renamed(moved, other.place, ad.place) if other.place and ad.place else moved)


def _agency(_rng: Random, ad: Ad, ads: Sequence[Ad]) -> Document | None:
    """A staffing agency's words around another job under the same title: what is asked for comes from another offer."""
    after = [*ads[ads.index(ad) + 1 :], *ads]
    kept = ad.body[: max(2, len(ad.body) // 2)]
    for other in after:
        asked = other.body[len(other.body) // 2 :]
        if other.language == ad.language and other.job != ad.job and sum(map(len, asked)) > 0.7 * sum(map(len, kept)):
            return as_text(replace(ad, body=(*kept, *asked)))
    return None


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
