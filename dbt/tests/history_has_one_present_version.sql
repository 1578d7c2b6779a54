-- Every offer that ever was has one version that is valid now, and each offer of today is not marked as deleted.
select h.offer_id
from {{ ref('offers_history') }} as h
left join {{ ref('stg_offer_versions') }} as o on h.offer_id = o.offer_id
group by h.offer_id
having
    {{ rows_where('h.dbt_valid_to is null') }} <> 1
    or {{ rows_where("h.dbt_valid_to is null and cast(h.dbt_is_deleted as varchar) = 'True' and o.offer_id is not null") }} > 0
