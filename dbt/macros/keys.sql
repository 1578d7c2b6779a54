{# A dimension's key: the same words always give the same key; nothing said gives null. #}
{% macro key_of(expressions) -%}
    case when coalesce({{ expressions | join(', ') }}{{ ', null' if expressions | length == 1 }}) is null then null
    else md5(lower({% for e in expressions %}coalesce({{ e }}, ''){% if not loop.last %} || '|' || {% endif %}{% endfor %})) end
{%- endmacro %}

{# How a thing is most often written, one row a key; of two spellings as frequent the first in the alphabet. #}
{% macro most_frequent(relation, key, value) -%}
    select {{ key }}, {{ value }}
    from {{ relation }}
    where {{ value }} is not null
    group by {{ key }}, {{ value }}
    qualify row_number() over (partition by {{ key }} order by count(*) desc, {{ value }}) = 1
{%- endmacro %}

{# True when a condition holds for any row of a group. #}
{% macro any_row(condition) -%}
    max(case when {{ condition }} then 1 else 0 end) = 1
{%- endmacro %}

{# How many rows of a group a condition holds for. #}
{% macro rows_where(condition) -%}
    count(case when {{ condition }} then 1 end)
{%- endmacro %}

{# part / whole, to four digits; null when there is no whole. Engines add floats in different orders: further digits would differ. #}
{% macro share(part, whole) -%}
    round(cast({{ part }} as double) / nullif({{ whole }}, 0), 4)
{%- endmacro %}

{# A quantile of a group, linear between two values. #}
{% macro quantile(share, expression) -%}
    percentile_cont({{ share }}) within group (order by {{ expression }})
{%- endmacro %}

{# 1 for Monday to 7 for Sunday, by counting from a Monday: the engines' own functions have other names. #}
{% macro iso_weekday(day) -%}
    cast(1 + mod(mod({{ dbt.datediff("cast('1990-01-01' as date)", day, 'day') }}, 7) + 7, 7) as integer)
{%- endmacro %}

{# The first day of a date's month. #}
{% macro month_of(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{# An amount as it is written with two digits; null for one that no pay is. Engines write a number of their own in other ways. #}
{% macro amount(column) -%}
    case when abs({{ column }}) < 1e15 then cast({{ column }} as decimal(18, 2)) end
{%- endmacro %}
