"""What a plan about a conversation must know of its queue and its people before it is made."""

from __future__ import annotations

import msgspec

from hub.clock import Clock
from hub.model.conversation import Conversation, queue_of
from hub.model.routing import Queue
from hub.services.desks import Desks
from hub.services.queue_book import QueueBook
from hub.services.routing.asks import Asking
from hub.services.routing.steps import Asks


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """`queue` is the one that it is in; `is_agent_there`: its agent is ready for work."""

    queue: Queue | None = None
    asks: Asks = Asks()
    is_agent_there: bool = False


class LooksAround:
    def __init__(self, desks: Desks, book: QueueBook, asking: Asking, clock: Clock) -> None:
        self._desks = desks
        self._book = book
        self._asking = asking
        self._clock = clock

    async def of(self, conversation: Conversation) -> Around:
        queue = self._book.queue(queue_of(conversation))
        if queue is None:
            return Around()
        is_there = False
        if conversation.assignee_id:
            desk = await self._desks.get(conversation.assignee_id)
            is_there = self._desks.is_ready(desk, self._clock.now_ms())
        asks = await self._asking.of(conversation)
        return Around(queue=queue, asks=asks, is_agent_there=is_there)
