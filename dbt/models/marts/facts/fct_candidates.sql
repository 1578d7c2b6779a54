-- grain: one candidate
select
    candidate_id,
    document_id,
    source,
    headline,
    location_key,
    school_key,
    occupation_code,
    seniority,
    language,
    degree_level,
    experience_years,
    received_on,
    wanted_contract,
    wanted_workplace,
    wanted_salary_eur,
    skills_listed as skills_had,
    positions_held
from {{ ref('int_candidates') }}
