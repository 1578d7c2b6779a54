-- grain: one language of one candidate
with spoken as (select candidate_id, unnest(languages) as l from {{ ref('stg_candidates') }})

select candidate_id, l.language, max(l.fluency) as fluency
from spoken
group by 1, 2
