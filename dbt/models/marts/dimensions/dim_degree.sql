-- grain: one level of education, in order
select degree_level, degree_rank
from (values ('secondary', 1), ('vocational', 2), ('associate', 3), ('bachelor', 4), ('master', 5), ('doctorate', 6)) as d (degree_level, degree_rank)
