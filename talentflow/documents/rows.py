"""One row of an offer or CV data set, as JSON object, to text. Columns are known by their common names."""

from __future__ import annotations

from typing import Any

from talentflow.documents.offers import offer_text
from talentflow.documents.values import column, one, places, salary, salary_of, texts
from talentflow.records import Kind

_LINES: dict[str, tuple[str, ...]] = {
    "Title": (
        *(
            "title",
            "job_title",
            "jobtitle",
            "position",
            "position_title",
            "role",
            "name",
            "offer_title",
            "posting_title",
            "job_name",
        ),
        *(
            "intitule",
            "intitule_du_poste",
            "intitule_poste",
            "poste",
            "titre",
            "titre_du_poste",
            "titre_offre",
            "titre_de_l_offre",
        ),
        *("job", "designation", "job_role", "post_title", "text_title", "libelle", "job_position"),
    ),
    "Company": (
        *(
            "company",
            "company_name",
            "hiring_organization",
            "employer",
            "employer_name",
            "organization",
            "organisation",
            "entreprise",
        ),
        *(
            "societe",
            "nom_entreprise",
            "nom_de_l_entreprise",
            "employeur",
            "recruteur",
            "company_title",
            "organization_name",
            "subcompany",
        ),
    ),
    "Employment type": (
        *(
            "job_type",
            "employment_type",
            "type_of_employment",
            "work_type",
            "employment",
            "commitment",
            "schedule",
            "job_schedule",
        ),
        *("temps_de_travail", "temps_travail", "formatted_work_type", "job_employment_type", "type_emploi", "type_d_emploi"),
    ),
    "Contract": ("contract", "contract_type", "type_of_contract", "contrat", "type_contrat", "type_de_contrat", "nature_contrat"),
    "Duration": (
        "duration",
        "contract_duration",
        "duree",
        "duree_contrat",
        "duree_du_contrat",
        "duree_du_stage",
        "contract_months",
    ),
    "Date posted": (
        *(
            "published_at",
            "date_posted",
            "posted_at",
            "posted_on",
            "posted_date",
            "posting_date",
            "date_published",
            "publication_date",
        ),
        *(
            "published_on",
            "published_date",
            "created_at",
            "creation_date",
            "listed_time",
            "date",
            "date_publication",
            "publie_le",
        ),
        *(
            "date_de_publication",
            "date_creation",
            "date_de_creation",
            "listing_date",
            "release_date",
            "released_date",
            "pub_date",
        ),
        *("external_posted_start_date", "updated_at", "first_published"),
    ),
    "Valid through": (
        *(
            "valid_through",
            "expires_at",
            "expiry",
            "expiration_date",
            "deadline",
            "deadline_at",
            "closing_date",
            "application_deadline",
        ),
        *("date_limite", "date_de_fin", "date_expiration", "valid_until", "close_date", "end_date"),
    ),
    "Seniority": (
        "seniority",
        "seniority_level",
        "level",
        "experience_level",
        "formatted_experience_level",
        "niveau",
        "job_level",
        "career_level",
    ),
    "Experience": (
        *(
            "experience",
            "experience_required",
            "required_experience",
            "years_of_experience",
            "experience_years",
            "min_experience",
        ),
        *("experience_requise", "experience_demandee", "annees_experience", "years_experience", "work_experience"),
    ),
    "Education": (
        "education",
        "education_level",
        "degree",
        "required_education",
        "niveau_etudes",
        "niveau_d_etudes",
        "formation",
        "diplome",
        "qualification",
    ),
    "Languages": ("languages", "language_requirements", "langues", "required_languages"),
    "Industry": ("industry", "industries", "sector", "secteur", "secteur_activite", "secteur_d_activite", "company_industry"),
    "Occupation": (
        "occupation",
        "occupation_category",
        "category",
        "categorie",
        "job_category",
        "function",
        "job_function",
        "metier",
        "rome",
        "field",
    ),
    "Department": ("department", "departments", "team", "service", "departement", "hiring_department"),
    "Working hours": ("work_hours", "working_hours", "hours", "horaires"),
    "Start date": ("start_date", "job_start_date", "date_debut", "date_de_debut", "date_de_prise_de_poste"),
}
_WORKPLACE = (
    *(
        "remote",
        "workplace",
        "workplace_type",
        "work_mode",
        "is_remote",
        "remote_type",
        "remote_allowed",
        "work_from_home",
        "telecommuting",
    ),
    *("teletravail", "mode_de_travail", "job_is_remote", "remote_ratio_text", "location_type", "work_arrangement", "remote_work"),
)
_PLACE = (
    *(
        "location",
        "job_location",
        "locations",
        "work_location",
        "place",
        "address",
        "lieu",
        "lieu_de_travail",
        "lieu_travail",
        "localisation",
    ),
    *("primary_location", "location_name", "office", "job_location_name", "full_location"),
)
_PLACE_PARTS = (
    ("city", "ville", "town", "job_city", "locality"),
    ("region", "state", "province", "job_state"),
    ("country", "pays", "job_country"),
)
_SALARY = {
    "text": (
        *(
            "salary",
            "compensation",
            "base_salary",
            "salaire",
            "remuneration",
            "salary_range",
            "pay",
            "pay_range",
            "wage",
            "salary_text",
        ),
        *("salary_estimate", "salary_offered", "fourchette_salaire", "salary_description", "salary_string"),
    ),
    "low": (
        "salary_min",
        "min_salary",
        "minimum_salary",
        "salaire_min",
        "compensation_minimum",
        "salary_from",
        "min_amount",
        "salary_minimum",
    ),
    "high": (
        "salary_max",
        "max_salary",
        "maximum_salary",
        "salaire_max",
        "compensation_maximum",
        "salary_to",
        "max_amount",
        "salary_maximum",
    ),
    "currency": ("currency", "salary_currency", "devise", "compensation_currency", "salary_currency_code"),
    "unit": (
        *(
            "salary_period",
            "salary_unit",
            "pay_period",
            "salary_interval",
            "interval",
            "compensation_frequency",
            "salary_frequency",
        ),
        *("salary_type", "periode_salaire", "period"),
    ),
}
_DESCRIPTION = (
    *(
        "description",
        "job_description",
        "jobdescription",
        "full_description",
        "description_html",
        "description_plain",
        "descriptif",
    ),
    *("description_du_poste", "job_desc", "details", "job_details", "content", "body", "body_html", "text", "summary", "annonce"),
    *(
        "external_description_str",
        "description_offre",
        "job_summary",
        "texte",
        "about_the_role",
        "offre",
        "job_posting",
        "posting",
    ),
)
_SECTIONS: dict[str, tuple[str, ...]] = {
    "Responsibilities": (
        *(
            "responsibilities",
            "key_responsibilities",
            "duties",
            "tasks",
            "missions",
            "mission",
            "roles_and_responsibilities",
            "job_duties",
        ),
        *("external_responsibilities_str", "activites", "responsabilites", "taches", "what_you_will_do", "essential_duties"),
    ),
    "Requirements": (
        *(
            "requirements",
            "qualifications",
            "profil",
            "profile",
            "profil_recherche",
            "minimum_qualifications",
            "preferred_qualifications",
        ),
        *(
            "job_requirements",
            "external_qualifications_str",
            "skills_knowledge_expertise",
            "exigences",
            "prerequis",
            "what_you_bring",
        ),
        *(
            "required_qualifications",
            "description_du_profil",
            "candidate_profile",
            "profil_candidat",
            "skills_desc",
            "requirement",
        ),
    ),
    "Skills": (
        *(
            "skills",
            "required_skills",
            "key_skills",
            "job_skills",
            "competences",
            "skills_required",
            "tags",
            "technologies",
            "tech_stack",
        ),
        *("nice_to_have", "preferred_skills", "competences_requises", "keywords", "stack", "skill"),
    ),
    "Benefits": ("benefits", "perks", "avantages", "job_benefits", "benefits_text", "advantages"),
    "About the company": (
        "company_description",
        "about_company",
        "description_entreprise",
        "about_the_company",
        "company_profile",
        "about_us",
    ),
}
_LINK = ("url", "link", "job_url", "apply_url", "application_url", "absolute_url", "lien", "job_posting_url", "href")
_PLUMBING = {
    "id",
    "uuid",
    "source",
    "site",
    "job_id",
    "offer_id",
    "external_id",
    "index",
    "unnamed_0",
    "slug",
    "public_slug",
    "scraped_at",
    "hash",
}
_CV_TEXT = (
    "resume_str",
    "resume_text",
    "resume",
    "cv_text",
    "cv",
    "resume_content",
    "curriculum",
    "candidate_text",
    "resume_html",
    "cv_html",
)
_ANY_TEXT = ("text", "content", "body", "document", "texte", "raw_text", "full_text", "contenu")
_OFFER_SIGNS = (
    ({c for label in ("Title", "Company", "Contract") for c in _LINES[label]} | set(_DESCRIPTION[:8]) | set(_SALARY["low"]))
    | set(_SECTIONS["Responsibilities"])
    | {"job_type", "employment_type"}
)
_NEUTRAL = {"name", "text", "content", "body", "summary", "job", "title", "position", "role", "organization", "details"}
"""Columns that a CV's row may have too, and so prove nothing alone."""


