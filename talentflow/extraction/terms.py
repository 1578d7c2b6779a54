"""The terms of a job: contract, working time, duration, paid or not."""

from __future__ import annotations

import re
from typing import NamedTuple, cast

from talentflow.extraction.phrases import Hit, finder, fold
from talentflow.records import Contract, EmploymentType

_LABEL_CONTRACTS = finder(
    {
        "permanent": "cdi, permanent, permanente, indefinite, contrat a duree indeterminee, duree indeterminee, titulaire,"
        " regular, cdic, "
        "fonctionnaire, unlimited, open-ended",
        "fixed_term": "cdd, fixed term, fixed-term, fixed_term, contrat a duree determinee, duree determinee, saisonnier, "
        "seasonal, "
        "saisonniere, maternity cover, ftc, contractuel, remplacement, vacation, cdd saisonnier",
        "temporary": "interim, interimaire, temporary, temp, travail temporaire, mission d'interim, interim mission, "
        "interim assignment",
        "freelance": "freelance, freelancer, contractor, contractors, b2b, independent, independant, independante, "
        "self-employed, "
        "portage, auto-entrepreneur, 1099, liberal, liberale, consultant independant, independent contractor",
        "internship": "internship, intern, internships, stage, stagiaire, placement, estagio, praktikum, convention de stage",
        "apprenticeship": "alternance, apprenticeship, apprentissage, contrat d'apprentissage, contrat de "
        "professionnalisation, alternant, "
        "alternante, apprenti, apprentie, apprentice, contrat pro, professionnalisation, work-study",
        "volunteer": "volunteer, volunteering, benevole, benevolat, service civique, volontariat",
    }
)
_TITLE_CONTRACTS = finder(
    {
        "permanent": "cdi, permanent",
        "fixed_term": "cdd, fixed term, fixed-term, ftc, saisonnier, saisonniere, seasonal, maternity cover, months contract, "
        "month contract, maternity leave cover, remplacement",
        "temporary": "interim, interimaire, temporary, temp",
        "freelance": "freelance, freelancer, contractor, independent contractor",
        "internship": "internship, intern, interns, stagiaire, offre de stage, stage *, stage",
        "apprenticeship": "alternance, alternant, alternante, alternant(e), apprenticeship, apprentice, apprenti, "
        "apprentie, apprenti(e), "
        "apprentissage, contrat de professionnalisation",
        "volunteer": "volunteer, benevole, service civique",
    }
)
_BODY_CONTRACTS = finder(
    {
        "permanent": "cdi, permanent contract, permanent position, permanent role, permanent job, permanent full-time, "
        "permanent part-time, "
        "full-time permanent, full time permanent, permanent full time, contrat a duree indeterminee, duree indeterminee, "
        "permanent employment, permanent opportunity, permanent basis, w2 employee, contract: permanent, permanent, "
        "full-time permanent",
        "fixed_term": "cdd, fixed-term, fixed term, contrat a duree determinee, duree determinee, maternity cover, "
        "maternity leave cover, "
        "month contract, months contract, months' contract, seasonal position, seasonal role, emploi saisonnier, contrat "
        "saisonnier, "
        "poste saisonnier, remplacement conge maternite, pour la saison, for the season, -month contract, month fixed, "
        "temporary contract",
        "temporary": "mission d'interim, en interim, contrat d'interim, mission interim, interimaire, temporary position, "
        "temporary role, "
        "temporary assignment, temp position, temp to perm, temp-to-perm, travail temporaire, mission temporaire, "
        "temporary basis",
        "freelance": "freelance position, freelance basis, freelance role, freelance contract, en freelance, independent "
        "contractor*, "
        "contractor role, contractor position, contract position, contractor basis, b2b contract, 1099, mission freelance, tjm, "
        "portage salarial, auto-entrepreneur, statut independant, freelancers, freelancer, long-term contract, contractor "
        "agreement",
        "internship": "internship, this internship, paid internship, unpaid internship, summer internship, offre de stage,"
        " convention de stage, "
        "stage de fin d'etudes, stage conventionne, en stage, stage de 2 mois, stage de 3 mois, stage de 4 mois, stage de "
        "5 mois, "
        "stage de 6 mois, stage remunere, un stage, notre stagiaire, un stagiaire, une stagiaire, un(e) stagiaire, stage "
        "d'une duree, "
        "votre stage, ce stage, stage non remunere, stage obligatoire",
        "apprenticeship": "en alternance, alternance, contrat d'apprentissage, contrat de professionnalisation, en "
        "apprentissage, "
        "apprenticeship, un alternant, une alternante, un(e) alternant(e), un apprenti, une apprentie",
        "volunteer": "volunteer position, volunteer role, unpaid volunteer, benevolat, service civique, mission de benevolat",
    }
)
_READ = 20_000
_DENIED = re.compile(
    r"\b(?:no|not|non|pas de|sans|neither|without|nor|ni)\b[^.;\n]{0,40}$|mentor(?:ing)? $|evolving (?:in)?to |"
    r"(?:hire|manage|managing|of our|previous|prior|with|des|ou) $|(?:first|premiere) $"
)
_AFTERWARDS = re.compile(r"^[^.\n]{0,40}(?:a la cle|a l'issue|(?<!que )possible|envisageable|with (?:a )?view|potential)")

