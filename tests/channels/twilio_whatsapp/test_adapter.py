"""A WhatsApp inbox at Twilio against its stand-in, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from channels._twilio import rest
from channels._twilio.standin_phone import Enclosed, Place, Pressed, Written
from channels.twilio_whatsapp.config import SPEC
from hub.errors import ContentRejected, OutcomeUnknown, TransientFailure
from hub.model.contact import Address
from hub.model.message import Location, QuickReply
from hub.model.template import TemplateSlot, TemplateUse
from hub.ports.channel import OutboundMessage
from hub.ports.inbound import DeliveryReported, MessageReceived
from tests.support.channel_sample import text_to
from tests.support.clock import START_MS
from tests.support.twilio import ACCOUNT, CONVERSATION, MESSAGES, TOKEN, World, world

NUMBER, AYSE = "+905551112233", "+905301112233"
WIRE_NUMBER, WIRE_AYSE = f"whatsapp:{NUMBER}", f"whatsapp:{AYSE}"


def config(base: str) -> dict[str, Any]:
    return {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": NUMBER, "api_base": base}


@pytest.fixture
async def chat() -> AsyncIterator[World]:
    async with world(SPEC, config, prefix="whatsapp:", number=NUMBER) as made:
        yield made


def message(text: str = "Merhaba", seq: int = 2, **more: Any) -> OutboundMessage:
    base = text_to(Address("phone", AYSE), text)
    changed = {"id": f"{CONVERSATION}.{seq}", "seq": seq, "at": START_MS, **more}
    return msgspec.structs.replace(base, **changed)


def used(sid: str, values: dict[str, str]) -> TemplateUse:
    return TemplateUse(name=sid, language="tr", values=values)


def replies(*texts: str) -> list[QuickReply]:
    return [QuickReply(text, f"p:{text}") for text in texts]


async def test_a_text_goes_out_as_documented(chat: World) -> None:
    result = await chat.adapter.send(message())
    assert result.provider_ids == chat.vendor.desk.accepted
    (form,) = chat.posted()
    assert form.pop("StatusCallback").startswith(f"{chat.hook.url}/hooks/test/x?message=")
    assert form == {"To": WIRE_AYSE, "From": WIRE_NUMBER, "Body": "Merhaba"}
    assert chat.schemas.seen == [f"POST {MESSAGES}"]


@pytest.mark.parametrize("kind", ["image/jpeg", "audio/ogg", "video/mp4", "application/pdf"])
async def test_one_file_with_its_caption(chat: World, kind: str) -> None:
    file = await chat.attach(b"x", kind)
    await chat.adapter.send(message("Bakın", attachments=[file]))
    (form,) = chat.posted()
    assert (form["Body"], form["MediaUrl"]) == ("Bakın", [f"{chat.hook.url}/files/file0?reader="])
    with pytest.raises(ContentRejected):
        await chat.adapter.send(message(attachments=[file, file]))


async def test_somebody_without_a_number_can_be_answered(chat: World) -> None:
    await chat.phone.write(Written(address="US.1349", text="Hi"))
    event = chat.ctx.events[0]
    assert isinstance(event, MessageReceived)
    chat.fault("status", status=400, code=21211)  # the stand-in's Twilio knows numbers only
    with pytest.raises(Exception, match="21211"):
        await chat.adapter.send(message(to=event.sender))
    assert chat.posted()[0]["To"] == "whatsapp:US.1349"


async def test_buttons_become_a_content_template_that_is_made_once(chat: World) -> None:
    buttons = replies("Evet", "Hayır")
    await chat.adapter.send(message("Kabul mü?", quick_replies=buttons))
    await chat.adapter.send(message("Emin misiniz?", seq=3, quick_replies=buttons))
    assert chat.schemas.seen == ["POST /v1/Content", *[f"POST {MESSAGES}"] * 2]
    first, second = chat.posted()
    assert first["ContentSid"] == second["ContentSid"]
    assert "Body" not in first
    assert json.loads(second["ContentVariables"]) == {"1": "Emin misiniz?"}
    seen = chat.phone.seen(AYSE)
    assert [one.text for one in seen] == ["Kabul mü?", "Emin misiniz?"]
    assert seen[0].quick_replies == [
        {"id": "p:Evet", "title": "Evet"},
        {"id": "p:Hayır", "title": "Hayır"},
    ]


async def test_more_than_three_options_become_a_list(chat: World) -> None:
    options = replies(*"ABCDEFGHIJ")
    await chat.adapter.send(message("Konu?", quick_replies=options))
    (content,) = chat.vendor.contents.values()
    picker = content["types"]["twilio/list-picker"]
    assert [item["item"] for item in picker["items"]] == list("ABCDEFGHIJ")
    assert picker["button"] == "Choose"
    with pytest.raises(ContentRejected):
        await chat.adapter.send(message("?", quick_replies=replies(*"ABCDEFGHIJK")))


async def test_a_text_that_no_variable_takes_stands_in_the_menu_itself(chat: World) -> None:
    text = "Merhaba {{1}},\nne yapalım?"
    await chat.adapter.send(message(text, quick_replies=replies("A")))
    (form,) = chat.posted()
    assert "ContentVariables" not in form
    assert chat.phone.seen(AYSE)[0].text == "Merhaba { {1}},\nne yapalım?"


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": " ", "quick_replies": replies("A")},
        {"text": "x" * 1025, "quick_replies": replies("A")},
        {"quick_replies": replies(" ")},
    ],
)
async def test_menus_that_cannot_be_shown(chat: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(ContentRejected):
        await chat.adapter.send(message(**wrong))
    assert chat.vendor.desk.ledger == []


@pytest.mark.parametrize("kind", ["drop", "accept_then_drop", "garbage", "status"])
async def test_a_menu_that_was_not_made_sends_nothing(chat: World, kind: str) -> None:
    """No message left, so that it may be tried again."""
    chat.fault(kind, path="/v1/Content", status=500)
    with pytest.raises(TransientFailure):
        await chat.adapter.send(message(quick_replies=replies("A")))
    assert chat.vendor.desk.accepted == []
    await chat.adapter.send(message(quick_replies=replies("A")))
    assert len(chat.vendor.desk.accepted) == 1


async def test_a_pressed_button_comes_back_with_its_payload(chat: World) -> None:
    sid = (await chat.adapter.send(message("?", quick_replies=replies("Evet")))).provider_ids[0]
    pressed = Pressed(title="Evet", payload="p:Evet")
    await chat.phone.write(Written(address=AYSE, name="Ayşe", pressed=pressed, reply_to=sid))
    chosen = Pressed(title="İade", payload="p:İade", kind="list")
    await chat.phone.write(Written(address=AYSE, pressed=chosen))
    first, second = chat.ctx.events
    assert isinstance(first, MessageReceived)
    assert isinstance(second, MessageReceived)
    assert (first.text, first.payload, first.reply_to) == ("Evet", "p:Evet", sid)
    assert first.sender_name == "Ayşe"
    assert (second.text, second.payload) == ("İade", "p:İade")


async def test_places_and_voice_come_in(chat: World) -> None:
    place = Place(41.0082, 28.9784, "Ofis", "İstanbul")
    await chat.phone.write(Written(address=AYSE, place=place))
    voice = Enclosed("audio/ogg", b"OggS")
    await chat.phone.write(Written(address=AYSE, files=[voice]))
    first, second = chat.ctx.events
    assert isinstance(first, MessageReceived)
    assert isinstance(second, MessageReceived)
    assert first.location == Location(
        latitude=41.0082, longitude=28.9784, name="Ofis", address="İstanbul"
    )
    assert second.media[0].is_voice
    assert (await chat.adapter.fetch(second.media[0])).data == b"OggS"


async def test_status_to_the_end(chat: World) -> None:
    sid = (await chat.adapter.send(message())).provider_ids[0]
    await chat.vendor.report(sid, "sent")
    await chat.vendor.report(sid, "delivered")
    assert await chat.phone.read(AYSE) == 1
    reports = [one for one in chat.ctx.events if isinstance(one, DeliveryReported)]
    assert [one.delivery for one in reports] == ["sent", "delivered", "read"]
    assert {one.message_id for one in reports} == {f"{CONVERSATION}.2"}


async def test_the_window_closes_after_a_day() -> None:
    made = world(SPEC, config, prefix="whatsapp:", number=NUMBER, tells_statuses=True)
    async with made as chat:
        await chat.phone.write(Written(address=AYSE, text="Merhaba"))
        await chat.adapter.send(message())
        await chat.ctx.until(lambda: len(chat.ctx.events) == 3)
        await chat.vendor.clock.advance(24 * 3600 + 1)  # type: ignore[attr-defined]
        await chat.adapter.send(message(seq=3))
        await chat.ctx.until(lambda: len(chat.ctx.events) == 4)
        use = used(chat.vendor.add_content(SHIPPED), {"1": "A", "2": "B"})
        await chat.adapter.send(message("", seq=4, template=use))
        await chat.ctx.until(lambda: len(chat.ctx.events) == 6)
        told = [one for one in chat.ctx.events if isinstance(one, DeliveryReported)]
        expected = ["sent", "delivered", "failed", "sent", "delivered"]
        assert [one.delivery for one in told] == expected
        assert told[2].reason == "outside_window"


SHIPPED: dict[str, Any] = {
    "friendly_name": "Kargo",
    "language": "tr",
    "variables": {"2": "12.03.2026", "10": "x", "1": "Ayşe"},
    "types": {
        "twilio/quick-reply": {
            "body": "Merhaba {{1}}, siparişiniz {{2}} günü yola çıktı.",
            "actions": [{"title": "Tamam", "id": "ok"}, {"title": "Soru"}],
        },
        "twilio/text": {"body": "Merhaba {{1}}"},
    },
}
PICTURE: dict[str, Any] = {
    "friendly_name": "Fatura",
    "language": "tr",
    "variables": {"1": "Ayşe", "3": "https://shop.example/fatura.pdf"},
    "types": {"twilio/media": {"body": "Faturanız, {{1}}", "media": ["{{3}}"]}},
}


async def test_templates_are_listed_whatever_their_state(
    chat: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "PAGE_SIZE", 3)
    states = ["approved", "pending", "received", "rejected", "paused", "disabled", "unsubmitted"]
    sids = [chat.vendor.add_content(SHIPPED, status=state) for state in states]
    picture = chat.vendor.add_content(PICTURE)
    await chat.adapter.send(message(quick_replies=replies("A")))  # our own menu is no template
    found = await chat.adapter.templates()
    assert [one.name for one in found] == [*sids, picture]
    assert [one.state for one in found[:-1]] == [
        *("approved", "pending", "pending", "rejected", "paused", "disabled", "disabled"),
    ]
    assert found[6].reason == "unsubmitted"
    first = found[0]
    assert (first.title, first.language, first.category) == ("Kargo", "tr", "utility")
    assert first.body == "Merhaba {{1}}, siparişiniz {{2}} günü yola çıktı."
    assert first.buttons == ["Tamam", "Soru"]
    assert [slot.name for slot in first.slots] == ["1", "2", "10"]
    assert first.slots[0] == TemplateSlot("1", "text", "Ayşe")
    assert first.updated_at > 0
    assert found[-1].slots[1] == TemplateSlot(
        "media.3", "document", "https://shop.example/fatura.pdf"
    )


async def test_a_template_goes_out_with_its_values(chat: World) -> None:
    sid = chat.vendor.add_content(SHIPPED)
    values = {"1": "Ayşe\n Kaya", "2": "pazartesi      günü"}
    await chat.adapter.send(message("", template=used(sid, values)))
    (form,) = chat.posted()
    assert form["ContentSid"] == sid
    assert json.loads(form["ContentVariables"]) == {"1": "Ayşe  Kaya", "2": "pazartesi günü"}
    assert "Body" not in form
    assert chat.phone.seen(AYSE)[0].text.startswith("Merhaba Ayşe")


async def test_a_file_in_a_template_is_an_address(chat: World) -> None:
    file = await chat.attach(b"%PDF", "application/pdf")
    use = used(chat.vendor.add_content(PICTURE), {"1": "A", "media.3": file.file_id})
    await chat.adapter.send(message("", template=use))
    told = json.loads(chat.posted()[0]["ContentVariables"])
    assert told == {"1": "A", "3": f"{chat.hook.url}/files/file0?reader="}


async def test_what_is_no_template_is_not_sent(chat: World) -> None:
    sid = chat.vendor.add_content(SHIPPED)
    for use in (used("kargo", {}), used(sid, {"1": " "})):
        with pytest.raises(ContentRejected):
            await chat.adapter.send(message("", template=use))
    assert chat.vendor.desk.ledger == []
    with pytest.raises(ContentRejected, match="21655"):
        unknown = used("HX" + "f" * 32, {"1": "A"})
        await chat.adapter.send(message("", template=unknown))


async def test_a_lost_template_is_found_though_its_text_is_twilios(chat: World) -> None:
    sid = chat.vendor.add_content(SHIPPED)
    sent = message("", template=used(sid, {"1": "A", "2": "B"}))
    chat.fault("accept_then_drop")
    with pytest.raises(OutcomeUnknown):
        await chat.adapter.send(sent)
    found = await chat.adapter.outcome(sent)
    assert found is not None
    assert found.provider_id == chat.vendor.desk.accepted[0]


async def test_missed_messages_are_found(chat: World) -> None:
    await chat.phone.write(Written(address=AYSE, text="Merhaba"))
    (listed,) = await chat.adapter.missed(START_MS - 1000)
    (came,) = chat.ctx.events
    assert isinstance(listed, MessageReceived)
    assert isinstance(came, MessageReceived)
    assert (listed.event_id, listed.sender) == (came.event_id, came.sender)
