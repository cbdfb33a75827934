"""One workspace's routing: the floor, what is being carried out, and what time asks for. Made by
the router; knows nothing of lanes.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import msgspec

from hub import log
from hub.clock import Clock
from hub.errors import HubError
from hub.model import events as e
from hub.model.agent import Agent, Workspace
from hub.model.conversation import Conversation, in_line
from hub.model.desk import Desk
from hub.model.routing import Trace
from hub.ports.bus import Bus
from hub.ports.collections import CONVERSATIONS
from hub.ports.store import DocumentStore
from hub.services.desks import Desks
from hub.services.docs import from_doc
from hub.services.queue_book import QueueBook
from hub.services.routing.commands import Commands
from hub.services.routing.costs import Costs, capacity
from hub.services.routing.engine import Decision
from hub.services.routing.floor import Expiry, Floor
from hub.services.routing.levelling import Levelling
from hub.services.routing.steps import MissWhy
from hub.services.routing.telling import Telling
from hub.services.routing.today import Today
from hub.tasks import Tasks

#: Read again so often: on a shared store, as the bus may lose events, and where nobody else writes.
_REREAD_MS = 3_000
_REREAD_ALONE_MS = 60_000
_LEVEL_MS = 60_000
#: Every so many-th levelling also looks for what is missing on desks.
_THOROUGH = 10
#: A presence that differs from what the desk says for so long is written down.
_FADED_MS = 5_000
#: What failed is tried again after so long.
_RETRY_MS = 500
_EXPIRE_AGAIN_MS = 2_000
_AT_ONCE = 64
_PAGE = 500
_IN_LINE = {"routing.state": {"$in": ["waiting", "offered"]}}
_SETTINGS = frozenset({"queues", "teams", "skills", "schedules", "agents", "workspace"})

Work = Callable[[], Awaitable[object]]

_log = log.get(__name__)


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a room stands on."""

    store: DocumentStore
    bus: Bus
    clock: Clock
    book: QueueBook
    desks: Desks
    commands: Commands
    costs: Costs
    agents: Callable[[str], Awaitable[list[Agent]]]
    workspace: Callable[[str], Awaitable[Workspace]]


