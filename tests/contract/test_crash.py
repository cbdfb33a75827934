"""A crash after every single write of a conversation's life: nothing acknowledged is lost, nothing
doubled.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hub.clock import SystemClock
from hub.errors import Unavailable
from hub.model.contact import Address
from hub.model.conversation import Conversation
from hub.model.message import Message
from hub.ports.collections import ALL, CONVERSATIONS, OUTBOX
from hub.ports.store import DocumentStore
from hub.services import migrate
from hub.services.conversations import Changes, Reply, Route
from hub.services.docs import from_doc
from hub.store.migrations import ALL as MIGRATIONS
from tests.support.core import Core, bear
from tests.support.crashing_store import CrashingStore
from tests.support.loop_channel import Wire, mail_from
from tests.support.stores import fresh_store

MOST_WRITES = 80


class Promised:
    """What the hub has acknowledged to somebody."""

    def __init__(self) -> None:
        self.received: list[str] = []
        self.answered: list[str] = []
        self.closed = False


async def _live(core: Core, promised: Promised) -> None:
    """Two messages come in, an agent answers the first and closes. Each step may meet the crash."""
    inbox = core.inboxes["mail"]
    for event_id, text in (("m1", "Hi"), ("m2", "Hello?")):
        await core.wire.receive(inbox.id, mail_from("ann@shop.example", text, event_id))
        promised.received.append(text)
    conversation = await _first_conversation(core)
    capabilities = core.hub.services.inboxes.spec(inbox).capabilities
    route = Route(inbox, capabilities, Address("email", "ann@shop.example"))
    reply = Reply(client_id="client-1", text="Good day")
    verbs = core.hub.services.conversations
    await verbs.reply(core.agent(), conversation, reply, route)
    promised.answered.append("Good day")
    await core.settle()
    await verbs.change(core.agent(), conversation, "close-1", Changes(state="closed"))
    promised.closed = True


async def _first_conversation(core: Core) -> Conversation:
    while True:
        page = await core.store.find(CONVERSATIONS, core.workspace, {}, limit=2)
        if page.docs and page.docs[0]["seq"] >= 2:
            return from_doc(Conversation, page.docs[0])
        await SystemClock().sleep(0.01)


async def _check(core: Core, promised: Promised, writes: int) -> None:
    said = f"crash after write {writes}"
    messages = await core.messages()
    texts = [m.text for m in messages]
    for text in promised.received + promised.answered:
        assert texts.count(text) == 1, said
    assert len(texts) == len(set(texts)), said
    conversations = await core.conversations()
    assert len(conversations) <= 1, said
    for conversation in conversations:
        assert conversation.seq >= max((m.seq for m in messages), default=0), said
        if promised.closed:
            assert conversation.state == "closed", said
    accepted = [m.id for m in core.wire.sent]
    assert len(accepted) == len(set(accepted)), said
    await _check_outbox(core, messages, said)


async def _check_outbox(core: Core, messages: list[Message], said: str) -> None:
    page = await core.store.dump(OUTBOX)
    for row in page.docs:
        assert row["state"] in ("accepted", "unknown"), said
        [message] = [m for m in messages if m.id == row["message_id"]]
        assert message.delivery == row["state"], said
        was_accepted = message.id in {sent.id for sent in core.wire.sent}
        assert was_accepted or row["state"] == "unknown", said


async def _one_life_and_the_next(
    store: DocumentStore, path: Path, writes: int, *, is_singly: bool
) -> bool:
    """Live until the crash, then recover; whether the first life ended before the crash came."""
    clock, wire, promised = SystemClock(), Wire(), Promised()
    mortal = CrashingStore(store, 1_000_000)
    core = await bear(mortal, path, wire, clock)  # type: ignore[arg-type]
    if is_singly:
        core.hub.receiving.intake._plain = None
    mortal.die_after(writes)
    living = asyncio.ensure_future(_live(core, promised))
    dying = asyncio.ensure_future(mortal.died.wait())
    await asyncio.wait({living, dying}, return_when=asyncio.FIRST_COMPLETED)
    was_spared = not mortal.is_dead
    mortal.die_after(0)
    living.cancel()
    dying.cancel()
    results = await asyncio.gather(living, dying, return_exceptions=True)
    assert all(isinstance(r, Unavailable | asyncio.CancelledError | bool | None) for r in results)
    await core.die()
    wire.adapters.clear()
    core = await bear(store, path, wire, clock)
    await core.settle()
    await _check(core, promised, writes)
    await core.die()
    return was_spared


@pytest.mark.parametrize("is_singly", [False, True])
async def test_a_crash_after_any_write_loses_and_doubles_nothing(
    tmp_path: Path, is_singly: bool
) -> None:
    for writes in range(1, MOST_WRITES):
        path = tmp_path / str(writes)
        path.mkdir()
        async with fresh_store("sqlite", path, SystemClock(), ALL) as store:
            await migrate.migrate(store, SystemClock(), MIGRATIONS)
            if await _one_life_and_the_next(store, path, writes, is_singly=is_singly):
                assert writes > 12, "the scenario writes more than that"
                return
    pytest.fail("the scenario never ended")
