{# Schemas are named as they are, without the target's own name before them: analysts write marts.fct_offers. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
