-- grain: one language of one offer
select l.offer_id, l.language, max(l.fluency) as fluency, {{ any_row('coalesce(l.is_required, true)') }} as is_required
from {{ ref('stg_offer_languages') }} as l
inner join {{ ref('int_offers') }} as o on l.offer_id = o.offer_id
where l.language is not null
group by 1, 2
