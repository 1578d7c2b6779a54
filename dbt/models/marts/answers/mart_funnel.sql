-- grain: one occupation in one month of first contact
-- A pair is a person and an offer. Steps build on each other: who was hired has applied, whether or not the event came.
with touches as (
    select
        offer_id,
        coalesce(candidate_id, actor_id) as person_id,
        min(occurred_on) as first_on,
        min(case when action = 'hire' then occurred_on end) as hired_on,
        max(case action when 'view' then 1 when 'save' then 1 when 'apply' then 2 when 'shortlist' then 3 when 'hire' then 4 else 0 end) as step,
        max(case when action = 'save' then 1 else 0 end) as saved,
        max(case when action = 'reject' then 1 else 0 end) as rejected
    from {{ ref('fct_interactions') }}
    where offer_id is not null and occurred_on is not null and coalesce(candidate_id, actor_id) is not null
    group by 1, 2
),

placed as (
    select
        {{ month_of('t.first_on') }} as first_month,
        coalesce(o.occupation_code, 'unknown') as occupation_code,
        t.step,
        t.saved,
        t.rejected,
        {{ dbt.datediff('t.first_on', 't.hired_on', 'day') }} as days_to_hire
    from touches as t
    left join {{ ref('int_offers') }} as o on t.offer_id = o.offer_id
),

counted as (
    select
        first_month,
        occupation_code,
        count(*) as pairs,
        {{ rows_where('step >= 1') }} as viewed,
        {{ rows_where('saved = 1') }} as saved,
        {{ rows_where('step >= 2') }} as applied,
        {{ rows_where('step >= 3') }} as shortlisted,
        {{ rows_where('step >= 4') }} as hired,
        {{ rows_where('rejected = 1') }} as rejected,
        median(days_to_hire) as median_days_to_hire
    from placed
    group by 1, 2
)

select
    first_month,
    occupation_code,
    pairs,
    viewed,
    saved,
    applied,
    shortlisted,
    hired,
    rejected,
    {{ share('applied', 'viewed') }} as applied_of_viewed,
    {{ share('shortlisted', 'applied') }} as shortlisted_of_applied,
    {{ share('hired', 'shortlisted') }} as hired_of_shortlisted,
    {{ share('hired', 'viewed') }} as hired_of_viewed,
    cast(median_days_to_hire as double) as median_days_to_hire,
    pairs < {{ var('small_cell') }} as is_small_sample
from counted
