-- grain: one skill that an offer or a candidate has; those the taxonomy does not know go by their name
with named as (
    select unnest(skills) as s from {{ ref('stg_job_offers') }}
    union all
    select unnest(skills) as s from {{ ref('stg_candidates') }}
)

select
    {{ skill_key('s') }} as skill_key,
    min(s.skill_id) as skill_id,
    coalesce(min(t.name_en), mode(s.name)) as skill,
    min(t.name_fr) as skill_fr,
    min(t.category) as category
from named
left join {{ source('ops', 'skills') }} as t on s.skill_id = t.skill_id
group by 1
