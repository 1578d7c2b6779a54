-- grain: one school as candidates name it
with studies as (select unnest(education) as e from {{ ref('stg_candidates') }})

select {{ key_of(['e.institution']) }} as school_key, min(e.institution) as school
from studies
where e.institution is not null
group by 1
