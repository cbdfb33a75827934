"""Merging people who wait in lines, on both stores: who closes leaves the line, who goes on keeps
the best place that either had.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.model.conversation import Conversation, in_line
from hub.model.merge import Merge
from hub.model.routing import Queue, Routing
from hub.ports.collections import CONVERSATIONS
from hub.services.changing import Changes
from tests.support.crew import Crew, running_crew
from tests.support.merging import documents
from tests.support.stores import KINDS


@pytest.fixture(params=KINDS)
async def crew(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Crew]:
    async with running_crew(request.param, tmp_path) as crew:
        yield crew


async def _merge(crew: Crew, winner: Conversation, loser: Conversation) -> Merge:
    merges = crew.services.merges
    made = await merges.merge(crew.core.agent(), winner.contact_id, loser.contact_id, [])
    assert isinstance(made, Merge)
    await crew.quiet()
    return made


async def _undo(crew: Crew, made: Merge) -> None:
    await crew.services.merges.undo(crew.core.agent(), made.id)
    await crew.quiet()


async def _indexed(crew: Crew) -> set[str]:
    """Whatever the index of waiting conversations holds, whether it still waits or not."""
    where = {"routing.state": {"$in": ["waiting", "offered"]}}
    page = await crew.core.store.find(
        CONVERSATIONS, crew.core.workspace, where, index="in_line", limit=100
    )
    return {doc["_id"] for doc in page.docs}


async def _line(crew: Crew, queue: Queue) -> list[str]:
    """As the wallboard shows it and as the router serves it, which is the same."""
    await crew.route()
    shown = [one.id for one in await crew.services.board.line(queue.id)]
    assert shown == crew.routing.router.room(crew.core.workspace).floor.line(queue.id)
    return shown


async def _waiting(crew: Crew, one: Conversation) -> Routing:
    waiting = in_line(await crew.get(one))
    assert waiting is not None
    return waiting


async def test_one_of_two_who_wait_leaves_and_the_other_has_the_earlier_place(crew: Crew) -> None:
    queue = await crew.queue("Sales")
    await crew.enters_by(queue)
    first = await crew.writes("ann")
    between = await crew.writes("cem")
    last = await crew.writes("bob")
    made = await _merge(crew, last, first)
    assert (await crew.get(first)).state == "merged"
    assert await _indexed(crew) == {between.id, last.id}
    assert await _line(crew, queue) == [last.id, between.id]
    assert first.routing is not None
    assert (await _waiting(crew, last)).entered_at == first.routing.entered_at
    await _undo(crew, made)
    assert await _line(crew, queue) == [first.id, between.id, last.id]


async def test_what_is_nobodys_takes_the_place_of_who_waited(crew: Crew) -> None:
    queue = await crew.queue("Sales")
    await crew.enters_by(queue)
    waiting = await crew.writes("ann")
    behind = await crew.writes("cem")
    await crew.enters_by(None)
    elsewhere = await crew.writes("bob")
    assert elsewhere.home != queue.id
    made = await _merge(crew, elsewhere, waiting)
    assert await _line(crew, queue) == [elsewhere.id, behind.id]
    assert (await crew.get(elsewhere)).home == queue.id
    await _undo(crew, made)
    assert await _line(crew, queue) == [waiting.id, behind.id]
    assert (await crew.get(elsewhere)).home == elsewhere.home


async def test_what_an_agent_has_stays_with_them(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    queue = await crew.queue("Sales")
    await crew.enters_by(queue)
    waiting = await crew.writes("ann")
    taken = await crew.services.conversations.change(
        ada, await crew.writes("bob"), "take-it", Changes(assignee_id=ada.agent_id)
    )
    await _merge(crew, taken, waiting)
    assert await _indexed(crew) == set()
    assert await _line(crew, queue) == []
    assert (await crew.get(taken)).assignee_id == ada.agent_id
    await crew.enters_by(None)
    await crew.services.queues.delete(crew.core.workspace, queue.id)  # nobody waits in it


async def test_an_offer_of_who_closes_is_gone_and_nobody_missed_it(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    queue = await crew.queue("Sales", ada, offer_s=30, missed_limit=1)
    await crew.enters_by(queue)
    offered = await crew.writes("ann")
    await crew.route()
    assert (await _waiting(crew, offered)).offer is not None
    await crew.enters_by(None)
    elsewhere = await crew.writes("bob")
    made = await _merge(crew, elsewhere, offered)
    closed = (await crew.get(offered)).routing
    assert closed is not None
    assert (closed.state, closed.offer) == ("", None)
    await crew.route()
    assert (await _waiting(crew, elsewhere)).offer is not None
    await crew.clock.advance(10)
    await _undo(crew, made)
    again = await _waiting(crew, offered)
    assert again.offer is None or again.offer.at == crew.clock.now_ms()
    await crew.passes(25)
    assert (await crew.desk(ada)).presence == "available"
    assert "offer_missed" not in await crew.told(offered)


async def test_the_place_is_given_back_only_by_who_still_has_it(crew: Crew) -> None:
    ada = await crew.sits_down("Ada", "supervisor")
    queue = await crew.queue("Sales")
    await crew.enters_by(queue)
    waiting = await crew.writes("ann")
    await crew.enters_by(None)
    elsewhere = await crew.writes("bob")
    made = await _merge(crew, elsewhere, waiting)
    held = await crew.get(elsewhere)
    await crew.services.routing.take_over(ada, held, "take-over-1")
    await _undo(crew, made)
    assert (await crew.get(elsewhere)).assignee_id == ada.agent_id
    assert await _line(crew, queue) == [waiting.id]


async def test_an_undo_restores_lines_exactly(crew: Crew) -> None:
    await crew.enters_by(await crew.queue("Sales"))
    first, last = await crew.writes("ann"), await crew.writes("bob")
    before = await documents(crew.core.store)
    await _undo(crew, await _merge(crew, last, first))
    assert await documents(crew.core.store) == before
