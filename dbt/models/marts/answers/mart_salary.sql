-- grain: one occupation, then with one seniority, then at one country too: `scope` says which
{% set scopes = {
    'occupation': ['occupation_code'],
    'occupation_seniority': ['occupation_code', 'seniority'],
    'occupation_seniority_country': ['occupation_code', 'seniority', 'country'],
} -%}
with offers as (
    select
        occupation_code,
        coalesce(seniority, 'unknown') as seniority,
        coalesce(country, 'unknown') as country,
        salary_eur
    from {{ ref('int_offers') }}
    where not is_training and occupation_code is not null
),

measured as (
    {% for scope, columns in scopes.items() %}
    select
        '{{ scope }}' as scope,
        occupation_code,
        {{ 'seniority' if 'seniority' in columns else "cast(null as varchar)" }} as seniority,
        {{ 'country' if 'country' in columns else "cast(null as varchar)" }} as country,
        count(*) as offers,
        count(salary_eur) as offers_with_salary,
        min(salary_eur) as lowest_eur,
        {{ quantile(0.25, 'salary_eur') }} as lower_quartile_eur,
        median(salary_eur) as median_eur,
        {{ quantile(0.75, 'salary_eur') }} as upper_quartile_eur,
        max(salary_eur) as highest_eur
    from offers
    group by {{ columns | join(', ') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    m.scope,
    m.occupation_code,
    o.occupation_title,
    m.seniority,
    m.country,
    m.offers,
    m.offers_with_salary,
    m.lowest_eur,
    round(m.lower_quartile_eur, 2) as lower_quartile_eur,
    round(m.median_eur, 2) as median_eur,
    round(m.upper_quartile_eur, 2) as upper_quartile_eur,
    m.highest_eur,
    m.offers_with_salary < {{ var('small_cell') }} as is_small_sample
from measured as m
inner join {{ ref('dim_occupation') }} as o on m.occupation_code = o.occupation_code
