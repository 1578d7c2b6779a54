-- grain: all offers, then one occupation, country or contract: `scope` says which
-- Offers that are still open have lasted at least so long: leaving them out would make the time too short, counting them as ended
-- too. The median is Kaplan and Meier's: when half of the offers would have ended.
{% set scopes = {'all': "'all'", 'occupation': 'occupation_code', 'country': 'country', 'contract': 'contract'} -%}
with spells as (
    {% for scope, column in scopes.items() %}
    select '{{ scope }}' as scope, {{ column }} as scope_value, days_open, status
    from {{ ref('int_offers') }}
    where days_open is not null and {{ column }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

days as (
    select scope, scope_value, days_open, count(*) as offers, {{ rows_where("status <> 'open'") }} as ended
    from spells
    group by 1, 2, 3
),

at_risk as (
    select
        days.*,
        sum(offers) over (
            partition by scope, scope_value order by days_open desc rows between unbounded preceding and current row
        ) as still_there
    from days
),

surviving as (
    select
        scope,
        scope_value,
        days_open,
        exp(sum(ln(greatest(1 - cast(ended as double) / still_there, 1e-12))) over (
            partition by scope, scope_value order by days_open rows between unbounded preceding and current row
        )) as share_open
    from at_risk
),

half_ended as (
    select scope, scope_value, min(days_open) as median_days_open
    from surviving
    where round(share_open, 9) <= 0.5
    group by 1, 2
),

measured as (
    select
        scope,
        scope_value,
        count(*) as offers,
        {{ rows_where("status = 'open'") }} as open_offers,
        {{ rows_where("status = 'closed'") }} as closed_offers,
        {{ rows_where("status = 'expired'") }} as expired_offers,
        median(case when status = 'open' then days_open end) as median_days_of_open,
        median(case when status <> 'open' then days_open end) as median_days_of_ended
    from spells
    group by 1, 2
)

select
    m.scope,
    m.scope_value,
    m.offers,
    m.open_offers,
    m.closed_offers,
    m.expired_offers,
    cast(h.median_days_open as bigint) as median_days_open,
    cast(m.median_days_of_open as double) as median_days_of_open,
    cast(m.median_days_of_ended as double) as median_days_of_ended,
    m.closed_offers + m.expired_offers < {{ var('small_cell') }} as is_small_sample
from measured as m
left join half_ended as h on m.scope = h.scope and m.scope_value = h.scope_value
