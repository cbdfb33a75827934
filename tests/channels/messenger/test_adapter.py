"""A Messenger inbox against its stand-in, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from channels._meta.direct.standin import DirectStandin
from channels.messenger.adapter import MessengerAdapter
from channels.messenger.standin import PAGE_ID, standin
from hub.errors import (
    AuthFailed,
    BadInput,
    BadSignature,
    ContentRejected,
    NotFound,
    OutcomeUnknown,
    OutsideWindow,
    RateLimited,
    RecipientUnreachable,
    TransientFailure,
)
from hub.model.contact import Address
from hub.model.message import Location, QuickReply
from hub.ports.channel import RawRequest
from hub.ports.inbound import (
    DeliveryReported,
    MediaRef,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReachedUpTo,
    Reacted,
)
from tests.channels.messenger.sample import config
from tests.support.clock import ManualClock
from tests.support.direct import PERSON, PNG, TOKEN, VERIFY_TOKEN, Bench, attached, bench

HOUR_S = 3600


def check(body: Any) -> None:
    """The documented shape of a call, and nothing else."""
    if not set(body) <= {
        "recipient", "messaging_type", "tag", "message", "reply_to", "sender_action", "payload"
    }:  # fmt: skip
        raise ValueError(f"unknown fields in {sorted(body)}")
    if ("message" in body) == ("sender_action" in body):
        raise ValueError("either a message or an action")
    if "message" in body and body.get("messaging_type") not in ("RESPONSE", "MESSAGE_TAG"):
        raise ValueError("messaging_type")
    content = body.get("message", {})
    if not set(content) <= {"text", "attachment", "quick_replies", "metadata"}:
        raise ValueError(f"unknown fields in {sorted(content)}")
    for reply in content.get("quick_replies", []):
        if len(reply["title"]) > 20 or len(reply["payload"]) > 1000:
            raise ValueError("quick reply")


def make(clock: ManualClock) -> DirectStandin:
    return standin(clock, token=TOKEN, check=check)


@pytest.fixture
async def inbox() -> AsyncIterator[Bench]:
    async with bench(make, MessengerAdapter, config("")) as found:
        yield found


async def test_it_checks_its_page_and_subscribes_it(inbox: Bench) -> None:
    assert inbox.ctx.states == [("connected", "")]
    assert "message_echoes" in inbox.standin.subscribed_fields
    assert inbox.calls("/me/messages") == 0


async def test_a_text_goes_out_once_and_its_echo_names_it(inbox: Bench) -> None:
    message = inbox.message("Cześć 👋", reply_to="m_of_the_customer")
    result = await inbox.adapter.send(message)
    (held,) = inbox.standin.messages
    assert result.provider_ids == [held.id] == inbox.standin.desk.accepted
    assert (held.text, held.reply_to, held.tag) == ("Cześć 👋", "m_of_the_customer", "")
    assert inbox.received == [
        MessageEchoed(
            event_id=held.id,
            sender=inbox.person,
            message_id=message.id,
            at=held.at,
            text="Cześć 👋",
            app="1517776481860111",
        )
    ]
    assert inbox.standin.statuses == [200]


async def test_the_token_travels_in_a_header_only(inbox: Bench) -> None:
    await inbox.adapter.send(inbox.message("Hi"))
    (entry,) = inbox.standin.desk.ledger
    assert entry.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in entry.path + entry.body


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/png", "image"),
        ("video/mp4", "video"),
        ("audio/mpeg", "audio"),
        ("application/pdf", "file"),
    ],
)
async def test_each_kind_of_file_is_uploaded_and_sent(
    inbox: Bench, media_type: str, kind: str
) -> None:
    file = await inbox.file(media_type, name="zażółć.bin")
    await inbox.adapter.send(inbox.message(attachments=[file]))
    (held,) = inbox.standin.messages
    assert held.attachments[0]["type"] == kind
    (media,) = inbox.standin.media.values()
    assert (media.data, media.media_type, media.name) == (PNG, media_type, "zażółć.bin")
    assert inbox.calls("/me/message_attachments") == inbox.calls("/me/messages") == 1


async def test_quick_replies_come_back_with_their_payload(inbox: Bench) -> None:
    replies = [QuickReply("Yes", "YES"), QuickReply("No", "NO")]
    await inbox.adapter.send(inbox.message("Well?", quick_replies=replies))
    assert [one["title"] for one in inbox.standin.messages[0].quick_replies] == ["Yes", "No"]
    (event,) = await inbox.writes("Yes", payload="YES")
    assert isinstance(event, MessageReceived)
    assert (event.text, event.payload, event.sender) == ("Yes", "YES", inbox.person)


async def test_a_person_may_answer_for_a_week_with_the_tag(inbox: Bench) -> None:
    wrote_at = inbox.ctx.clock.now_ms()
    await inbox.ctx.clock.advance(25 * HOUR_S)  # type: ignore[attr-defined]
    await inbox.adapter.send(inbox.message("Late", last_inbound_at=wrote_at))
    assert inbox.sent()["tag"] == "HUMAN_AGENT"
    with pytest.raises(OutsideWindow):
        await inbox.adapter.send(inbox.message("Bot", last_inbound_at=wrote_at, is_auto=True))
    await inbox.ctx.clock.advance(6 * 24 * HOUR_S)  # type: ignore[attr-defined]
    with pytest.raises(OutsideWindow):
        await inbox.adapter.send(inbox.message("Too late", last_inbound_at=wrote_at))
    assert inbox.calls("/me/messages") == 1


async def test_metas_own_view_of_the_window_counts(inbox: Bench) -> None:
    await inbox.ctx.clock.advance(25 * HOUR_S)  # type: ignore[attr-defined]
    with pytest.raises(OutsideWindow, match="2018278"):
        await inbox.adapter.send(inbox.message("I think it is open"))


async def test_a_closed_window_uploads_nothing(inbox: Bench) -> None:
    file = await inbox.file("image/png")
    with pytest.raises(OutsideWindow):
        await inbox.adapter.send(inbox.message(attachments=[file], last_inbound_at=0))
    assert inbox.standin.desk.ledger == []


async def test_people_who_cannot_be_reached(inbox: Bench) -> None:
    stranger = Address("handle", "404", inbox.ctx.inbox.id)
    with pytest.raises(RecipientUnreachable, match="2018001"):
        await inbox.adapter.send(inbox.message("Hi", to=stranger))
    await inbox.phone("subscription", is_subscribed=False)
    with pytest.raises(RecipientUnreachable, match="551"):
        await inbox.adapter.send(inbox.message("Hi"))


async def test_typing_seen_marks_and_reactions(inbox: Bench) -> None:
    (event,) = await inbox.writes("Hello")
    assert isinstance(event, MessageReceived)
    await inbox.adapter.send_typing(inbox.person, True)
    await inbox.adapter.send_typing(inbox.person, False)
    await inbox.adapter.mark_read(inbox.person, event.event_id)
    await inbox.adapter.react(inbox.person, event.event_id, "❤️")
    assert inbox.standin.messages[0].reaction == "❤"
    await inbox.adapter.react(inbox.person, event.event_id, "")
    assert inbox.standin.messages[0].reaction == ""
    actions = [name for name, _ in inbox.standin.actions]
    assert actions == ["typing_on", "typing_off", "mark_seen", "react", "unreact"]
    with pytest.raises(ContentRejected):
        await inbox.adapter.react(inbox.person, "m_unknown", "👍")


async def test_what_the_customer_does_with_messages(inbox: Bench) -> None:
    (first,) = await inbox.writes("Helo")
    assert isinstance(first, MessageReceived)
    (edited,) = await inbox.phone("edits", id=first.event_id, text="Hello")
    assert isinstance(edited, MessageEdited)
    assert (edited.provider_id, edited.text) == (first.event_id, "Hello")
    (reacted,) = await inbox.phone("reactions", id=first.event_id, emoji="👍")
    assert isinstance(reacted, Reacted) and reacted.emoji == "👍"
    (unreacted,) = await inbox.phone("reactions", id=first.event_id)
    assert isinstance(unreacted, Reacted) and unreacted.emoji == ""
    (deleted,) = await inbox.phone("deletions", id=first.event_id)
    assert isinstance(deleted, MessageDeleted) and deleted.provider_id == first.event_id
    (pressed,) = await inbox.writes("Start", payload="GO", is_postback=True)
    assert isinstance(pressed, MessageReceived) and pressed.payload == "GO"
    (placed,) = await inbox.writes(location=(52.2, 21.0))
    assert isinstance(placed, MessageReceived) and placed.location == Location(52.2, 21.0)


async def test_receipts_are_watermarks(inbox: Bench) -> None:
    ids = [
        (await inbox.adapter.send(inbox.message(text))).provider_ids[0] for text in ("One", "Two")
    ]
    events = await inbox.phone("read")
    reports = [event for event in events if isinstance(event, DeliveryReported)]
    assert [report.provider_id for report in reports] == ids
    marks = [event for event in events if isinstance(event, ReachedUpTo)]
    assert [mark.delivery for mark in marks] == ["delivered", "read"]
    assert {mark.up_to for mark in marks} == {inbox.standin.messages[-1].at}


@pytest.mark.parametrize(
    ("media_type", "is_voice"), [("image/png", False), ("audio/ogg", True), ("text/csv", False)]
)
async def test_a_customers_file_is_fetched_without_our_token(
    inbox: Bench, media_type: str, is_voice: bool
) -> None:
    (event,) = await inbox.writes(file=attached(media_type, name="plik.bin"))
    assert isinstance(event, MessageReceived)
    (media,) = event.media
    assert media.is_voice == is_voice
    fetched = await inbox.adapter.fetch(media)
    assert (fetched.data, fetched.media_type, fetched.name) == (PNG, media_type, "plik.bin")
    assert "authorization" not in inbox.standin.desk.ledger[-1].headers


@pytest.mark.parametrize(
    "ref",
    [
        "https://evil.example/a.jpg",
        "https://fbcdn.net.evil.example/a.jpg",
        "https://evilfbcdn.net/a.jpg",
        "http://scontent.xx.fbcdn.net/a.jpg",
        "https://scontent.xx.fbcdn.net:8443/a.jpg",
        "https://user@scontent.xx.fbcdn.net/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://[/a.jpg",
        "file:///etc/passwd",
        "IMAGE_URL",
        "",
    ],
)
async def test_files_are_fetched_from_meta_only(inbox: Bench, ref: str) -> None:
    with pytest.raises(NotFound):
        await inbox.adapter.fetch(MediaRef(ref=ref))
    assert inbox.standin.desk.ledger == []


async def test_faults_of_fetching(inbox: Bench) -> None:
    with pytest.raises(NotFound):
        await inbox.adapter.fetch(MediaRef(ref=f"{inbox.base}/cdn/1/a.jpg"))
    inbox.fault("status", status=503, path="/cdn/")
    with pytest.raises(TransientFailure):
        await inbox.adapter.fetch(MediaRef(ref=f"{inbox.base}/cdn/1/a.jpg"))
    # A GET on a kept connection that closes is asked once more.
    inbox.fault("drop", count=2, path="/cdn/")
    with pytest.raises(TransientFailure):
        await inbox.adapter.fetch(MediaRef(ref=f"{inbox.base}/cdn/1/a.jpg"))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "drop"}, OutcomeUnknown),
        ({"kind": "accept_then_drop"}, OutcomeUnknown),
        ({"kind": "garbage"}, OutcomeUnknown),
        ({"kind": "status", "status": 401, "code": 190}, AuthFailed),
        ({"kind": "status", "status": 429, "retry_after_s": 31}, RateLimited),
        ({"kind": "status", "status": 400, "code": 613, "retry_after_s": 31}, RateLimited),
        ({"kind": "status", "status": 500}, OutcomeUnknown),
        ({"kind": "status", "status": 500, "code": 2}, TransientFailure),
        ({"kind": "status", "status": 400, "code": 100}, ContentRejected),
    ],
)
async def test_faults_of_sending(
    inbox: Bench, fault: dict[str, Any], error: type[Exception]
) -> None:
    inbox.fault(**fault, path="/me/messages")
    with pytest.raises(error) as raised:
        await inbox.adapter.send(inbox.message("Hi"))
    assert inbox.calls("/me/messages") == 1
    if isinstance(raised.value, RateLimited):
        assert raised.value.retry_after_s == 31
    assert len(inbox.standin.desk.accepted) == (fault["kind"] == "accept_then_drop")


async def test_a_silent_vendor_is_given_up(inbox: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox.adapter._graph, "_timeout_s", 2)
    inbox.fault("hang", path="/me/messages")
    with pytest.raises(OutcomeUnknown):
        await inbox.adapter.send(inbox.message("Hi"))


@pytest.mark.parametrize("kind", ["drop", "accept_then_drop", "garbage"])
async def test_a_lost_upload_sent_nothing(inbox: Bench, kind: str) -> None:
    inbox.fault(kind, path="/me/message_attachments")
    file = await inbox.file("image/png")
    with pytest.raises(TransientFailure):
        await inbox.adapter.send(inbox.message(attachments=[file]))
    assert inbox.calls("/me/messages") == 0


async def test_a_file_that_is_gone_is_refused(inbox: Bench) -> None:
    file = await inbox.file("image/png")
    inbox.ctx.files.saved.clear()
    with pytest.raises(ContentRejected):
        await inbox.adapter.send(inbox.message(attachments=[file]))


async def test_a_lost_answer_is_found_again(inbox: Bench) -> None:
    await inbox.adapter.send(inbox.message("Something else"))
    inbox.fault("accept_then_drop", path="/me/messages")
    lost = inbox.message("Did it arrive?")
    with pytest.raises(OutcomeUnknown):
        await inbox.adapter.send(lost)
    held = inbox.standin.messages[-1]
    # By the echo, which names it, and by asking.
    echo = inbox.received[-1]
    assert isinstance(echo, MessageEchoed) and echo.message_id == lost.id
    told = await inbox.adapter.outcome(lost)
    assert told is not None
    assert (told.provider_id, told.message_id, told.delivery) == (held.id, lost.id, "sent")
    assert await inbox.adapter.outcome(inbox.message("Never sent")) is None


async def test_another_message_with_the_same_words_is_not_taken_for_it(inbox: Bench) -> None:
    inbox.fault("drop", path="/me/messages")
    lost = inbox.message("Ok")
    with pytest.raises(OutcomeUnknown):
        await inbox.adapter.send(lost)
    await inbox.adapter.send(inbox.message("Ok"))
    assert await inbox.adapter.outcome(lost) is None


async def test_a_lost_file_is_found_again(inbox: Bench) -> None:
    inbox.fault("accept_then_drop", path="/me/messages")
    lost = inbox.message(attachments=[await inbox.file("image/png")])
    with pytest.raises(OutcomeUnknown):
        await inbox.adapter.send(lost)
    told = await inbox.adapter.outcome(lost)
    assert told is not None and told.provider_id == inbox.standin.messages[-1].id


async def test_what_was_missed_comes_under_the_same_ids(inbox: Bench) -> None:
    await inbox.writes("Before")
    await inbox.ctx.clock.advance(10)  # type: ignore[attr-defined]
    since = inbox.ctx.clock.now_ms()
    (event,) = await inbox.writes("During the outage", file=attached("image/png"))
    await inbox.adapter.send(inbox.message("Our own"))
    missed = await inbox.adapter.missed(since)
    assert [type(one) for one in missed] == [MessageReceived, MessageEchoed]
    received = missed[0]
    assert isinstance(received, MessageReceived) and isinstance(event, MessageReceived)
    assert received.event_id == event.event_id
    assert received.media[0].ref == event.media[0].ref
    assert (received.text, received.sender) == ("During the outage", inbox.person)


async def test_many_missed_conversations_are_paged_and_old_ones_left(inbox: Bench) -> None:
    from channels._meta.direct.standin_people import Written

    for number in range(120):
        await inbox.standin.write(Written(address=f"p{number}", text="Hi"), inbox.base)
    assert len(await inbox.adapter.missed(inbox.ctx.clock.now_ms())) == 120
    assert inbox.calls("/me/conversations") == 3
    inbox.standin.desk.ledger.clear()
    await inbox.ctx.clock.advance(3600)  # type: ignore[attr-defined]
    assert await inbox.adapter.missed(inbox.ctx.clock.now_ms()) == []
    assert inbox.calls("/me/conversations") == 1


async def test_names_are_asked_for(inbox: Bench) -> None:
    inbox.standin.meet("7", "Ayşe  Yılmaz")
    assert await inbox.adapter.profile(Address("handle", "7", "")) == "Ayşe Yılmaz"
    assert await inbox.adapter.profile(Address("handle", "8", "")) == ""
    inbox.fault("drop", count=2)
    with pytest.raises(TransientFailure):
        await inbox.adapter.profile(Address("handle", "7", ""))


async def test_the_handshake_and_a_wrong_word(inbox: Bench) -> None:
    url = inbox.ctx.inbox.public_url + inbox.ctx.inbox.hook_path
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "42"}
    async with aiohttp.ClientSession() as session:
        async with session.get(url, params=query) as answer:
            assert (answer.status, await answer.text()) == (200, "42")
            assert answer.content_type == "text/plain"
        async with session.get(url, params={**query, "hub.verify_token": "x"}) as answer:
            assert answer.status == 403
        async with session.post(url, data=b"{}") as answer:
            assert answer.status == 403


def test_an_ordinary_request_is_no_handshake() -> None:
    request = RawRequest("POST", "/", "hub.mode=subscribe", {}, b"{}")
    from channels._meta import handshake

    assert handshake.answer("word", request) is None
    with pytest.raises(BadSignature):
        handshake.answer("", RawRequest("GET", "/", "hub.mode=subscribe", {}, b""))


async def test_repeated_and_shuffled_webhooks_carry_the_same_ids(inbox: Bench) -> None:
    inbox.standin.desk.disorder.repeat = 3
    events = await inbox.writes("Hello")
    assert len(events) == 3 and len({event.event_id for event in events}) == 1


async def test_a_token_of_another_page_is_refused() -> None:
    settings = {**config(""), "page_id": "999"}
    async with bench(make, MessengerAdapter, settings, is_started=False) as found:
        with pytest.raises(BadInput):
            await found.adapter.probe()
        with pytest.raises(BadInput):
            await found.adapter.start()
        assert found.ctx.states == []


async def test_a_wrong_token_is_refused_at_the_start() -> None:
    settings = {**config(""), "access_token": "another"}
    async with bench(make, MessengerAdapter, settings, is_started=False) as found:
        with pytest.raises(AuthFailed):
            await found.adapter.start()


async def test_it_connects_later_when_meta_is_away() -> None:
    async with bench(make, MessengerAdapter, config(""), is_started=False) as found:
        found.fault("status", status=503, count=3)
        await found.adapter.start()
        assert found.ctx.states == [("disconnected", "messenger.state.unreachable")]
        clock = found.ctx.clock
        assert isinstance(clock, ManualClock)
        async with asyncio.timeout(90):
            while ("connected", "") not in found.ctx.states:
                await clock.advance(60 if clock.sleepers else 0)
        assert found.calls("/me/subscribed_apps") == 1


@pytest.mark.parametrize(("status", "code"), [(400, 100), (403, 200)])
async def test_a_refused_subscription_is_told(status: int, code: int) -> None:
    """The token is good all the same: answers still go out."""
    async with bench(make, MessengerAdapter, config(""), is_started=False) as found:
        found.fault("status", status=status, code=code, path="subscribed_apps")
        await found.adapter.start()
        assert found.ctx.states == [("connected", "messenger.state.not_subscribed")]


@pytest.mark.parametrize("fault", [{"kind": "drop"}, {"kind": "status", "status": 429}])
async def test_a_subscription_that_got_lost_is_made_later(fault: dict[str, Any]) -> None:
    async with bench(make, MessengerAdapter, config(""), is_started=False) as found:
        found.fault(**fault, path="subscribed_apps")
        await found.adapter.start()
        assert found.ctx.states[0][0] == "disconnected"
        clock = found.ctx.clock
        assert isinstance(clock, ManualClock)
        async with asyncio.timeout(90):
            while ("connected", "") not in found.ctx.states:
                await clock.advance(60 if clock.sleepers else 0)


async def test_without_https_nothing_is_registered_at_meta() -> None:
    settings = {**config(""), "page_id": PAGE_ID}
    async with bench(make, MessengerAdapter, settings, is_started=False) as found:
        import msgspec

        found.adapter._setup = msgspec.structs.replace(found.adapter._setup, is_standin=False)
        await found.adapter.start()
        assert found.calls("/me/subscribed_apps") == 0
        assert found.ctx.states == [("connected", "")]


async def test_the_phone_shows_what_arrived(inbox: Bench) -> None:
    await inbox.writes("Hello")
    await inbox.adapter.send(inbox.message("Hi"))
    async with aiohttp.ClientSession() as session:
        url = f"{inbox.base}/_customer/messages"
        async with session.get(url, params={"address": PERSON}) as answer:
            first, second = await answer.json()
        async with session.get(url, params={"address": PERSON, "after": first["id"]}) as answer:
            assert await answer.json() == [second]
    assert (first["text"], first["is_ours"], second["text"]) == ("Hello", False, "Hi")
