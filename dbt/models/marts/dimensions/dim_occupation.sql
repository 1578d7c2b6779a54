-- grain: one ISCO-08 unit group that an offer or a candidate has
with named as (
    select occupation_code, occupation_title from {{ ref('int_offers') }}
    union all
    select occupation_code, occupation_title from {{ ref('int_candidates') }}
),

titles as ({{ most_frequent('named', 'occupation_code', 'occupation_title') }}),

codes as (select distinct occupation_code from named where occupation_code is not null)

select c.occupation_code, t.occupation_title, left(c.occupation_code, 1) as major_group
from codes as c
left join titles as t on c.occupation_code = t.occupation_code
