-- grain: one offer; those that repeat another one are left out
with offers as (select * from {{ ref('stg_job_offers') }} where duplicate_of is null),

dated as (
    select
        o.*,
        d.source,
        cast(d.received_at as date) as received_on,
        coalesce(o.date_posted, cast(d.received_at as date)) as opened_on,
        coalesce(o.closed_on, case when o.valid_through < t.today then o.valid_through end) as ended_on,
        case when o.closed_on is not null then 'closed' when o.valid_through < t.today then 'expired' else 'open' end as status,
        t.today
    from offers as o
    cross join {{ ref('int_today') }} as t
    left join {{ ref('stg_documents') }} as d on o.document_id = d.document_id
),

paid as (
    select
        dated.*,
        -- in the offer's own currency: as if it were euros, whose rate is one
        {{ python_function('salary_eur_year') }}(salary_min, 'EUR', salary_unit) as salary_min_year,
        {{ python_function('salary_eur_year') }}(salary_max, 'EUR', salary_unit) as salary_max_year,
        {{ python_function('salary_eur_year') }}(salary_min, salary_currency, salary_unit) as salary_min_eur,
        {{ python_function('salary_eur_year') }}(salary_max, salary_currency, salary_unit) as salary_max_eur,
        coalesce(seniority, {{ python_function('seniority_of') }}(title, experience_years)) as seniority_level
    from dated
)

select
    offer_id,
    document_id,
    source,
    title,
    company,
    {{ key_of(['company']) }} as company_key,
    industry,
    {{ key_of(['industry']) }} as industry_key,
    locality,
    region,
    country,
    {{ key_of(['locality', 'region', 'country']) }} as location_key,
    occupation_code,
    occupation_title,
    contract,
    coalesce(contract, '') in ('internship', 'apprenticeship') as is_training,
    contract_months,
    paid,
    employment_type,
    workplace,
    seniority_level as seniority,
    language,
    degree_level,
    experience_years,
    received_on,
    date_posted,
    valid_through,
    closed_on,
    opened_on,
    ended_on,
    status,
    case when opened_on is not null then greatest({{ dbt.datediff('opened_on', 'coalesce(ended_on, today)', 'day') }}, 0) end as days_open,
    salary_currency,
    salary_min_year,
    salary_max_year,
    salary_min_eur,
    salary_max_eur,
    round((coalesce(salary_min_eur, salary_max_eur) + coalesce(salary_max_eur, salary_min_eur)) / 2, 2) as salary_eur,
    skills_listed,
    benefits_named
from paid
