{# A dimension's key: the same words always give the same key; nothing said gives null. #}
{% macro key_of(expressions) -%}
    case when coalesce({{ expressions | join(', ') }}) is null then null
    else md5(lower(concat_ws('|', {% for e in expressions %}coalesce(cast({{ e }} as varchar), ''){% if not loop.last %}, {% endif %}{% endfor %}))) end
{%- endmacro %}

{# A skill's key: its taxonomy id, or for an unknown one its name. #}
{% macro skill_key(struct) -%}
    coalesce({{ struct }}.skill_id, 'name:' || lower(trim({{ struct }}.name)))
{%- endmacro %}
