"""`Label: value` lines of an offer, English and French: canonical ones (structured rows) and those people write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from talentflow.extraction.phrases import fold

_LABELS = {
    "title": (
        "title, job title, position, position title, role, job, vacancy, post, intitule du poste, intitule, titre du "
        "poste, titre, poste, poste a pourvoir, offre d'emploi, offre, fonction, metier, intitule de l'offre, offre de "
        "stage, nom du poste, job role, poste propose, emploi, sujet du stage, sujet, offre d'alternance, libelle "
        "du poste, poste recherche"
    ),
    "company": (
        "company, company name, employer, organization, organisation, hiring organization, entreprise, societe, "
        "employeur, nom de l'entreprise, structure, etablissement, raison sociale, recruteur, organisme, hiring company, "
        "client, nom de la societe, entreprise d'accueil, employeur public, hired by, recruiter"
    ),
    "location": (
        "location, locations, job location, place, place of work, work location, city, lieu, lieux, lieu de travail, "
        "localisation, ville, lieu du poste, lieu de mission, lieu du stage, secteur geographique, site, based in, base "
        "location, office, office location, poste base a, adresse du poste, lieu d'exercice, affectation, region, "
        "workplace location, zone, where, ou"
    ),
    "employment_type": ("employment type, job type, type of employment, type d'emploi, type, employment, job schedule"),
    "hours": (
        "working time, hours, temps de travail, rythme, duree de travail, horaires, working hours, working pattern, "
        "schedule, duree hebdomadaire, duree du travail, shift, shifts, temps, work hours, volume horaire"
    ),
    "contract": (
        "contract, contract type, type of contract, type de contrat, contrat, nature du contrat, contrat de travail, type "
        "de contrat de travail, type contrat, statut, nature de l'offre, contract length, term, tenure"
    ),
    "duration": (
        "duration, duree, duree du contrat, duree du stage, duree de la mission, contract duration, length, duree de "
        "mission, internship duration, duree de l'alternance"
    ),
    "workplace": (
        "workplace, workplace type, remote, work mode, teletravail, mode de travail, work arrangement, working model, "
        "remote policy, modalite de travail, organisation du travail, location type"
    ),
    "salary": (
        "salary, salary range, pay, pay range, compensation, compensation range, base salary, remuneration, salaire, "
        "fourchette de salaire, fourchette, package, wage, wages, rate, hourly rate, daily rate, day rate, tjm, "
        "gratification, salaire indicatif, salaire brut, remuneration brute, pay rate, salary per annum, indemnite, base "
        "pay, expected salary, annual salary, salaire annuel, salaire mensuel, remuneration proposee, salaire propose, "
        "taux horaire, grade and salary, remuneration annuelle, annual salary range, base salary range, ote, stipend, "
        "base compensation"
    ),
    "date_posted": (
        "date posted, posted, posted on, publication date, published, date de publication, publie le, publiee le, date de "
        "l'offre, date de parution, mise en ligne, en ligne depuis, date"
    ),
    "valid_through": (
        "valid through, closing date, deadline, application deadline, apply by, apply before, valid until, date limite, "
        "date limite de "
        "candidature, date de cloture, cloture des candidatures, valable jusqu'au, expires, expiry date, candidatures "
        "jusqu'au, fin de publication, date limite de depot des candidatures, closes, applications close"
    ),
    "start_date": (
        "start date, starting date, date de debut, date de demarrage, prise de poste, debut, date de prise de poste, "
        "disponibilite, demarrage, start, date de prise de fonction, date d'embauche, poste a pourvoir le"
    ),
    "seniority": (
        "seniority, level, experience level, job level, niveau de poste, niveau, seniority level, career level, niveau "
        "d'experience"
    ),
    "industry": ("industry, sector, industries, secteur, secteur d'activite, activite, domaine, branche, domaine d'activite"),
    "experience": (
        "experience, experience required, required experience, experience requise, experience souhaitee, experience "
        "exigee, annees d'experience, years of experience, minimum experience, experience minimale, experience "
        "requirements"
    ),
    "education": (
        "education, education level, formation, niveau d'etudes, niveau de formation, diplome, diplome requis, niveau "
        "d'etude, education required, formation requise, formation souhaitee, educational requirements, niveau requis, "
        "qualification, niveau de diplome, niveau d'etudes requis, diplomes, degree, niveau de qualification, diplome "
        "exige"
    ),
    "languages": (
        "languages, language, langues, langue, langues requises, languages required, required languages, langues "
        "etrangeres, language skills, langues parlees"
    ),
    "occupation": "occupational category, occupation, code rome, rome, soc code, isco",
    "other": (
        "reference, ref, job id, reference de l'offre, reports to, rattachement, contact, department, departement, "
        "service, team, equipe, description, effectif, website, site web, url, email, telephone, category, categorie, "
        "source, link, nombre de postes, requisition id, pole, direction, mobilite, deplacements, travel"
    ),
}
_FIELDS = {name.strip(): field for field, group in _LABELS.items() for name in group.split(",")}
_LONGEST = max(map(len, _FIELDS))
_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
_LEAD = " \t\xa0•*-–—>#▪◦●·|✓➤📍💼💰📅🏢🕒\ufe0f_"
_BLANKS = re.compile(r"\s*")
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE_END = re.compile(r"[.!?] (?=[A-ZÀ-Þ])")
_SHORTEST_RUN = 40
_LONGEST_RUN_TITLE = 60
_BULLETS = "•*-–—▪◦●·➤>"
_SEPARATOR = re.compile(r"\*{0,2}[ \t\xa0]{0,4}(?::|\t|\||[ \xa0][-–—][ \xa0])[ \t\xa0:|*–—-]{0,8}")
_COUNT_MARK = re.compile(r"\((?:s|h/f|f/h|m/f|es|e)\)$")
_BARE_VALUES_FOR = frozenset(_FIELDS.values()) - {"title", "other", "languages", "education", "experience"}
"""Fields whose label may stand alone on a line with the value on the next."""
_LONGEST_VALUE = 160


class Labelled(NamedTuple):
    """`text[start:end]` is the value that a label gives for `field`; the label's line begins at `line`."""

    field: str
    value: str
    start: int
    end: int
    line: int


