-- grain: one skill that an offer or a candidate has; those the taxonomy does not know go by their name
with mentions as (
    select skill_id, skill from {{ ref('stg_offer_skills') }}
    union all
    select skill_id, skill from {{ ref('stg_candidate_skills') }}
),

keyed as (
    select coalesce(m.skill_id, n.skill_key) as skill_key, m.skill
    from mentions as m
    left join {{ ref('int_skill_names') }} as n on m.skill_id is null and m.skill = n.skill
),

names as ({{ most_frequent('keyed', 'skill_key', 'skill') }}),

keys as (select distinct skill_key from keyed where skill_key is not null)

select
    k.skill_key,
    case when k.skill_key not like 'name:%' then k.skill_key end as skill_id,
    coalesce(t.name_en, n.skill, k.skill_key) as skill,
    t.name_fr as skill_fr,
    t.category
from keys as k
left join names as n on k.skill_key = n.skill_key
left join {{ source('ops', 'skills') }} as t on k.skill_key = t.skill_id
