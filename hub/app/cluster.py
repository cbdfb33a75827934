"""What a hub does because others work on the same store: says that it lives, shares the lanes,
exchanges live events, follows what the others change. On a store of its own nothing of it runs.
Made by `hub.app.build`, started by the server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.bus.local import LocalBus
from hub.clock import Clock
from hub.config import Config
from hub.errors import ConfigFault
from hub.model.events import Event, ReaderTyping
from hub.model.ids import local, new_key
from hub.ports.bus import Bus, Connected
from hub.ports.collections import META
from hub.ports.store import DocumentStore
from hub.services.bus_watch import BusWatch
from hub.services.inbox_sync import InboxSync
from hub.services.inboxes import Inboxes
from hub.services.lane_work import LaneWork, Rows
from hub.services.leases import Leases
from hub.services.merges import Merges
from hub.services.presence import Presence
from hub.services.workspaces import Workspaces
from hub.tasks import Tasks
from hub.web.live import LiveHub

if TYPE_CHECKING:
    from hub.bus.redis import RedisBus

_CHANNEL_ID = "sys.bus"
_ONLINE = "online"


async def make_bus(
    config: Config, store: DocumentStore, clock: Clock, tasks: Tasks
) -> LocalBus | RedisBus:
    """Redis where it is configured and several hubs can be; its channel is this store's own."""
    if config.redis_url is None or store.is_exclusive:
        return LocalBus()
    try:
        from hub.bus.redis import RedisBus
    except ModuleNotFoundError as fault:
        words = "HUB_REDIS_URL: the package for Redis is missing; install santral[redis]"
        raise ConfigFault([words]) from fault
    await store.insert_many(META, [{"_id": _CHANNEL_ID, "key": new_key()}])
    doc = await store.get(META, _CHANNEL_ID)
    channel = f"santral:{doc['key'] if doc else ''}"
    return RedisBus(config.redis_url, channel, clock, tasks)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """`begin` when lanes were taken, `take_up` when who works off rows is ready, then `start`."""

    leases: Leases
    work: LaneWork
    watch: BusWatch
    sync: InboxSync
    merges: Merges
    presence: Presence
    bus: Connected | None
    tasks: Tasks
    workspaces: Callable[[], Awaitable[list[str]]]
    is_alone: bool

    def begin(self) -> None:
        """Keep the lanes that were taken, and connect."""
        if self.is_alone:
            return
        _ = self.tasks.spawn("leases", self.leases.run())
        if self.bus is not None:
            _ = self.tasks.spawn("bus", self.bus.run())

    async def take_up(self, rows: Sequence[Rows]) -> None:
        """What earlier runs and other hubs have left in our lanes; raises Unavailable."""
        for each in rows:
            self.work.add(each)
        if not self.is_alone:
            self.work.start()
        await self.work.follow()

    def start(self) -> None:
        if self.is_alone:
            return
        _ = self.tasks.spawn("lane work", self.work.run())
        _ = self.tasks.spawn("bus watch", self.watch.run())
        _ = self.tasks.spawn("inbox sync", self.sync.run())
        _ = self.tasks.spawn("merges of dead hubs", self.merges.run(self.workspaces))


def make_cluster(
    store: DocumentStore,
    leases: Leases,
    work: LaneWork,
    watch: BusWatch,
    bus: LocalBus | RedisBus,
    inboxes: Inboxes,
    live: LiveHub,
    merges: Merges,
    presence: Presence,
    workspaces: Workspaces,
    clock: Clock,
    tasks: Tasks,
) -> Cluster:
    async def all_workspaces() -> list[str]:
        return [local(one.id) for one in await workspaces.all()]

    if not store.is_exclusive:
        _join_live(leases, bus, live)
        _join_readers(watch, bus, inboxes, live, tasks)
    return Cluster(
        leases=leases,
        work=work,
        watch=watch,
        sync=InboxSync(store, inboxes, all_workspaces, bus, clock, tasks),
        merges=merges,
        presence=presence,
        bus=None if isinstance(bus, LocalBus) else bus,
        tasks=tasks,
        workspaces=all_workspaces,
        is_alone=store.is_exclusive,
    )


def _join_live(leases: Leases, bus: Bus, live: LiveHub) -> None:
    """Agents are online wherever their socket is."""

    def elsewhere(workspace: str) -> set[str]:
        hubs = leases.others.values()
        return {agent for facts in hubs for agent in facts.get(_ONLINE, {}).get(workspace, ())}

    def tell(online: dict[str, list[str]]) -> None:
        leases.tell(_ONLINE, online)

    live.connect(elsewhere, bus.publish, tell)
    leases.on_change(live.follow_elsewhere)


def _join_readers(watch: BusWatch, bus: Bus, inboxes: Inboxes, live: LiveHub, tasks: Tasks) -> None:
    """Customers who read along live are connected to any hub."""
    watch.on_gap(live.renew)
    watch.on_gap(lambda: _spawned(tasks, "readers catch up", inboxes.catch_up()))

    def listen(workspace: str, event: Event) -> None:
        if isinstance(event, ReaderTyping):
            shown = inboxes.show_typing(event.conversation, is_typing=event.is_typing)
            _spawned(tasks, "reader typing", shown)

    bus.subscribe(listen)


def _spawned(tasks: Tasks, name: str, work: Awaitable[None]) -> None:
    async def run() -> None:
        await work

    _ = tasks.spawn(name, run())
