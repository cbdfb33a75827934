"""Views of routing: desks and queues as they are now."""

from __future__ import annotations

import msgspec

from hub.model.board import QueueState
from hub.model.desk import Desk, load_of
from hub.model.ids import local
from hub.web import routing_views as rv


def desk(one: Desk, now: int) -> rv.DeskView:
    return rv.DeskView(
        agent_id=local(one.id),
        rev=one.v,
        presence=one.shown,
        chosen=one.presence,
        reason_id=local(one.reason_id) if one.reason_id else "",
        since=one.shown_since,
        set_by=local(one.set_by) if "." in one.set_by else one.set_by,
        is_over_limit=0 < one.limit_until <= now and one.shown == "away",
        wrap_up_until=one.wrap_up_until if one.wrap_up_until > now else 0,
        wrap_up_conversation_id=one.wrap_up_conversation_id,
        load=load_of(one),
        held=[
            rv.HeldView(conversation_id=id, kind=held.kind, cost=held.cost, at=held.at)
            for id, held in one.held.items()
        ],
        handled_today=one.handled_today,
        idle_since=one.idle_since,
    )


def queue(one: QueueState) -> rv.QueueNow:
    fields = msgspec.structs.asdict(one)
    return rv.QueueNow(**{**fields, "queue_id": local(one.queue_id)})
