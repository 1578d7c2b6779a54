-- grain: one of the ten skills that most candidates of a segment have
with candidates as (
    select candidate_id, occupation_code, coalesce(seniority, 'unknown') as seniority
    from {{ ref('int_candidates') }}
    where occupation_code is not null
),

sizes as (select occupation_code, seniority, count(*) as candidates from candidates group by 1, 2),

everybody as (select count(*) as candidates from candidates),

had as (
    select c.occupation_code, c.seniority, b.skill_key, count(*) as candidates_having
    from candidates as c
    inner join {{ ref('bridge_candidate_skills') }} as b on c.candidate_id = b.candidate_id
    group by 1, 2, 3
),

overall as (select skill_key, sum(candidates_having) as candidates_having from had group by 1),

ranked as (
    select
        had.*,
        row_number() over (partition by occupation_code, seniority order by candidates_having desc, skill_key) as skill_rank
    from had
)

select
    r.occupation_code,
    r.seniority,
    cast(r.skill_rank as integer) as skill_rank,
    r.skill_key,
    k.skill,
    s.candidates,
    r.candidates_having,
    {{ share('r.candidates_having', 's.candidates') }} as had_share,
    round((cast(r.candidates_having as double) / s.candidates) / (cast(o.candidates_having as double) / e.candidates), 3) as lift
from ranked as r
inner join sizes as s on r.occupation_code = s.occupation_code and r.seniority = s.seniority
inner join overall as o on r.skill_key = o.skill_key
cross join everybody as e
left join {{ ref('dim_skill') }} as k on r.skill_key = k.skill_key
where r.skill_rank <= 10
