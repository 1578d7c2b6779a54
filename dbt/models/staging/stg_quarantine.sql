-- grain: one document that could not go on past a stage
select
    document_id,
    stage,
    coalesce(nullif(trim(source), ''), 'unknown') as source,
    coalesce(error_code, 'unknown') as error_code
from {{ source('bronze', 'quarantine') }}
group by 1, 2, 3, 4
