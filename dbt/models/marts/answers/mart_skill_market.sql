-- grain: one skill; how many offers ask for it and how many candidates have it
with demand as (
    select skill_key, count(*) as offers, {{ rows_where('is_required') }} as offers_requiring
    from {{ ref('bridge_offer_skills') }}
    group by 1
),

supply as (select skill_key, count(*) as candidates from {{ ref('bridge_candidate_skills') }} group by 1)

select
    k.skill_key,
    k.skill,
    k.skill_fr,
    k.category,
    coalesce(d.offers, 0) as offers,
    coalesce(d.offers_requiring, 0) as offers_requiring,
    coalesce(s.candidates, 0) as candidates
from {{ ref('dim_skill') }} as k
left join demand as d on k.skill_key = d.skill_key
left join supply as s on k.skill_key = s.skill_key
