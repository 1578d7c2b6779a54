-- grain: one mention of a skill by a candidate
with mentions as ({{ elements(source('silver', 'candidates'), 'candidate_id', 'skills') }})

select
    candidate_id,
    {{ field('element', 'skill_id') }} as skill_id,
    nullif(trim({{ field('element', 'name') }}), '') as skill
from mentions
