{# The columns of an offer fact; salaries are brought to a year (1,820 hours, 220 days, 52 weeks, 12 months). #}
{% macro offers(condition) -%}
select
    offer_id,
    document_id,
    title,
    {{ key_of(['company']) }} as company_key,
    {{ key_of(['industry']) }} as industry_key,
    {{ key_of(['locality', 'region', 'country']) }} as location_key,
    occupation_code,
    contract,
    contract_months,
    paid,
    employment_type,
    workplace,
    seniority,
    language,
    education as degree_level,
    experience_years,
    date_posted,
    valid_through,
    closed_on,
    salary_currency,
    salary_min * {{ units_a_year('salary_unit') }} as salary_min_year,
    salary_max * {{ units_a_year('salary_unit') }} as salary_max_year,
    coalesce(len(skills), 0) as skills_asked,
    coalesce(len(benefits), 0) as benefits_named
from {{ ref('stg_job_offers') }}
where {{ condition }}
{%- endmacro %}

{% macro units_a_year(unit) -%}
    case {{ unit }} when 'HOUR' then 1820 when 'DAY' then 220 when 'WEEK' then 52 when 'MONTH' then 12 else 1 end
{%- endmacro %}
