-- grain: one candidate
select
    candidate_id,
    document_id,
    headline,
    {{ key_of(['locality', 'region', 'country']) }} as location_key,
    {{ key_of(['education[1].institution']) }} as school_key,
    occupation_code,
    seniority,
    language,
    education_level as degree_level,
    experience_years,
    wanted_contract,
    wanted_workplace,
    coalesce(len(skills), 0) as skills_had,
    coalesce(len(work), 0) as positions_held
from {{ ref('stg_candidates') }}
