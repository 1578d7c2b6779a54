-- grain: one day between the first and the last date that offers name
with bounds as (
    select min(date_posted) as first_day, max(coalesce(valid_through, date_posted)) as last_day
    from {{ ref('stg_job_offers') }}
    where date_posted between date '1990-01-01' and date '2100-01-01'
),

days as (
    select unnest(generate_series(first_day, least(last_day, first_day + interval 20 year), interval 1 day)) as day from bounds
)

select
    cast(day as date) as date_day,
    cast(extract(year from day) as integer) as year,
    cast(extract(quarter from day) as integer) as quarter,
    cast(extract(month from day) as integer) as month,
    cast(extract(isodow from day) as integer) as iso_weekday
from days
