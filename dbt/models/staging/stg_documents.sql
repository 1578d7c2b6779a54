-- grain: one document that was received
select
    d.document_id,
    coalesce(nullif(trim(d.source), ''), 'unknown') as source,
    d.media_type,
    {{ utc('d.received_at') }} as received_at,
    c.kind
from {{ source('bronze', 'documents') }} as d
left join {{ source('silver', 'classifications') }} as c on d.document_id = c.document_id
