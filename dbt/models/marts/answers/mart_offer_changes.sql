-- grain: one field of one offer that its source changed
-- An offer that went and came back is compared with what it was before.
with versions as (
    select
        history.*,
        row_number() over (partition by offer_id order by dbt_valid_from, dbt_scd_id) as version
    from {{ ref('offers_history') }} as history
),

{% set fields = {
    'title': 'title', 'company': 'company', 'contract': 'contract', 'workplace': 'workplace',
    'salary_min': amount('salary_min'), 'salary_max': amount('salary_max'), 'salary_currency': 'salary_currency',
    'valid_through': 'valid_through', 'closed_on': 'closed_on', 'duplicate_of': 'duplicate_of', 'is_deleted': 'dbt_is_deleted',
} -%}

fields as (
    {% for name, column in fields.items() %}
    select
        offer_id,
        version,
        dbt_valid_from as changed_at,
        '{{ name }}' as field,
        lag(cast({{ column }} as varchar)) over (partition by offer_id order by version) as value_before,
        cast({{ column }} as varchar) as value_after
    from versions
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select offer_id, cast(version as integer) as version, field, value_before, value_after, changed_at
from fields
where version > 1 and value_before is distinct from value_after
