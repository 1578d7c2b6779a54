-- grain: one skill of one offer
with keyed as (
    select m.offer_id, coalesce(m.skill_id, n.skill_key) as skill_key, coalesce(m.is_required, true) as is_required
    from {{ ref('stg_offer_skills') }} as m
    left join {{ ref('int_skill_names') }} as n on m.skill_id is null and m.skill = n.skill
)

select k.offer_id, k.skill_key, {{ any_row('k.is_required') }} as is_required
from keyed as k
inner join {{ ref('int_offers') }} as o on k.offer_id = o.offer_id
where k.skill_key is not null
group by 1, 2
