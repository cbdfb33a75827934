"""Webhooks of texts: every recorded request becomes the right event."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from channels._twilio.form import encode
from channels.twilio_sms.adapter import Adapter
from channels.twilio_sms.config import SPEC
from hub.errors import BadInput, BadSignature
from hub.model.contact import Address
from hub.ports.channel import RawRequest
from hub.ports.inbound import (
    ConsentChanged,
    DeliveryReported,
    Ignored,
    InboundEvent,
    MediaRef,
    MessageReceived,
)
from tests.support.adapter_context import MemoryContext
from tests.support.clock import START_MS, ManualClock
from tests.support.twilio import ACCOUNT, TOKEN, Recorded, recorded

NUMBER = "+48732000001"
CONFIG = {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": NUMBER}
SID = "SM00000000000000000000000000000001"
CUSTOMER = Address("phone", "+48501000002")
_MEDIA = "Messages/MM00000000000000000000000000000002/Media/ME"


def parsed(one: Recorded, config: dict[str, Any] = CONFIG) -> list[InboundEvent]:
    adapter = Adapter(one.context(config))
    adapter.verify(one.request)
    return adapter.parse(one.request)


def text(said: str, **more: Any) -> MessageReceived:
    fields = {"event_id": SID, "sender": CUSTOMER, "is_verified": True, "at": START_MS}
    return MessageReceived(**{**fields, "text": said, **more})


def status(word: str, delivery: Any, reason: str = "", detail: str = "") -> DeliveryReported:
    return DeliveryReported(
        event_id=f"{SID}:{word}",
        provider_id=SID,
        delivery=delivery,
        reason=reason,
        detail=detail,
        at=START_MS,
    )


def consent(is_opted_out: bool, proof: str) -> ConsentChanged:
    return ConsentChanged(
        event_id=f"{SID}:consent",
        sender=CUSTOMER,
        is_opted_out=is_opted_out,
        proof=proof,
        at=START_MS,
    )


EXPECTED: dict[str, list[InboundEvent]] = {
    "sms_inbound_text": [text("Dzień dobry, gdzie jest moja paczka? 📦")],
    "sms_inbound_empty_body": [text("", unsupported="empty")],
    "sms_inbound_stop_advanced_optout": [consent(True, "OptOutType=STOP: STOP"), text("STOP")],
    "sms_inbound_start_advanced_optout": [
        consent(False, "OptOutType=START: START"),
        text("START"),
    ],
    "sms_inbound_help_advanced_optout": [text("help")],
    "sms_inbound_stop_no_optouttype": [text("Stop")],
    "sms_inbound_stop_please_is_not_optout": [text("Stop please")],
    "sms_inbound_concatenated": [text("x" * 400)],
    "mms_inbound_two_images": [
        text(
            "",
            event_id="MM00000000000000000000000000000002",
            media=[
                MediaRef(ref=f"{_MEDIA}{1:032}", media_type="image/jpeg"),
                MediaRef(ref=f"{_MEDIA}{2:032}", media_type="image/png"),
            ],
        )
    ],
    "status_sent": [status("sent", "sent")],
    "status_delivered": [status("delivered", "delivered")],
    "status_undelivered_30003_unreachable": [
        status(
            "undelivered",
            "failed",
            "unreachable_now",
            "30003: the phone is switched off or has no network",
        )
    ],
    "status_undelivered_30006_landline": [
        status(
            "undelivered",
            "failed",
            "landline",
            "30006: a landline, or a carrier that takes no texts",
        )
    ],
    "status_failed_21610_optout": [
        status("failed", "failed", "opted_out", "21610: the recipient wrote STOP")
    ],
}
#: Authentic requests that are none of this inbox's, by the beginning of their name.
IGNORED = {
    "whatsapp_inbound_": "other_channel",
    "status_read_whatsapp": "other_channel",
    "status_failed_63016_whatsapp_window": "other_channel",
    "voice_enqueue_": "voice_queue",
    "voicemail_transcription": "voice_transcription",
    "voicemail_record_action": "voice_recording",
    "voice_": "voice_call",
    "call_status_": "voice_call",
    "amd_async_": "voice_machine_detection",
    "conference_": "voice_conference",
    "recording_": "voice_recording",
    "realtime_transcription_content": "voice_transcription",
}


def test_every_recorded_request_becomes_the_right_event() -> None:
    """The concatenated text is compared by what its own form says."""
    found = recorded()
    assert len(found) == 51
    seen = set()
    for one in found:
        events = parsed(one)
        if one.name in EXPECTED:
            expected = EXPECTED[one.name]
            if one.name == "sms_inbound_concatenated":
                expected = [text(one.form["Body"])]
            assert events == expected, one.name
            seen.add(one.name)
            continue
        reason = next(why for start, why in IGNORED.items() if one.name.startswith(start))
        assert [event.reason for event in events if isinstance(event, Ignored)] == [reason]
        assert len(events) == 1, one.name
    assert seen == set(EXPECTED)


def test_a_replay_is_the_same_event() -> None:
    """S-34: what a webhook becomes has the vendor's own key, whenever it comes."""
    one = recorded()[0]
    ctx = one.context(CONFIG)
    adapter = Adapter(ctx)
    first = adapter.parse(one.request)
    ctx.clock = ManualClock(START_MS + 1_000_000)
    again = Adapter(ctx).parse(one.request)
    assert [event.event_id for event in first] == [event.event_id for event in again] == [SID]


