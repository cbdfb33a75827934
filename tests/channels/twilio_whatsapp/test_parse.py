"""Webhooks of WhatsApp by Twilio: every recorded request becomes the right event."""

from __future__ import annotations

from typing import Any

import pytest

from channels._twilio.form import encode
from channels.twilio_whatsapp.adapter import Adapter
from channels.twilio_whatsapp.config import SPEC
from hub.model.contact import Address
from hub.model.message import Location
from hub.ports.channel import RawRequest
from hub.ports.inbound import DeliveryReported, Ignored, InboundEvent, MediaRef, MessageReceived
from tests.support.adapter_context import MemoryContext
from tests.support.clock import START_MS, ManualClock
from tests.support.twilio import ACCOUNT, TOKEN, recorded

NUMBER = "+905551112233"
CONFIG = {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": NUMBER}
SID = "SM00000000000000000000000000000001"
AYSE = Address("phone", "+905301112233")
_IMAGE = "Messages/MM00000000000000000000000000000002/Media/ME00000000000000000000000000000003"


def said(text: str, **more: Any) -> MessageReceived:
    known = {"event_id": SID, "sender": AYSE, "sender_name": "Ayşe", "is_verified": True}
    return MessageReceived(**{**known, "at": START_MS, "text": text, **more})


EXPECTED: dict[str, InboundEvent] = {
    "whatsapp_inbound_text": said("Merhaba, siparişim nerede?"),
    "whatsapp_inbound_image": said("", media=[MediaRef(ref=_IMAGE, media_type="image/jpeg")]),
    "whatsapp_inbound_location": said(
        "",
        location=Location(latitude=41.0082, longitude=28.9784, name="Ofis", address="İstanbul"),
    ),
    "whatsapp_inbound_button_reply": said(
        "Evet", payload="confirm_yes", reply_to="SM0000000000000000000000000000000b"
    ),
    "whatsapp_inbound_quick_reply_in_session": said(
        "Evet", payload='{"a":"confirm"}', reply_to="MM0000000000000000000000000000000b"
    ),
    "whatsapp_inbound_forwarded": said("fwd"),
    "whatsapp_inbound_ctwa_ad_referral": said("Bilgi alabilir miyim?"),
    "whatsapp_inbound_list_reply": said("İade", payload="returns"),
    "status_read_whatsapp": DeliveryReported(
        event_id=f"{SID}:read", provider_id=SID, delivery="read", at=START_MS
    ),
    "status_failed_63016_whatsapp_window": DeliveryReported(
        event_id=f"{SID}:failed",
        provider_id=SID,
        delivery="failed",
        reason="outside_window",
        detail="63016: outside the 24-hour window: use a template",
        at=START_MS,
    ),
}
IGNORED = {"sms_": "other_channel", "mms_": "other_channel", "status_": "other_channel"}


def test_every_recorded_request_becomes_the_right_event() -> None:
    found = recorded()
    assert len(found) == 51
    seen = set()
    for one in found:
        adapter = Adapter(one.context(CONFIG))
        adapter.verify(one.request)
        (event,) = adapter.parse(one.request)
        if one.name in EXPECTED:
            assert event == EXPECTED[one.name], one.name
            seen.add(one.name)
            continue
        reason = next((why for start, why in IGNORED.items() if one.name.startswith(start)), "")
        assert isinstance(event, Ignored), one.name
        assert event.reason == reason if reason else event.reason.startswith("voice_"), one.name
    assert seen == set(EXPECTED)


FORM = {
    "MessageSid": SID,
    "AccountSid": ACCOUNT,
    "From": "whatsapp:+905301112233",
    "To": f"whatsapp:{NUMBER}",
    "Body": "",
    "NumMedia": "0",
    "ProfileName": "Ayşe",
}
_MEDIA_URL = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/{_IMAGE}"


def read(**form: str) -> MessageReceived:
    ctx = MemoryContext(CONFIG, clock=ManualClock(), inbox_id="w.i")
    body = encode({**FORM, **form}.items())
    (event,) = Adapter(ctx).parse(RawRequest("POST", "/", "", {}, body))
    assert isinstance(event, MessageReceived)
    return event


@pytest.mark.parametrize(
    ("kind", "media_type", "is_voice", "is_sticker"),
    [
        ("image", "image/jpeg", False, False),
        ("video", "video/mp4", False, False),
        ("audio", "audio/ogg", True, False),
        ("audio", "audio/mpeg", False, False),
        ("document", "application/pdf", False, False),
        ("sticker", "image/webp", False, True),
        ("contacts", "text/vcard", False, False),
    ],
)
def test_each_kind_of_file(kind: str, media_type: str, is_voice: bool, is_sticker: bool) -> None:
    event = read(MessageType=kind, NumMedia="1", MediaUrl0=_MEDIA_URL, MediaContentType0=media_type)
    assert event.media == [
        MediaRef(ref=_IMAGE, media_type=media_type, is_voice=is_voice, is_sticker=is_sticker)
    ]
    assert event.unsupported == ""


def test_what_cannot_be_shown_is_named() -> None:
    assert read(MessageType="order").unsupported == "order"
    assert read(MessageType="text").unsupported == "empty"
    assert read(MessageType="order", Body="2 things").unsupported == ""


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [("nan", "1"), ("91", "1"), ("1", "181"), ("inf", "inf"), ("x", "1"), ("1", "nan")],
)
def test_a_place_outside_the_earth_is_none(latitude: str, longitude: str) -> None:
    event = read(Latitude=latitude, Longitude=longitude, MessageType="location")
    assert event.location is None
    assert event.unsupported == "location"


def test_the_equator_is_a_place() -> None:
    assert read(Latitude="0", Longitude="0").location == Location(latitude=0.0, longitude=0.0)


def test_somebody_without_a_number_is_known_in_this_inbox() -> None:
    event = read(From="whatsapp:US.13491208655302741918", Body="Hi")
    assert event.sender == Address("handle", "US.13491208655302741918", "w.i")


def test_long_names_and_payloads_are_cut() -> None:
    event = read(ProfileName="x" * 1000, ButtonPayload="y" * 9000, ButtonText="Yes")
    assert (len(event.sender_name), len(event.payload), event.text) == (200, 2000, "Yes")


def test_the_form_names_its_faults() -> None:
    assert SPEC.check(CONFIG) == {}
    assert SPEC.check({**CONFIG, "number": "whatsapp:+90 555 111 22 33"}) == {}
    assert SPEC.address({**CONFIG, "number": "whatsapp:+90 555 111 22 33"}) == NUMBER
    assert list(SPEC.check({**CONFIG, "number": "MyShop"})) == ["number"]
    assert list(SPEC.check({**CONFIG, "service_sid": "MG1"})) == ["service_sid"]


def test_rates_are_twilios_and_metas() -> None:
    rates = SPEC.rates(CONFIG)
    assert (rates.per_second, rates.recipient_every_s, rates.recipient_burst) == (80, 6, 45)
    assert SPEC.rates({**CONFIG, "per_second": 400}).per_second == 400
