-- grain: one internship or apprenticeship
select {{ offer_columns() }}
from {{ ref('int_offers') }}
where is_training