class Room:
    def __init__(self, workspace: str, parts: Parts, tasks: Tasks, rng: random.Random) -> None:
        self.workspace = workspace
        self._parts = parts
        self._tasks = tasks
        self._about: Workspace | None = None
        self.floor = Floor(rng, parts.costs.kind, self._why_not, self._capacity)
        self._levelling = Levelling(parts.store, parts.desks, parts.costs, parts.clock)
        self._telling: Telling | None = None
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._in_hand: set[asyncio.Task[None]] = set()
        #: What could not be carried out: (when to look again, conversation id, agent ids).
        self._retries: list[tuple[int, str, Sequence[str]]] = []
        self._is_open = False
        self._is_stale = False
        self._read_at = self._levelled_at = 0
        self._levellings = 0
        #: Since when an agent's presence differs from the desk; reasons that were overstayed.
        self._faded: dict[str, int] = {}
        self._overstayed: dict[str, int] = {}

    async def open(self) -> None:
        """Read everything and put desks right."""
        parts, now = self._parts, self._parts.clock.now_ms()
        self._about = await parts.workspace(self.workspace)
        today = Today(self._about.time_zone)
        self._telling = Telling(self.floor, today, parts.book, parts.bus, parts.clock)
        self._is_open = True  # what is heard from here on counts
        await self.level(now, is_first=True)
        await self.read(now)
        await today.rebuild(parts.store, self.workspace, now)
        self._telling.touch_all()

    async def read(self, now: int) -> None:
        """Everything as the store has it."""
        parts = self._parts
        self._read_at = now
        self._about = await parts.workspace(self.workspace)
        self._set_queues()
        self.floor.set_agents(await parts.agents(self.workspace), now)
        for desk in await parts.desks.all(self.workspace):
            self.floor.set_desk(desk, now)
        before = set(self.floor.lines)
        after = None
        while True:
            page = await parts.store.find_as(
                Conversation,
                CONVERSATIONS,
                self.workspace,
                _IN_LINE,
                index="in_line",
                after=after,
                limit=_PAGE,
            )
            for one in page.items:
                self.floor.note(one)
                before.discard(one.id)
            after = page.next
            if after is None:
                break
        for id in before:
            await self._read_one(id)

    def _set_queues(self) -> None:
        book = self._parts.book
        self.floor.set_queues(book.queues(self.workspace), book.members)

    async def _read_one(self, conversation_id: str) -> None:
        doc = await self._parts.store.get(CONVERSATIONS, conversation_id)
        if doc is not None:
            self.floor.note(from_doc(Conversation, doc))

    def _why_not(self, desk: Desk, now: int) -> str:
        presence = self._parts.desks.presence(desk, now)
        if presence != "available":
            return presence
        return "wrap_up" if desk.wrap_up_until > now else ""

    def _capacity(self, agent: Agent) -> dict[str, int]:
        return capacity(agent, self._about)

    def listen(self, event: e.Event) -> bool:
        """Keep up; whether something may be given out now."""
        if not self._is_open:
            return False
        now = self._parts.clock.now_ms()
        match event:
            case e.ConversationChanged(conversation=item, before=before):
                was_in_line = item.id in self.floor.lines
                if was_in_line or in_line(item) is not None:
                    self._tell_assigned(item, before, now)
                    self.floor.note(item)
                    return True
            case e.DeskChanged(desk=desk):
                self.floor.set_desk(desk, now)
                self._take_back(desk, now)
                return True
            case e.MessageChanged(message=message) if message.kind == "activity":
                if self._telling is not None:
                    self._telling.line(message, now)
            case e.SettingsChanged(what=what) if what in _SETTINGS:
                self._is_stale = True
                return True
            case e.RightsChanged():  # the book knows other members now
                self._set_queues()
                return True
            case _:
                return False
        return False

    def _tell_assigned(self, item: Conversation, before: Conversation | None, now: int) -> None:
        waiting = in_line(before) if before is not None else None
        if self._telling is not None and waiting is not None and item.assignee_id:
            self._telling.assigned(waiting.queue_id, waiting.entered_at, now)

    def _take_back(self, desk: Desk, now: int) -> None:
        """Who is not there any more is not being asked."""
        if self._parts.desks.presence(desk, now) != "available":
            for conversation_id, number in self.floor.offered_to(desk.id):
                self._miss(conversation_id, number, [desk.id], "gone")

    def turn(self) -> None:
        """Carry out what the engine decides now."""
        if not self._is_open:
            return
        now = self._parts.clock.now_ms()
        if self._is_stale:
            self._is_stale = False
            self._do("reading settings", partial(self.read, now))
        due = [one for one in self._retries if one[0] <= now]
        self._retries = [one for one in self._retries if one[0] > now]
        for _, id, agent_ids in due:
            self._do("looking again", partial(self._put_back, id, agent_ids))
        for expiry in self.floor.expired(now):
            self._expire(expiry)
        decisions = [(decision, decision.trace()) for decision in self.floor.decide(now)]
        for decision, trace in decisions:
            known = self.floor.lines.get(decision.work.id)
            if known is not None:
                self._do("giving work", partial(self._give, known, decision, trace))

    async def _give(self, known: Conversation, decision: Decision, trace: Trace) -> None:
        queue = self.floor.queue(decision.work.queue_id)
        is_given = False
        try:
            async with self._places:
                if queue is None:
                    return
                is_ringing = queue.strategy in ("ring_all", "ring_progressively")
                commands = self._parts.commands
                if queue.accept == "auto" and not is_ringing:
                    is_given = await commands.give(known, decision.agent_ids[0], trace)
                else:
                    until = self._parts.clock.now_ms() + queue.offer_s * 1000
                    is_given = await commands.offer(known, decision.agent_ids, until, trace)
        finally:
            if not is_given and not decision.is_more:
                at = self._parts.clock.now_ms() + _RETRY_MS
                self._retries.append((at, known.id, decision.agent_ids))

    async def _put_back(self, conversation_id: str, agent_ids: Sequence[str]) -> None:
        """What we believed was not so: look, and let the engine decide again."""
        parts = self._parts
        try:
            await self._read_one(conversation_id)
            for agent_id in agent_ids:
                self.floor.set_desk(await parts.desks.get(agent_id), parts.clock.now_ms())
        finally:
            self.floor.cancel(conversation_id)

    def _expire(self, expiry: Expiry) -> None:
        known = self.floor.lines.get(expiry.conversation_id)
        offer = known.routing.offer if known is not None and known.routing else None
        if offer is not None:
            # Tried again later, unless it is over by then.
            self.floor.again(expiry, self._parts.clock.now_ms() + _EXPIRE_AGAIN_MS)
            self._miss(expiry.conversation_id, offer.number, offer.agent_ids, "timeout")

    def _miss(
        self, conversation_id: str, number: int, agent_ids: Sequence[str], why: MissWhy
    ) -> None:
        commands = self._parts.commands
        miss = partial(commands.miss, conversation_id, number, agent_ids, why)
        self._do("taking an offer back", miss)

    def _do(self, name: str, work: Work) -> None:
        task = self._tasks.spawn(name, self._safely(name, work))
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)

    async def _safely(self, name: str, work: Work) -> None:
        try:
            await work()
        except HubError as fault:
            _log.warning(f"{name} failed; it is tried again", error=fault)

    async def settle(self) -> None:
        """Until nothing is in hand."""
        while self._in_hand:
            await asyncio.wait(set(self._in_hand))

    async def tick(self) -> None:
        """Once a second."""
        now = self._parts.clock.now_ms()
        is_alone = self._parts.store.is_exclusive
        if now - self._read_at >= (_REREAD_ALONE_MS if is_alone else _REREAD_MS):
            await self.read(now)
        self._set_queues()
        self.floor.look_again(now)
        await self._note_faded(now)
        self._note_overstayed(now)
        if now - self._levelled_at >= _LEVEL_MS:
            await self.level(now, is_first=False)
        if self._telling is not None:
            self._telling.tick(now)

    async def level(self, now: int, *, is_first: bool) -> None:
        self._levelled_at = now
        is_thorough = is_first or self._levellings % _THOROUGH == 0
        self._levellings += 1
        wrong = await self._levelling.run(
            self.workspace, is_thorough=is_thorough, is_first=is_first
        )
        if wrong:
            _log.info("desks were put right", workspace=self.workspace, desks=wrong)

    async def _note_faded(self, now: int) -> None:
        """A hub died with its browsers: nobody else tells that they have gone."""
        for desk in tuple(self.floor.desks.values()):
            if self._parts.desks.presence(desk, now) == desk.shown:
                self._faded.pop(desk.id, None)
            elif now - self._faded.setdefault(desk.id, now) >= _FADED_MS:
                del self._faded[desk.id]
                self._take_back(await self._parts.desks.refresh(desk.id), now)

    def _note_overstayed(self, now: int) -> None:
        """Longer away than the reason allows: told once."""
        for desk in self.floor.desks.values():
            is_over = 0 < desk.limit_until <= now and desk.shown == "away"
            if is_over and self._overstayed.get(desk.id) != desk.limit_until:
                self._overstayed[desk.id] = desk.limit_until
                self._parts.bus.publish(self.workspace, e.DeskChanged(desk=desk))

    def place(self, conversation_id: str) -> int:
        """For tests and the API: where it stands in its line."""
        known = self.floor.lines.get(conversation_id)
        line = self.floor.line(known.home) if known is not None else []
        return line.index(conversation_id) + 1 if conversation_id in line else 0
