"""Where a conversation goes on by itself, by the whole hub over both stores: outside the hours,
when too many wait, and when it has waited for long, which no leap of a clock makes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hub.model.conversation import Conversation, in_line
from hub.model.routing import Outside, Overflow, Queue
from tests.support.clock import LeapingClock
from tests.support.core import running_core
from tests.support.crew import Crew, running_crew
from tests.support.stores import KINDS


@pytest.fixture(params=KINDS)
async def crew(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Crew]:
    async with running_crew(request.param, tmp_path) as crew:
        yield crew


@pytest.fixture
async def leaping(tmp_path: Path) -> AsyncIterator[Crew]:
    """On a store of one hub, where nobody must hold lanes through long times."""
    clock = LeapingClock()
    async with running_core("sqlite", tmp_path, clock) as core:
        yield Crew(core, clock)


async def _closed_queue(crew: Crew, **settings: Any) -> Queue:
    """Whose hours never come."""
    never = {"name": "Never", "time_zone": "Europe/Warsaw", "week": {}}
    schedule = await crew.services.schedules.create(crew.core.workspace, never)
    return await crew.queue("Night", schedule_id=schedule.id, **settings)


async def _said(crew: Crew, conversation: Conversation) -> list[str]:
    await crew.core.settle()
    found = await crew.core.messages()
    return [m.text for m in found if m.conversation_id == conversation.id and m.direction == "out"]


async def test_outside_its_hours_a_queue_lets_who_comes_wait_and_says_so(crew: Crew) -> None:
    outside = Outside(action="wait", text="We are back tomorrow.")
    queue = await _closed_queue(crew, outside=outside)
    await crew.enters_by(queue)
    conversation = await crew.writes()
    waiting = in_line(conversation)
    assert waiting is not None
    assert waiting.queue_id == queue.id
    assert await _said(crew, conversation) == ["We are back tomorrow."]


async def test_outside_its_hours_a_queue_hands_on_to_another_one(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    day = await crew.queue("Day", ada, accept="auto")
    outside = Outside(action="queue", queue_id=day.id)
    await crew.enters_by(await _closed_queue(crew, outside=outside))
    conversation = await crew.writes()
    await crew.route()
    found = await crew.get(conversation)
    assert (found.home, found.assignee_id) == (day.id, ada.agent_id)
    assert await crew.told(conversation) == ["queued", "assigned"]


async def test_outside_its_hours_a_queue_leaves_it_to_the_inbox(crew: Crew) -> None:
    outside = Outside(action="inbox", text="We will write to you.")
    await crew.enters_by(await _closed_queue(crew, outside=outside))
    conversation = await crew.writes()
    assert (conversation.home, conversation.routing) == (conversation.inbox_id, None)
    assert await _said(crew, conversation) == ["We will write to you."]
    again = await crew.writes("visitor1", "Hello?")
    assert again.id == conversation.id
    assert await _said(crew, conversation) == ["We will write to you."]


async def test_who_waits_too_long_may_go_to_the_inbox(crew: Crew) -> None:
    rule = Overflow(after_wait_s=60, action="inbox", text="We answer by tomorrow.")
    queue = await crew.queue("Sales", overflow=[rule])
    await crew.enters_by(queue)
    conversation = await crew.writes()
    await crew.passes(59)
    assert (await crew.get(conversation)).home == queue.id
    await crew.passes(2)
    found = await crew.get(conversation)
    assert (found.home, in_line(found), found.state) == (found.inbox_id, None, "open")
    assert await _said(crew, conversation) == ["We answer by tomorrow."]
    line = (await crew.lines(conversation))[-1]
    assert (line.activity, line.details["why"]) == ("left_line", "moved")
    assert await crew.services.board.line(queue.id) == []


async def test_when_too_many_wait_who_comes_goes_to_the_inbox(crew: Crew) -> None:
    rule = Overflow(over_length=1, action="inbox", text="So many of you!")
    queue = await crew.queue("Sales", overflow=[rule])
    await crew.enters_by(queue)
    first = await crew.writes()
    await crew.route()
    second = await crew.writes()
    assert (first.home, second.home) == (queue.id, second.inbox_id)
    assert await _said(crew, second) == ["So many of you!"]


async def _wait(crew: Crew, minutes: int) -> None:
    for _ in range(minutes):
        await crew.clock.advance(60)
        await crew.core.hub.timers.run_due()


async def _homes(crew: Crew) -> set[str]:
    return {one.home for one in await crew.core.conversations()}


@pytest.mark.parametrize("leap_s", [3600, -3600, 24 * 3600])
async def test_a_clock_that_leaps_sends_nobody_on(leaping: Crew, leap_s: int) -> None:
    """R-27. After half an hour of waiting they go on, whatever the clock says meanwhile."""
    crew = leaping
    assert isinstance(crew.clock, LeapingClock)
    second = await crew.queue("Second")
    rule = Overflow(after_wait_s=1800, action="queue", queue_id=second.id)
    first = await crew.queue("First", overflow=[rule])
    await crew.enters_by(first)
    for _ in range(5):
        await crew.writes()
    crew.clock.leap_ms = leap_s * 1000
    await _wait(crew, 28)
    assert await _homes(crew) == {first.id}
    if leap_s > 0:  # a clock that was put back runs through those times once more
        await _wait(crew, 3)
        assert await _homes(crew) == {second.id}


async def test_a_machine_that_slept_sends_nobody_on(leaping: Crew) -> None:
    crew = leaping
    assert isinstance(crew.clock, LeapingClock)
    second = await crew.queue("Second")
    rule = Overflow(after_wait_s=1800, action="queue", queue_id=second.id)
    first = await crew.queue("First", overflow=[rule])
    await crew.enters_by(first)
    one = await crew.writes()
    await _wait(crew, 10)
    other = await crew.writes()
    crew.clock.slept_ms = 8 * 3600 * 1000
    await _wait(crew, 18)
    assert await _homes(crew) == {first.id}
    await _wait(crew, 4)
    assert (await crew.get(one)).home == second.id
    assert (await crew.get(other)).home == first.id
    await _wait(crew, 10)
    assert (await crew.get(other)).home == second.id
