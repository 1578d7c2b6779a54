-- grain: one open offer; the candidates there are for it
-- Everybody of the occupation is counted for each offer. Skill by skill is compared for the newest `supply_offers` alone, and the
-- pairs of those and their `supply_candidates` nearest candidates are scored: all pairs would be offers times candidates.
with offers as (
    select
        offer_id,
        occupation_code,
        country,
        is_training,
        row_number() over (order by opened_on desc nulls last, offer_id) as newest
    from {{ ref('int_offers') }}
    where status = 'open'
),

asked as (
    select b.offer_id, count(*) as skills_asked
    from {{ ref('bridge_offer_skills') }} as b
    inner join offers as o on b.offer_id = o.offer_id
    where o.newest <= {{ var('supply_offers') }}
    group by 1
),

occupations as (
    select occupation_code, count(*) as candidates from {{ ref('int_candidates') }} group by 1
),

countries as (
    select occupation_code, country, count(*) as candidates from {{ ref('int_candidates') }} group by 1, 2
),

pairs as (
    select o.offer_id, c.candidate_id, count(*) as skills_shared, min(a.skills_asked) as skills_asked
    from offers as o
    inner join asked as a on o.offer_id = a.offer_id
    inner join {{ ref('bridge_offer_skills') }} as b on o.offer_id = b.offer_id
    inner join {{ ref('bridge_candidate_skills') }} as h on b.skill_key = h.skill_key
    inner join {{ ref('int_candidates') }} as c on h.candidate_id = c.candidate_id and o.occupation_code = c.occupation_code
    where o.newest <= {{ var('supply_offers') }}
    group by 1, 2
),

skilled as (
    select offer_id, {{ rows_where('2 * skills_shared >= skills_asked') }} as candidates
    from pairs
    group by 1
),

nearest as (
    select offer_id, candidate_id
    from pairs
    qualify row_number() over (partition by offer_id order by skills_shared desc, candidate_id) <= {{ var('supply_candidates') }}
),

scored as (
    select n.offer_id, {{ python_function('match_score') }}(o.record, c.record) as score
    from nearest as n
    inner join {{ ref('stg_offer_records') }} as o on n.offer_id = o.offer_id
    inner join {{ ref('stg_candidate_records') }} as c on n.candidate_id = c.candidate_id
),

best as (
    select offer_id, count(score) as candidates_scored, max(score) as best_score, avg(score) as mean_score
    from scored
    group by 1
)

select
    o.offer_id,
    o.occupation_code,
    o.country,
    o.is_training,
    coalesce(q.candidates, 0) as candidates_in_occupation,
    coalesce(p.candidates, 0) as candidates_in_occupation_and_country,
    o.newest <= {{ var('supply_offers') }} as is_compared,
    case when o.newest <= {{ var('supply_offers') }} then coalesce(s.candidates, 0) end as candidates_with_half_the_skills,
    coalesce(b.candidates_scored, 0) as candidates_scored,
    round(b.best_score, 4) as best_score,
    round(b.mean_score, 4) as mean_score
from offers as o
left join occupations as q on o.occupation_code = q.occupation_code
left join countries as p on o.occupation_code = p.occupation_code and o.country = p.country
left join skilled as s on o.offer_id = s.offer_id
left join best as b on o.offer_id = b.offer_id