_FULL = "FULL_TIME"
_PART = "PART_TIME"
_TIMES = finder(
    {
        _FULL: "full-time, full time, fulltime, full_time, temps plein, temps complet, plein temps, a temps plein, 35h, "
        "35 h, 35 heures, "
        "39h, 39 h, 39 heures, 37h, 37 h 30, 40 hours per week, 40 hours a week, 37.5 hours, 40 hours/week, 40h, 38 hours,"
        " 37 hours, "
        "tempo integral, 40hrs, vollzeit, 40 hours",
        _PART: "part-time, part time, parttime, part_time, temps partiel, mi-temps, a temps partiel, temps non complet, "
        "16 hours per week, "
        "20 hours per week, 24 hours per week, 25 hours per week, 15 hours per week, 10 hours per week, 20h par semaine, "
        "24h par semaine, "
        "25h par semaine, 20h/semaine, 24h/semaine, 25h/semaine, 30h/semaine, 28h/semaine, 15h/semaine, 10h/semaine, "
        "weekend job, "
        "20 hours a week, 16 hours a week, teilzeit, 12 hours per week, 30 hours per week, 15h hebdo, 20h hebdo, 24h "
        "hebdo, 25h hebdo",
    }
)
_TIME_DENIED = re.compile(
    r"\b(?:no|not|non|pas de|pas a|neither)\b[^.;\n]{0,40}$|(?:teletravail|remote)\s(?:a\s)?$|\b(?:return|retour|back|"
    r"option|possibility|request) [^.;\n]{0,12}$"
)
_TYPE_LABELS: dict[str, EmploymentType] = {
    "contractor": "CONTRACTOR",
    "contract": "CONTRACTOR",
    "freelance": "CONTRACTOR",
    "freelancer": "CONTRACTOR",
    "b2b": "CONTRACTOR",
    "temporary": "TEMPORARY",
    "temp": "TEMPORARY",
    "seasonal": "TEMPORARY",
    "intern": "INTERN",
    "internship": "INTERN",
    "volunteer": "VOLUNTEER",
    "per_diem": "PER_DIEM",
    "per diem": "PER_DIEM",
    "other": "OTHER",
    "stage": "INTERN",
    "interim": "TEMPORARY",
    "apprenticeship": "OTHER",
    "alternance": "OTHER",
}
_TYPE_OF_CONTRACT: dict[str, EmploymentType] = {
    "internship": "INTERN",
    "freelance": "CONTRACTOR",
    "temporary": "TEMPORARY",
    "volunteer": "VOLUNTEER",
}

