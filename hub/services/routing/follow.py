"""Desks follow conversations: whoever has an open conversation has it on the desk.

The timeline calls `moved` after each command; what a crash leaves undone between the two is put
right by `hub.services.routing.levelling`. Also ends wrap-ups, by hand or when their time is over.
"""

from __future__ import annotations

from hub import log
from hub.clock import Clock
from hub.errors import Unavailable
from hub.model.conversation import Conversation, queue_of
from hub.model.desk import Desk
from hub.model.ids import local, workspace_of
from hub.model.message import Author
from hub.ports.collections import CONVERSATIONS
from hub.ports.store import DocumentStore
from hub.services.desks import Desks
from hub.services.names import NameBook
from hub.services.queue_book import QueueBook
from hub.services.routing.costs import Costs
from hub.services.routing.steps import handled_ms
from hub.services.sketch import Sketch
from hub.services.timeline import Plan, Timeline, Written
from hub.services.timers import Timers

WRAP_UP_TIMER = "wrap_up"

_log = log.get(__name__)


def holder(conversation: Conversation | None) -> str:
    """On whose desk it lies."""
    is_open = conversation is not None and conversation.state == "open"
    return conversation.assignee_id if conversation is not None and is_open else ""


def _was_claimed(written: Written) -> bool:
    """The router, or who accepted an offer, took the place before."""
    lines = (line for line in written.messages if line.activity == "assigned")
    return any(line.details.get("by") == "routing" for line in lines)


class DeskFollow:
    def __init__(
        self,
        timeline: Timeline,
        desks: Desks,
        book: QueueBook,
        costs: Costs,
        names: NameBook,
        timers: Timers,
        clock: Clock,
        store: DocumentStore,
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._desks = desks
        self._book = book
        self._costs = costs
        self._names = names
        self._timers = timers
        self._clock = clock
        timers.on(WRAP_UP_TIMER, self._time_is_up)

    async def moved(self, written: Written) -> None:
        """A command was carried out."""
        before, now = holder(written.before), holder(written.conversation)
        if before == now and not (written.is_repeat and now):
            return
        try:
            if before and before != now and written.before is not None:
                await self._left(before, written.before, written.conversation)
            if now and not _was_claimed(written):
                await self._got(now, written.conversation)
        except Unavailable as fault:
            _log.warning("a desk is put right later", error=fault, id=written.conversation.id)

    async def _got(self, agent_id: str, conversation: Conversation) -> None:
        kind, cost = await self._costs.of(agent_id, conversation)
        await self._desks.hold(agent_id, conversation.id, kind, cost)

    async def _left(self, agent_id: str, before: Conversation, after: Conversation) -> None:
        if after.state == "snoozed":
            await self._desks.release(agent_id, before.id)
            return
        now = self._clock.now_ms()
        queue = self._book.queue(queue_of(before))
        wrap_up_s = queue.wrap_up_s if queue is not None else 0
        if wrap_up_s:
            await self._end_other(agent_id, before.id)
        desk = await self._desks.release(
            agent_id, before.id, handled_ms=handled_ms(before, now), wrap_up_s=wrap_up_s
        )
        if desk is not None and wrap_up_s:
            await self._timers.set(WRAP_UP_TIMER, before.id, desk.wrap_up_until)

    async def _end_other(self, agent_id: str, conversation_id: str) -> None:
        """A new wrap-up ends the one before."""
        desk = await self._desks.get(agent_id)
        other = desk.wrap_up_conversation_id
        if other and other != local(conversation_id):
            await self.wrapped_up(desk, f"{workspace_of(agent_id)}.{other}")

    async def wrapped_up(self, desk: Desk, conversation_id: str, by: Author | None = None) -> None:
        """Tell how long the wrap-up took, and end it. Safe to repeat."""
        names = await self._names.of(workspace_of(desk.id))
        now = self._clock.now_ms()
        took_ms = max(0, min(now, desk.wrap_up_until) - desk.wrap_up_since)

        def plan(current: Conversation) -> Plan:
            sketch = Sketch(current, now, by or Author("system"))
            sketch.say(
                "wrapped_up",
                agent_id=local(desk.id),
                wrap_up_ms=took_ms,
                disposition=current.disposition,
                queue_id=local(queue_of(current)) if queue_of(current) else "",
            )
            return sketch.plan()

        if desk.wrap_up_since:
            cause = f"wrapped_up:{conversation_id}:{desk.id}:{desk.wrap_up_since}"
            await self._timeline.run(conversation_id, names.command_ref(cause), plan)
        await self._desks.end_wrap_up(desk.id, conversation_id)

    async def _time_is_up(self, conversation_id: str) -> None:
        now, key = self._clock.now_ms(), local(conversation_id)
        for desk in await self._desks.all(workspace_of(conversation_id)):
            if desk.wrap_up_conversation_id == key and desk.wrap_up_until <= now:
                await self.wrapped_up(desk, conversation_id)

    async def unless_assigned(self, agent_id: str, conversation_id: str, claim: str) -> None:
        """A claim came to nothing: its place is free again, unless the conversation is theirs all
        the same.
        """
        doc = await self._store.get(CONVERSATIONS, conversation_id)
        if doc is None or (doc["assignee_id"], doc["state"]) != (agent_id, "open"):
            await self._desks.unclaim(agent_id, conversation_id, claim)
