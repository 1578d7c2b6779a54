-- grain: one thing that somebody did with an offer or a candidate
select event_id, action, actor_id, offer_id, candidate_id, session_id, {{ moment('occurred_at') }} as occurred_at
from {{ source('silver', 'interactions') }}
where event_id is not null and action is not null
