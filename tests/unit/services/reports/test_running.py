"""Counting goes on while something happens, for the workspaces whose lane is this hub's."""

from pathlib import Path

import msgspec

from hub.model.conversation import Conversation
from hub.model.events import MessageChanged
from hub.model.ids import lane_of, new_id
from hub.model.message import Message
from hub.ports.collections import MESSAGES
from hub.services.docs import to_doc
from hub.services.reports.buckets import read_all
from hub.services.reports.grains import floor
from hub.services.reports.progress import read_progress
from hub.services.reports.running import Counting
from tests.support.clock import ManualClock
from tests.support.people import Town, town
from tests.support.timelines import line


async def begun(town: Town, workspace: str) -> int:
    now = town.clock.now_ms()
    found = await read_all(town.store, workspace, "quarter", floor("day", now), now + 1)
    return found.get("total", {}).get("all", {}).get("created", 0)


async def happen(town: Town, workspace: str, at: int) -> None:
    conversation = Conversation(
        id=new_id(workspace), contact_id=new_id(workspace), home="", inbox_id=f"{workspace}.i",
        channel="webchat", join_group="main",
    )  # fmt: skip
    made = to_doc(line(at, seq=1))
    made |= {"_id": f"{conversation.id}.0000000001", "conversation_id": conversation.id}
    await town.store.insert(MESSAGES, made)
    message = msgspec.convert(made, Message)
    town.bus.publish(workspace, MessageChanged(message=message, conversation=conversation))


async def test_what_happens_is_counted_at_the_next_turn(tmp_path: Path, clock: ManualClock) -> None:
    async with town(tmp_path, clock) as built:
        workspace = await built.workspace()
        people = built.people.workspaces
        counting = Counting(built.store, people, built.bus, clock, lambda lane: True)
        await counting.turn()
        await happen(built, workspace, clock.now_ms())
        await clock.advance(2)
        await counting.turn()
        assert await begun(built, workspace) == 1
        await clock.advance(400)
        await counting.turn()
        await happen(built, workspace, clock.now_ms() - 300_000)  # the bus tells that it is late
        await clock.advance(2)
        await counting.turn()
        assert await begun(built, workspace) == 2


async def test_only_the_owner_of_the_lane_counts(tmp_path: Path, clock: ManualClock) -> None:
    async with town(tmp_path, clock) as built:
        workspace = await built.workspace()
        owned: set[int] = set()
        counting = Counting(
            built.store, built.people.workspaces, built.bus, clock, owned.__contains__
        )
        await happen(built, workspace, clock.now_ms())
        await counting.turn()
        assert await read_progress(built.store, workspace) is None
        owned.add(lane_of(workspace))
        await counting.turn()
        assert await begun(built, workspace) == 1
