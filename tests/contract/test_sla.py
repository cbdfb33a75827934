"""Promised times over both stores: what is told when, what a queue does about it, and that no
alarm goes off late or by a clock that leaps.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.model.conversation import Conversation
from hub.model.hours import DAYS, Span
from hub.model.routing import SlaTargets
from hub.services.changing import Changes
from hub.services.conversations import Reply, Route
from hub.services.sla import next_at
from tests.support.clock import LeapingClock
from tests.support.core import bear, running_core
from tests.support.crew import Crew, running_crew
from tests.support.loop_channel import chat_from
from tests.support.stores import KINDS

SLA = SlaTargets(first_answer_s=20, next_answer_s=10, resolve_s=400, warn_percent=80)


@pytest.fixture(params=KINDS)
async def crew(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Crew]:
    async with running_crew(request.param, tmp_path) as crew:
        yield crew


async def told(crew: Crew, conversation: Conversation) -> list[str]:
    lines = await crew.lines(conversation)
    return [
        f"{line.activity.removeprefix('sla_')} {line.details['target']}"
        for line in lines
        if line.activity.startswith("sla_")
    ]


async def passes(crew: Crew, seconds: int) -> None:
    """In steps, so that a hub on a shared store keeps its lanes."""
    for _ in range(seconds // 3):
        await crew.passes(3)
    await crew.passes(seconds % 3)


async def answers(crew: Crew, scope: object, conversation: Conversation, text: str) -> None:
    current = await crew.get(conversation)
    inbox = crew.core.inboxes[current.channel]
    identity = await crew.services.contacts.find_identity(current.identities[0])
    route = Route(inbox, crew.services.inboxes.capabilities(inbox), identity.address)
    reply = Reply(client_id=f"client-{text}", text=text)
    await crew.services.conversations.reply(scope, current, reply, route)


async def test_a_promise_is_warned_of_and_broken_once(crew: Crew) -> None:
    await crew.enters_by(await crew.queue("Sales", sla=SLA))
    conversation = await crew.writes()
    assert conversation.sla is not None
    await passes(crew, 15)
    assert await told(crew, conversation) == []
    await passes(crew, 2)
    assert await told(crew, conversation) == ["warned first"]
    await passes(crew, 4)
    await passes(crew, 4)
    assert await told(crew, conversation) == ["warned first", "broken first"]
    line = (await crew.lines(conversation))[-1]
    assert line.details["is_late"] is False
    assert line.details["due"] == conversation.sla.first_due
    assert (await crew.get(conversation)).sla.broken == ["first"]  # type: ignore[union-attr]


async def test_an_answer_in_time_stops_the_clock(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    await crew.enters_by(await crew.queue("Sales", ada, sla=SLA))
    conversation = await crew.writes("ann")
    await passes(crew, 10)
    await answers(crew, ada, conversation, "Hello")
    await passes(crew, 15)
    await passes(crew, 15)
    assert await told(crew, conversation) == []
    await crew.writes("ann", "One more thing")
    await passes(crew, 11)
    assert await told(crew, conversation) == ["warned next", "broken next"]
    [first] = [m for m in await crew.core.messages() if m.direction == "out"]
    assert first.details["answer"] == "first"
    assert first.details["answer_ms"] == 10_000


async def test_an_automatic_answer_stops_nothing(crew: Crew) -> None:
    queue = await crew.queue("Sales", sla=SLA, waiting_text="Wait.")
    await crew.enters_by(queue)
    inbox = crew.core.inboxes["chat"]
    event = chat_from(inbox.id, "ann", "Hi", "e1", at=crew.clock.now_ms())
    await crew.core.wire.receive(inbox.id, event)
    await crew.core.settle()
    [conversation] = await crew.core.conversations()
    assert [m.text for m in crew.core.wire.sent] == ["Wait."]
    await passes(crew, 21)
    assert "broken first" in await told(crew, conversation)


async def test_a_breach_raises_the_priority_and_moves_on(crew: Crew) -> None:
    second = await crew.queue("Second")
    targets = SlaTargets(first_answer_s=20, raise_priority=3, move_to_queue_id=second.id)
    await crew.enters_by(await crew.queue("First", sla=targets))
    conversation = await crew.writes()
    await passes(crew, 21)
    moved = await crew.get(conversation)
    assert (moved.priority, moved.home) == (3, second.id)
    assert moved.sla is not None
    assert next_at(moved.sla) == 0
    done = await crew.told(conversation)
    assert done[-3:] == ["sla_broken", "priority", "queued"]


async def test_whoever_has_it_keeps_it(crew: Crew) -> None:
    second, ada = await crew.queue("Second"), await crew.sits_down("Ada")
    targets = SlaTargets(first_answer_s=20, move_to_queue_id=second.id)
    first = await crew.queue("First", ada, sla=targets, accept="auto")
    await crew.enters_by(first)
    conversation = await crew.writes()
    await crew.route()
    await passes(crew, 21)
    assert "broken first" in await told(crew, conversation)
    assert (await crew.get(conversation)).home == first.id


async def test_closing_ends_all_promises(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    await crew.enters_by(await crew.queue("Sales", ada, sla=SLA))
    conversation = await crew.writes("ann")
    closed = Changes(state="closed")
    await crew.services.conversations.change(ada, conversation, "client-close", closed)
    await passes(crew, 21)
    assert await told(crew, conversation) == []
    await crew.writes("ann", "Again")
    reopened = max(await crew.core.conversations(), key=lambda one: one.last_at)
    await passes(crew, 21)
    assert "broken first" in await told(crew, reopened)


async def test_by_the_hours_of_work_of_the_queue(leaping: Crew) -> None:
    """It is Thursday, 22:26 in Warsaw."""
    crew = leaping
    week = {day: [Span(540, 1020)] for day in DAYS[:5]}
    given = {"name": "Office", "time_zone": "Europe/Warsaw", "week": week}
    schedule = await crew.services.schedules.create(crew.core.workspace, given)
    await crew.enters_by(await crew.queue("Sales", sla=SLA, schedule_id=schedule.id))
    conversation = await crew.writes()
    await crew.passes(10 * 3600)
    assert await told(crew, conversation) == []
    await crew.passes(34 * 60)  # 9:00 and a moment
    await crew.passes(100)
    assert "broken first" in await told(crew, conversation)


async def test_a_breach_noticed_after_hours_of_being_down_is_silent(tmp_path: Path) -> None:
    async with running_crew("sqlite", tmp_path) as crew:
        second = await crew.queue("Second")
        targets = SlaTargets(first_answer_s=100, raise_priority=3, move_to_queue_id=second.id)
        first = await crew.queue("First", sla=targets)
        await crew.enters_by(first)
        conversation = await crew.writes()
        await crew.core.die()
        await crew.clock.advance(3600)
        again = await bear(crew.core.store, tmp_path, crew.core.wire, crew.clock)
        await again.hub.timers.run_due()
        later = Crew(again, crew.clock)
        line = (await later.lines(conversation))[-1]
        assert (line.activity, line.details["is_late"]) == ("sla_broken", True)
        current = await later.get(conversation)
        assert (current.priority, current.home) == (0, first.id)
        await again.die()


@pytest.fixture
async def leaping(tmp_path: Path) -> AsyncIterator[Crew]:
    """For long times: on a store of one hub, where nobody must hold lanes meanwhile."""
    clock = LeapingClock()
    async with running_core("sqlite", tmp_path, clock) as core:
        yield Crew(core, clock)


async def _wait(crew: Crew, minutes: int) -> None:
    for _ in range(minutes):
        await crew.clock.advance(60)
        await crew.core.hub.timers.run_due()


@pytest.mark.parametrize("leap_s", [3600, -3600, 24 * 3600, -24 * 3600])
async def test_a_clock_that_leaps_sets_off_no_storm(leaping: Crew, leap_s: int) -> None:
    """R-27. A promise of half an hour, for ten who wait; the clock leaps and comes to be
    believed.
    """
    crew = leaping
    assert isinstance(crew.clock, LeapingClock)
    second = await crew.queue("Second")
    targets = SlaTargets(first_answer_s=1800, raise_priority=3, move_to_queue_id=second.id)
    first = await crew.queue("First", sla=targets)
    await crew.enters_by(first)
    for _ in range(10):
        await crew.writes()
    crew.clock.leap_ms = leap_s * 1000
    await _wait(crew, 9)
    assert [m.activity for m in await crew.core.messages("activity")] == ["queued"] * 10
    await _wait(crew, 3)
    everyone = await crew.core.conversations()
    assert {(one.priority, one.home) for one in everyone} == {(0, first.id)}
    broken = [m for m in await crew.core.messages("activity") if m.activity == "sla_broken"]
    assert len(broken) == (10 if leap_s > 0 else 0)
    assert all(line.details["is_late"] for line in broken)


async def test_a_leap_that_is_taken_back_changes_nothing(leaping: Crew) -> None:
    crew = leaping
    assert isinstance(crew.clock, LeapingClock)
    await crew.enters_by(await crew.queue("First", sla=SlaTargets(first_answer_s=1800)))
    conversation = await crew.writes()
    crew.clock.leap_ms = 24 * 3600 * 1000
    await _wait(crew, 8)
    crew.clock.leap_ms = 0
    await _wait(crew, 15)
    assert await told(crew, conversation) == []
    await _wait(crew, 8)
    line = (await crew.lines(conversation))[-1]
    assert (line.activity, line.details["is_late"]) == ("sla_broken", False)