def read_labels(text: str) -> list[Labelled]:
    """Every labelled value, in order; a field may come more than once. Linear."""
    found: list[Labelled] = []
    pending: tuple[str, int] | None = None
    for match in _LINE.finditer(text):
        raw = match.group()
        line = raw.lstrip(_LEAD)
        start = match.start() + len(raw) - len(line)
        line = line.rstrip()
        if not any(c.isalnum() for c in line):
            continue
        several = _run_in(line) if len(line) > _SHORTEST_RUN and line.count(":") > 1 else []
        if several:
            found.extend(Labelled(f, line[a:b], start + a, start + b, match.start()) for f, a, b in several)
            pending = None
            continue
        field, value_at = _label(line)
        if field is None:
            if pending and len(line) <= _LONGEST_VALUE:
                found.append(Labelled(pending[0], line, start, start + len(line), pending[1]))
            pending = None
            continue
        value = line[value_at:].rstrip(" |*")
        pending = None
        if value:
            at = start + value_at
            found.append(Labelled(field, value, at, at + len(value), match.start()))
        elif field in _BARE_VALUES_FOR and (line.endswith(":") or raw[0] not in _BULLETS):
            pending = (field, match.start())
    return found


def _run_in(line: str) -> list[tuple[str, int, int]]:
    """Labels that follow one another on one line, as pages copied without line breaks have them: `Based in : Cardiff Hours :
    Full time`. Each field with where its value begins and ends; nothing unless three labels are there."""
    marks: list[tuple[str, int, int]] = []
    colon = line.find(":")
    while colon >= 0:
        before = line[max(0, colon - _LONGEST) : colon].rstrip(" \xa0")
        for word in list(_WORD.finditer(before))[-4:]:
            field = _FIELDS.get(fold(before[word.start() :]))
            if field is not None and word.group()[0].isupper():
                label_at = max(0, colon - _LONGEST) + word.start()
                blanks = _BLANKS.match(line, colon + 1)
                marks.append((field, label_at, blanks.end() if blanks else colon + 1))
                break
        colon = line.find(":", colon + 1)
    if len(marks) < 3:
        return []
    found: list[tuple[str, int, int]] = []
    for number, (field, _, value_at) in enumerate(marks):
        end = marks[number + 1][1] if number + 1 < len(marks) else len(line)
        value = line[value_at:end]
        sentence = _SENTENCE_END.search(value)
        value = (value[: sentence.start()] if sentence else value)[:_LONGEST_VALUE].rstrip(" |;,·•-")
        if value and (field != "title" or len(value) <= _LONGEST_RUN_TITLE):
            found.append((field, value_at, value_at + len(value)))
    return found


def _label(line: str) -> tuple[str | None, int]:
    """The field a line is labelled with and where its value begins; the line's end when it is a label alone."""
    head = line[: _LONGEST + 12]
    for separator in _SEPARATOR.finditer(head):
        name = _COUNT_MARK.sub("", fold(head[: separator.start()]).strip(" *_")).strip()
        field = _FIELDS.get(name)
        if field is not None:
            return field, separator.end()
        if ":" in separator.group():
            return None, 0
    if len(line) <= _LONGEST + 2:
        field = _FIELDS.get(fold(line).strip(" :*_"))
        # A lone word without a colon (`Poste`, `Location`) labels the next line, as table cells read line by line do.
        if field is not None and (line.endswith(":") or line[0].isupper()):
            return field, len(line)
    return None, 0


def first(labels: Sequence[Labelled], field: str) -> Labelled | None:
    """The first value labelled as `field`."""
    return next((label for label in labels if label.field == field), None)