_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "eighteen": 18,
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "neuf": 9,
    "dix": 10,
    "douze": 12,
    "eight": 8,
    "huit": 8,
}
_COUNT = r"(\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")"
_PERIOD = _COUNT + r"(?:\s?(?:-|–|a|à|to|ou|or)\s?" + _COUNT + r")?\s?[- ]?\s?(mois|months?|semaines?|weeks?|ans?|years?|années?)"
_DURATION = re.compile(_PERIOD + r"\b", re.IGNORECASE)
_DURATION_NEAR = (
    re.compile(
        r"(?:cdd|freelance|temporary work|temporary|temp|stage|internship|contrat|contract|mission|alternance|"
        r"apprentissage|fixed[- ]term|interim|intérim|"
        r"apprenticeship|placement|"
        r"durée|duration|saison|remplacement|assignment|professionnalisation|ftc)"
        r"[^.\n;\d]{0,40}?(?:de |d['’]une durée de |for |of |: ?|\(|pour |[-–—] )?\s?" + _PERIOD + r"\b",
        re.IGNORECASE,
    ),
    re.compile(
        _PERIOD + r"['’]?\s?(?:\w{3,12}\s)?(?:fixed|contract|cdd|internship|stage|mission|placement|assignment|ftc|de stage|"
        r"maternity|temporary|rolling|"
        r"renouvelable|renewable|de contrat|apprenticeship|d['’]alternance|intern\b)",
        re.IGNORECASE,
    ),
)
_PAID = finder(
    {
        "yes": "paid internship, gratification, indemnite de stage, stage remunere, remunere, remuneree, indemnise, paid "
        "placement, stipend, "
        "gratifie, paid position, stage gratifie, remuneration, paid apprenticeship, internship is paid, paid summer, indemnites",
        "no": "unpaid, non remunere, non remuneree, non indemnise, non gratifie, sans remuneration, benevole, without pay,"
        " not paid, "
        "no remuneration, without remuneration, voluntary basis",
    }
)


_WHOLE_SEGMENTS: dict[str, str] = {
    "permanent": "cdi, permanent, permanent position, permanent contract, permanent job, permanent role, contrat a duree "
    "indeterminee, cdi temps plein",
    "fixed_term": "cdd, fixed term, fixed-term, fixed-term contract, fixed term contract, ftc, contrat a duree determinee, "
    "saisonnier, seasonal, cdd saisonnier",
    "temporary": (
        "temporary, temp, interim, temporary position, temporary work, temp contract, temporary contract, mission interim,"
        " mission d'interim, "
        "travail temporaire, temporary assignment, temporary role, interim contract"
    ),
    "freelance": "freelance, independant, freelancer, contractor, freelance mission, mission freelance, independent "
    "contractor, contract position",
    "internship": "stage, internship, stage conventionne, paid internship, unpaid internship, offre de stage, intern",
    "apprenticeship": "alternance, apprentissage, apprenticeship, contrat d'apprentissage, contrat de "
    "professionnalisation, contrat en alternance",
    "volunteer": "volunteer, benevolat, volunteer position, service civique",
}
_OF_SEGMENT = {name.strip(): value for value, names in _WHOLE_SEGMENTS.items() for name in names.split(",")}
_BETWEEN_SEGMENTS = re.compile(r"[•|/·,;.–—()\[\]\n\t]|\s-\s|^-\s", re.MULTILINE)
_SEGMENT_TAIL = re.compile(r"\s(?:a pourvoir|of \d|de \d|d'une duree|for \d|pour \d|\d|des que)[^\n]*$")
_SEGMENT_LEAD = re.compile(r"^\d{1,2}[ -](?:months?|mois)\s")
_SHORT_LINE = 140


class Terms(NamedTuple):
    """A value and where it is said."""

    value: str
    start: int
    end: int


def contract_of_label(value: str) -> Contract | None:
    """`CDD de 6 mois` → fixed_term; also canonical names (`fixed_term`)."""
    hits = _LABEL_CONTRACTS(fold(value).replace("_", " "))
    return cast(Contract, hits[0].value) if hits else None


def contract_of_title(title: str, language: str) -> Contract | None:
    """The contract a title names; `stage` counts in French only, and not in `Stage Manager`."""
    hits = [h for h in _TITLE_CONTRACTS(fold(title)) if language != "en" or not fold(title)[h.start : h.end].startswith("stage")]
    return cast(Contract, hits[0].value) if hits else None


