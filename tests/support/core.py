"""A hub without its web server, over either store, with the test channels: for tests of
the core.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hub.app.build import Hub, build
from hub.clock import Clock, SystemClock
from hub.model.agent import PERMISSIONS, Role, Scope
from hub.model.conversation import Conversation
from hub.model.ids import LANES, local, new_id
from hub.model.inbox import Inbox
from hub.model.message import Message
from hub.ports.collections import ALL, CONVERSATIONS, MESSAGES
from hub.ports.store import DocumentStore
from hub.services import migrate
from hub.services.docs import from_doc
from hub.store.migrations import ALL as MIGRATIONS
from hub.tasks import Tasks
from tests.support.clock import settle
from tests.support.loop_channel import Wire
from tests.support.people import make_config
from tests.support.stores import fresh_store


@dataclass
class Core:
    """One life of a hub. `again()` in the same store is the life after a crash."""

    hub: Hub
    wire: Wire
    workspace: str
    tasks: Tasks
    inboxes: dict[str, Inbox] = field(default_factory=dict)

    @property
    def store(self) -> DocumentStore:
        return self.hub.services.store

    def agent(
        self, name: str = "Ada", role: Role = "agent", homes: set[str] | None = None
    ) -> Scope:
        return Scope(
            workspace=self.workspace,
            agent_id=new_id(self.workspace),
            name=name,
            role=role,
            permissions=PERMISSIONS[role],
            homes=None if homes is None else frozenset(homes),
        )

    async def settle(self) -> None:
        """Until everything received is on a timeline and everything queued was attempted."""
        await self.hub.journal.settle()
        await self.hub.services.outbox.settle()

    async def conversations(self) -> list[Conversation]:
        page = await self.store.find(CONVERSATIONS, self.workspace, {}, limit=200)
        return [from_doc(Conversation, doc) for doc in page.docs]

    async def messages(self, kind: str = "message") -> list[Message]:
        page = await self.store.find(MESSAGES, self.workspace, {}, limit=1000)
        found = [from_doc(Message, doc) for doc in page.docs]
        return [m for m in found if m.kind == kind]

    async def take_lanes(self) -> None:
        """All of them, with what stands in them."""
        while await self.hub.leases.take_lanes() < LANES:
            await settle()
        await self.hub.cluster.work.follow()

    async def die(self) -> None:
        """As kill -9: tasks end wherever they are, nothing is tidied up."""
        await self.tasks.close()


async def bear(
    store: DocumentStore, data_dir: Path, wire: Wire, clock: Clock, redis_url: str | None = None
) -> Core:
    """Start a hub over `store` and recover what it finds there."""
    tasks = Tasks()
    config = make_config(data_dir, redis_url=redis_url)
    hub = await build(config, clock, tasks, store=store, specs=wire.specs())
    workspaces = hub.services.workspaces
    known = await workspaces.all()
    first = known[0] if known else await workspaces.create("Shop")
    workspace = local(first.id)
    core = Core(hub, wire, workspace, tasks)
    await hub.leases.take_lanes()
    hub.cluster.begin()
    await hub.hold.refresh()
    inboxes = hub.services.inboxes
    await inboxes.start([workspace])
    if not known:
        for channel in wire.specs():
            await inboxes.create(workspace, channel, channel, {}, "main")
    core.inboxes = {inbox.channel: inbox for inbox in inboxes.of_workspace(workspace)}
    while len(wire.adapters) < len(core.inboxes):
        await SystemClock().sleep(0)
    await hub.services.merges.start([workspace])
    hub.journal.start(hub.receiving.intake.handle)
    await hub.cluster.take_up(hub.rows())
    hub.receiving.start()
    await hub.services.queue_book.load()
    await hub.routing.router.start()
    hub.cluster.start()
    _ = tasks.spawn("timers", hub.timers.run())
    return core


@asynccontextmanager
async def running_core(
    kind: str, tmp_path: Path, clock: Clock | None = None, wire: Wire | None = None
) -> AsyncIterator[Core]:
    clock = clock or SystemClock()
    async with fresh_store(kind, tmp_path, clock, ALL) as store:
        await migrate.migrate(store, clock, MIGRATIONS)
        core = await bear(store, tmp_path, wire or Wire(), clock)
        try:
            yield core
        finally:
            await core.die()
