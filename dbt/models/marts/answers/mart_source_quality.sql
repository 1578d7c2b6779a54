-- grain: one source of documents
with documents as (
    select document_id, source, received_at, kind from {{ ref('stg_documents') }}
),

stopped as (
    select distinct q.document_id, coalesce(d.source, q.source) as source
    from {{ ref('stg_quarantine') }} as q
    left join documents as d on q.document_id = d.document_id
),

-- a document that was refused before it was kept is in quarantine alone
every as (
    select document_id, source from documents
    union
    select document_id, source from stopped
),

counted as (
    select
        e.source,
        count(*) as documents,
        count(s.document_id) as quarantined,
        {{ rows_where("d.kind = 'job_offer'") }} as offers,
        {{ rows_where("d.kind = 'cv'") }} as candidates,
        {{ rows_where("d.kind = 'other'") }} as others,
        min(d.received_at) as first_received_at,
        max(d.received_at) as last_received_at
    from every as e
    left join documents as d on e.document_id = d.document_id
    left join stopped as s on e.document_id = s.document_id
    group by 1
),

offers as (
    select
        d.source,
        count(o.duplicate_of) as duplicates,
        count(*) as offers,
        avg((
            case when o.title is not null then 1 else 0 end
            + case when o.company is not null then 1 else 0 end
            + case when coalesce(o.locality, o.region, o.country) is not null then 1 else 0 end
            + case when o.contract is not null then 1 else 0 end
            + case when coalesce(o.salary_min, o.salary_max) is not null then 1 else 0 end
            + case when o.date_posted is not null then 1 else 0 end
            + case when o.occupation_code is not null then 1 else 0 end
            + case when o.skills_listed > 0 then 1 else 0 end
        ) / cast(8 as double)) as completeness
    from {{ ref('stg_job_offers') }} as o
    inner join documents as d on o.document_id = d.document_id
    group by 1
),

candidates as (
    select
        d.source,
        avg((
            case when c.headline is not null then 1 else 0 end
            + case when coalesce(c.locality, c.region, c.country) is not null then 1 else 0 end
            + case when c.experience_years is not null then 1 else 0 end
            + case when c.degree_level is not null then 1 else 0 end
            + case when c.occupation_code is not null then 1 else 0 end
            + case when c.skills_listed > 0 then 1 else 0 end
            + case when c.positions_held > 0 then 1 else 0 end
        ) / cast(7 as double)) as completeness
    from {{ ref('stg_candidates') }} as c
    inner join documents as d on c.document_id = d.document_id
    group by 1
),

closed as (select source, count(*) as documents from {{ ref('stg_closures') }} group by 1),

ingested as (
    select
        source,
        count(*) as ingests,
        {{ rows_where("status = 'failed'") }} as ingests_failed,
        max(case when status = 'ok' then started_at end) as last_ok_ingest_at
    from {{ ref('stg_ingests') }}
    group by 1
),

sources as (select source from counted union select source from ingested)

select
    s.source,
    coalesce(c.documents, 0) as documents,
    coalesce(c.offers, 0) as offers,
    coalesce(c.candidates, 0) as candidates,
    coalesce(c.others, 0) as others,
    coalesce(c.quarantined, 0) as quarantined,
    {{ share('c.documents - c.quarantined', 'c.documents') }} as ok_share,
    coalesce(o.duplicates, 0) as duplicates,
    {{ share('o.duplicates', 'o.offers') }} as duplicate_share,
    coalesce(x.documents, 0) as closed,
    round(o.completeness, 4) as offer_completeness,
    round(k.completeness, 4) as candidate_completeness,
    c.first_received_at,
    c.last_received_at,
    cast({{ dbt.datediff('cast(c.last_received_at as date)', 't.today', 'day') }} as bigint) as days_since_last,
    coalesce(i.ingests, 0) as ingests,
    coalesce(i.ingests_failed, 0) as ingests_failed,
    i.last_ok_ingest_at
from sources as s
cross join {{ ref('int_today') }} as t
left join counted as c on s.source = c.source
left join offers as o on s.source = o.source
left join candidates as k on s.source = k.source
left join closed as x on s.source = x.source
left join ingested as i on s.source = i.source
