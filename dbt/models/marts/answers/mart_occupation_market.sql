-- grain: one occupation; offers against candidates, and what offers pay
with demand as (
    select
        occupation_code,
        count(*) as offers,
        {{ rows_where("status = 'open'") }} as open_offers,
        {{ rows_where("workplace = 'remote'") }} as remote_offers,
        count(salary_eur) as offers_with_salary,
        median(salary_eur) as median_salary_eur
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
    coalesce(d.open_offers, 0) as open_offers,
    coalesce(d.remote_offers, 0) as remote_offers,
    coalesce(d.offers_with_salary, 0) as offers_with_salary,
    round(d.median_salary_eur, 2) as median_salary_eur,
    coalesce(s.candidates, 0) as candidates,
    round(s.median_experience_years, 1) as median_experience_years
from {{ ref('dim_occupation') }} as o
left join demand as d on o.occupation_code = d.occupation_code
left join supply as s on o.occupation_code = s.occupation_code
