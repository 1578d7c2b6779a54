-- grain: one industry
with named as ({{ most_frequent(ref('int_offers'), 'industry_key', 'industry') }})

select industry_key, industry from named
