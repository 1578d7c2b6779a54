-- grain: one mention of a language by a candidate
with mentions as ({{ elements(source('silver', 'candidates'), 'candidate_id', 'languages') }})

select candidate_id, {{ field('element', 'language') }} as language, {{ field('element', 'fluency') }} as fluency
from mentions
