"""A crash after every single write while a conversation is claimed, offered, accepted and closed:
in the next life nobody is given it twice, and desks hold just what the conversations say.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.errors import HubError, Unavailable
from hub.model.conversation import Conversation
from hub.model.ids import local
from hub.model.routing import Queue
from hub.ports.collections import ALL
from hub.ports.store import DocumentStore
from hub.services import migrate
from hub.services.agents import scope_of
from hub.services.changing import Changes
from hub.store.migrations import ALL as MIGRATIONS
from tests.support.clock import ManualClock
from tests.support.core import bear
from tests.support.crashing_store import CrashingStore
from tests.support.crew import Crew
from tests.support.loop_channel import Wire
from tests.support.stores import fresh_store

MOST_WRITES = 60


async def _live(crew: Crew, queue: Queue) -> None:
    """Two customers wait; one is closed again. Any step may meet the crash."""
    for _ in range(2):
        await crew.route()
        for one in await crew.core.conversations():
            offer = one.routing.offer if one.routing else None
            if offer is not None and one.routing is not None and one.routing.state == "offered":
                agent = next(a for a in crew.agents.values() if a.id == offer.agent_ids[0])
                await crew.services.routing.accept(scope_of(agent), one, offer.number)
    held = [one for one in await crew.core.conversations() if one.assignee_id]
    agent = next(a for a in crew.agents.values() if a.id == held[0].assignee_id)
    closing = Changes(state="closed")
    await crew.services.conversations.change(scope_of(agent), held[0], "close-it", closing)


async def _check(crew: Crew, said: str) -> None:
    conversations = await crew.core.conversations()
    for agent in crew.agents.values():
        desk = await crew.services.desks.get(agent.id)
        theirs = {local(c.id) for c in conversations if _is_with(c, agent.id)}
        assert desk.held.keys() == theirs, said
    for one in conversations:
        turns = [w for w in await crew.told(one) if w in ("queued", "assigned")]
        assert turns in (["queued"], ["queued", "assigned"]), said
        if one.routing is not None and one.assignee_id:
            assert one.routing.state == "", said


def _is_with(conversation: Conversation, agent_id: str) -> bool:
    return conversation.state == "open" and conversation.assignee_id == agent_id


async def _lives(store: DocumentStore, folder: Path, accept: str, writes: int) -> bool:
    """One life that dies after so many writes, and the next one. False: it was not that long."""
    clock = ManualClock()
    crashing = CrashingStore(store, 1_000_000)
    first = Crew(await bear(crashing, folder, Wire(), clock), clock)
    ada, bob = await first.sits_down("Ada"), await first.sits_down("Bob")
    queue = await first.queue("Sales", ada, bob, accept=accept, wrap_up_s=10)
    await first.enters_by(queue)
    for _ in range(2):
        await first.writes()
    crashing.die_after(writes)
    try:
        await _live(first, queue)
    except HubError as fault:
        assert crashing.is_dead or isinstance(fault, Unavailable), fault
    is_dead = crashing.is_dead
    await first.core.die()
    await clock.advance(40)
    second = Crew(await bear(store, folder, Wire(), clock), clock, first.agents)
    try:
        for scope in (ada, bob):
            await second.opens_browser(scope)
        await second.passes(61)
        room: Any = second.routing.router.room(second.core.workspace)
        await room.level(clock.now_ms(), is_first=True)
        await _check(second, f"crash after write {writes}")
    finally:
        await second.core.die()
    return is_dead


@pytest.mark.parametrize("accept", ["auto", "ask"])
async def test_a_crash_after_any_write_leaves_desks_right(tmp_path: Path, accept: str) -> None:
    """Both stores leave batches half done in this test: SQLite's would be whole."""
    for writes in range(1, MOST_WRITES):
        folder = tmp_path / str(writes)
        folder.mkdir()
        async with fresh_store("sqlite", folder, ManualClock(), ALL) as store:
            await migrate.migrate(store, ManualClock(), MIGRATIONS)
            if not await _lives(store, folder, accept, writes):
                return
    pytest.fail("the life never came to its end")
