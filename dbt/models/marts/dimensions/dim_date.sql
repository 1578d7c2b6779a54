-- grain: one day from the first to the last that an offer, a CV or an interaction names
with named as (
    select min(opened_on) as first_day, max(coalesce(valid_through, opened_on)) as last_day from {{ ref('int_offers') }}
    union all
    select min(received_on), max(received_on) from {{ ref('int_candidates') }}
    union all
    select min(cast(occurred_at as date)), max(cast(occurred_at as date)) from {{ ref('stg_interactions') }}
    union all
    select today, today from {{ ref('int_today') }}
),

bounds as (select min(first_day) as first_day, max(last_day) as last_day from named),

digits as (select d from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as v (d)),

-- 0 to 99,999: more than the days from 1990 to 2099, which staging lets through
numbers as (
    select a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d as n
    from digits as a cross join digits as b cross join digits as c cross join digits as e cross join digits as f
),

days as (
    select cast({{ dbt.dateadd('day', 'n', 'first_day') }} as date) as date_day
    from bounds
    inner join numbers on n <= {{ dbt.datediff('first_day', 'last_day', 'day') }}
)

select
    date_day,
    cast(extract(year from date_day) as integer) as year,
    cast(extract(quarter from date_day) as integer) as quarter,
    cast(extract(month from date_day) as integer) as month,
    {{ month_of('date_day') }} as month_start,
    cast(date_trunc('week', date_day) as date) as week_start,
    {{ iso_weekday('date_day') }} as iso_weekday
from days