def contract_of_segments(text: str, folded: str) -> Terms | None:
    """A contract named alone between punctuation marks, as lists of terms do: `Full-time • Freelance • $300 per day`,
    `Temp contract, 9 months.`"""
    start = 0
    for match in _BETWEEN_SEGMENTS.finditer(text + "\n", 0, _READ):
        segment, at, start = folded[start : match.start()], start, match.end()
        plain = _SEGMENT_LEAD.sub("", segment.strip(" :*")) if len(segment) <= _SHORT_LINE else ""
        value = _OF_SEGMENT.get(plain) or _OF_SEGMENT.get(_SEGMENT_TAIL.sub("", plain).strip())
        if value is not None:
            lead = len(segment) - len(segment.lstrip())
            return Terms(value, at + lead, match.start())
    return None


def contract_in_text(folded: str, language: str) -> Terms | None:
    """The contract that running text speaks of most; ties go to the first. Permanent work offered after the contract (`CDI à la
    clé`) does not count."""
    votes: dict[str, tuple[float, Hit]] = {}
    for hit in _BODY_CONTRACTS(folded):
        before = folded[max(0, hit.start - 48) : hit.start]
        if _DENIED.search(before) or _AFTERWARDS.match(folded[hit.end : hit.end + 60]):
            continue
        phrase = folded[hit.start : hit.end]
        if language == "en" and "stage" in phrase and phrase != "offre de stage":
            continue
        weight = 1.0 + 1.0 / (1 + hit.start / 400)
        score, first = votes.get(hit.value, (0.0, hit))
        votes[hit.value] = (score + weight, first)
    if not votes:
        return None
    value, (_, hit) = max(votes.items(), key=lambda item: (item[1][0], -item[1][1].start))
    return Terms(value, hit.start, hit.end)


def working_time(folded: str) -> Terms | None:
    """FULL_TIME or PART_TIME: the first that is not denied."""
    for hit in _TIMES(folded):
        if not _TIME_DENIED.search(folded[max(0, hit.start - 48) : hit.start]):
            return Terms(hit.value, hit.start, hit.end)
    return None


def employment_type_of_label(value: str) -> EmploymentType | None:
    """schema.org's names and what people write for them: `full_time`, `Full-time: Remote`, `Temps plein`, `Contractor`."""
    folded = fold(value)
    time = working_time(folded)
    if time:
        return cast(EmploymentType, time.value)
    known = _TYPE_LABELS.get(folded.strip().replace("-", " ").replace(" ", "_")) or _TYPE_LABELS.get(folded.strip())
    if known:
        return known
    words = re.findall(r"[a-z]+", folded)
    return next((_TYPE_LABELS[word] for word in words if word in _TYPE_LABELS), None)


def employment_type(contract: str | None, time: str | None) -> EmploymentType | None:
    """What schema.org calls it, from contract and working time: an internship is INTERN and freelance work CONTRACTOR at any
    hours; a permanent or a fixed-term job is what its hours make it; an apprenticeship is none of them."""
    if contract in _TYPE_OF_CONTRACT:
        return _TYPE_OF_CONTRACT[contract]
    return cast(EmploymentType, time) if time and contract != "apprenticeship" else None


def duration_of_label(value: str) -> Terms | None:
    """Months: `6 mois`, `2 ans` (24), `8 semaines` (1.8). Of a range the longest, `4 à 6 mois` is 6."""
    match = _DURATION.search(value)
    return _months(match, match.start(), 1) if match else None


def duration_in_text(text: str) -> Terms | None:
    """Months that a contract, an internship or a mission lasts."""
    found = [_months(m, m.start(1), 1) for pattern in _DURATION_NEAR if (m := pattern.search(text, 0, 30_000))]
    return min(found, key=lambda terms: terms.start) if found else None


def _months(match: re.Match[str], start: int, group: int) -> Terms:
    count = _count(match.group(group + 1) or match.group(group))
    unit = match.group(group + 2).lower()
    months = count * 12 if unit[0] in "ay" else count / 4.345 if unit[0] in "sw" else count
    return Terms(str(round(months, 1)), start, match.end(group + 2))


def _count(word: str) -> float:
    return float(_NUMBERS.get(word.lower(), 0) or word)


def pay_of_trainee(folded: str) -> Terms | None:
    """Whether an internship or a volunteer's mission is paid: `yes` or `no`, as the text says."""
    hits = _PAID(folded)
    denied = next((hit for hit in hits if hit.value == "no"), None)
    hit = denied or (hits[0] if hits else None)
    return Terms(*hit) if hit else None
