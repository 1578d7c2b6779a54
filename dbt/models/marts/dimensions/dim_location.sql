-- grain: one place (locality, region, country) that an offer or a candidate names
with places as (
    select location_key, locality, region, country from {{ ref('int_offers') }}
    union all
    select location_key, locality, region, country from {{ ref('int_candidates') }}
)

select location_key, min(locality) as locality, min(region) as region, min(country) as country
from places
where location_key is not null
group by 1
