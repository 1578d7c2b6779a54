{# Schemas are named as they are, without the target's own name before them: analysts write marts.fct_offers. What analysts read can
   be built aside: TALENTFLOW_SCHEMA_SUFFIX (such as `_next`) is put after the names of these schemas. Staging and intermediate hold views
   on the sources and tables that are made anew, which nobody else reads: they are always built in place. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set name = custom_schema_name | trim if custom_schema_name else target.schema -%}
    {{ name ~ env_var('TALENTFLOW_SCHEMA_SUFFIX', '') if name in ('marts', 'snapshots') else name }}
{%- endmacro %}
