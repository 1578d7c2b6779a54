-- grain: one ISCO-08 unit group that an offer or a candidate has
with named as (
    select occupation_code, occupation_title from {{ ref('stg_job_offers') }}
    union all
    select occupation_code, occupation_title from {{ ref('stg_candidates') }}
)

select
    occupation_code,
    mode(occupation_title) as occupation_title,
    left(occupation_code, 1) as major_group
from named
where occupation_code is not null
group by 1
