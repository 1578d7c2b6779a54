-- grain: one internship or apprenticeship
{{ offers("contract in ('internship', 'apprenticeship')") }}
