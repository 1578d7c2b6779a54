{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='event_id',
    on_schema_change='append_new_columns',
    post_hook="{% if is_incremental() %}delete from {{ this }} where event_id not in (select event_id from {{ ref('stg_interactions') }}){% endif %}"
) }}
-- grain: one thing that somebody did with an offer or a candidate
-- Events come late and are taken back when a person is forgotten. No date says which rows are new, so each is looked for: what is
-- here already as it is costs no write, and a table built anew would have the same rows.
select s.event_id, s.action, s.actor_id, s.offer_id, s.candidate_id, s.session_id, s.occurred_at, cast(s.occurred_at as date) as occurred_on
from {{ ref('stg_interactions') }} as s
{% if is_incremental() %}
left join {{ this }} as t on s.event_id = t.event_id
where
    t.event_id is null
    or s.action is distinct from t.action
    or s.actor_id is distinct from t.actor_id
    or s.offer_id is distinct from t.offer_id
    or s.candidate_id is distinct from t.candidate_id
    or s.session_id is distinct from t.session_id
    or s.occurred_at is distinct from t.occurred_at
    or cast(s.occurred_at as date) is distinct from t.occurred_on
{% endif %}
