{# What the two engines write differently. Used in staging only: DuckDB has structs and lists, Snowflake has VARIANT. #}

{# A field of a struct, or of an element of a list. #}
{% macro field(column, name, type='varchar') -%}
    {{ return(adapter.dispatch('field', 'talentflow')(column, name, type)) }}
{%- endmacro %}
{% macro default__field(column, name, type) -%}
    {{ column }}.{{ name }}
{%- endmacro %}
{% macro snowflake__field(column, name, type) -%}
    {{ column }}:{{ name }}::{{ type }}
{%- endmacro %}

{# A field of a list's first element; null for an empty list. #}
{% macro first_field(column, name, type='varchar') -%}
    {{ return(adapter.dispatch('first_field', 'talentflow')(column, name, type)) }}
{%- endmacro %}
{% macro default__first_field(column, name, type) -%}
    {{ column }}[1].{{ name }}
{%- endmacro %}
{% macro snowflake__first_field(column, name, type) -%}
    {{ column }}[0]:{{ name }}::{{ type }}
{%- endmacro %}

{# How many elements a list has; 0 for null. #}
{% macro list_size(column) -%}
    {{ return(adapter.dispatch('list_size', 'talentflow')(column)) }}
{%- endmacro %}
{% macro default__list_size(column) -%}
    cast(coalesce(len({{ column }}), 0) as bigint)
{%- endmacro %}
{% macro snowflake__list_size(column) -%}
    cast(coalesce(array_size({{ column }}), 0) as bigint)
{%- endmacro %}

{# One row an element of a list: `key` and `element`. Rows with an empty list give none. #}
{% macro elements(relation, key, column) -%}
    {{ return(adapter.dispatch('elements', 'talentflow')(relation, key, column)) }}
{%- endmacro %}
{% macro default__elements(relation, key, column) -%}
    select {{ key }}, unnest({{ column }}) as element from {{ relation }}
{%- endmacro %}
{% macro snowflake__elements(relation, key, column) -%}
    select r.{{ key }}, f.value as element from {{ relation }} as r, lateral flatten(input => r.{{ column }}) as f
{%- endmacro %}

{# JSON text of a list or struct. #}
{% macro json_text(column) -%}
    {{ return(adapter.dispatch('json_text', 'talentflow')(column)) }}
{%- endmacro %}
{% macro default__json_text(column) -%}
    cast(to_json({{ column }}) as varchar)
{%- endmacro %}
{% macro snowflake__json_text(column) -%}
    to_json({{ column }})
{%- endmacro %}

{# JSON text of an object with these columns as its fields. #}
{% macro json_object(columns) -%}
    {{ return(adapter.dispatch('json_object', 'talentflow')(columns)) }}
{%- endmacro %}
{% macro default__json_object(columns) -%}
    cast(to_json(struct_pack({% for c in columns %}{{ c }} := {{ c }}{{ ', ' if not loop.last }}{% endfor %})) as varchar)
{%- endmacro %}
{% macro snowflake__json_object(columns) -%}
    to_json(object_construct({% for c in columns %}'{{ c }}', {{ c }}{{ ', ' if not loop.last }}{% endfor %}))
{%- endmacro %}

{# A moment written in ISO 8601, in UTC without zone; null for what is none. #}
{% macro moment(text) -%}
    {{ return(adapter.dispatch('moment', 'talentflow')(text)) }}
{%- endmacro %}
{% macro default__moment(text) -%}
    case when {{ text }} like '____-__-__%' then try_cast({{ text }} as timestamptz) at time zone 'UTC' end
{%- endmacro %}
{% macro snowflake__moment(text) -%}
    case when {{ text }} like '____-__-__%' then cast(convert_timezone('UTC', try_cast({{ text }} as timestamp_tz)) as timestamp_ntz) end
{%- endmacro %}

{# A timestamp with zone, in UTC without zone. #}
{% macro utc(column) -%}
    {{ return(adapter.dispatch('utc', 'talentflow')(column)) }}
{%- endmacro %}
{% macro default__utc(column) -%}
    cast({{ column }} at time zone 'UTC' as timestamp)
{%- endmacro %}
{% macro snowflake__utc(column) -%}
    cast(convert_timezone('UTC', cast({{ column }} as timestamp_tz)) as timestamp_ntz)
{%- endmacro %}

{# The day that an ISO 8601 text begins with; null for a month, a year, a day that there is not, and days before 1990 or after 2099,
   which are slips of the pen. Both engines know more date formats, not the same ones: only this one is let through. #}
{% macro day(text) -%}
    case when {{ text }} like '____-__-__%' and left({{ text }}, 4) between '1990' and '2099' then try_cast(left({{ text }}, 10) as date) end
{%- endmacro %}
