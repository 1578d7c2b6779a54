-- grain: one language of one candidate; fluencies sort as they rise: A1 to C2, then native
select candidate_id, language, max(fluency) as fluency
from {{ ref('stg_candidate_languages') }}
where language is not null
group by 1, 2
