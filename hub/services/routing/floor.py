"""What the router knows of one workspace, in memory: who is there, what waits, what is being
offered. Fed with documents as they change; no store, no tasks. An older document never replaces a
newer one.
"""

from __future__ import annotations

import heapq
import random
from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec

from hub.model.agent import Agent
from hub.model.conversation import Conversation, in_line
from hub.model.desk import Desk, load_of
from hub.model.routing import Member, Queue, Routing, WorkKind
from hub.services.routing.engine import Decision, Engine
from hub.services.routing.work import Seat, Work

#: No priority set counts as normal.
_NORMAL = 2
#: What a seat cannot tell: somebody looks at an offer that the engine did not make.
_BUSY = "busy_offer"


class Expiry(msgspec.Struct, frozen=True, order=True):
    """An offer's end."""

    until: int
    conversation_id: str
    number: int


class Floor:
    """`is_ready` and `presence` ask the desks; `kind_of` the channel of a conversation."""

    def __init__(
        self,
        rng: random.Random,
        kind_of: Callable[[Conversation], WorkKind],
        why_not: Callable[[Desk, int], str],
        capacity_of: Callable[[Agent], dict[str, int]],
    ) -> None:
        self._engine = Engine(rng)
        self._kind_of = kind_of
        self._why_not = why_not
        self._capacity_of = capacity_of
        self._queues: dict[str, tuple[Queue, Sequence[Member]]] = {}
        self._queues_of: defaultdict[str, set[str]] = defaultdict(set)
        self._agents: dict[str, Agent] = {}
        self.desks: dict[str, Desk] = {}
        self._seats: dict[str, Seat] = {}
        #: Everything in line, by id, as last seen.
        self.lines: dict[str, Conversation] = {}
        self._works: dict[str, Work] = {}
        #: Offers that an earlier router made: the engine keeps no room for them.
        self._found: set[str] = set()
        self._expiries: list[Expiry] = []
        #: Queues whose numbers or places may have changed.
        self.touched: set[str] = set()

    def set_queues(
        self, queues: Sequence[Queue], members: Callable[[Queue], Sequence[Member]]
    ) -> None:
        """All of the workspace, as they are now."""
        known: dict[str, tuple[Queue, Sequence[Member]]] = {
            queue.id: (queue, list(members(queue))) for queue in queues
        }
        for id in self._queues.keys() - known.keys():
            self._engine.drop_queue(id)
            self._works = {k: work for k, work in self._works.items() if work.queue_id != id}
        for id, facts in known.items():
            if self._queues.get(id) != facts:
                self._engine.set_queue(*facts)
                self.touched.add(id)
        fresh = known.keys() - self._queues.keys()
        self._queues = known
        self._queues_of.clear()
        for id, (_, people) in known.items():
            for one in people:
                self._queues_of[one.agent_id].add(id)
        for waiting in tuple(self.lines.values()):
            if waiting.home in fresh:
                self._enter(waiting)

    def queue(self, queue_id: str) -> Queue | None:
        known = self._queues.get(queue_id)
        return known[0] if known else None

    def members(self, queue_id: str) -> Sequence[Member]:
        known = self._queues.get(queue_id)
        return known[1] if known else ()

    def set_agents(self, agents: Sequence[Agent], now: int) -> None:
        """All who work here."""
        known = {agent.id: agent for agent in agents if agent.is_active and agent.has_joined}
        for id in self._agents.keys() - known.keys():
            self._engine.drop_seat(id)
            self._seats.pop(id, None)
        self._agents = known
        for id in known:
            self._seat(id, now)

    def set_desk(self, desk: Desk, now: int) -> None:
        known = self.desks.get(desk.id)
        if known is None or desk.v >= known.v:
            self.desks[desk.id] = desk
            self._seat(desk.id, now)

    def look_again(self, now: int) -> None:
        """Time alone makes agents ready or not: wrap-ups end, browsers are vouched for no more."""
        for id in self._agents:
            self._seat(id, now)

    def _seat(self, agent_id: str, now: int) -> None:
        agent = self._agents.get(agent_id)
        if agent is None:
            return
        desk = self.desks.get(agent_id) or Desk(id=agent_id)
        why_not = self._why_not(desk, now)
        if not why_not and any(agent_id in _asked(self.lines[id]) for id in self._found):
            why_not = _BUSY
        seat = Seat(
            agent_id=agent_id,
            is_ready=not why_not,
            why_not=why_not,
            skills=agent.skills,
            capacity=self._capacity_of(agent),
            load=load_of(desk),
            idle_since=desk.idle_since,
            last_assigned_at=desk.last_assigned_at,
            handled=desk.handled_today,
            talk_ms=desk.talk_today_ms,
        )
        if self._seats.get(agent_id) != seat:
            self._seats[agent_id] = seat
            self._engine.set_seat(seat)
            self.touched |= self._queues_of[agent_id]

    def seat(self, agent_id: str) -> Seat | None:
        return self._seats.get(agent_id)

    def note(self, conversation: Conversation) -> None:
        """As it is now."""
        known = self.lines.get(conversation.id)
        if known is not None and known.v > conversation.v:
            return
        waiting = in_line(conversation)
        if known is not None:
            self.touched.add(known.home)
        if waiting is None:
            self._drop(conversation.id)
            return
        self.touched.add(conversation.home)
        self.lines[conversation.id] = conversation
        if waiting.state == "offered":
            self._note_offer(conversation, waiting)
        else:
            self._enter(conversation)

    def _note_offer(self, conversation: Conversation, waiting: Routing) -> None:
        offer = waiting.offer
        if offer is None:
            return
        if conversation.id not in self._works:
            self._found.add(conversation.id)
        heapq.heappush(self._expiries, Expiry(offer.until, conversation.id, offer.number))

    def _enter(self, conversation: Conversation) -> None:
        waiting = in_line(conversation)
        if waiting is None or waiting.state != "waiting" or waiting.queue_id not in self._queues:
            return
        was_found = conversation.id in self._found
        self._found.discard(conversation.id)
        work = Work(
            id=conversation.id,
            queue_id=waiting.queue_id,
            kind=self._kind_of(conversation),
            entered_at=waiting.entered_at,
            priority=conversation.priority or _NORMAL,
            is_vip=waiting.is_vip,
            needs=waiting.needs,
            language=waiting.language,
            preferred_id=waiting.preferred_id,
            passed_by=tuple(waiting.passed_by),
            passed_at=waiting.passed_at,
            offers=waiting.offers,
        )
        if was_found or self._works.get(conversation.id) != work:
            self._works[conversation.id] = work
            self._engine.set_work(work)

    def _drop(self, conversation_id: str) -> None:
        if self.lines.pop(conversation_id, None) is not None:
            self._found.discard(conversation_id)
            self._works.pop(conversation_id, None)
            self._engine.drop_work(conversation_id)

    def decide(self, now: int) -> list[Decision]:
        return self._engine.decide(now)

    def cancel(self, conversation_id: str) -> None:
        """A decision came to nothing: back in line, if it is in one still."""
        known = self.lines.get(conversation_id)
        waiting = in_line(known) if known is not None else None
        if waiting is not None and waiting.state == "waiting":
            self._engine.cancel(conversation_id)

    def expired(self, now: int) -> list[Expiry]:
        """Offers that have ended."""
        found: list[Expiry] = []
        while self._expiries and self._expiries[0].until <= now:
            expiry = heapq.heappop(self._expiries)
            known = self.lines.get(expiry.conversation_id)
            offer = known.routing.offer if known is not None and known.routing else None
            is_over = offer is not None and offer.number == expiry.number and offer.until <= now
            if is_over and expiry.conversation_id not in {one.conversation_id for one in found}:
                found.append(expiry)
        return found

    def again(self, expiry: Expiry, at: int) -> None:
        """Could not be carried out: tried again then."""
        later = msgspec.structs.replace(expiry, until=at)
        known = self.lines.get(expiry.conversation_id)
        if known is not None:
            heapq.heappush(self._expiries, later)

    def offered_to(self, agent_id: str) -> list[tuple[str, int]]:
        """Conversation ids and offer numbers."""
        return [
            (one.id, one.routing.offer.number)
            for one in self.lines.values()
            if one.routing and one.routing.offer and agent_id in one.routing.offer.agent_ids
        ]

    def next_at(self, now: int) -> int:
        """When time alone changes something (ms, 0: never)."""
        times = [self._engine.next_at(now), self._expiries[0].until if self._expiries else 0]
        return min((at for at in times if at), default=0)

    def line(self, queue_id: str) -> list[str]:
        return self._engine.line(queue_id)

    def place(self, conversation_id: str) -> int:
        """1 for who is served next in its queue; 0 for who is not in line here."""
        return self._engine.place(conversation_id)

    def waiting(self, queue_id: str) -> int:
        """How many are in line."""
        return self._engine.waiting(queue_id)

    def queue_ids(self) -> list[str]:
        return list(self._queues)


def _asked(conversation: Conversation) -> Sequence[str]:
    routing = conversation.routing
    return routing.offer.agent_ids if routing and routing.offer else ()