def test_a_signed_request_of_another_account_is_refused() -> None:
    """S-35."""
    one = recorded()[0]
    other = {**CONFIG, "account_sid": "AC" + "f" * 32}
    with pytest.raises(BadSignature):
        parsed(one, other)
    adapter = Adapter(one.context(other))
    assert adapter.parse(one.request) == [Ignored(event_id=SID, reason="other_account")]


FORM = {
    "MessageSid": SID,
    "AccountSid": ACCOUNT,
    "From": "+48501000002",
    "To": NUMBER,
    "Body": "Hi",
    "NumMedia": "0",
}


def read(config: dict[str, Any] = CONFIG, query: str = "", **form: Any) -> InboundEvent:
    fields = [(name, value) for name, value in {**FORM, **form}.items() if value is not None]
    adapter = Adapter(MemoryContext(config, clock=ManualClock(), inbox_id="w.i"))
    events = adapter.parse(RawRequest("POST", "/", query, {}, encode(fields)))
    assert len(events) == 1
    return events[0]


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"To": "+48732000002"}, "other_number"),
        ({"From": ""}, "no_sender"),
        ({"From": "x" * 200}, "no_sender"),
        ({"MessageSid": None}, "unknown_kind"),
        ({"MessageSid": "SM1"}, "unknown_sid"),
        ({"MessageStatus": "dancing", "From": NUMBER}, "unknown_status"),
        ({"MessageStatus": "sent", "From": "+48732000009"}, "other_number"),
        ({"To": "messenger:123", "From": "messenger:456"}, "other_channel"),
    ],
)
def test_what_is_not_ours_is_ignored_with_a_reason(form: dict[str, Any], reason: str) -> None:
    event = read(**form)
    assert isinstance(event, Ignored)
    assert event.reason == reason


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("+905301112233", Address("phone", "+905301112233")),
        ("72975", Address("handle", "72975", "w.i")),
        ("AMAZON", Address("handle", "AMAZON", "w.i")),
    ],
)
def test_only_full_numbers_are_the_same_person_everywhere(sender: str, address: Address) -> None:
    event = read(From=sender)
    assert isinstance(event, MessageReceived)
    assert event.sender == address


def test_a_service_takes_its_own_messages_only() -> None:
    service = {**CONFIG, "send_by": "service", "service_sid": "MG" + "0" * 31 + "7"}
    assert isinstance(read(service, MessagingServiceSid=service["service_sid"]), MessageReceived)
    assert isinstance(read(service), MessageReceived)
    other = read(service, MessagingServiceSid="MG" + "0" * 31 + "8")
    assert other == Ignored(event_id=SID, reason="other_service")


def test_a_status_names_our_message_by_its_address() -> None:
    """The callback may come before the answer to our request: our own id is in its address."""
    id = "aaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbb.2"
    event = read(query=f"message={id}", MessageStatus="queued", From="+48999999999")
    assert event == DeliveryReported(
        event_id=f"{SID}:queued", provider_id=SID, message_id=id, delivery="accepted", at=START_MS
    )
    for wrong in ("", "x" * 300, "../etc", "a", "A.B", "%00.a"):
        event = read(query=f"message={wrong}", MessageStatus="sent", From=NUMBER)
        assert isinstance(event, DeliveryReported)
        assert event.message_id == ""


