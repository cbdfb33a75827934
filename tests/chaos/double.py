"""Two routers that both believe they own the same workspace, on one store: nobody may be given a
conversation twice, and nobody more than fits.

    python -m tests.chaos.double --assignments 100000 --store mongo

Every race is forced: both hear each change in the same turn of the loop and decide at once, each
with its own engine. What was assigned goes back in line a moment later, so that few conversations
make many assignments. Afterwards the timelines are read from the store: between two assignments of
a conversation it must have come back into its line (or what says so is missing among its numbers,
which only a store that does not answer in time can leave). Prints one line of JSON; exit 1 when
anything was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from hub.app.routing import Ground, Routing
from hub.bus.local import LocalBus
from hub.clock import SystemClock
from hub.model.agent import Agent
from hub.model.conversation import Conversation
from hub.model.desk import load_of
from hub.model.events import DeskChanged, Event
from hub.model.ids import local, new_id, new_key
from hub.model.message import Message
from hub.model.routing import FULL, Member, Queue
from hub.model.routing import Routing as Waits
from hub.ports.channel import Capabilities, ChannelSpec
from hub.ports.collections import AGENTS, ALL, CONVERSATIONS, MESSAGES, QUEUES
from hub.ports.store import DocumentStore
from hub.services.contacts import Contacts
from hub.services.docs import from_doc, from_docs, to_doc
from hub.services.lanes import Lanes
from hub.services.names import NameBook
from hub.services.people import People, make_people
from hub.services.routing.steps import Asks
from hub.services.timeline import Follower, Timeline, Written
from hub.services.timers import Timers
from hub.services.vault import Vault
from hub.tasks import Tasks
from tests.support.people import make_config
from tests.support.stores import fresh_store

AGENTS_AT_WORK = 12
PLACES = 3
CONVERSATIONS_IN_PLAY = 60


@dataclass
class Side:
    """One hub's routing."""

    routing: Routing
    timeline: Timeline
    people: People
    tasks: Tasks


@dataclass
class Outcome:
    """What is known afterwards."""

    assignments: int = 0
    doubles: int = 0
    missing_lines: int = 0
    worst_load: int = 0
    wrong_desks: int = 0
    seconds: float = 0.0
    by_side: Counter[int] = field(default_factory=Counter)

    @property
    def is_fine(self) -> bool:
        return not self.doubles and not self.wrong_desks and self.worst_load <= FULL

    def shown(self) -> str:
        facts = {
            "assignments": self.assignments,
            "doubles": self.doubles,
            "missing_lines": self.missing_lines,
            "worst_load": self.worst_load,
            "wrong_desks": self.wrong_desks,
            "seconds": round(self.seconds, 1),
            "by_side": dict(self.by_side),
        }
        return json.dumps(facts)


class Line:
    """A bus between both sides that loses nothing: the worst case for races."""

    def __init__(self) -> None:
        self.ends: list[LocalBus] = []

    def end(self) -> LocalBus:
        line = self

        class End(LocalBus):
            def publish(self, workspace: str, event: Event) -> None:
                for end in line.ends:
                    LocalBus.publish(end, workspace, event)

        made = End()
        self.ends.append(made)
        return made


