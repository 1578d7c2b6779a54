-- grain: one employer as offers name it
select {{ key_of(['company']) }} as company_key, min(company) as company
from {{ ref('stg_job_offers') }}
where company is not null
group by 1
