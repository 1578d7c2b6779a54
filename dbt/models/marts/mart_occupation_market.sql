-- grain: one occupation; offers against candidates, and what offers pay
with demand as (
    select
        occupation_code,
        count(*) as offers,
        count(*) filter (where workplace = 'remote') as remote_offers,
        median((salary_min_year + coalesce(salary_max_year, salary_min_year)) / 2) filter (where salary_currency = 'EUR') as median_salary_eur
    from {{ ref('fct_offers') }}
    group by 1
),

supply as (
    select occupation_code, count(*) as candidates, median(experience_years) as median_experience_years
    from {{ ref('fct_candidates') }}
    group by 1
)

select
    o.occupation_code,
    o.occupation_title,
    o.major_group,
    coalesce(d.offers, 0) as offers,
    coalesce(d.remote_offers, 0) as remote_offers,
    d.median_salary_eur,
    coalesce(s.candidates, 0) as candidates,
    s.median_experience_years
from {{ ref('dim_occupation') }} as o
left join demand as d on o.occupation_code = d.occupation_code
left join supply as s on o.occupation_code = s.occupation_code
