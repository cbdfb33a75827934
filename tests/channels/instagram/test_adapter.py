"""An Instagram inbox against its stand-in, over real HTTP: where it differs from Messenger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from channels._meta.direct.standin import DirectStandin
from channels.instagram.adapter import InstagramAdapter
from channels.instagram.standin import standin
from hub.errors import (
    BadInput,
    OutcomeUnknown,
    OutsideWindow,
    RecipientUnreachable,
    TransientFailure,
)
from hub.model.contact import Address
from hub.ports.inbound import DeliveryReported, MessageEchoed, MessageReceived, ReachedUpTo
from tests.channels.instagram.sample import config
from tests.support.clock import ManualClock
from tests.support.direct import PNG, TOKEN, Bench, attached, bench


def check(body: Any) -> None:
    """The documented shape of a call, and nothing else."""
    known = {"recipient", "messaging_type", "tag", "message", "reply_to", "sender_action"}
    if not set(body) <= known | {"payload"}:
        raise ValueError(f"unknown fields in {sorted(body)}")
    content = body.get("message", {})
    if not set(content) <= {"text", "attachment", "quick_replies"}:
        raise ValueError(f"unknown fields in {sorted(content)}")
    if "attachment" in content and "url" not in content["attachment"]["payload"]:
        raise ValueError("files go by their address")


def make(clock: ManualClock) -> DirectStandin:
    return standin(clock, token=TOKEN, check=check)


@pytest.fixture(params=["instagram", "facebook"])
async def inbox(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with bench(make, InstagramAdapter, {**config(""), "login": request.param}) as found:
        yield found


async def test_it_connects_either_way(inbox: Bench) -> None:
    assert inbox.ctx.states == [("connected", "")]
    assert inbox.standin.subscribed_fields.startswith("messages,")


async def test_a_text_and_its_echo(inbox: Bench) -> None:
    result = await inbox.adapter.send(inbox.message("Merhaba 👋", reply_to="aWdf1"))
    (held,) = inbox.standin.messages
    assert result.provider_ids == [held.id] == inbox.standin.desk.accepted
    assert (held.text, held.reply_to, held.metadata) == ("Merhaba 👋", "aWdf1", "")
    (echo,) = inbox.received
    assert isinstance(echo, MessageEchoed)
    assert (echo.event_id, echo.message_id, echo.sender) == (held.id, "", inbox.person)


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/jpeg", "image"),
        ("video/mp4", "video"),
        ("audio/mp4", "audio"),
        ("application/pdf", "file"),
    ],
)
async def test_meta_fetches_each_kind_of_file_from_us(
    inbox: Bench, media_type: str, kind: str
) -> None:
    await inbox.adapter.send(inbox.message(attachments=[await inbox.file(media_type)]))
    (held,) = inbox.standin.messages
    assert held.attachments[0]["type"] == kind
    assert [media.data for media in inbox.standin.media.values()] == [PNG]
    url = inbox.sent()["message"]["attachment"]["payload"]["url"]
    assert url.startswith(inbox.ctx.inbox.public_url + "/files/")


async def test_an_address_that_meta_cannot_reach_sends_nothing(inbox: Bench) -> None:
    file = await inbox.file("image/png")
    inbox.ctx.inbox = msgspec.structs.replace(inbox.ctx.inbox, public_url="http://127.0.0.1:9")
    with pytest.raises(TransientFailure, match="2018008"):
        await inbox.adapter.send(inbox.message(attachments=[file]))
    assert inbox.standin.desk.accepted == []


async def test_its_own_refusals(inbox: Bench) -> None:
    with pytest.raises(RecipientUnreachable, match="2534014"):
        await inbox.adapter.send(inbox.message("Hi", to=Address("handle", "404", "")))
    await inbox.ctx.clock.advance(25 * 3600)  # type: ignore[attr-defined]
    with pytest.raises(OutsideWindow, match="2534022"):
        await inbox.adapter.send(inbox.message("I think it is open"))


async def test_being_seen_is_told_by_message(inbox: Bench) -> None:
    for text in ("One", "Two"):
        await inbox.adapter.send(inbox.message(text))
    report, mark = await inbox.phone("read")
    assert isinstance(report, DeliveryReported) and isinstance(mark, ReachedUpTo)
    assert report.provider_id == inbox.standin.messages[-1].id
    assert mark.up_to >= inbox.standin.messages[-1].at


@pytest.mark.parametrize("kind", ["story_mention", "ig_reel", "ig_post"])
async def test_a_story_is_fetched_while_it_lasts(inbox: Bench, kind: str) -> None:
    (event,) = await inbox.writes(file=attached("video/mp4", name="1.mp4"), file_kind=kind)
    assert isinstance(event, MessageReceived)
    fetched = await inbox.adapter.fetch(event.media[0])
    assert (fetched.data, fetched.media_type) == (PNG, "video/mp4")


async def test_a_lost_answer_is_found_in_the_listing(inbox: Bench) -> None:
    inbox.fault("accept_then_drop", path="/me/messages")
    lost = inbox.message("Did it arrive?")
    with pytest.raises(OutcomeUnknown):
        await inbox.adapter.send(lost)
    told = await inbox.adapter.outcome(lost)
    assert told is not None and told.provider_id == inbox.standin.messages[-1].id


async def test_names_and_what_was_missed(inbox: Bench) -> None:
    since = inbox.ctx.clock.now_ms()
    await inbox.writes("Hello", name="Ela")
    assert await inbox.adapter.profile(inbox.person) in ("Ela", "Customer")
    (missed,) = await inbox.adapter.missed(since)
    assert missed.event_id == inbox.received[0].event_id  # type: ignore[union-attr]


async def test_reactions(inbox: Bench) -> None:
    (event,) = await inbox.writes("Hello")
    assert isinstance(event, MessageReceived)
    await inbox.adapter.react(inbox.person, event.event_id, "🎉")
    assert inbox.standin.messages[0].reaction == "🎉"


async def test_a_token_of_another_account_is_refused() -> None:
    settings = {**config(""), "account_id": "999"}
    async with bench(make, InstagramAdapter, settings, is_started=False) as found:
        with pytest.raises(BadInput):
            await found.adapter.probe()
