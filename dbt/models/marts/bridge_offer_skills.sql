-- grain: one skill of one offer
with asked as (select offer_id, unnest(skills) as s from {{ ref('stg_job_offers') }})

select offer_id, {{ skill_key('s') }} as skill_key, bool_or(coalesce(s.required, true)) as is_required
from asked
group by 1, 2
