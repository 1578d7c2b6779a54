-- grain: one segment of candidates: an occupation at a level of seniority
with candidates as (
    select
        c.*,
        coalesce(c.seniority, 'unknown') as seniority_level,
        d.degree_rank
    from {{ ref('int_candidates') }} as c
    left join {{ ref('dim_degree') }} as d on c.degree_level = d.degree_level
    where c.occupation_code is not null
),

offers as (
    select occupation_code, coalesce(seniority, 'unknown') as seniority_level, count(*) as open_offers, median(salary_eur) as median_salary_eur
    from {{ ref('int_offers') }}
    where status = 'open'
    group by 1, 2
),

measured as (
    select
        occupation_code,
        seniority_level,
        count(*) as candidates,
        median(experience_years) as median_experience_years,
        count(degree_level) as candidates_with_degree_known,
        {{ rows_where('degree_rank >= 4') }} as with_bachelor,
        {{ rows_where("wanted_workplace = 'remote'") }} as wanting_remote,
        avg(cast(skills_listed as double)) as mean_skills
    from candidates
    group by 1, 2
),

countries as (
    select occupation_code, seniority_level, country
    from candidates
    where country is not null
    group by 1, 2, 3
    qualify row_number() over (partition by occupation_code, seniority_level order by count(*) desc, country) = 1
),

total as (select count(*) as candidates from candidates)

select
    m.occupation_code,
    m.seniority_level as seniority,
    o.occupation_title,
    m.candidates,
    {{ share('m.candidates', 't.candidates') }} as share_of_candidates,
    round(m.median_experience_years, 1) as median_experience_years,
    {{ share('m.with_bachelor', 'm.candidates_with_degree_known') }} as share_with_bachelor,
    {{ share('m.wanting_remote', 'm.candidates') }} as share_wanting_remote,
    round(m.mean_skills, 2) as mean_skills,
    c.country as main_country,
    coalesce(f.open_offers, 0) as open_offers,
    round(f.median_salary_eur, 2) as median_salary_eur,
    m.candidates < {{ var('small_cell') }} as is_small_sample
from measured as m
cross join total as t
inner join {{ ref('dim_occupation') }} as o on m.occupation_code = o.occupation_code
left join offers as f on m.occupation_code = f.occupation_code and m.seniority_level = f.seniority_level
left join countries as c on m.occupation_code = c.occupation_code and m.seniority_level = c.seniority_level
