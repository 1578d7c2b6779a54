-- grain: one stage of one run
select
    run_id,
    stage,
    count(*) as documents,
    count(*) filter (where status = 'ok') as ok,
    count(*) filter (where status = 'quarantined') as quarantined,
    count(*) filter (where status = 'skipped') as skipped,
    quantile_cont(milliseconds, 0.5) as milliseconds_p50,
    quantile_cont(milliseconds, 0.95) as milliseconds_p95
from {{ ref('stg_outcomes') }}
group by 1, 2
