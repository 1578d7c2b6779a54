"""Seniority from the words of a title, else from the years of experience."""

from __future__ import annotations

import re

from talentflow.extraction.phrases import finder, fold
from talentflow.records import Seniority

_WORDS: dict[str, str] = {
    "intern": (
        "intern, interns, internship*, trainee, trainees, stage, stagiaire*, alternance, alternant*, apprenti, apprentie, "
        "apprenti(e), "
        "apprentissage, apprentice*, werkstudent*, working student, student job, placement student, estagio, estagiario, "
        "becario, "
        "contrat pro, contrat de professionnalisation, v.i.e, alternant(e), summer analyst"
    ),
    "executive": (
        "ceo, cto, cfo, coo, cmo, cio, chro, cpo, ciso, vp, svp, evp, vice president, vice-president, president, "
        "directeur general, directrice generale, managing director, general manager, head of, director, directors, directeur, "
        "directrice, chief executive, chief technology, chief financial, chief operating, chief marketing, chief product, "
        "chief people, chief information, chief of staff, partner, daf, drh, dsi, dg, global head, country manager, "
        "secretaire general, "
        "secretaire generale, diretor, diretora"
    ),
    "lead": (
        "lead, leads, team leader*, teamlead, tech lead, techlead, principal, staff, supervisor*, foreman, chef d'equipe, "
        "cheffe d'equipe, chef de chantier, chef d'atelier, chef de service, cheffe de service, cadre de sante, superviseur*, "
        "superviseuse, responsable, responsables, engineering manager, development manager, team manager, store manager, "
        "restaurant manager, sales manager, marketing manager, hr manager, finance manager, operations manager, it manager, "
        "plant manager, warehouse manager, shift manager, production manager, quality manager, regional manager, nurse manager, "
        "ward manager, senior manager, head nurse, head chef, executive chef, chef de cuisine, contremaitre, chef de rayon, "
        "chef de secteur, encadrant*, coordinateur d'equipe, area manager, branch manager, manager d'equipe, manager*, head"
    ),
    "senior": "senior, seniors, sr, sr., senior-level, experienced, experimente, experimentee, expert, experte, sen.",
    "junior": (
        "junior, juniors, jr, jr., graduate, graduate-level, entry level, entry-level, debutant, debutante, jeune diplome, "
        "jeune diplomee, early career, newly qualified, trainee graduate, debutant(e), junior-level, assistant junior"
    ),
    "mid": "confirme, confirmee, confirme(e), mid, mid-level, midlevel, intermediate, intermediaire, pleno, medior, mid level",
}
_FIND = finder(_WORDS)
_ORDER: tuple[Seniority, ...] = ("intern", "executive", "lead", "senior", "junior", "mid")
_NO_STAFF = re.compile(
    r"\b(?:staff (?:nurse|trainer|training|accountant|assistant|pharmacist|writer|member|attorney|physician|therapist|"
    r"nurses|auditor|officer)|"
    r"(?:bar|kitchen|waiting|support|medical|sales|wait|event|nursing|chief of) staff|"
    r"lead generation|leads generation|junior (?:school|high)|general partner|(?:business|acquisition|talent|people|"
    r"hr|recruitment|recruiting|delivery|channel) "
    r"partner|"
    r"partner "
    r"(?:manager|"
    r"success)|school director|assistant (?:director|manager|principal)|executive assistant|assistant to|assistante? de "
    r"direction|"
    r"deputy head|directeur artistique|directrice artistique|art director|funeral director|directeur de la photographie|"
    r"school principal|"
    r"stage (?:manager|hand|technician)|head of hair|responsable de (?:compte|clientele)|"
    r"(?:account|accounts|community|project|product|office|success|relationship|property|social media|content|case|"
    r"program|programme|"
    r"delivery|release|brand|partner|partnerships?|development executive|campaign|category|event|events|key account|vendor|risk|"
    r"affiliate|contract|contracts|change|process|portfolio|data|knowledge|traffic|growth|seo|crm|crisis|facilities|asset|fund|"
    r"wealth|incident|service delivery|customer|client|payroll|supply chain|procurement|sourcing|territory|bd|business "
    r"development|"
    r"business|benefits|workplace|communications?|pr|digital|e-commerce|ecommerce|test|logistics|inventory|care) "
    r"manager(?:/director)?s?)\b"
)
_JUNIOR = re.compile(r"\b(?:junior|jr|debutante?)\b")
_SITE_CHIEF = re.compile(r"\bchef(?:fe)? (?:de chantier|d'atelier|de cuisine|de rang|de partie|de projet)\b")
"""Titles of a trade as much as of rank: `chef de chantier senior` says how far along in it someone is."""
_LEVEL = re.compile(
    r"\b(?:developer|engineer|analyst|technician|technicien|accountant|specialist|designer|scientist|nurse)s?\s+(i{1,3}|"
    r"iv|1|2|3)\b"
)
_LEVELS: dict[str, Seniority] = {
    "i": "junior",
    "1": "junior",
    "ii": "mid",
    "2": "mid",
    "iii": "senior",
    "3": "senior",
    "iv": "lead",
}
_BEGINNER = finder(
    {
        "junior": (
            "debutant accepte, debutants acceptes, debutant(e) accepte(e), debutant(e)s accepte(e)s, debutant accepte(e), "
            "no experience required, no experience necessary, no prior experience, premiere experience, sans experience, "
            "jeune diplome*, jeunes diplomes, recent graduate*, new graduate*, entry level, entry-level, graduate level, "
            "graduate-level, aucune experience, experience not required, debutants bienvenus, training provided"
        )
    }
)


def seniority_of_title(title: str) -> tuple[Seniority, float] | None:
    """What the words of a title say; None when they say nothing.

    Of several `junior` counts first, then the one that commands (`Senior Engineering Manager` is a lead); an internship is
    one whatever else it is called.
    """
    folded = _NO_STAFF.sub(lambda match: " " * len(match.group()), fold(title))
    said = {hit.value for hit in _FIND(folded)}
    if "senior" in said and _SITE_CHIEF.search(folded):
        return "senior", 0.75
    level = _LEVEL.search(folded)
    if level and not said & {"senior", "lead", "executive", "intern"}:
        return _LEVELS[level.group(1)], 0.75
    if "junior" in said and _JUNIOR.search(folded):
        return "junior", 0.9 if len(said) == 1 else 0.75
    for seniority in _ORDER:
        if seniority in said:
            return seniority, 0.9 if len(said) == 1 else 0.75
    return None


def seniority_of_years(years: float) -> tuple[Seniority, float]:
    """Years asked for, or had: under 2 junior, under 5 mid, from 5 senior; surer away from the borders."""
    seniority: Seniority = "junior" if years < 2 else "mid" if years < 5 else "senior"
    return seniority, round(0.45 + 0.05 * min(4.0, min(abs(years - 2), abs(years - 5)) + 1), 3)


def says_beginner(text: str) -> bool:
    """Whether an offer takes beginners (`débutant accepté`, `no experience required`)."""
    return bool(_BEGINNER(fold(text[:12_000])))
