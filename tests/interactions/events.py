"""Interactions, made by hand."""

from __future__ import annotations

from typing import Any

from talentflow.records import Interaction


def event(event_id: str, **more: Any) -> Interaction:
    values: dict[str, Any] = {
        "action": "view",
        "actor_id": "actor",
        "offer_id": "o1",
        "candidate_id": "c1",
        "session_id": "session",
        "occurred_at": "2026-11-26T09:00:00.000Z",
    }
    return Interaction(event_id=event_id, **(values | more))
