-- grain: one mention of a language in an offer
with mentions as ({{ elements(source('silver', 'job_offers'), 'offer_id', 'languages') }})

select
    offer_id,
    {{ field('element', 'language') }} as language,
    {{ field('element', 'fluency') }} as fluency,
    {{ field('element', 'required', 'boolean') }} as is_required
from mentions
