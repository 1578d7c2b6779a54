-- grain: one candidate
with known as (
    select
        c.*,
        d.source,
        cast(d.received_at as date) as received_on,
        -- as old as the CV is, not as old as it has become since
        coalesce(c.experience_years, {{ python_function('experience_years_of') }}(c.work, cast(d.received_at as date))) as experience,
        {{ python_function('salary_eur_year') }}(c.wanted_salary_min, c.wanted_salary_currency, c.wanted_salary_unit) as wanted_salary_eur
    from {{ ref('stg_candidates') }} as c
    left join {{ ref('stg_documents') }} as d on c.document_id = d.document_id
)

select
    candidate_id,
    document_id,
    source,
    headline,
    locality,
    region,
    country,
    {{ key_of(['locality', 'region', 'country']) }} as location_key,
    {{ key_of(['school']) }} as school_key,
    occupation_code,
    occupation_title,
    coalesce(seniority, {{ python_function('seniority_of') }}(headline, experience)) as seniority,
    language,
    degree_level,
    experience as experience_years,
    received_on,
    wanted_contract,
    wanted_workplace,
    wanted_salary_eur,
    skills_listed,
    positions_held
from known
