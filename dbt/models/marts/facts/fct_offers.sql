-- grain: one offer that is no internship or apprenticeship
select {{ offer_columns() }}
from {{ ref('int_offers') }}
where not is_training
