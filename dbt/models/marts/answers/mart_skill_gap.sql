-- grain: one skill in one occupation at one place (country, region)
-- Open offers against candidates of the same occupation at the same place.
with offers as (
    select offer_id, occupation_code, coalesce(country, '') as country, coalesce(region, '') as region
    from {{ ref('int_offers') }}
    where status = 'open' and occupation_code is not null
),

candidates as (
    select candidate_id, occupation_code, coalesce(country, '') as country, coalesce(region, '') as region
    from {{ ref('int_candidates') }}
    where occupation_code is not null
),

cells as (
    select occupation_code, country, region, sum(offers) as offers, sum(candidates) as candidates
    from (
        select occupation_code, country, region, count(*) as offers, 0 as candidates from offers group by 1, 2, 3
        union all
        select occupation_code, country, region, 0 as offers, count(*) as candidates from candidates group by 1, 2, 3
    ) as either
    group by 1, 2, 3
),

skills as (
    select skill_key, occupation_code, country, region, sum(offers) as offers, sum(candidates) as candidates
    from (
        select b.skill_key, o.occupation_code, o.country, o.region, count(*) as offers, 0 as candidates
        from {{ ref('bridge_offer_skills') }} as b
        inner join offers as o on b.offer_id = o.offer_id
        group by 1, 2, 3, 4
        union all
        select b.skill_key, c.occupation_code, c.country, c.region, 0 as offers, count(*) as candidates
        from {{ ref('bridge_candidate_skills') }} as b
        inner join candidates as c on b.candidate_id = c.candidate_id
        group by 1, 2, 3, 4
    ) as either
    group by 1, 2, 3, 4
)

select
    s.skill_key,
    s.occupation_code,
    nullif(s.country, '') as country,
    nullif(s.region, '') as region,
    cast(c.offers as bigint) as offers,
    cast(c.candidates as bigint) as candidates,
    cast(s.offers as bigint) as offers_asking,
    cast(s.candidates as bigint) as candidates_having,
    {{ share('s.offers', 'c.offers') }} as asked_share,
    {{ share('s.candidates', 'c.candidates') }} as had_share,
    round({{ share('s.offers', 'c.offers') }} - {{ share('s.candidates', 'c.candidates') }}, 4) as gap,
    least(c.offers, c.candidates) < {{ var('small_cell') }} as is_small_sample
from skills as s
inner join cells as c on s.occupation_code = c.occupation_code and s.country = c.country and s.region = c.region
