-- grain: one school as candidates name it
with keyed as (select {{ key_of(['school']) }} as school_key, school from {{ ref('stg_candidate_schools') }}),

named as ({{ most_frequent('keyed', 'school_key', 'school') }})

select school_key, school from named
