-- An offer of the lakehouse that repeats no other is in exactly one of the two facts, and nothing else is.
with facts as (
    select offer_id from {{ ref('fct_offers') }}
    union all
    select offer_id from {{ ref('fct_internships') }}
)

select coalesce(o.offer_id, f.offer_id) as offer_id, count(f.offer_id) as facts
from (select offer_id from {{ source('silver', 'job_offers') }} where duplicate_of is null) as o
full outer join facts as f on o.offer_id = f.offer_id
group by coalesce(o.offer_id, f.offer_id)
having count(o.offer_id) <> 1 or count(f.offer_id) <> 1
