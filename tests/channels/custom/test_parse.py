"""Events of a bridge as the hub's; what the parser takes and refuses is what the schema does."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.custom import wire
from channels.custom.parse import INLINE_MAX_BYTES, Parser
from hub.errors import BadInput
from hub.model.contact import Address
from hub.model.message import Location, SharedContact
from hub.ports.inbound import (
    DeliveryReported,
    DetailsClaimed,
    Ignored,
    InboundEvent,
    MediaRef,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ReachedUpTo,
    Reacted,
)
from tests.channels.custom import schemas

INBOX = "aaaaaaaa.inbox"
ADA = Address("handle", "ada", INBOX)
AT = 1_795_000_000_000
SENDER = {"id": "ada", "name": "Ada", "language": "pl"}
BASE = {"at": AT, "sender": SENDER}


def received(**more: Any) -> MessageReceived:
    more.setdefault("event_id", "m1")
    return MessageReceived(
        sender=ADA, sender_name="Ada", is_verified=True, at=AT, language="pl", **more
    )


#: Name → (event, what it becomes).
GOOD: dict[str, tuple[dict[str, Any], InboundEvent]] = {
    "text": ({"type": "message", "id": "m1", **BASE, "text": "Hi"}, received(text="Hi")),
    "files": (
        {
            "type": "message",
            "id": "m1",
            **BASE,
            "files": [
                {
                    "url": "https://files.test/a.pdf",
                    "name": "a.pdf",
                    "media_type": "application/pdf",
                },
                {"data": "aGk=", "name": "hi.ogg", "is_voice": True},
                {"data": "", "is_sticker": True},
            ],
        },
        received(
            media=[
                MediaRef(
                    ref="https://files.test/a.pdf", name="a.pdf", media_type="application/pdf"
                ),
                MediaRef(ref="data:aGk=", name="hi.ogg", size_bytes=2, is_voice=True),
                MediaRef(ref="data:", is_sticker=True),
            ]
        ),
    ),
    "location": (
        {
            "type": "message",
            "id": "m1",
            **BASE,
            "location": {"latitude": 41, "longitude": 28.97, "name": "Shop", "address": "Here 1"},
        },
        received(location=Location(41.0, 28.97, "Shop", "Here 1")),
    ),
    "contact": (
        {
            "type": "message",
            "id": "m1",
            **BASE,
            "contacts": [{"name": "Bo", "phones": ["501"], "emails": ["b@x.test"]}],
        },
        received(shared=[SharedContact("Bo", ["501"], ["b@x.test"])]),
    ),
    "button": (
        {"type": "message", "id": "m1", **BASE, "text": "Yes", "payload": "order:7"},
        received(text="Yes", payload="order:7"),
    ),
    "quote": (
        {"type": "message", "id": "m1", **BASE, "text": "This", "reply_to": "x9", "is_auto": True},
        received(text="This", reply_to="x9", is_auto=True),
    ),
    "edited": (
        {"type": "edited", "id": "e1", **BASE, "message": "m1", "text": "Hello"},
        MessageEdited(event_id="edited:e1", provider_id="m1", sender=ADA, at=AT, text="Hello"),
    ),
    "deleted": (
        {"type": "deleted", "id": "d1", **BASE, "message": "m1"},
        MessageDeleted(event_id="deleted:d1", provider_id="m1", sender=ADA, at=AT),
    ),
    "reaction": (
        {"type": "reaction", "id": "r1", **BASE, "message": "m1", "emoji": "👍"},
        Reacted(event_id="reaction:r1", provider_id="m1", sender=ADA, emoji="👍", at=AT),
    ),
    "reaction taken away": (
        {"type": "reaction", "id": "r2", **BASE, "message": "m1", "emoji": ""},
        Reacted(event_id="reaction:r2", provider_id="m1", sender=ADA, at=AT),
    ),
    "delivered": (
        {"type": "delivery", "id": "s1", "at": AT, "message": "c.2", "status": "delivered"},
        DeliveryReported(event_id="delivery:s1", message_id="c.2", delivery="delivered", at=AT),
    ),
    "failed": (
        {
            "type": "delivery",
            "id": "s2",
            "at": AT,
            "message": "c.2",
            "status": "failed",
            "reason": "opted_out",
            "detail": "said STOP",
        },
        DeliveryReported(
            event_id="delivery:s2",
            message_id="c.2",
            delivery="failed",
            reason="opted_out",
            detail="said STOP",
            at=AT,
        ),
    ),
    "read": (
        {"type": "read", "id": "w1", **BASE, "up_to": AT - 5},
        ReachedUpTo(event_id="read:w1", sender=ADA, delivery="read", up_to=AT - 5, at=AT),
    ),
    "typing": ({"type": "typing", "sender": SENDER, "is_typing": True}, Ignored(reason="typing")),
    "details": (
        {"type": "details", "id": "t1", "at": AT, "sender": {**SENDER, "email": "ada@x.test"}},
        DetailsClaimed(
            event_id="details:t1", sender=ADA, name="Ada", email="ada@x.test", language="pl", at=AT
        ),
    ),
}
MESSAGE = {"type": "message", "id": "m1", **BASE, "text": "Hi"}
PLACE = {"latitude": 0, "longitude": 0}
BAD: dict[str, dict[str, Any]] = {
    "no id": {"type": "message", **BASE, "text": "Hi"},
    "empty id": {**MESSAGE, "id": ""},
    "long id": {**MESSAGE, "id": "x" * 201},
    "no time": {"type": "message", "id": "m1", "sender": SENDER},
    "time in words": {**MESSAGE, "at": "2026-11-23T10:00:00Z"},
    "time before time": {**MESSAGE, "at": 0},
    "time in nanoseconds": {**MESSAGE, "at": AT * 1_000_000},
    "no sender": {"type": "message", "id": "m1", "at": AT},
    "sender without id": {**MESSAGE, "sender": {"name": "Ada"}},
    "telephone without +": {**MESSAGE, "sender": {"id": "ada", "phone": "501000001"}},
    "mail without @": {**MESSAGE, "sender": {"id": "ada", "email": "ada"}},
    "a field with a typing error": {**MESSAGE, "txt": "Hi"},
    "text that is none": {**MESSAGE, "text": 5},
    "file without a source": {**MESSAGE, "files": [{"name": "a"}]},
    "file with two sources": {**MESSAGE, "files": [{"url": "https://x.test", "data": "aGk="}]},
    "file of this machine's disk": {**MESSAGE, "files": [{"url": "file:///etc/passwd"}]},
    "eleven files": {**MESSAGE, "files": [{"data": ""}] * 11},
    "off the earth": {**MESSAGE, "location": {**PLACE, "latitude": 91}},
    "a card without a name": {**MESSAGE, "contacts": [{"phones": []}]},
    "edited, but what": {"type": "edited", "id": "e1", **BASE, "text": "Hello"},
    "deleted, but what": {"type": "deleted", "id": "e1", **BASE},
    "an unknown status": {"type": "delivery", "id": "s", "at": AT, "message": "c", "status": "ok"},
    "an unknown reason": {
        "type": "delivery", "id": "s", "at": AT, "message": "c", "status": "failed", "reason": "?",
    },
    "read, but up to when": {"type": "read", "id": "w1", **BASE},
    "typing, or not": {"type": "typing", "sender": SENDER},
}  # fmt: skip


def parse(*events: Any, proves: bool = False) -> list[InboundEvent]:
    return Parser(INBOX, proves_addresses=proves).parse(json.dumps({"events": events}).encode())


@pytest.mark.parametrize("name", GOOD)
def test_each_event_is_taken(name: str) -> None:
    event, expected = GOOD[name]
    assert schemas.allows([event])
    assert parse(event) == [expected]


@pytest.mark.parametrize("name", BAD)
def test_what_the_schema_refuses_is_refused(name: str) -> None:
    assert not schemas.allows([BAD[name]])
    with pytest.raises(BadInput, match=r"events\[0\]: "):
        parse(BAD[name])


def test_every_kind_of_event_is_tested_and_in_the_schema() -> None:
    assert {event["type"] for event, _ in GOOD.values()} == wire.TYPES
    kinds = schemas.INBOUND.schema["properties"]["events"]["items"]["oneOf"]
    assert {kind["$ref"].removeprefix("#/$defs/") for kind in kinds} == wire.TYPES


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.data())
def test_parser_and_schema_agree(data: st.DataObject) -> None:
    """One field of a good event replaced by anything: both take it, or neither does."""
    event = dict(data.draw(st.sampled_from([event for event, _ in GOOD.values()])))
    field = data.draw(st.sampled_from(sorted(set(event) - {"type", "files"})))
    event[field] = data.draw(
        st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=3)
        | st.just([]) | st.just({}) | st.fixed_dictionaries({"id": st.text("x", max_size=2)})
    )  # fmt: skip
    try:
        is_taken = not isinstance(parse(event)[0], Ignored) or event["type"] == "typing"
    except BadInput:
        is_taken = False
    assert is_taken == schemas.allows([event]), event


def test_one_bad_event_does_not_cost_the_others() -> None:
    found = parse(GOOD["text"][0], BAD["no id"], {"type": "poll"}, GOOD["edited"][0])
    assert found == [
        GOOD["text"][1],
        Ignored(reason="unreadable_item"),
        Ignored(reason="unknown_event"),
        GOOD["edited"][1],
    ]


def test_proved_addresses_are_the_same_persons() -> None:
    sender = {"id": "ada", "phone": "+48501000001", "email": "Ada@X.test"}
    event = {"type": "message", "id": "m1", "at": AT, "sender": sender}
    (proved,) = parse(event, proves=True)
    (typed,) = parse(event)
    assert isinstance(proved, MessageReceived) and isinstance(typed, MessageReceived)
    assert proved.aliases == [Address("phone", "+48501000001"), Address("email", "ada@x.test")]
    assert proved.claimed_email == ""
    assert typed.aliases == [] and typed.claimed_email == "Ada@X.test"


def test_files_inside_are_limited_and_checked() -> None:
    half = base64.b64encode(bytes(INLINE_MAX_BYTES // 2)).decode()
    message = {"type": "message", "id": "m1", **BASE}
    (event,) = parse({**message, "files": [{"data": half}, {"data": half}]})
    assert isinstance(event, MessageReceived)
    assert sum(m.size_bytes for m in event.media) == INLINE_MAX_BYTES
    with pytest.raises(BadInput, match="use `url`"):
        parse({**message, "files": [{"data": half}, {"data": half}, {"data": "aGk="}]})
    for wrong in ("aGk", "a b=", "ż", "=", "aGk=aGk="):
        with pytest.raises(BadInput):
            parse({**message, "files": [{"data": wrong}]})


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"events": []}', b'{"events": {}}', b'{"events": ' + b"[" * 9999],
)
def test_a_body_without_events_is_bad_input(body: bytes) -> None:
    with pytest.raises(BadInput):
        Parser(INBOX, proves_addresses=False).parse(body)


def test_at_most_a_hundred_events() -> None:
    many = [GOOD["text"][0]] * 101
    assert not schemas.allows(many)
    with pytest.raises(BadInput):
        parse(*many)
    assert len(parse(*many[:100])) == 100


def test_our_own_orders_are_no_events() -> None:
    """A request that somebody plays back to us, with our own good signature."""
    with pytest.raises(BadInput):
        Parser(INBOX, proves_addresses=False).parse(
            b'{"type":"message","id":"c.2","to":{"id":"a"}}'
        )
