{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['run_id', 'stage'],
    on_schema_change='append_new_columns',
    post_hook="{% if is_incremental() %}delete from {{ this }} where (run_id || '/' || stage) not in (select run_id || '/' || stage from {{ ref('stg_outcomes') }} where run_id is not null and stage is not null){% endif %}"
) }}
-- grain: one stage of one run
-- Runs that are over do not change: only those whose counts are not the ones here are measured again.
with counted as (
    select
        run_id,
        stage,
        count(*) as documents,
        {{ rows_where("status = 'ok'") }} as ok,
        {{ rows_where("status = 'quarantined'") }} as quarantined,
        {{ rows_where("status = 'skipped'") }} as skipped
    from {{ ref('stg_outcomes') }}
    group by 1, 2
),

changed as (
    select c.*
    from counted as c
    {% if is_incremental() %}
    left join {{ this }} as t on c.run_id = t.run_id and c.stage = t.stage
    where
        t.run_id is null
        or c.documents <> t.documents
        or c.ok <> t.ok
        or c.quarantined <> t.quarantined
        or c.skipped <> t.skipped
    {% endif %}
),

timed as (
    select o.run_id, o.stage, {{ quantile(0.5, 'o.milliseconds') }} as p50, {{ quantile(0.95, 'o.milliseconds') }} as p95
    from {{ ref('stg_outcomes') }} as o
    inner join changed as c on o.run_id = c.run_id and o.stage = c.stage
    group by 1, 2
)

select
    c.run_id,
    c.stage,
    c.documents,
    c.ok,
    c.quarantined,
    c.skipped,
    round(t.p50, 3) as milliseconds_p50,
    round(t.p95, 3) as milliseconds_p95
from changed as c
left join timed as t on c.run_id = t.run_id and c.stage = t.stage
