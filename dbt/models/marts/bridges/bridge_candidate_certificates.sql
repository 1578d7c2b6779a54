-- grain: one certificate of one candidate
select candidate_id, certificate, min(issuer) as issuer, min(certified_on) as certified_on
from {{ ref('stg_candidate_certificates') }}
where certificate is not null
group by 1, 2
