"""An inbox for texts against its stand-in, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from channels._twilio.standin_phone import Enclosed, Written
from channels.twilio_sms.config import SPEC
from hub.errors import (
    AuthFailed,
    ContentRejected,
    Landline,
    NotFound,
    OptedOut,
    OutcomeUnknown,
    RateLimited,
    RecipientUnreachable,
    SendError,
    TransientFailure,
)
from hub.model.contact import Address
from hub.ports.channel import OutboundMessage
from hub.ports.inbound import (
    ConsentChanged,
    DeliveryReported,
    MediaRef,
    MessageReceived,
)
from tests.support.channel_sample import text_to
from tests.support.clock import START_MS
from tests.support.twilio import ACCOUNT, CONVERSATION, MESSAGES, TOKEN, World, world

NUMBER = "+48732000001"
SERVICE = "MG" + "0" * 31 + "7"
ANNA = "+48501000002"
TO_ANNA = Address("phone", ANNA)


def config(base: str) -> dict[str, Any]:
    return {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": NUMBER, "api_base": base}


def by_service(base: str) -> dict[str, Any]:
    return {**config(base), "send_by": "service", "service_sid": SERVICE}


@pytest.fixture
async def sms() -> AsyncIterator[World]:
    async with world(SPEC, config, number=NUMBER) as made:
        yield made


@pytest.fixture
async def service() -> AsyncIterator[World]:
    made = world(SPEC, by_service, number=NUMBER, service_sid=SERVICE, tells_opt_out=True)
    async with made as one:
        yield one


def message(text: str = "Hello", seq: int = 2, **more: Any) -> OutboundMessage:
    base = text_to(TO_ANNA, text)
    return msgspec.structs.replace(
        base, **{"id": f"{CONVERSATION}.{seq}", "seq": seq, "at": START_MS, **more}
    )


async def test_a_text_goes_out_as_documented(sms: World) -> None:
    result = await sms.adapter.send(message("Zażółć 👋"))
    assert result.provider_ids == sms.vendor.desk.accepted
    assert sms.schemas.seen == [f"POST {MESSAGES}"]
    callback = f"{sms.hook.url}/hooks/test/x?message={CONVERSATION}.2#rc=3&rp=ct,rt,5xx"
    assert sms.posted() == [
        {"To": ANNA, "From": NUMBER, "StatusCallback": callback, "Body": "Zażółć 👋"}
    ]


async def test_a_service_chooses_the_number(service: World) -> None:
    await service.adapter.send(message())
    assert service.posted()[0]["MessagingServiceSid"] == SERVICE
    assert "From" not in service.posted()[0]


@pytest.mark.parametrize("kind", ["image/png", "audio/mpeg", "video/mp4", "application/pdf"])
async def test_files_go_out_as_addresses(sms: World, kind: str) -> None:
    files = [await sms.attach(b"x", kind), await sms.attach(b"y", kind)]
    await sms.adapter.send(message("", attachments=files))
    await sms.adapter.send(message("Look", seq=3, attachments=files[:1]))
    first, second = sms.posted()
    public = sms.hook.url
    assert first["MediaUrl"] == [f"{public}/files/file{n}?reader=" for n in (0, 1)]
    assert "Body" not in first
    assert (second["Body"], len(second["MediaUrl"])) == ("Look", 1)


async def test_a_long_text_is_one_message(sms: World) -> None:
    await sms.adapter.send(message("x" * 1600))
    with pytest.raises(ContentRejected):
        await sms.adapter.send(message("x" * 1601))
    assert len(sms.vendor.desk.accepted) == 1


@pytest.mark.parametrize(
    "to",
    [
        Address("email", "anna@example.com"),
        Address("phone", "48501"),
        Address("handle", "72975", "another-inbox"),
        Address("handle", "72975"),
    ],
)
async def test_what_is_no_number_is_not_even_tried(sms: World, to: Address) -> None:
    with pytest.raises(RecipientUnreachable):
        await sms.adapter.send(message(to=to))
    assert sms.vendor.desk.ledger == []


async def test_a_short_code_that_wrote_here_can_be_answered(sms: World) -> None:
    await sms.phone.write(Written(address="72975", text="Your code is 1234"))
    event = sms.ctx.events[0]
    assert isinstance(event, MessageReceived)
    await sms.adapter.send(message(to=event.sender))
    assert sms.posted()[0]["To"] == "72975"


async def test_nothing_is_not_sent(sms: World) -> None:
    with pytest.raises(ContentRejected):
        await sms.adapter.send(message("  "))
    with pytest.raises(ContentRejected):
        many = [await sms.attach(b"x", "image/png") for _ in range(11)]
        await sms.adapter.send(message(attachments=many))
    assert sms.vendor.desk.ledger == []


async def test_status_to_the_end(sms: World) -> None:
    """Also a callback that comes before the answer to our request: it names our message."""
    sid = (await sms.adapter.send(message())).provider_ids[0]
    for word in ("sent", "delivered", "sent"):
        assert await sms.vendor.report(sid, word) == [200]
    reports = [one for one in sms.ctx.events if isinstance(one, DeliveryReported)]
    assert [one.delivery for one in reports] == ["sent", "delivered", "sent"]
    assert {(one.provider_id, one.message_id) for one in reports} == {(sid, f"{CONVERSATION}.2")}
    assert reports[0].event_id == reports[2].event_id == f"{sid}:sent"


async def test_a_failure_tells_why(sms: World) -> None:
    sid = (await sms.adapter.send(message())).provider_ids[0]
    await sms.vendor.report(sid, "undelivered", 30006)
    event = sms.ctx.events[0]
    assert isinstance(event, DeliveryReported)
    assert (event.delivery, event.reason) == ("failed", "landline")
    assert event.detail.startswith("30006: ")


async def test_repeated_and_shuffled_statuses_keep_their_ids(sms: World) -> None:
    sms.vendor.desk.disorder.repeat = 3
    sid = (await sms.adapter.send(message())).provider_ids[0]
    assert await sms.vendor.report(sid, "delivered") == [200, 200, 200]
    assert {one.event_id for one in sms.ctx.events if isinstance(one, DeliveryReported)} == {
        f"{sid}:delivered"
    }


async def test_a_text_comes_in(sms: World) -> None:
    sid, statuses = await sms.phone.write(Written(address=ANNA, text="Zażółć & = +"))
    assert statuses == [200]
    event = sms.ctx.events[0]
    assert isinstance(event, MessageReceived)
    assert (event.event_id, event.sender, event.text) == (sid, TO_ANNA, "Zażółć & = +")
    assert event.is_verified


async def test_pictures_come_in_and_their_bytes_without_credentials_at_the_cdn(
    sms: World,
) -> None:
    """S-13: the redirect is followed without our credentials."""
    picture = Enclosed("image/png", b"\x89PNG" + b"0" * 70_000)
    await sms.phone.write(Written(address=ANNA, files=[picture, Enclosed("text/vcard", b"BEGIN")]))
    event = sms.ctx.events[0]
    assert isinstance(event, MessageReceived)
    fetched = [await sms.adapter.fetch(one) for one in event.media]
    assert [(one.data, one.media_type) for one in fetched] == [
        (picture.data, "image/png"),
        (b"BEGIN", "text/vcard"),
    ]
    asked = [entry for entry in sms.vendor.desk.ledger if "/cdn/" in entry.path]
    assert len(asked) == 2
    assert all("authorization" not in entry.headers for entry in asked)


async def test_a_file_that_is_gone(sms: World) -> None:
    ref = f"Messages/MM{0:032}/Media/ME{0:032}"
    with pytest.raises(NotFound):
        await sms.adapter.fetch(MediaRef(ref=ref))
    sms.fault("status", status=401, code=20003)
    with pytest.raises(AuthFailed):
        await sms.adapter.fetch(MediaRef(ref=ref))
    sms.fault("drop", count=2)  # reads are repeated once by the HTTP client
    with pytest.raises(TransientFailure):
        await sms.adapter.fetch(MediaRef(ref=ref))


async def test_stop_and_start(service: World) -> None:
    await service.phone.write(Written(address=ANNA, text="Hi"))
    await service.phone.write(Written(address=ANNA, text="stop"))
    kinds = [type(event) for event in service.ctx.events]
    assert kinds == [MessageReceived, ConsentChanged, MessageReceived]
    consent = service.ctx.events[1]
    assert isinstance(consent, ConsentChanged)
    assert (consent.is_opted_out, consent.sender) == (True, TO_ANNA)


async def test_one_who_said_stop_gets_nothing(sms: World) -> None:
    await sms.phone.write(Written(address=ANNA, text="STOP"))
    with pytest.raises(OptedOut):
        await sms.adapter.send(message())
    await sms.phone.write(Written(address=ANNA, text="START"))
    await sms.adapter.send(message())
    assert [one.text[:3] for one in sms.phone.seen(ANNA)] == [
        *("STO", "You", "STA", "You", "Hel"),
    ]


async def test_a_forged_webhook_is_refused(sms: World) -> None:
    assert sms.vendor.hook is not None
    sms.vendor.hook = msgspec.structs.replace(sms.vendor.hook, auth_token="wrong")
    _, statuses = await sms.phone.write(Written(address=ANNA, text="Hi"))
    assert statuses == [403]
    assert sms.ctx.events == []


@pytest.mark.parametrize(
    ("fault", "error", "accepted"),
    [
        ({"kind": "status", "status": 429, "code": 20429, "retry_after_s": 7}, RateLimited, 0),
        ({"kind": "status", "status": 400, "code": 21211}, RecipientUnreachable, 0),
        ({"kind": "status", "status": 400, "code": 21614}, Landline, 0),
        ({"kind": "status", "status": 400, "code": 12345}, ContentRejected, 0),
        ({"kind": "status", "status": 401, "code": 20003}, AuthFailed, 0),
        ({"kind": "status", "status": 500, "code": 20500}, OutcomeUnknown, 0),
        ({"kind": "status", "status": 503}, OutcomeUnknown, 0),
        ({"kind": "garbage"}, OutcomeUnknown, 0),
        ({"kind": "drop"}, OutcomeUnknown, 0),
        ({"kind": "accept_then_drop"}, OutcomeUnknown, 1),
    ],
    ids=lambda value: str(value.get("code") or value["kind"]) if isinstance(value, dict) else "",
)
async def test_faults(
    sms: World, fault: dict[str, Any], error: type[SendError], accepted: int
) -> None:
    sms.fault(**fault)
    with pytest.raises(error) as raised:
        await sms.adapter.send(message())
    assert type(raised.value) is error
    assert len(sms.vendor.desk.accepted) == accepted
    assert len(sms.vendor.desk.ledger) == 1, "exactly one attempt"
    if isinstance(raised.value, RateLimited):
        assert raised.value.retry_after_s == 7
    assert TOKEN not in str(raised.value)


async def test_wrong_credentials_are_told_at_the_start() -> None:
    def wrong(base: str) -> dict[str, Any]:
        return {**config(base), "auth_token": "wrong"}

    async with world(SPEC, wrong, number=NUMBER) as made:
        with pytest.raises(AuthFailed):
            await made.adapter.start()
        with pytest.raises(AuthFailed):
            await made.adapter.probe()


async def test_it_takes_messages_while_the_vendor_is_away_and_connects_later(sms: World) -> None:
    sms.fault("status", status=503, count=2)
    await sms.adapter.start()
    assert sms.ctx.states == [("disconnected", "twilio_sms.state.unreachable")]
    await sms.phone.write(Written(address=ANNA, text="Hi"))
    assert len(sms.ctx.events) == 1
    for _ in range(3):
        await _let_pass(sms, 60)
    await sms.ctx.until(lambda: ("connected", "") in sms.ctx.states)
    await sms.adapter.stop()
    await sms.adapter.stop()
    assert sms.ctx.tasks.names() == []


async def test_a_token_that_is_revoked_while_waiting_is_told(sms: World) -> None:
    sms.fault("status", status=503)
    await sms.adapter.start()
    sms.fault("status", status=401, code=20003)
    await _let_pass(sms, 60)
    await sms.ctx.until(lambda: sms.ctx.states[-1][0] == "bad_credentials")
    assert TOKEN not in sms.ctx.states[-1][1]


async def _let_pass(sms: World, seconds: float) -> None:
    await sms.vendor.clock.advance(seconds)  # type: ignore[attr-defined]
