"""Several hubs on one MongoDB: fair lanes, order, one attempt for each message, and no hub is
missed for longer than its term.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.model.agent import Scope
from hub.model.conversation import Conversation
from hub.model.ids import LANES, lane_in, lane_of
from hub.model.message import Message
from hub.ports.channel import OutboundMessage, SendResult
from hub.ports.collections import MESSAGES, OUTBOX, TIMERS
from hub.services.conversations import Changes, Reply, Route
from hub.services.outbox_rows import outbox_id
from tests.support.core import Core
from tests.support.crashing_store import CrashingStore
from tests.support.loop_channel import Wire, mail_from
from tests.support.real_hub import JumpingClock
from tests.support.two_hubs import TERM_S, Town, is_of, town_of, until

ANN = "ann@shop.example"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with town_of(tmp_path, 2) as town:
        yield town


async def _receive(core: Core, text: str, event_id: str, sender: str = ANN) -> None:
    await core.wire.receive(core.inboxes["mail"].id, mail_from(sender, text, event_id))


async def _texts(core: Core, count: int) -> list[str]:
    """Of all messages, in order, once there are `count`."""

    async def are_there() -> bool:
        return len(await core.messages()) >= count

    await until(are_there)
    return [message.text for message in await core.messages()]


async def _conversation(core: Core) -> Conversation:
    [found] = await core.conversations()
    return found


async def _reply(
    core: Core,
    text: str,
    client_id: str = "",
    scope: Scope | None = None,
    about: Conversation | None = None,
) -> Message:
    conversation = about or await _conversation(core)
    inbox = core.inboxes["mail"]
    to = (await core.hub.services.contacts.identities(conversation.contact_id))[0].address
    route = Route(inbox, core.hub.services.inboxes.capabilities(inbox), to)
    reply = Reply(client_id=client_id or f"client-{text}", text=text)
    verbs = core.hub.services.conversations
    return await verbs.reply(scope or core.agent(), conversation, reply, route)


def _sent(town: Town) -> list[str]:
    return [message.text for core in town.hubs for message in core.wire.sent]


async def test_lanes_are_shared_and_those_of_the_dead_are_taken(town: Town) -> None:
    first, second = town.hubs
    assert {len(core.hub.leases.lanes()) for core in town.hubs} == {LANES // 2}
    assert not first.hub.leases.lanes() & second.hub.leases.lanes()
    third = await town.add()
    await until(town.is_shared)
    assert all(20 <= len(core.hub.leases.lanes()) <= 22 for core in town.hubs)
    await town.kill(first)
    await until(town.is_shared)
    await third.hub.leases.release()
    assert second.hub.leases.is_alive(second.hub.leases.key)


async def test_one_senders_messages_keep_their_order_over_both_hubs(town: Town) -> None:
    expected = []
    for number in range(12):
        text = f"{number:02d}"
        await _receive(town.hubs[number % 2], text, f"m{number}")
        expected.append(text)
    assert await _texts(town.hubs[0], 12) == expected


async def test_both_hubs_write_one_conversation_at_once(town: Town) -> None:
    first, second = town.hubs
    await _receive(first, "Hi", "m0")
    await _texts(first, 1)
    answers = [f"{side}{number}" for number in range(10) for side in "ab"]
    written = await asyncio.gather(
        *(_reply(first if text[0] == "a" else second, text) for text in answers)
    )
    assert len({message.seq for message in written}) == len(answers)

    async def are_sent() -> bool:
        return len(_sent(town)) >= len(answers)

    await until(are_sent)
    stored = {m.text: m.seq for m in await first.messages() if m.direction == "out"}
    assert sorted(stored) == sorted(answers)
    assert _sent(town) == sorted(answers, key=lambda text: stored[text])


async def test_the_same_command_at_both_hubs_happens_once(town: Town) -> None:
    await _receive(town.hubs[0], "Hi", "m0")
    await _texts(town.hubs[0], 1)
    scope = town.hubs[0].agent()
    for number in range(8):
        twice = (_reply(core, f"answer {number}", f"c-{number}", scope) for core in town.hubs)
        first, second = await asyncio.gather(*twice)
        assert first.id == second.id
    answers = [m for m in await town.hubs[0].messages() if m.direction == "out"]
    assert len(answers) == 8

    async def are_sent() -> bool:
        return len(_sent(town)) >= 8

    await until(are_sent)
    assert sorted(_sent(town)) == [f"answer {number}" for number in range(8)]


async def test_a_command_that_broke_off_is_finished_by_the_other_hub(town: Town) -> None:
    """After every single write: the other hub plans what the first one planned."""
    first, second = town.hubs
    await _receive(second, "Hi", "m0")
    await _texts(second, 1)
    inner = first.hub.services.timeline._store
    wanted: list[Changes] = [
        Changes(state="closed", labels=["a"], priority=3),
        Changes(state="open", labels=[], priority=0),
    ]
    for writes in range(1, 10):
        conversation = await _conversation(second)
        about = wanted[(writes - 1) % 2]
        dying = CrashingStore(inner, writes)
        first.hub.services.timeline._store = dying
        lines = len(await _lines(second))
        call = (second.agent(), conversation, f"c-{writes}", about)
        who = call[0]
        try:
            await first.hub.services.conversations.change(*call)
        except Exception as fault:  # noqa: BLE001 - it dies on purpose
            assert dying.is_dead, fault
        changed = await second.hub.services.conversations.change(who, *call[1:])
        assert (changed.state, changed.priority) == (about.state, about.priority)
        told = [line.activity for line in (await _lines(second))[lines:]]
        assert len(told) >= 3 and len(told) == len(set(told)), f"after write {writes}: {told}"
    first.hub.services.timeline._store = inner


async def test_what_the_store_did_not_answer_in_time_is_finished_at_once(town: Town) -> None:
    """Nobody repeats a click that failed: what it began must not stay half done."""
    first, second = town.hubs
    await _receive(second, "Hi", "m0")
    await _texts(second, 1)
    conversation = await _conversation(second)
    inner = first.hub.services.timeline._store
    wanted = [Changes(state="closed", labels=["a"]), Changes(state="open", labels=[])]
    for writes in range(1, 10):
        late = CrashingStore(inner, writes, is_short=True)
        first.hub.services.timeline._store = late
        about = wanted[(writes - 1) % 2]
        lines = len(await _lines(second))
        await first.hub.services.conversations.change(
            first.agent(), conversation, f"late-{writes}", about
        )
        told = [line.activity for line in (await _lines(second))[lines:]]
        assert len(told) >= 2, f"after write {writes}: {told}"
    first.hub.services.timeline._store = inner
    messages = await second.store.find(MESSAGES, second.workspace, {}, limit=200)
    seqs = [doc["seq"] for doc in messages.docs]
    assert seqs == list(range(1, len(seqs) + 1)), "no line is missing"


async def _lines(core: Core) -> list[Message]:
    return await core.messages("activity")


async def test_rows_of_a_dead_hub_are_worked_off_by_the_other(town: Town) -> None:
    first, second = town.hubs
    await _receive(first, "Hi", "m0")
    await _texts(first, 1)
    is_firsts = is_of(first, (await _conversation(first)).id)
    owner, other = (first, second) if is_firsts else (second, first)
    owner.wire.is_hanging = True
    asked = await _reply(other, "asked once")

    async def is_with_the_vendor() -> bool:
        return bool(owner.wire.sent)

    await until(is_with_the_vendor)
    later = await _reply(other, "waits behind it")
    await town.kill(owner)
    began = asyncio.get_running_loop().time()

    async def is_sent() -> bool:
        doc = await other.store.get(OUTBOX, outbox_id(later.id))
        return doc is not None and doc["state"] == "accepted"

    await until(is_sent)
    assert asyncio.get_running_loop().time() - began < TERM_S + 10
    doc = await other.store.get(OUTBOX, outbox_id(asked.id))
    assert doc is not None and doc["state"] == "unknown", "nobody knows, so nobody sends again"
    assert [message.text for message in other.wire.sent] == ["waits behind it"]


async def test_a_lane_is_handed_over_only_when_nothing_of_it_is_in_hand(tmp_path: Path) -> None:
    async with town_of(tmp_path, 1) as town:
        [first] = town.hubs
        for number in range(12):
            await _receive(first, "Hi", f"m{number}", f"p{number}@shop.example")
        await _texts(first, 12)
        # The lower half is what a hub gives up first.
        about = min(await first.conversations(), key=lambda c: lane_of(c.id))
        answered = asyncio.Event()
        adapter = first.wire.adapters[first.inboxes["mail"].id]
        send = adapter.send

        async def slow(message: OutboundMessage) -> SendResult:
            await answered.wait()
            return await send(message)

        adapter.send = slow  # type: ignore[method-assign]
        sent = await _reply(first, "slowly", about=about)
        row_id = outbox_id(sent.id)

        async def is_claimed() -> bool:
            doc = await first.store.get(OUTBOX, row_id)
            return doc is not None and doc["state"] == "sending"

        await until(is_claimed)
        second = await town.add()

        async def has_most() -> bool:
            return len(second.hub.leases.lanes()) >= LANES // 2 - 1

        await until(has_most)
        doc = await first.store.get(OUTBOX, row_id)
        assert lane_in(row_id) not in second.hub.leases.lanes()
        assert doc is not None and doc["state"] == "sending"
        answered.set()

        async def is_handed_over() -> bool:
            return lane_in(row_id) in second.hub.leases.lanes()

        await until(is_handed_over)
        message = await first.hub.services.timeline.require_message(sent.id)
        assert message.delivery == "accepted"
        assert not second.wire.sent


async def test_a_timer_set_at_any_hub_runs_once(tmp_path: Path) -> None:
    clock = JumpingClock()
    async with town_of(tmp_path, 2, clock) as town:
        for number in range(4):
            await _receive(town.hubs[0], "Hi", f"m{number}", f"p{number}@shop.example")
        await _texts(town.hubs[0], 4)
        until_ms = clock.now_ms() + 3_000
        for core, conversation in zip(
            town.hubs * 2, await town.hubs[0].conversations(), strict=True
        ):
            snooze = Changes(state="snoozed", snoozed_until=until_ms)
            verbs = core.hub.services.conversations
            await verbs.change(core.agent(), conversation, f"z-{conversation.id}", snooze)

        async def are_awake() -> bool:
            return all(c.state == "open" for c in await town.hubs[0].conversations())

        await until(are_awake)

        async def woken() -> int:
            lines = await town.hubs[1].messages("activity")
            return len([line for line in lines if line.activity == "woken"])

        async def are_told() -> bool:
            return await woken() == 4

        await until(are_told)
        page = await town.hubs[0].store.dump(TIMERS)
        assert not [doc for doc in page.docs if doc["kind"] == "snooze"]


async def test_what_was_told_to_a_hub_that_died_at_once_is_worked_off(tmp_path: Path) -> None:
    """A row between its commit and anything else: only the store knows of it."""
    async with town_of(tmp_path, 2) as town:
        first, second = town.hubs
        for number in range(6):
            await _receive(first, f"{number}", f"m{number}", f"p{number}@shop.example")
        await town.kill(first)
        assert sorted(await _texts(second, 6)) == [str(number) for number in range(6)]
        page = await second.store.dump(MESSAGES)
        assert len([doc for doc in page.docs if doc["kind"] == "message"]) == 6


async def test_inboxes_of_another_hub_start_here(town: Town) -> None:
    first, second = town.hubs
    made = await first.hub.services.inboxes.create(first.workspace, "mail", "New", {}, "main")

    async def runs() -> bool:
        return second.hub.services.inboxes.adapter(made.id) is not None

    await until(runs)
    await first.hub.services.inboxes.change(first.workspace, made.id, is_paused=True)

    async def is_paused() -> bool:
        known = second.hub.services.inboxes.get(made.id)
        return known is not None and known.is_paused

    await until(is_paused)
    assert second.hub.services.inboxes.way(made.id) is None
    await first.hub.services.inboxes.delete(first.workspace, made.id)

    async def is_gone() -> bool:
        return second.hub.services.inboxes.get(made.id) is None

    await until(is_gone)


def test_a_wire_is_one_hubs(town: Town) -> None:
    """The ledgers of these tests must not be shared, or nothing above says anything."""
    assert isinstance(town.hubs[0].wire, Wire) and town.hubs[0].wire is not town.hubs[1].wire
