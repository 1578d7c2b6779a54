-- grain: one skill of one candidate
with had as (select candidate_id, unnest(skills) as s from {{ ref('stg_candidates') }})

select distinct candidate_id, {{ skill_key('s') }} as skill_key
from had
