-- grain: one document in one stage of one run; a run that handled it twice says so twice
select run_id, stage, document_id, status, error_code, milliseconds
from {{ source('ops', 'outcomes') }}
