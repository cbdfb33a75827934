"""Puts routing together: desks and who sits at them, the commands between queues and agents, the
router, the board. Made by `hub.app.build`; the server starts what runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from hub.clock import Clock
from hub.model.conversation import Conversation
from hub.model.ids import local
from hub.model.routing import Queue
from hub.ports.bus import Bus
from hub.ports.channel import ChannelSpec
from hub.ports.store import DocumentStore
from hub.services.browsers import Browsers
from hub.services.contacts import Contacts
from hub.services.conversations import CanSee
from hub.services.desks import Desks
from hub.services.names import NameBook
from hub.services.people import People
from hub.services.routing.around import LooksAround
from hub.services.routing.asks import Asking
from hub.services.routing.board import Board
from hub.services.routing.commands import Commands
from hub.services.routing.costs import Costs
from hub.services.routing.entry import Entry
from hub.services.routing.follow import DeskFollow
from hub.services.routing.room import Parts
from hub.services.routing.router import Router
from hub.services.routing.tells import Tells
from hub.services.routing.verbs import RoutingVerbs
from hub.services.sla_watch import SlaWatch
from hub.services.timeline import Timeline
from hub.services.timers import Timers
from hub.tasks import Tasks


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What routing stands on."""

    store: DocumentStore
    bus: Bus
    clock: Clock
    tasks: Tasks
    specs: Mapping[str, ChannelSpec]
    people: People
    names: NameBook
    timeline: Timeline
    contacts: Contacts
    timers: Timers
    #: Is a lane's background work ours?
    owns: Callable[[int], bool]


class Silence:
    """Where nothing is told to customers by itself."""

    async def tell(
        self,
        conversation: Conversation,
        text: str,
        cause: str,
        *,
        queue: Queue | None = None,
        place: int | None = None,
        wait_s: int | None = None,
    ) -> None:
        return


class Routing:
    """`desks`, `browsers`, `board`, `router`, `commands`, `entry`, `around`; `verbs` once it is
    known who may see what.
    """

    def __init__(self, ground: Ground, tells: Tells | None = None) -> None:
        store, bus, clock = ground.store, ground.bus, ground.clock
        people, timeline = ground.people, ground.timeline
        self._ground = ground
        self.book = people.queue_book
        self.desks = Desks(store, bus, clock)
        self.browsers = Browsers(self.desks, clock, ground.tasks, is_alone=store.is_exclusive)
        self.costs = Costs(ground.specs, people.agents.working, people.workspaces.get)
        self.follow = DeskFollow(
            timeline, self.desks, self.book, self.costs, ground.names, ground.timers, clock, store
        )
        self.asking = Asking(ground.contacts, self.book)
        self.around = LooksAround(self.desks, self.book, self.asking, clock)
        self.commands = Commands(
            timeline, ground.names, self.desks, self.follow, self.book, self.costs, clock
        )
        self.board = Board(store, self.book, bus, clock)
        self.entry = Entry(
            timeline,
            self.commands,
            self.book,
            self.asking,
            self.board,
            ground.timers,
            clock,
            tells or Silence(),
            self._is_ready,
        )
        self.sla = SlaWatch(
            timeline, self.book, ground.names, ground.timers, clock, self.commands, self.asking
        )
        self.router = self._make_router()
        self.board.ask(self.router.waiting, self.router.place)
        timeline.follow(self.follow.moved)
        timeline.follow(self.asking.remember)
        timeline.follow(self.entry.queued)

    def verbs(self, can_see: CanSee) -> RoutingVerbs:
        ground = self._ground
        return RoutingVerbs(
            ground.store,
            self.commands,
            self.desks,
            self.follow,
            self.book,
            self.asking,
            ground.bus,
            ground.clock,
            ground.people.agents,
            can_see,
        )

    def _make_router(self) -> Router:
        ground, people = self._ground, self._ground.people

        async def workspaces() -> list[str]:
            return [local(one.id) for one in await people.workspaces.all()]

        parts = Parts(
            store=ground.store,
            bus=ground.bus,
            clock=ground.clock,
            book=self.book,
            desks=self.desks,
            commands=self.commands,
            costs=self.costs,
            agents=people.agents.list_all,
            workspace=people.workspaces.require,
        )
        return Router(parts, ground.bus, ground.tasks, workspaces, ground.owns)

    async def _is_ready(self, agent_id: str) -> bool:
        desk = await self.desks.get(agent_id)
        return self.desks.is_ready(desk, self._ground.clock.now_ms())
