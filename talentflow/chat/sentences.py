"""The chat's own sentences, in English and French."""

from __future__ import annotations

from talentflow.chat import ChatLanguage
from talentflow.records import Contract, EducationLevel, Seniority, Workplace

_SAID: dict[ChatLanguage, dict[str, str]] = {
    "en": {
        "candidate": "Candidate {n}",
        "a_job": "A job",
        "at": " at {place}",
        "since": ", since {start}",
        "today": ", today",
        "from_to": ", {start} to {end}",
        "latest": "most recently {job}",
        "years": "{years} years of experience",
        "more": " and {count} more",
        "native": "native",
        "HOUR": " an hour",
        "DAY": " a day",
        "WEEK": " a week",
        "MONTH": " a month",
        "YEAR": " a year",
        "at_least_years": "{years} years of experience",
        "who": "{met} of {all} candidates: {names}.",
        "who_one": "{met} of {all} candidates: {names}.",
        "judgement": "That is a judgement, which CVs do not hold and this chat does not make: ask for what it rests on, for "
        "example who has five years of experience and speaks German, or find candidates for your offer.",
        "who_not": "{count} of {all} CVs do not mention {what}: {names}. The others do.",
        "none": "Not in these CVs: none of the {all} says anything of {what}.",
        "none_one": "Not in this CV: {name} says nothing of {what}.",
        "not_in": "Not in these CVs.",
        "not_in_one": "Not in the CV of {name}.",
        "partly": "No CV says all of it ({what}). Parts of it:",
        "no": "{name}: not in the CV ({what}).",
        "yes": "Yes. {name}: {fact}.",
        "of": "{name}: {fact}.",
        "quote": "{name}: “{text}”",
        "not_said": "not said",
        "count_of": "{name} names {count} {field}: {fact}.",
        "count_all": "{count} candidates are chosen.",
        "most": "{name} has the most: {fact}.",
        "least": "{name} has the least: {fact}.",
        "most_tie": "{names} have the most, equally: {fact}.",
        "least_tie": "{names} have the least, equally: {fact}.",
        "average": "On average {average} years of experience, over the {count} CVs that tell it: from {low} to {high}.",
        "compared": "{field}: {sides}.",
        "shared": "Skills that all name: {skills}.",
        "only": "Only {name}: {skills}.",
        "personal": "Personal data (name, contact, age, nationality, family, health and the like) are kept apart from the CVs' "
        "texts: this chat does not read them, and they have no place in a comparison of candidates.",
        "years_in_total": "CVs tell the years of experience in total, not those with one skill: both are looked for apart.",
        "listed": "The first {shown} of {count} are listed: ask for fewer, by one more condition.",
        "compare_few": "The first {shown} of {count} candidates are compared: choose those to compare by their numbers.",
        "summary_few": "The first {shown} of {count} candidates are presented: choose one by its number.",
        "broke_off": "The answer is partial: {why}.",
        "struck": "{count} sentences of the model are struck: the CVs that they cite do not say them.",
        "nothing_left": "Nothing of the model's answer is said by the CVs; this is what they say themselves. {notice}",
        "without_model": "Answered without the language model: {why}",
        "and": "and",
        "nobody": "No candidate is chosen: choose some first.",
        "empty": "Ask something, for example: who speaks German? or: compare candidate 1 and 2.",
    },
    "fr": {
        "candidate": "Candidat {n}",
        "a_job": "Un poste",
        "at": " chez {place}",
        "since": ", depuis {start}",
        "today": ", aujourd’hui",
        "from_to": ", de {start} à {end}",
        "latest": "dernièrement {job}",
        "years": "{years} ans d’expérience",
        "more": " et {count} autres",
        "native": "langue maternelle",
        "HOUR": " par heure",
        "DAY": " par jour",
        "WEEK": " par semaine",
        "MONTH": " par mois",
        "YEAR": " par an",
        "at_least_years": "{years} ans d’expérience",
        "who": "{met} candidats sur {all} : {names}.",
        "who_one": "{met} candidat sur {all} : {names}.",
        "judgement": "C’est un jugement, que les CV ne contiennent pas et que cette conversation ne porte pas : demandez ce sur "
        "quoi il repose, par exemple qui a cinq ans d’expérience et parle allemand, ou cherchez des candidats pour votre offre.",
        "who_not": "{count} CV sur {all} ne mentionnent pas {what} : {names}. Les autres le font.",
        "none": "Absent de ces CV : aucun des {all} ne dit rien de {what}.",
        "none_one": "Absent de ce CV : {name} ne dit rien de {what}.",
        "not_in": "Absent de ces CV.",
        "not_in_one": "Absent du CV de {name}.",
        "partly": "Aucun CV ne dit tout cela ({what}). En partie :",
        "no": "{name} : absent du CV ({what}).",
        "yes": "Oui. {name} : {fact}.",
        "of": "{name} : {fact}.",
        "quote": "{name} : « {text} »",
        "not_said": "non indiqué",
        "count_of": "{name} indique {count} {field} : {fact}.",
        "count_all": "{count} candidats sont choisis.",
        "most": "{name} en a le plus : {fact}.",
        "least": "{name} en a le moins : {fact}.",
        "most_tie": "{names} en ont le plus, à égalité : {fact}.",
        "least_tie": "{names} en ont le moins, à égalité : {fact}.",
        "average": "En moyenne {average} ans d’expérience, sur les {count} CV qui l’indiquent : de {low} à {high}.",
        "compared": "{field} : {sides}.",
        "shared": "Compétences que tous indiquent : {skills}.",
        "only": "Seulement {name} : {skills}.",
        "personal": "Les données personnelles (nom, coordonnées, âge, nationalité, famille, santé, etc.) sont gardées à part "
        "des textes des CV : cette conversation ne les lit pas, et elles n’ont pas leur place dans une comparaison de candidats.",
        "years_in_total": "Les CV indiquent les années d’expérience au total, pas par compétence : elles sont cherchées à part.",
        "listed": "Les {shown} premiers sur {count} sont listés : ajoutez une condition pour en avoir moins.",
        "compare_few": "Les {shown} premiers candidats sur {count} sont comparés : choisissez-les par leurs numéros.",
        "summary_few": "Les {shown} premiers candidats sur {count} sont présentés : choisissez-en un par son numéro.",
        "broke_off": "La réponse est partielle : {why}.",
        "struck": "{count} phrases du modèle sont barrées : les CV qu’elles citent ne le disent pas.",
        "nothing_left": "Rien de la réponse du modèle n’est dit par les CV ; voici ce qu’ils disent eux-mêmes. {notice}",
        "without_model": "Répondu sans le modèle de langue : {why}",
        "and": "et",
        "nobody": "Aucun candidat n’est choisi : choisissez-en d’abord.",
        "empty": "Posez une question, par exemple : qui parle allemand ? ou : comparez les candidats 1 et 2.",
    },
}
FIELD_NAMES: dict[ChatLanguage, dict[str, str]] = {
    "en": {
        "experience_years": "Experience",
        "current_job": "Present job",
        "education_level": "Highest degree",
        "education": "Education",
        "certificates": "Certificates",
        "languages": "Languages",
        "skills": "Skills",
        "projects": "Projects",
        "work": "Jobs",
        "dates": "Jobs",
        "location": "Place",
        "wanted_contract": "Wanted contract",
        "wanted_workplace": "Wanted workplace",
        "wanted_salary": "Wanted salary",
        "seniority": "Seniority",
        "occupation": "Occupation",
    },
    "fr": {
        "experience_years": "Expérience",
        "current_job": "Poste actuel",
        "education_level": "Plus haut diplôme",
        "education": "Formation",
        "certificates": "Certifications",
        "languages": "Langues",
        "skills": "Compétences",
        "projects": "Projets",
        "work": "Postes",
        "dates": "Postes",
        "location": "Lieu",
        "wanted_contract": "Contrat souhaité",
        "wanted_workplace": "Lieu de travail souhaité",
        "wanted_salary": "Salaire souhaité",
        "seniority": "Séniorité",
        "occupation": "Métier",
    },
}
DEGREES: dict[ChatLanguage, dict[EducationLevel, str]] = {
    "en": {
        "secondary": "Secondary school",
        "vocational": "Vocational diploma",
        "associate": "Two years of higher education",
        "bachelor": "Bachelor’s degree",
        "master": "Master’s degree",
        "doctorate": "Doctorate",
    },
    "fr": {
        "secondary": "Baccalauréat",
        "vocational": "Diplôme professionnel",
        "associate": "Bac +2",
        "bachelor": "Licence (bac +3)",
        "master": "Master (bac +5)",
        "doctorate": "Doctorat",
    },
}
CONTRACTS: dict[ChatLanguage, dict[Contract, str]] = {
    "en": {
        "permanent": "Permanent",
        "fixed_term": "Fixed term",
        "temporary": "Temporary",
        "freelance": "Freelance",
        "internship": "Internship",
        "apprenticeship": "Apprenticeship",
        "volunteer": "Volunteer",
    },
    "fr": {
        "permanent": "CDI",
        "fixed_term": "CDD",
        "temporary": "Intérim",
        "freelance": "Indépendant",
        "internship": "Stage",
        "apprenticeship": "Alternance",
        "volunteer": "Bénévolat",
    },
}
WORKPLACES: dict[ChatLanguage, dict[Workplace, str]] = {
    "en": {"on_site": "On site", "hybrid": "Hybrid", "remote": "Remote"},
    "fr": {"on_site": "Sur site", "hybrid": "Hybride", "remote": "Télétravail"},
}
SENIORITIES: dict[ChatLanguage, dict[Seniority, str]] = {
    "en": {
        "intern": "Intern",
        "junior": "Junior",
        "mid": "Mid-level",
        "senior": "Senior",
        "lead": "Lead",
        "executive": "Executive",
    },
    "fr": {
        "intern": "Stagiaire",
        "junior": "Junior",
        "mid": "Confirmé",
        "senior": "Senior",
        "lead": "Responsable",
        "executive": "Dirigeant",
    },
}


def said(language: ChatLanguage, sentence: str, /, **values: object) -> str:
    """A sentence or a piece of one, with its values."""
    return _SAID[language][sentence].format(**values)


def number(value: float, language: ChatLanguage) -> str:
    """`9.5` or `9,5`; `7`."""
    text = f"{value:,.1f}".removesuffix(".0") if value % 1 else f"{value:,.0f}"
    return text.replace(",", "\u202f").replace(".", ",") if language == "fr" else text


def joined(names: list[str], language: ChatLanguage) -> str:
    """`A, B and C`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {said(language, 'and')} {names[-1]}"
