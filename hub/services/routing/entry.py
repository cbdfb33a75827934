"""How conversations come into queues by themselves: at the door of an inbox, back after they were
opened again, on to another queue when it takes too long or too many wait. Called by intake and by
timers. Every step is safe to repeat.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from hub.clock import Clock, skipped_ms
from hub.model.conversation import Conversation, in_line, queue_of
from hub.model.inbox import Inbox
from hub.model.message import Message
from hub.model.routing import Overflow, Queue, Routing
from hub.services.queue_book import QueueBook
from hub.services.routing import steps
from hub.services.routing.asks import Asking
from hub.services.routing.board import Board
from hub.services.routing.commands import Commands
from hub.services.routing.tells import Tells
from hub.services.sketch import Sketch
from hub.services.timeline import Timeline, Written
from hub.services.timers import Timers

OVERFLOW_TIMER = "overflow"
#: A bound on queues that send on to each other.
_MAX_HOPS = 8
IsReady = Callable[[str], Awaitable[bool]]


class Way(msgspec.Struct, frozen=True):
    """Where a conversation goes: a queue (None: the inbox), and what is said on the way."""

    queue: Queue | None
    #: (text, the queue that says it)
    texts: tuple[tuple[str, Queue], ...] = ()


class Entry:
    def __init__(
        self,
        timeline: Timeline,
        commands: Commands,
        book: QueueBook,
        asking: Asking,
        board: Board,
        timers: Timers,
        clock: Clock,
        tells: Tells,
        is_ready: IsReady,
    ) -> None:
        self._timeline = timeline
        self._commands = commands
        self._book = book
        self._asking = asking
        self._board = board
        self._timers = timers
        self._clock = clock
        self._tells = tells
        self._is_ready = is_ready
        timers.on(OVERFLOW_TIMER, self.waited)

    async def arrived(self, written: Written, inbox: Inbox) -> None:
        """A message of the customer is on the timeline."""
        current = written.conversation
        if current.state != "open" or current.is_spam:
            return
        if current.routing is None and written.messages[0].seq == 1:
            queue = self._book.queue(inbox.entry_queue_id) if inbox.entry_queue_id else None
            if queue is not None:
                await self._enter(current, queue, f"entry:{current.id}")
        elif any(_is_return(message) for message in written.messages):
            await self._back(current, written.messages[0].seq)

    async def _back(self, current: Conversation, seq: int) -> None:
        """Opened again: its last agent, if there, else the line of its queue."""
        queue = self._book.queue(queue_of(current))
        if queue is None or in_line(current) is not None:
            return
        is_there = await self._is_ready(current.assignee_id) if current.assignee_id else False
        asks = await self._asking.of(current)
        known, is_made = await self._commands.run(
            current.id,
            f"back:{current.id}:{seq}",
            lambda sketch: steps.back(sketch, queue, asks, is_agent_there=is_there),
        )
        if is_made:
            await self._began_to_wait(known, queue)

    async def _enter(self, current: Conversation, first: Queue, cause: str) -> None:
        way = self._way_in(first)
        if way.queue is not None:
            asks = await self._asking.of(current)
            queue = way.queue
            current, _ = await self._commands.enqueue(
                current.id, queue, "entry", asks, cause,
                holds=lambda now: now.routing is None and not now.assignee_id,
            )  # fmt: skip
        for number, (text, said_by) in enumerate(way.texts):
            await self._tells.tell(current, text, f"{cause}:{number}", queue=said_by)
        if way.queue is not None:
            await self._began_to_wait(current, way.queue)

    def _way_in(self, first: Queue) -> Way:
        """By hours of work and by length."""
        now = self._clock.now_ms()
        queue, seen, texts = first, {first.id}, []
        for _ in range(_MAX_HOPS):
            on: Queue | None = None
            if not self._book.is_open(queue, now):
                if queue.outside.text:
                    texts.append((queue.outside.text, queue))
                if queue.outside.action == "inbox":
                    return Way(None, texts=tuple(texts))
                if queue.outside.action == "queue":
                    on = self._book.queue(queue.outside.queue_id)
            else:
                rule = self._too_long(queue)
                if rule is not None and rule.text:
                    texts.append((rule.text, queue))
                if rule is not None and rule.action == "inbox":
                    return Way(None, texts=tuple(texts))
                if rule is not None and rule.action == "queue":
                    on = self._book.queue(rule.queue_id)
            if on is None or on.id in seen:
                break
            queue = on
            seen.add(queue.id)
        return Way(queue, texts=tuple(texts))

    def _too_long(self, queue: Queue) -> Overflow | None:
        waiting = self._board.waiting(queue.id)
        rules = (rule for rule in queue.overflow if rule.over_length)
        return next((rule for rule in rules if waiting >= rule.over_length), None)

    async def queued(self, written: Written) -> None:
        """A follower of the timeline: whoever came into a line by whatever way is timed."""
        waiting = in_line(written.conversation)
        before = in_line(written.before) if written.before is not None else None
        if waiting is None or (before is not None and before.entered_at == waiting.entered_at):
            return
        queue = self._book.queue(waiting.queue_id)
        if queue is not None:
            await self._time(written.conversation, queue)

    async def _time(self, current: Conversation, queue: Queue) -> None:
        waiting = in_line(current)
        rules = _timed(queue)
        if waiting is None or not rules:
            return
        left = [rule.after_wait_s for number, rule in rules if number not in waiting.overflowed]
        if left:
            due = waiting.entered_at + min(left) * 1000 + self._skipped_ms(waiting)
            await self._timers.set(OVERFLOW_TIMER, current.id, due)

    def _skipped_ms(self, waiting: Routing) -> int:
        """Time of its wait that was none: all who wait would go on at once after it (R-27)."""
        return skipped_ms(self._clock, waiting.entered_at, self._clock.now_ms())

    async def _began_to_wait(self, current: Conversation, queue: Queue) -> None:
        waiting = in_line(current)
        if waiting is None or not queue.waiting_text:
            return
        place = self._board.place(queue.id, current.id)
        cause = f"waiting:{current.id}:{waiting.entered_at}"
        wait_s = self._board.wait_s(queue.id)
        await self._tells.tell(
            current, queue.waiting_text, cause, queue=queue, place=place, wait_s=wait_s
        )

    async def waited(self, conversation_id: str) -> None:
        """Somebody has waited for as long as a rule allows."""
        current = await self._timeline.get(conversation_id)
        waiting = in_line(current) if current is not None else None
        queue = self._book.queue(waiting.queue_id) if waiting is not None else None
        if current is None or waiting is None or queue is None:
            return
        waited_ms = self._clock.now_ms() - waiting.entered_at - self._skipped_ms(waiting)
        for number, rule in _timed(queue):
            if number in waiting.overflowed or waited_ms < rule.after_wait_s * 1000:
                continue
            current = await self._overflow(current, queue, number, rule)
            break
        await self._time(current, queue)

    async def _overflow(
        self, current: Conversation, queue: Queue, number: int, rule: Overflow
    ) -> Conversation:
        entered_at = current.routing.entered_at if current.routing else 0
        cause = f"overflow:{current.id}:{entered_at}:{number}"
        target = self._book.queue(rule.queue_id) if rule.action == "queue" else None
        asks = await self._asking.of(current)

        def step(sketch: Sketch) -> None:
            waiting = in_line(sketch.conversation)
            if waiting is None:
                return
            used = [*waiting.overflowed, number]
            if rule.action == "inbox":
                steps.leave_to_inbox(sketch)
            elif target is not None and target.id not in waiting.hops:
                steps.enter(sketch, target, "overflow", asks)
            else:
                sketch.set(routing=steps.replace(waiting, overflowed=used))

        moved, _ = await self._commands.run(
            current.id, cause, step, holds=lambda now: _stays(now, queue.id, entered_at)
        )
        if rule.text:
            await self._tells.tell(moved, rule.text, f"{cause}:text", queue=queue)
        if target is not None and queue_of(moved) == target.id:
            await self._began_to_wait(moved, target)
        return moved


def _timed(queue: Queue) -> list[tuple[int, Overflow]]:
    """Rules by wait with their numbers, the soonest first."""
    rules = [(n, rule) for n, rule in enumerate(queue.overflow) if rule.after_wait_s]
    return sorted(rules, key=lambda pair: pair[1].after_wait_s)


def _stays(current: Conversation, queue_id: str, entered_at: int) -> bool:
    waiting = in_line(current)
    return waiting is not None and (waiting.queue_id, waiting.entered_at) == (queue_id, entered_at)


def _is_return(message: Message) -> bool:
    return message.kind == "activity" and message.activity in ("reopened", "woken")
