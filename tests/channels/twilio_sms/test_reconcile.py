"""What the list of messages tells after an outage and about lost answers (R-05, R-15)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from channels._twilio import rest
from channels._twilio.standin_phone import Enclosed, Written
from channels.twilio_sms.config import SPEC
from hub.errors import OutcomeUnknown, TransientFailure
from hub.model.contact import Address
from hub.ports.channel import OutboundMessage
from hub.ports.inbound import DeliveryReported, MessageReceived
from tests.support.channel_sample import text_to
from tests.support.clock import START_MS
from tests.support.twilio import ACCOUNT, CONVERSATION, MESSAGES, TOKEN, World, world

NUMBER = "+48732000001"
SERVICE = "MG" + "0" * 31 + "7"
ANNA, JAN = "+48501000002", "+48501000003"


def config(base: str) -> dict[str, Any]:
    return {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": NUMBER, "api_base": base}


def by_service(base: str) -> dict[str, Any]:
    return {**config(base), "send_by": "service", "service_sid": SERVICE}


@pytest.fixture(params=["number", "service"])
async def sms(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    is_service = request.param == "service"
    made = world(
        SPEC,
        by_service if is_service else config,
        number=NUMBER,
        service_sid=SERVICE if is_service else "",
    )
    async with made as one:
        yield one


def message(text: str = "Hello", seq: int = 2, to: str = ANNA, **more: Any) -> OutboundMessage:
    base = text_to(Address("phone", to), text)
    changed = {"id": f"{CONVERSATION}.{seq}", "seq": seq, "at": START_MS, **more}
    return msgspec.structs.replace(base, **changed)


async def lose(sms: World, sent: OutboundMessage) -> str:
    """Accepted, and the answer lost; the SID."""
    sms.fault("accept_then_drop")
    with pytest.raises(OutcomeUnknown):
        await sms.adapter.send(sent)
    return sms.vendor.desk.accepted[-1]


async def test_missed_messages_are_the_same_events_as_by_webhook(
    sms: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "PAGE_SIZE", 2)
    picture = Enclosed("image/png", b"picture")
    for number in range(5):
        files = [picture] if number == 3 else []
        await sms.phone.write(Written(address=ANNA, text=f"Message {number}", files=files))
        await sms.vendor.clock.advance(1)  # type: ignore[attr-defined]
    by_webhook = list(sms.ctx.events)
    listed = await sms.adapter.missed(START_MS - 1000)
    assert [type(one) for one in listed] == [MessageReceived] * 5
    assert [one.event_id for one in listed] == [one.event_id for one in by_webhook]
    assert [msgspec.structs.replace(one, at=0) for one in listed] == [
        msgspec.structs.replace(one, at=0) for one in by_webhook
    ]
    media = listed[3].media
    assert (await sms.adapter.fetch(media[0])).data == b"picture"
    assert any("PageToken" in entry.path for entry in sms.vendor.desk.ledger)
    assert sms.schemas.seen.count(f"GET {MESSAGES}") >= 3


async def test_only_what_came_since_then(sms: World) -> None:
    await sms.phone.write(Written(address=ANNA, text="old"))
    await sms.vendor.clock.advance(600)  # type: ignore[attr-defined]
    await sms.phone.write(Written(address=ANNA, text="new"))
    listed = await sms.adapter.missed(START_MS + 300_000)
    assert [one.text for one in listed] == ["new"]


async def test_missed_states_are_the_same_events_as_by_webhook(sms: World) -> None:
    sids = [(await sms.adapter.send(message(seq=seq))).provider_ids[0] for seq in (2, 3)]
    await sms.vendor.report(sids[0], "delivered")
    await sms.vendor.report(sids[1], "undelivered", 30005)
    by_webhook = [one for one in sms.ctx.events if isinstance(one, DeliveryReported)]
    listed = await sms.adapter.missed(START_MS - 1000)
    assert [msgspec.structs.replace(one, message_id="", at=0) for one in by_webhook] == [
        msgspec.structs.replace(one, at=0) for one in listed
    ]


async def test_another_number_of_the_account_is_not_ours(sms: World) -> None:
    assert sms.vendor.hook is not None
    sms.vendor.hook = msgspec.structs.replace(
        sms.vendor.hook, number="+48732000009", service_sid="MG" + "0" * 31 + "9"
    )
    await sms.phone.write(Written(address=ANNA, text="to somebody else"))
    listed = await sms.adapter.missed(START_MS - 1000)
    assert not [one for one in listed if isinstance(one, MessageReceived)]


async def test_a_lost_answer_is_found_in_the_list(sms: World) -> None:
    sent = message()
    await sms.phone.write(Written(address=ANNA, text="Hello"))
    await sms.adapter.send(message(seq=1, text="Something else"))
    sid = await lose(sms, sent)
    found = await sms.adapter.outcome(sent)
    assert found is not None
    assert (found.provider_id, found.message_id, found.delivery) == (sid, sent.id, "accepted")
    await sms.vendor.report(sid, "delivered")
    later = await sms.adapter.outcome(sent)
    assert later is not None
    assert (later.delivery, later.event_id) == ("delivered", f"{sid}:delivered")


async def test_a_lost_answer_comes_back_by_callback_too(sms: World) -> None:
    sent = message()
    sid = await lose(sms, sent)
    await sms.vendor.report(sid, "sent")
    event = sms.ctx.events[-1]
    assert isinstance(event, DeliveryReported)
    assert (event.message_id, event.provider_id) == (sent.id, sid)


async def test_what_never_arrived_is_not_found(sms: World) -> None:
    sms.fault("drop")
    with pytest.raises(OutcomeUnknown):
        await sms.adapter.send(message())
    assert await sms.adapter.outcome(message()) is None


async def test_another_message_with_the_same_text_is_not_mistaken_for_it(sms: World) -> None:
    """Earlier ones, ones to others, and one that was sent afterwards."""
    first = (await sms.adapter.send(message(seq=1))).provider_ids[0]
    await sms.adapter.send(message(seq=1, to=JAN))
    sms.fault("drop")
    lost = message(seq=2)
    with pytest.raises(OutcomeUnknown):
        await sms.adapter.send(lost)
    await sms.adapter.send(message(seq=3))
    assert await sms.adapter.outcome(lost) is None
    assert await sms.adapter.outcome(msgspec.structs.replace(lost, refs=[first])) is None


async def test_earlier_messages_are_known_after_a_restart_too(sms: World) -> None:
    earlier = (await sms.adapter.send(message(seq=1))).provider_ids[0]
    restarted = SPEC.load()(sms.ctx)
    sent = message(seq=2, refs=[earlier])
    sid = await lose(sms, sent)
    found = await restarted.outcome(sent)  # type: ignore[attr-defined]
    assert found is not None
    assert found.provider_id == sid


async def test_two_that_could_be_it_are_none(sms: World) -> None:
    lost = [message(seq=seq) for seq in (2, 3)]
    for one in lost:
        await lose(sms, one)
    assert [await sms.adapter.outcome(one) for one in lost] == [None, None]


async def test_one_acceptance_settles_one_message_only(sms: World) -> None:
    accepted, dropped = message(seq=2), message(seq=3)
    await lose(sms, accepted)
    sms.fault("drop")
    with pytest.raises(OutcomeUnknown):
        await sms.adapter.send(dropped)
    assert await sms.adapter.outcome(accepted) is not None
    assert await sms.adapter.outcome(dropped) is None


async def test_an_old_message_with_the_same_text_is_too_old(sms: World) -> None:
    await sms.adapter.send(message(seq=1))
    await sms.vendor.clock.advance(600)  # type: ignore[attr-defined]
    restarted = SPEC.load()(sms.ctx)
    late = message(seq=2, at=START_MS + 600_000)
    assert await restarted.outcome(late) is None  # type: ignore[attr-defined]


async def test_files_tell_messages_apart(sms: World) -> None:
    files = [await sms.attach(b"x", "image/png")]
    await lose(sms, message("Look", attachments=files))
    assert await sms.adapter.outcome(message("Look")) is None
    assert await sms.adapter.outcome(message("Look", attachments=files)) is not None


async def test_a_list_that_cannot_be_read_is_tried_again(sms: World) -> None:
    for kind, count in (("drop", 2), ("garbage", 1), ("accept_then_drop", 2)):
        sms.fault(kind, count=count)  # lost reads are repeated once by the HTTP client
        with pytest.raises(TransientFailure):
            await sms.adapter.missed(START_MS)
    sms.fault("status", status=503)
    with pytest.raises(TransientFailure):
        await sms.adapter.outcome(message())


async def test_who_can_get_no_message_got_none(sms: World) -> None:
    assert await sms.adapter.outcome(message(to="nobody")) is None
    assert sms.vendor.desk.ledger == []