class Double:
    def __init__(self, store: DocumentStore, data_dir: Path, wanted: int) -> None:
        self._store = store
        self._config = make_config(data_dir)
        self._wanted = wanted
        self._clock = SystemClock()
        self._line = Line()
        self._spec = ChannelSpec(
            name="chat",
            capabilities=Capabilities(address_kind="visitor"),
            fields=[],
            check=lambda config: {},
            address=lambda config: "",
            load=lambda: lambda ctx: None,  # type: ignore[arg-type, return-value]
        )
        self.sides: list[Side] = []
        self.outcome = Outcome()
        self._done = asyncio.Event()
        self._queue: Queue | None = None

    async def run(self) -> Outcome:
        began = time.monotonic()
        workspace = await self._furnish()
        for side in self.sides:
            await side.people.queue_book.load()
            for agent_id in self._agent_ids:
                side.routing.browsers.came(agent_id)
            await side.routing.browsers.settle()
        for agent_id in self._agent_ids:
            await self.sides[0].routing.desks.set_presence(agent_id, "available")
        for number, side in enumerate(self.sides):
            side.timeline.follow(self._follower(number))
            await side.routing.router.start()
            _ = side.tasks.spawn("routing", side.routing.router.run())
        await self._done.wait()
        for side in self.sides:
            await side.tasks.close()
        self.outcome.seconds = time.monotonic() - began
        await self._check(workspace)
        return self.outcome

    def _side(self, vault: Vault) -> Side:
        bus, tasks, clock, store = self._line.end(), Tasks(), self._clock, self._store
        people = make_people(
            store, vault=vault, clock=clock, bus=bus, tasks=tasks, public_url="http://127.0.0.1"
        )
        names = NameBook(people.workspaces.key_of)
        timeline = Timeline(store, Lanes(), bus, clock)
        ground = Ground(
            store=store,
            bus=bus,
            clock=clock,
            tasks=tasks,
            specs={"chat": self._spec},
            people=people,
            names=names,
            timeline=timeline,
            contacts=Contacts(store, names, bus, clock),
            timers=Timers(store, clock),
            owns=lambda lane: True,
        )
        return Side(Routing(ground), timeline, people, tasks)

    async def _furnish(self) -> str:
        vault = Vault.load(self._config)
        self.sides = [self._side(vault), self._side(vault)]
        workspace = local((await self.sides[0].people.workspaces.create("Shop")).id)
        self._agent_ids = [new_id(workspace) for _ in range(AGENTS_AT_WORK)]
        for number, id in enumerate(self._agent_ids):
            agent = Agent(
                id=id, account_id="sys.none", name=f"Agent {number}", email="", role="agent",
                has_joined=True, capacity={"chat": PLACES},
            )  # fmt: skip
            await self._store.insert(AGENTS, to_doc(agent))
        queue = Queue(
            id=new_id(workspace),
            name="Sales",
            accept="auto",
            strategy="random",
            members=[Member(agent_id=id) for id in self._agent_ids],
        )
        await self._store.insert(QUEUES, to_doc(queue))
        self._queue = queue
        for _ in range(CONVERSATIONS_IN_PLAY):
            await self._store.insert(CONVERSATIONS, to_doc(self._waiting(workspace, queue)))
        for side in self.sides:
            self._line.ends[self.sides.index(side)].subscribe(self._watch)
        return workspace

    def _waiting(self, workspace: str, queue: Queue) -> Conversation:
        now = self._clock.now_ms()
        return Conversation(
            id=new_id(workspace),
            contact_id=new_id(workspace),
            home=queue.id,
            inbox_id=f"{workspace}.inbox",
            channel="chat",
            join_group="main",
            created_at=now,
            last_at=now,
            routing=Waits(queue_id=queue.id, state="waiting", entered_at=now),
        )

    def _watch(self, workspace: str, event: Event) -> None:
        """Every version of a desk that was ever written comes by here."""
        if isinstance(event, DeskChanged):
            self.outcome.worst_load = max(self.outcome.worst_load, load_of(event.desk))

    def _follower(self, number: int) -> Follower:
        side = self.sides[number]

        async def assigned(written: Written) -> None:
            lines = [m.activity for m in written.messages]
            if "assigned" not in lines:
                return
            self.outcome.assignments += 1
            self.outcome.by_side[number] += 1
            if self.outcome.assignments >= self._wanted:
                self._done.set()
            else:
                _ = side.tasks.spawn("back", self._back(side, written.conversation))

        return assigned

    async def _back(self, side: Side, conversation: Conversation) -> None:
        """Back in line: the next assignment."""
        assert self._queue is not None
        agent_id, seq = conversation.assignee_id, conversation.seq
        await side.routing.commands.enqueue(
            conversation.id, self._queue, "manual", Asks(), f"back:{new_key()}",
            holds=lambda now: (now.assignee_id, now.seq) == (agent_id, seq),
        )  # fmt: skip

    async def _check(self, workspace: str) -> None:
        """What the store says."""
        after = None
        is_out: dict[str, bool] = {}
        last: dict[str, int] = {}
        while True:
            page = await self._store.find(MESSAGES, workspace, {}, after=after, limit=1000)
            for message in from_docs(Message, page.docs):
                id = message.conversation_id
                missing = message.seq - last.get(id, 0) - 1
                self.outcome.missing_lines += missing
                last[id] = message.seq
                known = is_out.get(id, False) and not missing
                if message.activity == "assigned":
                    self.outcome.doubles += known
                    is_out[id] = True
                elif message.activity == "queued":
                    is_out[id] = False
            after = page.next
            if after is None:
                break
        await self._check_desks(workspace)

    async def _check_desks(self, workspace: str) -> None:
        """After the next levelling every desk holds just what is its agent's."""
        room = self.sides[0].routing.router.room(workspace)
        assert room is not None
        for _ in range(2):
            await room.level(self._clock.now_ms(), is_first=True)
        held: dict[str, set[str]] = {id: set() for id in self._agent_ids}
        page = await self._store.find(CONVERSATIONS, workspace, {}, limit=1000)
        for one in (from_doc(Conversation, doc) for doc in page.docs):
            if one.assignee_id:
                held[one.assignee_id].add(local(one.id))
        for desk in await self.sides[0].routing.desks.all(workspace):
            young = self._clock.now_ms() - 30_000
            kept = {id for id, one in desk.held.items() if one.at < young or id in held[desk.id]}
            missing = held[desk.id] - desk.held.keys()
            strange = kept - held[desk.id]
            self.outcome.wrong_desks += bool(missing or strange)


async def double(kind: str, data_dir: Path, assignments: int) -> Outcome:
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(fresh_store(kind, data_dir, SystemClock(), ALL))
        return await Double(store, data_dir, assignments).run()


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.chaos.double")
    parser.add_argument("--assignments", type=int, default=1000)
    parser.add_argument("--store", choices=("sqlite", "mongo"), default="mongo")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(double(asked.store, Path(folder), asked.assignments))
    sys.stdout.write(outcome.shown() + "\n")
    return 0 if outcome.is_fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
