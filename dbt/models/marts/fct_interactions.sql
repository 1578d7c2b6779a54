-- grain: one thing that somebody did with an offer or a candidate
select event_id, action, actor_id, offer_id, candidate_id, session_id, try_cast(occurred_at as timestamptz) as occurred_at
from {{ source('silver', 'interactions') }}
