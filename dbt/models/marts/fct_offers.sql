-- grain: one offer that is no internship or apprenticeship
{{ offers("coalesce(contract, '') not in ('internship', 'apprenticeship')") }}
