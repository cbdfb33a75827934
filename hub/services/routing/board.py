"""Queues as they are at this moment, for wallboards and side bars: on every hub, whichever routes.

The router publishes `QueueChanged`; this keeps the last one of each queue. The order of a line is
read from the store, as the engine would serve it.
"""

from __future__ import annotations

from collections.abc import Callable

from hub.clock import Clock
from hub.model.board import QueueState
from hub.model.conversation import Conversation, in_line
from hub.model.events import Event, QueueChanged
from hub.model.ids import workspace_of
from hub.model.routing import Queue
from hub.ports.bus import Bus
from hub.ports.collections import CONVERSATIONS
from hub.ports.store import DocumentStore
from hub.services.queue_book import QueueBook
from hub.services.routing.lines import Turn, turn_of
from hub.services.routing.work import Work

_IN_LINE = {"routing.state": {"$in": ["waiting", "offered"]}}
_NORMAL = 2


class Board:
    def __init__(self, store: DocumentStore, book: QueueBook, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._book = book
        self._clock = clock
        self._states: dict[str, QueueState] = {}
        self._exact: Callable[[str], int | None] = lambda queue_id: None
        self._place: Callable[[str], int] = lambda conversation_id: 0
        bus.subscribe(self._listen)

    def ask(self, exact: Callable[[str], int | None], place: Callable[[str], int]) -> None:
        """Who knows how many wait at this very moment, and who where, if this hub routes."""
        self._exact = exact
        self._place = place

    def _listen(self, workspace: str, event: Event) -> None:
        if isinstance(event, QueueChanged):
            self._states[event.queue.queue_id] = event.queue

    async def all(self, workspace: str) -> list[QueueState]:
        """Every queue of the workspace, by position."""
        return [self.of(queue) for queue in self._book.queues(workspace)]

    async def of_member(self, workspace: str, agent_id: str) -> list[QueueState]:
        """The queues in which an agent works."""
        mine = self._book.queue_ids_of(agent_id)
        return [self.of(queue) for queue in self._book.queues(workspace) if queue.id in mine]

    def waiting(self, queue_id: str) -> int:
        """How many wait; as of a second ago where another hub routes."""
        exact = self._exact(queue_id)
        if exact is not None:
            return exact
        state = self._states.get(queue_id)
        return state.waiting + state.offered if state is not None else 0

    def place(self, queue_id: str, conversation_id: str) -> int:
        """Where somebody stands who has just come: 1 is served next."""
        return self._place(conversation_id) or self.waiting(queue_id) + 1

    def wait_s(self, queue_id: str) -> int | None:
        """How long whoever comes now may have to wait; None: not known."""
        state = self._states.get(queue_id)
        return state.wait_s if state is not None else None

    def of(self, queue: Queue) -> QueueState:
        """Its numbers, a second old at most."""
        state = self._states.get(queue.id)
        if state is not None:
            return state
        is_open = self._book.is_open(queue, self._clock.now_ms())
        total = len(self._book.members(queue))
        return QueueState(queue_id=queue.id, agents_total=total, is_open=is_open)

    async def line(self, queue_id: str) -> list[Conversation]:
        """Who waits, or is being offered, in the order in which they will be served."""
        queue = self._book.queue(queue_id)
        if queue is None:
            return []
        found: list[tuple[Turn, Conversation]] = []
        after = None
        while True:
            page = await self._store.find_as(
                Conversation,
                CONVERSATIONS,
                workspace_of(queue_id),
                _IN_LINE,
                index="in_line",
                after=after,
                limit=500,
            )
            found += [
                (turn_of(_work(one), queue), one)
                for one in page.items
                if one.home == queue_id and in_line(one) is not None
            ]
            after = page.next
            if after is None:
                return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _work(one: Conversation) -> Work:
    routing = one.routing
    return Work(
        id=one.id,
        queue_id=one.home,
        entered_at=routing.entered_at if routing else 0,
        priority=one.priority or _NORMAL,
        is_vip=bool(routing and routing.is_vip),
    )
