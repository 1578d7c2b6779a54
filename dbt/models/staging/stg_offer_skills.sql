-- grain: one mention of a skill in an offer
with mentions as ({{ elements(source('silver', 'job_offers'), 'offer_id', 'skills') }})

select
    offer_id,
    {{ field('element', 'skill_id') }} as skill_id,
    nullif(trim({{ field('element', 'name') }}), '') as skill,
    {{ field('element', 'required', 'boolean') }} as is_required
from mentions
