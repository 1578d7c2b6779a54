-- grain: one place (locality, region, country) that an offer or a candidate names
with places as (
    select locality, region, country from {{ ref('stg_job_offers') }}
    union
    select locality, region, country from {{ ref('stg_candidates') }}
)

select
    {{ key_of(['locality', 'region', 'country']) }} as location_key,
    min(locality) as locality,
    min(region) as region,
    min(country) as country
from places
where coalesce(locality, region, country) is not null
group by 1
