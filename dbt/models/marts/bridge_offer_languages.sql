-- grain: one language of one offer
with asked as (select offer_id, unnest(languages) as l from {{ ref('stg_job_offers') }})

select offer_id, l.language, max(l.fluency) as fluency, bool_or(coalesce(l.required, true)) as is_required
from asked
group by 1, 2
