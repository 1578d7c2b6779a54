-- grain: one offer, with what its history keeps of it
select
    offer_id,
    title,
    company,
    contract,
    workplace,
    salary_min,
    salary_max,
    salary_currency,
    salary_unit,
    valid_through,
    closed_on,
    duplicate_of
from {{ ref('stg_job_offers') }}
