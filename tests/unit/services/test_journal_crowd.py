"""Who waits for a 2xx goes before what is already safe, and never holds it up for long."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from hub.model.contact import Address
from hub.model.ids import LANES
from hub.model.inbox import Inbox
from hub.ports.collections import JOURNAL
from hub.ports.inbound import MessageReceived
from hub.ports.store import Coll, Doc
from hub.services.counters import Counters
from hub.services.journal import Journal, Row
from hub.services.names import NameBook
from hub.tasks import Tasks
from tests.support.clock import ManualClock, settle
from tests.support.stores import fresh_store

INBOX = Inbox(id="aaaaaaaa.inbox", channel="loop", name="Shop")
CROWD = 16


def event(number: int) -> MessageReceived:
    return MessageReceived(
        event_id=f"e{number}", sender=Address("phone", f"+4860000{number:04d}"), at=1, text="hi"
    )


class Rig:
    """A journal at work over a real store, whose disk keeps all but the first event waiting."""

    def __init__(self, journal: Journal, gate: asyncio.Event, worked_off: list[str]) -> None:
        self.journal, self.gate, self.worked_off = journal, gate, worked_off
        self.crowd: list[asyncio.Task[None]] = []

    async def accept_behind(self, crowd: int) -> None:
        """One event is safe while a crowd still waits for the disk."""
        self.crowd = [
            asyncio.ensure_future(self.journal.accept(INBOX, [event(number)]))
            for number in range(1, crowd + 1)
        ]
        await settle()
        await self.journal.accept(INBOX, [event(0)])


@pytest.fixture
async def rig(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Rig]:
    gate, worked_off, tasks = asyncio.Event(), list[str](), Tasks()

    async def key_of(_: str) -> bytes:
        return b"k" * 32

    async def handle(row: Row) -> None:
        worked_off.append(row.event_id)

    async with fresh_store("sqlite", tmp_path, clock, (JOURNAL,)) as store:
        insert_many = store.insert_many

        async def slow(coll: Coll, docs: Sequence[Doc]) -> list[tuple[int, str]]:
            if docs[0]["event_id"] != "e0":
                await gate.wait()
            return await insert_many(coll, docs)

        store.insert_many = slow  # type: ignore[method-assign]
        journal = Journal(store, NameBook(key_of), clock, tasks, Counters())
        journal.start(handle)
        await journal.take_up(range(LANES))
        rig = Rig(journal, gate, worked_off)
        yield rig
        gate.set()
        await asyncio.gather(*rig.crowd)
        await tasks.close()


async def test_a_crowd_at_the_door_goes_first(rig: Rig, clock: ManualClock) -> None:
    await rig.accept_behind(CROWD)
    await clock.advance(2.9)
    assert rig.worked_off == []
    await clock.advance(0.2)
    assert rig.worked_off == ["e0"], "nothing waits for longer than three seconds"


async def test_when_the_crowd_has_gone_work_goes_on(rig: Rig, clock: ManualClock) -> None:
    await rig.accept_behind(CROWD)
    rig.gate.set()
    await asyncio.gather(*rig.crowd)
    await clock.advance(0.3)
    await rig.journal.settle()
    assert len(rig.worked_off) == CROWD + 1


async def test_a_few_callers_hold_nothing_up(rig: Rig, clock: ManualClock) -> None:
    await rig.accept_behind(CROWD - 2)
    await clock.advance(0)
    assert rig.worked_off == ["e0"]
