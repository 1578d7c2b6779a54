-- grain: one certificate of one candidate
with held as (select candidate_id, unnest(certificates) as c from {{ ref('stg_candidates') }})

select candidate_id, c.name as certificate, min(c.issuer) as issuer, min(c.date) as certified_on
from held
group by 1, 2
