{# Four tests, one query a model each: a node costs dbt more than the query does. Failing rows name the column. #}

{# No two rows have the same values in these columns. #}
{% test grain(model, columns) %}
select {{ columns | join(', ') }}, count(*) as copies
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{# Every value of a column stands in the column of the same name of another model. Arguments: column → ref. #}
{% test references(model, to) %}
{% for column, parent in to.items() %}
select '{{ column }}' as column_name, cast(child.{{ column }} as varchar) as lonely
from {{ model }} as child
left join {{ parent }} as parent on child.{{ column }} = parent.{{ column }}
where child.{{ column }} is not null and parent.{{ column }} is null
{{ 'union all' if not loop.last }}
{% endfor %}
{% endtest %}

{# Every value that is not null is one of those. Arguments: column → values. #}
{% test among(model, values) %}
{% for column, known in values.items() %}
select '{{ column }}' as column_name, cast({{ column }} as varchar) as unknown
from {{ model }}
where {{ column }} not in ({% for v in known %}'{{ v }}'{{ ', ' if not loop.last }}{% endfor %})
{{ 'union all' if not loop.last }}
{% endfor %}
{% endtest %}

{# Every value that is not null lies between two numbers. Arguments: column → [least, most]. #}
{% test within(model, ranges) %}
{% for column, ends in ranges.items() %}
select '{{ column }}' as column_name, cast({{ column }} as varchar) as outside
from {{ model }}
where {{ column }} < {{ ends[0] }} or {{ column }} > {{ ends[1] }}
{{ 'union all' if not loop.last }}
{% endfor %}
{% endtest %}
