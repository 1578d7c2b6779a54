{# One of our Python functions (docs/warehouse-functions.md), to be called: {{ python_function('normalise_skill') }}(name).
   Snowflake looks for a name without a schema in a view's own schema, so also in the views that dbt makes meanwhile. #}
{% macro python_function(name) -%}
    {{ adapter.dispatch('python_function', 'talentflow')(name) }}
{%- endmacro %}

{% macro default__python_function(name) -%}
    {{ name }}
{%- endmacro %}

{% macro snowflake__python_function(name) -%}
    {{ target.database }}.{{ target.schema }}.{{ name }}
{%- endmacro %}
