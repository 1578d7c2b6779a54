-- grain: one kind of contract
select contract, contract in ('internship', 'apprenticeship') as is_training
from (values ('permanent'), ('fixed_term'), ('temporary'), ('freelance'), ('internship'), ('apprenticeship'), ('volunteer')) as c (contract)