def row_text(row: dict[str, Any]) -> tuple[str, Kind | None, list[str]]:
    """Text of one row, its kind as far as the columns tell it, and notes that name the columns not known.

    A row whose text is in one column (`text`, `resume`, `Resume_str`, …) is that text. Any other is an offer in
    canonical form: labelled lines, description, sections, then unknown columns as they are.
    """
    known: dict[str, Any] = {}
    for name, value in row.items():
        known.setdefault(column(str(name)), value)
    filled = {name for name, value in known.items() if texts(value)}
    offer = {c for c in filled if c in _OFFER_SIGNS and c not in _NEUTRAL}
    columns: tuple[tuple[tuple[str, ...], Kind | None], ...] = ((_CV_TEXT, "cv"), (_ANY_TEXT, None))
    for names, kind in columns:
        if kind is None and offer:
            break
        for name in names:
            if name in filled and isinstance(known[name], str | list):
                others = sorted(str(n) for n in row if column(str(n)) in filled - {name} - _PLUMBING)
                notes = [f"columns beside the text were left out: {', '.join(others)}"] if others else []
                title = one(known.get("title")) if kind is None and "title" in filled else ""
                return "\n".join(([title] if title else []) + texts(known[name])), kind, notes
    text, unknown = _offer(row, known, filled)
    titled = any(c in filled for c in _LINES["Title"])
    is_offer = (titled and bool(offer)) or len(offer) >= 2
    return (
        text,
        "job_offer" if is_offer else None,
        [f"unknown columns were kept as they are: {', '.join(unknown)}"] if unknown else [],
    )


