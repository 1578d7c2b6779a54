-- grain: one document that its source does not offer any more
select document_id, coalesce(nullif(trim(source), ''), 'unknown') as source, {{ utc('closed_at') }} as closed_at, reason
from {{ source('bronze', 'closures') }}
