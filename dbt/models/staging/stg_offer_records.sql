-- grain: one offer; `record` is the JSON text that match_score reads
select
    offer_id,
    {{ json_object(['title', 'job_location', 'contract', 'workplace', 'base_salary', 'skills', 'languages', 'experience_years',
                    'education', 'occupation_code', 'occupation_title', 'seniority', 'language']) }} as record
from {{ source('silver', 'job_offers') }}
