-- grain: one candidate; no personal data reaches the warehouse
select
    candidate_id,
    document_id,
    headline,
    location.locality as locality,
    location.region as region,
    location.country as country,
    experience_years,
    education_level,
    wanted_contract,
    wanted_workplace,
    occupation_code,
    occupation_title,
    seniority,
    language,
    work,
    education,
    skills,
    languages,
    certificates
from {{ source('silver', 'candidates') }}
