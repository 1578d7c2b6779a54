-- grain: one row, the day that the data is as of: the last one on which a document came
-- Not the clock's day: the same data gives the same marts, whenever and however often they are built.
select
    coalesce(
        (select cast(max(received_at) as date) from {{ ref('stg_documents') }}),
        (select max(date_posted) from {{ ref('stg_job_offers') }}),
        cast('1990-01-01' as date)
    ) as today
