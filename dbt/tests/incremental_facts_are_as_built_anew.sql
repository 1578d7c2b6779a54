-- What grows by what is new has the keys that it would have if it were built anew.
select 'fct_interactions' as model, coalesce(s.event_id, f.event_id) as row_key
from {{ ref('stg_interactions') }} as s
full outer join {{ ref('fct_interactions') }} as f on s.event_id = f.event_id
where s.event_id is null or f.event_id is null
union all
select 'mart_pipeline_quality' as model, coalesce(s.run_id, f.run_id) as row_key
from (select run_id, stage, count(*) as documents from {{ ref('stg_outcomes') }} group by 1, 2) as s
full outer join {{ ref('mart_pipeline_quality') }} as f on s.run_id = f.run_id and s.stage = f.stage
where s.documents is distinct from f.documents
