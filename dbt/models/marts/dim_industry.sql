-- grain: one industry
select {{ key_of(['industry']) }} as industry_key, min(industry) as industry
from {{ ref('stg_job_offers') }}
where industry is not null
group by 1