def _offer(row: dict[str, Any], known: dict[str, Any], filled: set[str]) -> tuple[str, list[str]]:
    taken: set[str] = set(_PLUMBING)

    def first(names: tuple[str, ...]) -> Any:
        """The first of these columns that says something; the others stay for the end of the text."""
        name = next((n for n in names if n in filled and n not in taken), None)
        if name is None:
            return None
        taken.add(name)
        return known[name]

    lines = {label: one(first(names)) for label, names in _LINES.items() if label not in ("Experience", "Education", "Languages")}
    where = places(first(_PLACE))
    parts = [one(first(names)) for names in _PLACE_PARTS]
    lines["Location"] = "; ".join(where) or ", ".join(p for p in parts if p)
    lines["Workplace"] = _workplace(first(_WORKPLACE))
    money = {k: first(names) for k, names in _SALARY.items()}
    amounts = salary(money["low"], money["high"], money["currency"], money["unit"])
    lines["Salary"] = amounts or salary_of(money["text"], money["currency"])
    description = "\n".join(texts(first(_DESCRIPTION)))
    sections: dict[str, list[str]] = {}
    for heading, names in _SECTIONS.items():
        while (value := first(names)) is not None:
            sections.setdefault(heading, []).extend(texts(value))
    for label in ("Experience", "Education", "Languages"):
        said = texts(first(_LINES[label]))
        if said and len(said) == 1 and len(said[0]) > 120:
            sections.setdefault("Requirements", []).extend(said)
        else:
            lines[label] = " ".join(", ".join(said).split())
    link = one(first(_LINK))
    rest = {str(n): one(v) for n, v in row.items() if column(str(n)) in filled - taken}
    unknown = list(rest)
    if link:
        rest = {"URL": link, **rest}
    return offer_text(lines, description, sections, rest), unknown


def _workplace(value: Any) -> str:
    """`remote` for a flag that is set; nothing for one that is not, since most sources set it only when they know."""
    said = one(value)
    if said.casefold() in ("yes", "true", "1", "oui", "vrai", "remote", "telecommute", "fully remote", "100% remote"):
        return "remote"
    return "" if said.casefold() in ("no", "false", "0", "non", "faux") else said
