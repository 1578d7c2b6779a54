"""What a column of a data set may be taken for, and the names that such columns go by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from talentflow.documents.columns import LINES, PARTS, SECTIONS
from talentflow.documents.values import column

RowKind = Literal["cv", "offer", "interactions"]
Sign = Literal["date", "number", "salary", "url", "email", "phone", "long", "name", "flag", "none"]
"""What values look like. `long`: text of many words or with HTML. `none`: no sign of its own."""


@dataclass(frozen=True)
class Field:
    """One thing that a column can be: its name in a mapping, the names it goes by, and what its values look like."""

    target: str
    canonical: str
    """The column that the parser reads it from."""
    names: tuple[str, ...]
    signs: tuple[Sign, ...] = ()
    """Values of another kind speak against it; none here means that any will do."""


_OFFER_SIGNS: dict[str, tuple[Sign, ...]] = {
    "date_posted": ("date",),
    "valid_through": ("date",),
    "start_date": ("date", "none"),
    "salary_low": ("number", "salary"),
    "salary_high": ("number", "salary"),
    "salary_text": ("number", "salary"),
    "link": ("url",),
    "description": ("long",),
    "title": ("none", "name"),
    "company": ("none", "name"),
    "workplace": ("none", "name", "flag"),
}
ID = "id"
IDS = (
    *("id", "offer_id", "job_id", "cv_id", "resume_id", "candidate_id", "external_id", "reference", "ref", "ref_number"),
    *("uuid", "identifiant", "id_offre", "numero_offre", "id_candidat", "matricule"),
)
PLUMBING = frozenset(PARTS["Plumbing"]) - frozenset(IDS)
"""Columns of whoever made the file, left out unless its reader says otherwise."""

_CANDIDATE_NAMES = """
name: name full_name fullname candidate candidate_name nom_complet nom_prenom nom_et_prenom prenom_nom candidat
first_name: first_name firstname given_name forename prenom
last_name: last_name lastname surname family_name nom nom_de_famille
headline: headline job_title current_title current_position current_role title titre poste poste_actuel occupation
    profession metier fonction desired_position desired_job poste_recherche poste_souhaite position role
email: email e_mail mail email_address courriel adresse_email adresse_mail adresse_electronique
phone: phone phone_number telephone mobile mobile_number cell tel portable numero_de_telephone gsm
address: address street street_address adresse adresse_postale rue
postal_code: postal_code postcode zip zip_code zipcode code_postal cp
city: city town ville commune
region: region state province department departement
country: country country_code pays
location: location place lieu localisation residence
link: url website portfolio linkedin linkedin_url profile_url site_web github
summary: summary profile profil about about_me bio objective objectif presentation a_propos resume_du_profil
skills: skills key_skills technical_skills competences competences_cles technologies tech_stack stack expertise savoir_faire
languages: languages language langues langue spoken_languages langues_parlees
experience: experience experiences work_experience professional_experience employment_history work_history work
    experience_professionnelle experiences_professionnelles parcours parcours_professionnel career_history
employer: company current_company employer current_employer entreprise entreprise_actuelle employeur societe
years: years_of_experience experience_years years_experience total_experience annees_experience annees_d_experience
    nombre_d_annees_d_experience anciennete
education: education degree degrees studies formation formations diplome diplomes qualification niveau_etudes niveau_d_etudes
school: school university college institution ecole universite etablissement
certificates: certificates certifications certificats certification
projects: projects projets realisations
interests: interests hobbies loisirs centres_d_interet
wanted_contract: contract contract_type desired_contract contrat type_contrat type_de_contrat contrat_recherche contrat_souhaite
wanted_workplace: remote workplace work_mode teletravail mode_de_travail
wanted_salary: expected_salary salary_expectation desired_salary salary pretentions pretentions_salariales salaire
    salaire_souhaite
birth_date: birth_date date_of_birth birthdate dob birthday date_de_naissance naissance ne_le
nationality: nationality nationalite citizenship
text: resume_str resume_text cv_text cv resume resume_content curriculum candidate_text resume_html cv_html contenu_cv
"""
_CANDIDATE_SIGNS: dict[str, tuple[Sign, ...]] = {
    "email": ("email",),
    "phone": ("phone", "number"),
    "link": ("url",),
    "birth_date": ("date",),
    "text": ("long",),
    "years": ("number", "none"),
    "name": ("name", "none"),
    "first_name": ("name", "none"),
    "last_name": ("name", "none"),
}
PERSONAL = frozenset({"first_name", "last_name", "email", "phone", "birth_date", "nationality"})
"""Fields that a row of candidates has and an offer has not."""
OFFERED = frozenset({"company", "description", "date_posted", "valid_through", "salary_low", "salary_high", "responsibilities"})


_INTERACTION_NAMES = """
event_id: event_id id interaction_id activity_id history_id uuid id_evenement
action: action event event_type activity activity_type interaction stage new_stage status type evenement etape statut
occurred_at: occurred_at timestamp time date datetime event_time event_date created_at changed_at moved_at at horodatage
    date_evenement
actor_id: actor_id actor user user_id by performed_by author recruiter recruiter_id utilisateur recruteur
offer_id: offer_id offer job_id job posting_id requisition_id req_id job_offer_id reference ref id_offre offre numero_offre
offer_url: offer_url job_url posting_url url link lien
offer_source: offer_source job_source board source
candidate_id: candidate_id applicant_id person_id prospect_id id_candidat
candidate_name: candidate_name name full_name applicant applicant_name candidate candidat nom_complet nom
candidate_email: candidate_email email e_mail mail applicant_email courriel
candidate_phone: candidate_phone phone mobile telephone
session_id: session_id session visit_id visite
"""
_INTERACTION_SIGNS: dict[str, tuple[Sign, ...]] = {
    "occurred_at": ("date", "number", "none"),
    "offer_url": ("url",),
    "candidate_email": ("email",),
    "candidate_phone": ("phone", "number"),
}


@cache
def fields(kind: RowKind) -> tuple[Field, ...]:
    """All fields of a kind of row, in a fixed order."""
    if kind == "cv":
        return (Field(ID, ID, IDS), *_fields_of(_CANDIDATE_NAMES, _CANDIDATE_SIGNS))
    if kind == "interactions":
        return tuple(_fields_of(_INTERACTION_NAMES, _INTERACTION_SIGNS))
    named = {**LINES, **PARTS, **SECTIONS}
    left_out = ("Plumbing", "CV text", "Any text", "Neutral")
    return (
        Field(ID, ID, IDS),
        *(
            Field(target, names[0], names, _OFFER_SIGNS.get(target, ()))
            for label, names in named.items()
            if label not in left_out and (target := column(label))
        ),
    )


def _fields_of(names: str, signs: dict[str, tuple[Sign, ...]]) -> list[Field]:
    found: dict[str, list[str]] = {}
    target = ""
    for line in names.strip().splitlines():
        if not line.startswith(" "):
            target, _, line = line.partition(":")
        found.setdefault(target, []).extend(line.split())
    return [Field(name, name, tuple(known), signs.get(name, ())) for name, known in found.items()]


@cache
def field_of(kind: RowKind) -> dict[str, Field]:
    """Field by its name in a mapping."""
    return {f.target: f for f in fields(kind)}
