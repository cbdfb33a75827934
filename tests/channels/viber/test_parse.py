"""Viber's callbacks become the right events: every fixture of specs, and what they do not show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels.viber.parse import parse
from channels.viber.signature import HEADER, verify
from hub.errors import BadInput, BadSignature
from hub.model.contact import Address
from hub.model.message import Location, SharedContact
from hub.ports.channel import RawRequest
from hub.ports.inbound import (
    DeliveryReported,
    Ignored,
    InboundEvent,
    MediaRef,
    MessageReceived,
    ReachabilityChanged,
)
from tests.channels.viber.sample import signed
from tests.support import specs

INBOX = "aaaaaaaa.inbox"
SOMEBODY = Address("handle", "01234567890A=", INBOX)
AT = 1457764197627
TOKEN = 4912661846655238145


def received(**more: Any) -> MessageReceived:
    return MessageReceived(
        event_id=str(TOKEN),
        sender=SOMEBODY,
        sender_name="John McClane",
        is_verified=True,
        at=AT,
        language="en",
        **more,
    )


def delivery(kind: str, state: Any, **more: Any) -> DeliveryReported:
    return DeliveryReported(
        event_id=f"{TOKEN}:{kind}", provider_id=str(TOKEN), delivery=state, at=AT, **more
    )


def reachable(kind: str, *, is_reachable: bool) -> ReachabilityChanged:
    return ReachabilityChanged(
        event_id=f"{TOKEN}:{kind}", sender=SOMEBODY, is_reachable=is_reachable, at=AT
    )


def media(name: str, size: int = 0) -> list[MediaRef]:
    host = "http://dl-media.viber.com"
    found = {"umowa.pdf": "doc.pdf"}.get(name, name)
    return [MediaRef(ref=f"{host}/{found}", name=name, size_bytes=size)]


EXPECTED: dict[str, InboundEvent] = {
    "webhook": Ignored(reason="webhook_check"),
    "conversation_started": Ignored(reason="conversation_started"),
    "subscribed": reachable("subscribed", is_reachable=True),
    "unsubscribed": reachable("unsubscribed", is_reachable=False),
    "delivered": delivery("delivered", "delivered"),
    "seen": delivery("seen", "read"),
    "failed": delivery("failed", "failed", reason="content_rejected", detail="failure description"),
    "message_text": received(text="a message to the service"),
    "message_picture": received(text="caption", media=media("x.jpg")),
    "message_video": received(media=media("x.mp4", 10000)),
    "message_file": received(media=media("umowa.pdf", 50000)),
    "message_contact": received(shared=[SharedContact("Itamar", ["+972511123123"])]),
    "message_location": received(location=Location(50.76891, 6.11499)),
    "message_sticker": received(unsupported="sticker"),
    "message_url": received(text="https://example.com/"),
}
#: Answers to our own calls: `test_errors.py` reads those.
REPLIES = {"unsubscribed_then_send_error", "send_ok"}


def callbacks() -> dict[str, Any]:
    found = json.loads(specs.require("viber/callbacks.json").read_text("utf-8"))
    found.pop("_about")
    return dict(found)


def test_every_fixture_becomes_its_event() -> None:
    found = callbacks()
    assert len(found) >= 17
    assert set(found) == set(EXPECTED) | REPLIES
    for name, expected in EXPECTED.items():
        assert parse(json.dumps(found[name]).encode(), INBOX) == [expected], name


def test_other_alphabets_arrive_whole() -> None:
    raw = specs.require("viber/message_text_unicode.json").read_bytes()
    (event,) = parse(raw, INBOX)
    assert isinstance(event, MessageReceived)
    source = json.loads(raw)
    assert event.text == source["message"]["text"] and event.sender_name == source["sender"]["name"]
    assert event.payload == ""


def test_every_signature_vector_and_every_changed_bit() -> None:
    vectors = json.loads(specs.require("signatures.json").read_text("utf-8"))
    found = vectors["viber_x_viber_content_signature"]
    assert {vector["valid"] for vector in found} == {True, False}
    for vector in found:
        body, token = vector["raw_body"].encode(), vector["auth_token"]
        request = RawRequest("POST", "/", "", {HEADER: vector["header"]}, body)
        if not vector["valid"]:
            with pytest.raises(BadSignature):
                verify(token, request)
            continue
        verify(token, request)
        for at in range(len(body) * 8):
            changed = bytearray(body)
            changed[at // 8] ^= 1 << at % 8
            with pytest.raises(BadSignature):
                verify(token, RawRequest("POST", "/", "", request.headers, bytes(changed)))


def test_a_signature_is_needed() -> None:
    request = signed(b"{}")
    for headers in ({}, {HEADER: ""}, {HEADER: "ż"}, {HEADER: request.headers[HEADER].upper()}):
        with pytest.raises(BadSignature):
            verify(
                "44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3",
                RawRequest("POST", "/", "", headers, b"{}"),
            )


def message(**content: Any) -> bytes:
    return json.dumps(
        {
            "event": "message",
            "timestamp": AT,
            "message_token": TOKEN,
            "sender": {"id": SOMEBODY.value, "name": "John McClane", "language": "en"},
            "message": content,
        }
    ).encode()


def test_a_pressed_button_has_its_title_and_its_payload() -> None:
    tracking = json.dumps({"m": "c.3", "b": {"pay:7": "Pay now"}})
    pressed = message(type="text", text="pay:7", tracking_data=tracking)
    assert parse(pressed, INBOX) == [received(text="Pay now", payload="pay:7")]
    typed = message(type="text", text="no thanks", tracking_data=tracking)
    assert parse(typed, INBOX) == [received(text="no thanks")]


@pytest.mark.parametrize(
    "tracking", ["conv:c-123", "[]", '{"b": 3}', '{"b": {"x": 1}}', "[" * 9999]
)
def test_tracking_of_others_changes_nothing(tracking: str) -> None:
    assert parse(message(type="text", text="hi", tracking_data=tracking), INBOX) == [
        received(text="hi")
    ]


def test_a_sticker_with_a_picture_is_a_sticker() -> None:
    (event,) = parse(message(type="sticker", media="https://x.test/1.png", sticker_id=1), INBOX)
    assert isinstance(event, MessageReceived)
    assert event.media == [MediaRef(ref="https://x.test/1.png", is_sticker=True)]
    assert event.unsupported == ""


def test_a_message_of_an_unknown_kind_is_kept() -> None:
    assert parse(message(type="poll"), INBOX) == [received(unsupported="poll")]


def test_a_retry_is_the_same_event() -> None:
    again = message(type="text", text="hi")
    assert parse(again, INBOX)[0] == parse(again, INBOX)[0]


def test_an_unknown_event_is_ignored() -> None:
    body = json.dumps({"event": "client_status", "timestamp": 1, "message_token": 2}).encode()
    assert parse(body, INBOX) == [Ignored(reason="unknown_event")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"event": 3}',
        b'{"event": "message"}',
        b'{"event": "message", "timestamp": 1, "message_token": 1.5, "sender": {}, "message": {}}',
        b'{"event": "seen", "timestamp": -1, "message_token": 1, "user_id": "x"}',
        b'{"event": "seen", "timestamp": 1, "message_token": 1, "user_id": ""}',
        message(type="location", location={"lat": 91, "lon": 0}),
        message(type="text", text=["a"]),
    ],
)
def test_what_is_no_callback_is_bad_input(body: bytes) -> None:
    with pytest.raises(BadInput):
        parse(body, INBOX)
