"""What orders events: their sender, else the message that they are about; never the whole inbox."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.contact import Address
from hub.ports.inbound import (
    AccountAlert,
    DeliveryReported,
    MessageDeleted,
    MessageReceived,
    TemplateReported,
)
from hub.services.journal import Row, sender_key_of

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


def _row(event_id: str, at: int = 7) -> Row:
    event = MessageReceived(event_id=event_id, sender=ANN, at=at)
    return Row(
        id=event_id, workspace="ws", inbox_id="ws.i", event=event, sender_key="", at=9,
        event_id=event_id,
    )  # fmt: skip


@pytest.mark.parametrize(
    "ids",
    [
        ["99", "100"],
        ["-1001:9", "-1001:10", "-1001:100"],
        ["m.9.b", "m.10.a", "m.10.b"],
        ["a", "a1", "a01x", "a2"],
        ["", "7", "x"],
        ["9" * 5000, "1" + "0" * 5000],
    ],
)
def test_ids_of_one_second_are_sorted_as_they_were_counted(ids: list[str]) -> None:
    for shuffled in (ids, ids[::-1], ids[1:] + ids[:1]):
        rows = sorted(map(_row, shuffled), key=Row.order)
        assert [row.event_id for row in rows] == ids


def test_the_time_of_the_provider_goes_before_its_ids() -> None:
    rows = sorted([_row("1", at=8), _row("2", at=7)], key=Row.order)
    assert [row.event_id for row in rows] == ["2", "1"]


@given(st.lists(st.text(max_size=6), unique=True))
def test_the_order_is_the_same_from_wherever_it_starts(ids: list[str]) -> None:
    rows = [_row(id) for id in ids]
    backwards = rows[::-1]
    assert sorted(rows, key=Row.order) == sorted(backwards, key=Row.order)
