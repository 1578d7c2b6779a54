-- grain: one candidate; `record` is the JSON text that match_score reads
select
    candidate_id,
    {{ json_object(['headline', 'location', 'work', 'skills', 'languages', 'experience_years', 'education_level', 'wanted_contract',
                    'wanted_workplace', 'wanted_salary', 'occupation_code', 'occupation_title', 'seniority', 'language']) }} as record
from {{ source('silver', 'candidates') }}
