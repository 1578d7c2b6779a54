-- Pay that is in euros already is the same in the offer's currency and in euros, to the cent.
select offer_id, salary_min_year, salary_min_eur, salary_max_year, salary_max_eur
from {{ ref('int_offers') }}
where
    salary_currency = 'EUR'
    and (salary_min_eur is distinct from salary_min_year or salary_max_eur is distinct from salary_max_year)
