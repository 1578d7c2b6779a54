-- grain: one document in one stage of one run
select run_id, stage, document_id, stage_version, status, error_code, detail, milliseconds
from {{ source('ops', 'outcomes') }}
