-- grain: one reason for which a stage could not go on with documents of a source
select source, stage, error_code, count(*) as documents
from {{ ref('stg_quarantine') }}
group by 1, 2, 3
