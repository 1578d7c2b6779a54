-- grain: one mention of a certificate by a candidate
with mentions as ({{ elements(source('silver', 'candidates'), 'candidate_id', 'certificates') }})

select
    candidate_id,
    nullif(trim({{ field('element', 'name') }}), '') as certificate,
    {{ field('element', 'issuer') }} as issuer,
    {{ field('element', 'date') }} as certified_on
from mentions
