"""What orders events: their sender, else the message that they are about; never the whole inbox."""

from __future__ import annotations

from hub.model.contact import Address
from hub.ports.inbound import (
    AccountAlert,
    DeliveryReported,
    MessageDeleted,
    MessageReceived,
    TemplateReported,
)
from hub.services.journal import sender_key_of

ANN = Address("phone", "+48600100200")


def key(event: object) -> str:
    return sender_key_of("ws", "ws.inbox", event)  # type: ignore[arg-type]


def test_reports_about_two_messages_do_not_wait_for_each_other() -> None:
    first = DeliveryReported(event_id="1", provider_id="a", delivery="sent", at=1)
    second = DeliveryReported(event_id="2", provider_id="b", delivery="sent", at=1)
    third = DeliveryReported(event_id="3", message_id="ws.c.1", delivery="sent", at=1)
    assert len({key(first), key(second), key(third)}) == 3


def test_reports_about_one_message_keep_their_order() -> None:
    sent = DeliveryReported(event_id="1", provider_id="a", delivery="sent", at=1)
    read = DeliveryReported(event_id="2", provider_id="a", delivery="read", at=2)
    assert key(sent) == key(read)


def test_whatever_one_person_does_keeps_its_order() -> None:
    said = MessageReceived(event_id="1", sender=ANN, at=1)
    gone = MessageDeleted(event_id="2", provider_id="1", sender=ANN, at=2)
    assert key(said) == key(gone)


def test_what_is_about_the_account_is_ordered_by_the_inbox() -> None:
    alert = AccountAlert(event_id="1", detail="x", at=1)
    told = TemplateReported(event_id="2", name="n", language="en", state="approved", at=1)
    assert key(alert) == key(told) == "ws.inbox"
