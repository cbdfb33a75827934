"""A hub without its web server whose clock stands still, with inboxes of real channels that were
never started: for tests of what becomes of answers whose vendor misbehaves.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from hub.app.build import Hub, build
from hub.clock import SystemClock
from hub.model.agent import PERMISSIONS, Scope
from hub.model.contact import Address
from hub.model.conversation import Conversation
from hub.model.ids import local, new_id
from hub.model.inbox import Inbox
from hub.model.message import Message
from hub.ports.channel import AdapterContext, ChannelAdapter, ChannelSpec
from hub.ports.collections import ALL, CONVERSATIONS, OUTBOX
from hub.ports.inbound import MessageReceived
from hub.services import migrate
from hub.services.conversations import Reply, Route
from hub.services.docs import from_doc
from hub.services.outbox_rows import OutboxRow, outbox_id
from hub.store.migrations import ALL as MIGRATIONS
from hub.tasks import Tasks
from tests.support.clock import ManualClock
from tests.support.mail_hub import until
from tests.support.people import make_config
from tests.support.stores import fresh_store


@dataclass
class StillHub:
    hub: Hub
    clock: ManualClock
    workspace: str

    async def open(self, channel: str, config: Mapping[str, Any]) -> Inbox:
        """An inbox, its adapter made; what it receives stands apart from all others."""
        inboxes = self.hub.services.inboxes
        inbox = await inboxes.create(self.workspace, channel, channel, config, "none")
        found: Inbox = inbox

        async def is_up() -> bool:
            return inboxes.adapter(found.id) is not None

        await until(is_up)
        return found

    async def hear(self, inbox: Inbox, *senders: Address) -> None:
        """Each of them writes to this inbox now."""
        now = self.clock.now_ms()
        events = [
            MessageReceived(event_id=f"hi {sender.value}", sender=sender, at=now, text="Hi")
            for sender in senders
        ]
        await self.hub.journal.accept(inbox, events)
        await self.hub.journal.settle()

    async def conversations(self, inbox: Inbox) -> list[Conversation]:
        found: list[Conversation] = []
        after = None
        while True:
            page = await self.hub.services.store.find(
                CONVERSATIONS, self.workspace, {}, after=after, limit=200
            )
            found += [from_doc(Conversation, doc) for doc in page.docs]
            after = page.next
            if after is None:
                return [one for one in found if one.inbox_id == inbox.id]

    async def answer(self, inbox: Inbox, talk: Conversation, to: Address, text: str) -> Message:
        services = self.hub.services
        who = Scope(
            workspace=self.workspace,
            agent_id=new_id(self.workspace),
            name="Ada",
            role="agent",
            permissions=PERMISSIONS["agent"],
            homes=None,
        )
        route = Route(inbox, services.inboxes.capabilities(inbox), to)
        reply = Reply(client_id=f"client-{inbox.id[-12:]}-{talk.id[-12:]}", text=text)
        sent: Message = await services.conversations.reply(who, talk, reply, route)
        return sent

    async def row(self, message: Message) -> OutboxRow:
        doc = await self.hub.services.store.get(OUTBOX, outbox_id(message.id))
        assert doc is not None
        return from_doc(OutboxRow, doc)

    async def shown(self, message: Message) -> Message:
        found: Message = await self.hub.services.timeline.require_message(message.id)
        return found


def unstarted(spec: ChannelSpec) -> ChannelSpec:
    """The channel with adapters that do all but start, in inboxes that may be twins."""
    number = itertools.count()

    def load() -> Callable[[AdapterContext], ChannelAdapter]:
        return lambda ctx: _still(spec.load()(ctx))

    return msgspec.structs.replace(spec, load=load, address=lambda config: f"{next(number)}")


def _still(adapter: ChannelAdapter) -> ChannelAdapter:
    async def start() -> None:
        return

    adapter.start = start  # type: ignore[method-assign]
    return adapter


@asynccontextmanager
async def still_hub(
    kind: str, data_dir: Path, specs: Mapping[str, ChannelSpec]
) -> AsyncIterator[StillHub]:
    # From now on: MongoDB takes out by its own clock what has expired.
    clock, tasks = ManualClock(SystemClock().now_ms()), Tasks()
    async with fresh_store(kind, data_dir, clock, ALL) as store:
        await migrate.migrate(store, SystemClock(), MIGRATIONS)
        config = make_config(data_dir, egress_allow=("127.0.0.1", "localhost"))
        ours = {name: unstarted(spec) for name, spec in specs.items()}
        hub = await build(config, clock, tasks, store=store, specs=ours)
        about = await hub.services.workspaces.create("Shop")
        await hub.leases.take_lanes()
        await hub.hold.refresh()
        await hub.services.inboxes.start([local(about.id)])
        hub.journal.start(hub.receiving.intake.handle)
        await hub.cluster.take_up(hub.rows())
        hub.receiving.start()
        _ = tasks.spawn("timers", hub.timers.run())
        try:
            yield StillHub(hub, clock, local(about.id))
        finally:
            await tasks.close()
            await hub.services.inboxes.close()
