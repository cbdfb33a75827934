"""How far Twilio got with one of our messages: its status words and error codes as delivery
reports, the same for callbacks and for listed messages. Pure.
"""

from __future__ import annotations

from channels._twilio.errors import reason_of, tell
from hub.model.message import Delivery
from hub.ports.inbound import DeliveryReported

#: Twilio promises neither order nor delivery of callbacks: the hub goes by the rank of a state.
DELIVERIES: dict[str, Delivery] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "partially_delivered": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "cancelled",
}


def report(
    sid: str, status: str, code: int, *, at: int, words: str = "", message_id: str = ""
) -> DeliveryReported | None:
    """None for a status that says nothing about delivery."""
    delivery = DELIVERIES.get(status)
    if delivery is None:
        return None
    has_failed = delivery == "failed"
    return DeliveryReported(
        event_id=f"{sid}:{status}",
        provider_id=sid,
        message_id=message_id,
        delivery=delivery,
        reason=reason_of(code) if has_failed else "",
        detail=tell(code, words) if has_failed else "",
        at=at,
    )
