"""Keeps promised times: puts their clocks into every command of the timeline, and when one is due
tells it there and does what the queue wants done.

A breach raises the priority and moves whoever still waits in line to another queue. One that is
noticed late (the hub was down, the machine's clock leapt) is noted in silence. Called by the
timeline and by timers; every step is safe to repeat.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.clock import Clock, is_skipped
from hub.model.conversation import Conversation, in_line, queue_of
from hub.model.ids import local, workspace_of
from hub.model.message import Author
from hub.model.routing import Queue
from hub.services.names import NameBook
from hub.services.queue_book import QueueBook
from hub.services.routing.asks import Asking
from hub.services.routing.commands import Commands
from hub.services.sketch import Sketch
from hub.services.sla import Due, Promises, clocks_after, due_now, has_promises, next_at, told
from hub.services.timeline import Plan, Timeline, Written
from hub.services.timers import Timers

SLA_TIMER = "sla"
_SYSTEM = Author("system")


class SlaWatch:
    """Made once; hooks itself into the timeline and the timers."""

    def __init__(
        self,
        timeline: Timeline,
        book: QueueBook,
        names: NameBook,
        timers: Timers,
        clock: Clock,
        commands: Commands,
        asking: Asking,
    ) -> None:
        self._timeline = timeline
        self._book = book
        self._names = names
        self._timers = timers
        self._clock = clock
        self._commands = commands
        self._asking = asking
        timeline.adjust_with(self.adjust)
        timeline.follow(self.moved)
        timers.on(SLA_TIMER, self.due)

    def adjust(self, before: Conversation | None, base: Conversation, plan: Plan) -> Plan:
        """The plan with the clocks as they stand after it, and the timer that they want."""
        after = msgspec.structs.replace(base, **plan.facts)
        queue = self._book.queue(queue_of(after))
        is_promised = queue is not None and has_promises(queue)
        if not is_promised and after.sla is None:
            return plan
        promises = Promises(queue.sla, self._book.hours(queue)) if queue and is_promised else None
        clock = clocks_after(before, after, promises)
        if clock == base.sla:
            return plan
        due, rows = next_at(clock), plan.after
        if due and due != next_at(base.sla):
            rows = [*rows, *self._timers.set_ops(SLA_TIMER, base.id, due)]
        return msgspec.structs.replace(plan, facts={**plan.facts, "sla": clock}, after=rows)

    async def moved(self, written: Written) -> None:
        """A follower of the timeline: the timer's row is on disk, or may have been lost."""
        current, before = written.conversation, written.before
        due = next_at(current.sla)
        if not due:
            return
        if written.is_repeat:
            await self._timers.set(SLA_TIMER, current.id, due)
        elif before is None or due != next_at(before.sla):
            self._timers.notice(SLA_TIMER, current.id, due)

    async def due(self, conversation_id: str) -> None:
        """A warning or a promise is due, or was moved meanwhile."""
        current = await self._timeline.get(conversation_id)
        if current is None:
            return
        items = self._due_now(current)
        if items:
            current = await self._tell(current, items)
            await self._move(current, items)
        elif next_at(current.sla):
            await self._timers.set(SLA_TIMER, conversation_id, next_at(current.sla))

    def _due_now(self, current: Conversation) -> list[Due]:
        """Late is also what was due in a time that the machine's clock left out."""
        return [
            msgspec.structs.replace(one, is_late=one.is_late or is_skipped(self._clock, one.due))
            for one in due_now(current.sla, self._clock.now_ms())
        ]

    async def _tell(self, known: Conversation, items: Sequence[Due]) -> Conversation:
        names = await self._names.of(workspace_of(known.id))
        now = self._clock.now_ms()

        def plan(current: Conversation) -> Plan:
            sketch = Sketch(current, now, _SYSTEM)
            still = self._due_now(current)
            for one in still:
                _say(sketch, one)
            if still and current.sla is not None:
                sketch.set(sla=told(current.sla, still))
            if _wants_action(still):
                _raise(sketch, self._book.queue(queue_of(current)))
            return sketch.plan()

        which = ",".join(f"{one.target}.{one.what}.{one.due}" for one in items)
        cause = names.command_ref(f"sla:{known.id}:{which}")
        return (await self._timeline.run(known.id, cause, plan)).conversation

    async def _move(self, current: Conversation, items: Sequence[Due]) -> None:
        """Nobody has answered at all: on to the queue that is meant for that."""
        firsts = [one for one in items if one.target == "first"]
        queue = self._book.queue(queue_of(current))
        target = self._book.queue(queue.sla.move_to_queue_id) if queue is not None else None
        if queue is None or target is None or not _wants_action(firsts):
            return
        await self._commands.enqueue(
            current.id,
            target,
            "overflow",
            await self._asking.of(current),
            f"sla_move:{current.id}:{queue.id}:{firsts[0].due}",
            holds=lambda now: _may_move(now, queue.id, target.id),
        )


def _say(sketch: Sketch, one: Due) -> None:
    queue_id = queue_of(sketch.conversation)
    more = {"is_late": one.is_late} if one.what == "broken" else {}
    sketch.say(
        f"sla_{one.what}",
        target=one.target,
        due=one.due,
        queue_id=local(queue_id) if queue_id else "",
        **more,
    )


def _wants_action(items: Sequence[Due]) -> bool:
    return any(one.what == "broken" and not one.is_late for one in items)


def _raise(sketch: Sketch, queue: Queue | None) -> None:
    if queue is not None and queue.sla.raise_priority > sketch.conversation.priority:
        sketch.set(priority=queue.sla.raise_priority)
        sketch.say("priority", priority=queue.sla.raise_priority)


def _may_move(current: Conversation, queue_id: str, target_id: str) -> bool:
    """Only who waits in that line, and has not been where it leads."""
    waiting = in_line(current)
    return waiting is not None and waiting.queue_id == queue_id and target_id not in waiting.hops
