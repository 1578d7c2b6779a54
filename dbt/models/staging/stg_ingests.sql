-- grain: one ingest of one target of a source
select
    run_id,
    target,
    coalesce(nullif(trim(source), ''), 'unknown') as source,
    status,
    {{ utc('started_at') }} as started_at,
    seconds,
    fetched,
    documents,
    quarantined,
    closed
from {{ source('ops', 'ingests') }}