@pytest.mark.parametrize(
    ("word", "delivery"),
    [
        ("accepted", "accepted"),
        ("scheduled", "accepted"),
        ("sending", "accepted"),
        ("partially_delivered", "sent"),
        ("canceled", "cancelled"),
        ("read", "read"),
    ],
)
def test_every_word_for_a_status(word: str, delivery: str) -> None:
    event = read(MessageStatus=word, From=NUMBER)
    assert isinstance(event, DeliveryReported)
    assert event.delivery == delivery


@pytest.mark.parametrize("code", ["", "abc", "-1", "99999999", "1e5", "٣"])
def test_a_failure_with_an_odd_code_is_a_failure(code: str) -> None:
    event = read(MessageStatus="failed", From=NUMBER, ErrorCode=code, ErrorMessage="Why\n not")
    assert isinstance(event, DeliveryReported)
    assert (event.delivery, event.reason) == ("failed", "content_rejected")
    assert event.detail == "Why  not"


def test_files_of_other_accounts_and_addresses_are_not_ours() -> None:
    good = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/{_MEDIA}{1:032}"
    other = good.replace(ACCOUNT, "AC" + "f" * 32)
    for urls in ([other], ["https://evil.example/x.jpg"], [""], [good, other]):
        fields = {f"MediaUrl{n}": url for n, url in enumerate(urls)}
        event = read(NumMedia=str(len(urls)), **fields)
        assert isinstance(event, MessageReceived)
        assert event.unsupported == "media"
        assert all(media.ref == f"{_MEDIA}{1:032}" for media in event.media)
    event = read(NumMedia="1", MediaUrl0=good.replace("https://api", "http://evil.example/?x="))
    assert isinstance(event, MessageReceived)
    assert [media.ref for media in event.media] == []


@pytest.mark.parametrize("count", ["-1", "x", "9999999", "²"])
def test_an_odd_number_of_files_is_none(count: str) -> None:
    event = read(NumMedia=count)
    assert isinstance(event, MessageReceived)
    assert event.media == []


def test_what_no_store_can_hold_is_replaced() -> None:
    event = read(Body="a\0b")
    assert isinstance(event, MessageReceived)
    assert event.text == "a\ufffdb"


@pytest.mark.parametrize("body", [b"", b"&&&", b"\xff\xfe"])
def test_what_is_no_form_is_refused(body: bytes) -> None:
    adapter = Adapter(MemoryContext(CONFIG))
    with pytest.raises(BadInput):
        adapter.parse(RawRequest("POST", "/", "", {}, body))
    with pytest.raises(BadInput):
        adapter.parse(RawRequest("GET", "/", "", {}, encode(FORM.items())))


def test_the_answer_says_nothing_to_the_customer() -> None:
    one = recorded()[0]
    adapter = Adapter(one.context(CONFIG))
    assert adapter.handshake(one.request) is None
    answer = adapter.answer(one.request)
    assert (answer.status, answer.body, answer.media_type) == (200, "<Response/>", "text/xml")


def test_the_form_names_its_faults() -> None:
    good: dict[str, Any] = dict(CONFIG)
    assert SPEC.check(good) == {}
    for field, value in [
        ("account_sid", "AC12"),
        ("auth_token", " "),
        ("number", "0048 12"),
        ("number", "MoreThanElevenLetters"),
        ("api_base", "ftp://x"),
        ("api_base", "https://u:p@x"),
        ("api_base", "https://x?y"),
    ]:
        assert list(SPEC.check({**good, field: value})) == [field]
    assert list(SPEC.check({**good, "send_by": "service"})) == ["service_sid"]


@pytest.mark.parametrize(
    ("typed", "address"),
    [("+48 732-000 (001)", NUMBER), ("72975", "72975"), ("My Shop", "My Shop")],
)
def test_numbers_are_taken_as_people_write_them(typed: str, address: str) -> None:
    config = {**CONFIG, "number": typed}
    assert SPEC.check(config) == {}
    assert SPEC.address(config) == address


def test_rates_follow_the_kind_of_number() -> None:
    def rate(**more: Any) -> float:
        return SPEC.rates({**CONFIG, **more}).per_second

    assert rate() == 1
    assert [rate(number_kind=kind) for kind in ("toll_free", "short_code")] == [3, 30]
    assert rate(send_by="service", number_kind="toll_free") == 10
    assert rate(per_second=25) == 25
    assert SPEC.rates({**CONFIG, "per_second": 25}).burst == 25


def test_headers_of_any_case_verify() -> None:
    one = recorded()[0]
    adapter = Adapter(one.context(CONFIG))
    lower = {name.lower(): value for name, value in one.headers.items()}
    adapter.verify(msgspec.structs.replace(one.request, headers=lower))
