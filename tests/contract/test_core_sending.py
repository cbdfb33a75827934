"""What becomes of answers: retried, unknown, resent by a person, held, followed by mail; and what
time brings.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from hub.errors import (
    AuthFailed,
    NotFound,
    OutcomeUnknown,
    RecipientUnreachable,
    TransientFailure,
)
from hub.model.contact import Address
from hub.model.message import Message
from hub.ports.collections import OUTBOX, TIMERS
from hub.services import hold, inboxes
from hub.services.conversations import Changes, Reply, Route
from hub.services.outbox_rows import outbox_id
from tests.support.core import Core, running_core
from tests.support.crashing_store import CrashingStore
from tests.support.loop_channel import chat_from, mail_from
from tests.support.real_hub import JumpingClock
from tests.support.stores import KINDS


@pytest.fixture
def jumping() -> JumpingClock:
    return JumpingClock()


@pytest.fixture(params=KINDS)
async def core(
    request: pytest.FixtureRequest, tmp_path: Path, jumping: JumpingClock
) -> AsyncIterator[Core]:
    async with running_core(request.param, tmp_path, jumping) as core:
        yield core


async def _until(what: Callable[[], Awaitable[bool]]) -> None:
    """Background work ends soon; waits for it without guessing how soon."""
    async with asyncio.timeout(90):
        while not await what():
            await asyncio.sleep(0.02)


async def _asked(core: Core, channel: str) -> None:
    inbox = core.inboxes[channel].id
    event = (
        mail_from("ann@shop.example", "Hi", "m1")
        if channel == "mail"
        else chat_from(inbox, "v1", "Hi", "c1", claimed_email="ann@shop.example")
    )
    await core.wire.receive(inbox, event)
    await core.hub.journal.settle()


async def _answer(core: Core, channel: str) -> Message:
    inbox = core.inboxes[channel]
    to = (
        Address("email", "ann@shop.example")
        if channel == "mail"
        else Address("visitor", "v1", inbox.id)
    )
    spec = core.hub.services.inboxes.spec(inbox)
    return await core.hub.services.conversations.reply(
        core.agent(),
        (await core.conversations())[0],
        Reply(client_id="client-1", text="Hello"),
        Route(inbox, spec.capabilities, to),
    )


async def _is_timed(core: Core) -> bool:
    """Something will be done later: set after what a test sees has been told."""
    return bool((await core.store.dump(TIMERS)).docs)


async def _delivery(core: Core) -> str:
    return next(m.delivery for m in await core.messages() if m.direction == "out")


async def _is(core: Core, wanted: str) -> None:
    """The message tells it, and its row, which comes last, has ended with it."""

    async def is_so() -> bool:
        sent = next(m for m in await core.messages() if m.direction == "out")
        row = await core.store.get(OUTBOX, outbox_id(sent.id))
        has_ended = wanted not in ("unknown", "failed") or (row and row["state"] == wanted)
        return sent.delivery == wanted and bool(has_ended)

    await _until(is_so)


async def test_a_refused_connection_is_tried_again(core: Core, jumping: JumpingClock) -> None:
    await _asked(core, "mail")
    core.wire.faults = [TransientFailure("refused")]
    await _answer(core, "mail")
    await _is(core, "retry")
    jumping.jump(60)
    await _is(core, "accepted")
    assert len(core.wire.sent) == 1


async def test_an_unclear_outcome_waits_for_a_person(core: Core, jumping: JumpingClock) -> None:
    await _asked(core, "mail")
    core.wire.faults = [OutcomeUnknown("no answer")]
    message = await _answer(core, "mail")
    await _is(core, "unknown")
    jumping.jump(24 * 3600)
    await core.settle()
    assert len(core.wire.sent) == 1
    await core.hub.services.outbox.resend(message.id)
    await _is(core, "accepted")
    assert len(core.wire.sent) == 2
    with pytest.raises(NotFound):
        await core.hub.services.outbox.resend(message.id)


async def test_an_unclear_outcome_can_be_taken_as_sent(core: Core) -> None:
    await _asked(core, "mail")
    core.wire.faults = [OutcomeUnknown("no answer")]
    message = await _answer(core, "mail")
    await _is(core, "unknown")
    await core.hub.services.outbox.decide(message.id, "accepted")
    assert await _delivery(core) == "accepted"
    assert len(core.wire.sent) == 1


async def test_a_refused_address_fails_at_once(core: Core) -> None:
    await _asked(core, "mail")
    core.wire.faults = [RecipientUnreachable("550")]
    await _answer(core, "mail")
    await _is(core, "failed")
    assert core.wire.sent == []


async def test_bad_credentials_keep_the_queue(core: Core, jumping: JumpingClock) -> None:
    await _asked(core, "mail")
    core.wire.faults = [AuthFailed("535")]
    await _answer(core, "mail")
    await _is(core, "retry")
    inbox = core.inboxes["mail"]
    inboxes = core.hub.services.inboxes
    assert inboxes.health.of(inbox.id).state == "bad_credentials"
    jumping.jump(3600)
    await inboxes.change(core.workspace, inbox.id, name="mended")
    await _is(core, "accepted")


async def test_nothing_goes_out_while_outbound_is_held(core: Core) -> None:
    await _asked(core, "mail")
    await hold.hold(core.store, core.hub.services.clock, "restored")
    await core.hub.hold.refresh()
    await _answer(core, "mail")
    await asyncio.sleep(0.1)
    assert (await _delivery(core), core.wire.sent) == ("queued", [])
    await core.hub.hold.release()
    await _is(core, "accepted")


async def test_an_unread_answer_follows_by_mail_once(core: Core, jumping: JumpingClock) -> None:
    await _asked(core, "chat")
    await _answer(core, "chat")
    await _is(core, "accepted")
    await _until(lambda: _is_timed(core))
    jumping.jump(10 * 60)

    async def followed() -> bool:
        return len(core.wire.sent) == 2

    await _until(followed)
    mail = core.wire.sent[1]
    assert (mail.to.value, mail.text) == ("ann@shop.example", "Hello")
    jumping.jump(24 * 3600)
    await core.settle()
    assert len(core.wire.sent) == 2


async def test_an_answer_that_was_read_or_is_being_read_does_not_follow(
    core: Core, jumping: JumpingClock
) -> None:
    await _asked(core, "chat")
    core.wire.present = {"v1"}
    message = await _answer(core, "chat")
    await _is(core, "accepted")
    jumping.jump(10 * 60)
    await asyncio.sleep(1.5)  # the timers' own second
    assert len(core.wire.sent) == 1
    core.wire.present = set()
    await core.hub.services.timeline.set_delivery(message.id, "read")
    jumping.jump(10 * 60)
    await asyncio.sleep(1.5)
    assert len(core.wire.sent) == 1


async def test_a_snoozed_conversation_wakes_when_its_time_has_come(
    core: Core, jumping: JumpingClock
) -> None:
    await _asked(core, "mail")
    conversation = (await core.conversations())[0]
    until = jumping.now_ms() + 3_600_000
    snooze = Changes(state="snoozed", snoozed_until=until)
    await core.hub.services.conversations.change(core.agent(), conversation, "snooze-1", snooze)
    assert [c.state for c in await core.conversations()] == ["snoozed"]
    jumping.jump(3601)

    async def has_woken() -> bool:
        return [m.activity for m in await core.messages("activity")] == ["snoozed", "woken"]

    await _until(has_woken)
    assert [c.state for c in await core.conversations()] == ["open"]


async def test_an_open_page_is_shown_a_message_once_the_store_answers(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _asked(core, "chat")
    [message], [conversation] = await core.messages(), await core.conversations()
    silent = CrashingStore(core.store, writes=0)
    monkeypatch.setattr(core.hub.services.inboxes, "_store", silent)
    monkeypatch.setattr(inboxes, "_SHOW_AGAIN_S", (0.05, 30.0))
    core.wire.shown.clear()
    showing = asyncio.create_task(core.hub.services.inboxes.show(message, conversation))
    await asyncio.sleep(0)
    assert not showing.done() and core.wire.shown == []
    silent.die_after(1)
    await showing
    assert core.wire.shown == [message]
