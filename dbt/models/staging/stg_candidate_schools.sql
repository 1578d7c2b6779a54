-- grain: one study of a candidate
with studies as ({{ elements(source('silver', 'candidates'), 'candidate_id', 'education') }})

select candidate_id, nullif(trim({{ field('element', 'institution') }}), '') as school
from studies
