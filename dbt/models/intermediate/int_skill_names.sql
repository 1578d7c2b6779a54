-- grain: one name of a skill that came without a taxonomy id, with the key it goes by
with named as (
    select skill from {{ ref('stg_offer_skills') }} where skill_id is null and skill is not null
    union
    select skill from {{ ref('stg_candidate_skills') }} where skill_id is null and skill is not null
)

select skill, coalesce({{ python_function('normalise_skill') }}(skill), 'name:' || lower(skill)) as skill_key
from named
