-- grain: one skill of one candidate
select distinct m.candidate_id, coalesce(m.skill_id, n.skill_key) as skill_key
from {{ ref('stg_candidate_skills') }} as m
left join {{ ref('int_skill_names') }} as n on m.skill_id is null and m.skill = n.skill
where coalesce(m.skill_id, n.skill_key) is not null
