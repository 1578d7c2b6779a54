-- grain: one employer as offers name it
with named as ({{ most_frequent(ref('int_offers'), 'company_key', 'company') }})

select company_key, company from named
