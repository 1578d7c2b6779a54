"""The names that columns of offer and CV data sets go by, in English and French, as `values.column` writes them."""

from __future__ import annotations


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """`Field: name name …` a field; an indented line goes on with the field above."""
    table: dict[str, tuple[str, ...]] = {}
    field = ""
    for line in text.strip().splitlines():
        if not line.startswith(" "):
            field, _, line = line.partition(":")
        table[field] = (*table.get(field, ()), *line.split())
    return table


LINES = _table("""
Title: title job_title jobtitle position position_title role name offer_title posting_title job_name intitule
    intitule_du_poste intitule_poste poste titre titre_du_poste titre_offre titre_de_l_offre job designation job_role
    post_title text_title libelle job_position
Company: company company_name hiring_organization employer employer_name organization organisation entreprise societe
    nom_entreprise nom_de_l_entreprise employeur recruteur company_title organization_name subcompany
Employment type: job_type employment_type type_of_employment work_type employment commitment schedule job_schedule
    temps_de_travail temps_travail formatted_work_type job_employment_type type_emploi type_d_emploi
Contract: contract contract_type type_of_contract contrat type_contrat type_de_contrat nature_contrat
Duration: duration contract_duration duree duree_contrat duree_du_contrat duree_du_stage contract_months
Date posted: published_at date_posted posted_at posted_on posted_date posting_date date_published publication_date
    published_on published_date created_at creation_date listed_time date date_publication publie_le date_de_publication
    date_creation date_de_creation listing_date release_date released_date pub_date external_posted_start_date updated_at
    first_published
Valid through: valid_through expires_at expiry expiration_date deadline deadline_at closing_date application_deadline
    date_limite date_de_fin date_expiration valid_until close_date end_date
Seniority: seniority seniority_level level experience_level formatted_experience_level niveau job_level career_level
Experience: experience experience_required required_experience years_of_experience experience_years min_experience
    experience_requise experience_demandee annees_experience years_experience work_experience
Education: education education_level degree required_education niveau_etudes niveau_d_etudes formation diplome qualification
Languages: languages language_requirements langues required_languages
Industry: industry industries sector secteur secteur_activite secteur_d_activite company_industry
Occupation: occupation occupation_category category categorie job_category function job_function metier rome field
Department: department departments team service departement hiring_department
Working hours: work_hours working_hours hours horaires
Start date: start_date job_start_date date_debut date_de_debut date_de_prise_de_poste
""")
"""Columns of each labelled line at the head of an offer, the surest name first."""

SECTIONS = _table("""
Responsibilities: responsibilities key_responsibilities duties tasks missions mission roles_and_responsibilities job_duties
    external_responsibilities_str activites responsabilites taches what_you_will_do essential_duties
Requirements: requirements qualifications profil profile profil_recherche minimum_qualifications preferred_qualifications
    job_requirements external_qualifications_str skills_knowledge_expertise exigences prerequis what_you_bring
    required_qualifications description_du_profil candidate_profile profil_candidat skills_desc requirement
Skills: skills required_skills key_skills job_skills competences skills_required tags technologies tech_stack nice_to_have
    preferred_skills competences_requises keywords stack skill
Benefits: benefits perks avantages job_benefits benefits_text advantages
About the company: company_description about_company description_entreprise about_the_company company_profile about_us
""")
"""Columns of each section after the description."""

PARTS = _table("""
Place: location job_location locations work_location place address lieu lieu_de_travail lieu_travail localisation
    primary_location location_name office job_location_name full_location
City: city ville town job_city locality
Region: region state province job_state
Country: country pays job_country
Workplace: remote workplace workplace_type work_mode is_remote remote_type remote_allowed work_from_home telecommuting
    teletravail mode_de_travail job_is_remote remote_ratio_text location_type work_arrangement remote_work
Salary text: salary compensation base_salary salaire remuneration salary_range pay pay_range wage salary_text salary_estimate
    salary_offered fourchette_salaire salary_description salary_string
Salary low: salary_min min_salary minimum_salary salaire_min compensation_minimum salary_from min_amount salary_minimum
Salary high: salary_max max_salary maximum_salary salaire_max compensation_maximum salary_to max_amount salary_maximum
Salary currency: currency salary_currency devise compensation_currency salary_currency_code
Salary unit: salary_period salary_unit pay_period salary_interval interval compensation_frequency salary_frequency
    salary_type periode_salaire period
Description: description job_description jobdescription full_description description_html description_plain descriptif
    description_du_poste job_desc details job_details content body body_html text summary annonce external_description_str
    description_offre job_summary texte about_the_role offre job_posting posting
Link: url link job_url apply_url application_url absolute_url lien job_posting_url href
Plumbing: external_id hash id index job_id offer_id public_slug scraped_at site slug source unnamed_0 uuid
CV text: resume_str resume_text resume cv_text cv resume_content curriculum candidate_text resume_html cv_html
Any text: text content body document texte raw_text full_text contenu
Neutral: body content details job name organization position role summary text title
""")
"""Columns that are read in ways of their own. `Plumbing` is never text; `Neutral` may stand in a CV's row too, and so
proves nothing alone."""
