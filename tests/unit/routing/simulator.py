"""A day of a contact centre on a clock of its own: arrivals, patience and handle times from
distributions, agents who take breaks; every decision of the engine is held against the oracle.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from dataclasses import dataclass, field

import msgspec

from hub.model.routing import Member, Need, Queue, Strategy
from hub.services.routing.engine import Decision, Engine
from hub.services.routing.work import Seat, Work
from tests.unit.routing import oracle

SKILLS = [f"s{n}" for n in range(8)]
LANGUAGES = ["lang-tr", "lang-pl", "lang-en"]
START = 1_700_000_000_000


@dataclass
class Person:
    """An agent as the world has them; `promised` is what decisions keep for them."""

    seat: Seat
    promised: dict[str, int] = field(default_factory=dict)
    on_break: bool = False

    @property
    def load(self) -> int:
        return self.seat.load + sum(self.promised.values())


class Simulator:
    """Drives `Engine` until `arrivals` pieces of work have come and gone."""

    def __init__(
        self,
        strategy: Strategy,
        *,
        seed: int,
        arrivals: int,
        agents: int = 24,
        gap_ms: int = 5_200,
        check_every: int = 1,
    ) -> None:
        self.rng = random.Random(seed)
        self.engine = Engine(random.Random(seed + 1))
        self.strategy = strategy
        self.now = START
        self._gap_ms = gap_ms
        self._left = arrivals
        self._check_every = check_every
        self._events: list[tuple[int, int, str, str]] = []
        self._count = 0
        self.people: dict[str, Person] = {}
        self.queues: dict[str, Queue] = {}
        self.members: dict[str, list[Member]] = {}
        self.waiting: dict[str, Work] = {}
        self.given: dict[str, str] = {}
        #: What was given out, in its order: (work, agent, when).
        self.order: list[tuple[Work, str, int]] = []
        self.abandoned = 0
        self.most_rung = 0
        self.rounds = 0
        self.by_agent: Counter[str] = Counter()
        self._set_up(agents)

    def _set_up(self, agents: int) -> None:
        for number in range(agents):
            skills = {s: self.rng.randint(1, 5) for s in self.rng.sample(SKILLS, 4)}
            skills |= dict.fromkeys(self.rng.sample(LANGUAGES, 2), 3)
            capacity = {"chat": self.rng.choice([2, 3, 4])}
            seat = Seat(
                agent_id=f"a{number:03d}",
                is_ready=True,
                skills=skills,
                capacity=capacity,
                idle_since=self.now - self.rng.randrange(600_000),
            )
            self.people[seat.agent_id] = Person(seat)
            self.engine.set_seat(seat)
            self._at(self.rng.randrange(3_600_000), "break", seat.agent_id)
        for number in range(4):
            self._add_queue(number)
        self._at(0, "arrival", "")

    def _add_queue(self, number: int) -> None:
        everybody = sorted(self.people)
        staff = self.rng.sample(everybody, len(everybody) * 2 // 3)
        members = [Member(agent_id=a, tier=1 + n % 3) for n, a in enumerate(staff)]
        needs = []
        if number % 2:
            needs = [Need(skill_id=SKILLS[number], level=4, steps=[(30, 2), (60, 0)])]
        queue = Queue(
            id=f"q{number}",
            name=f"Queue {number}",
            position=number,
            strategy=self.strategy,
            needs=needs,
            accept="auto",
            match_language=number < 2,
            language_relax_s=45,
            weight_s=60 if number == 3 else 0,
            ring_step_s=10,
        )
        self.queues[queue.id] = queue
        self.members[queue.id] = members
        self.engine.set_queue(queue, members)

    def _at(self, in_ms: int, what: str, who: str) -> None:
        self._count += 1
        heapq.heappush(self._events, (self.now + in_ms, self._count, what, who))

    def run(self) -> None:
        """To the end of the day: nothing is left over."""
        while self._events:
            at, _, what, who = heapq.heappop(self._events)
            due = self.engine.next_at(self.now)
            if due and due < at and self.waiting:
                heapq.heappush(self._events, (at, 0, what, who))
                self.now = due
            else:
                self.now = at
                getattr(self, f"_{what}")(who)
            self._decide()

    def _arrival(self, _: str) -> None:
        number = self.rng.randrange(10**9)
        kind = self.rng.choices(["call", "chat", "mail"], [3, 6, 1])[0]
        work = Work(
            id=f"w{self._left:06d}-{number}",
            queue_id=self.rng.choice(sorted(self.queues)),
            kind=kind,  # type: ignore[arg-type]
            entered_at=self.now,
            priority=self.rng.choices([1, 2, 3, 4], [1, 7, 1, 1])[0],
            is_vip=self.rng.random() < 0.05,
            language=self.rng.choice(LANGUAGES),
            needs={self.rng.choice(SKILLS): 1} if self.rng.random() < 0.2 else {},
        )
        self.waiting[work.id] = work
        self.engine.set_work(work)
        patience = int(self.rng.weibullvariate(400_000, 1.4))
        self._at(patience, "patience", work.id)
        self._left -= 1
        if self._left:
            # Busy and quiet hours: the rate swings by half.
            self._at(int(self.rng.expovariate(1 / self._gap_ms)) + 1, "arrival", "")

    def _patience(self, id: str) -> None:
        if self.waiting.pop(id, None) is not None:
            self.abandoned += 1
            self.engine.drop_work(id)

    def _finished(self, key: str) -> None:
        agent_id, id, kind, talk = key.split("|")
        person = self.people[agent_id]
        seat = person.seat
        self._reseat(
            person,
            load=seat.load - oracle.cost(seat, kind),
            talk_ms=seat.talk_ms + int(talk),
            idle_since=self.now,
        )
        assert person.seat.load >= 0, id

    def _break(self, agent_id: str) -> None:
        person = self.people[agent_id]
        person.on_break = not person.on_break
        self._reseat(person, is_ready=not person.on_break, why_not="away" * person.on_break)
        if self._left or person.on_break:
            minutes = 10 if person.on_break else 90
            self._at(int(self.rng.expovariate(1 / (minutes * 60_000))) + 1, "break", agent_id)

    def _reseat(self, person: Person, **changes: object) -> None:
        person.seat = msgspec.structs.replace(person.seat, **changes)
        self.engine.set_seat(person.seat)

    def _decide(self) -> None:
        self.rounds += 1
        for number, decision in enumerate(self.engine.decide(self.now)):
            if decision.work.queue_id and self.strategy.startswith("ring"):
                self._ring(decision, is_first=number == 0)
            else:
                self._carry_out(decision)
        if self.rounds % self._check_every == 0:
            self._check_nobody_idles()

    def _carry_out(self, decision: Decision) -> None:
        work = decision.work
        queue = self.queues[work.queue_id]
        members = {one.agent_id for one in self.members[queue.id]}
        (agent_id,) = decision.agent_ids
        self._check_seat(agent_id, work, members)
        self._check_choice(decision, queue, members)
        self._give(work, agent_id)

    def _ring(self, decision: Decision, *, is_first: bool) -> None:
        """Several are asked; room is claimed by who accepts, so it may be gone by then."""
        work = decision.work
        queue = self.queues[work.queue_id]
        members = {one.agent_id for one in self.members[queue.id]}
        if is_first and not decision.is_more:
            self._check_choice(decision, queue, members)
        if queue.strategy == "ring_progressively":
            self.most_rung = max(self.most_rung, len(decision.agent_ids))
            if self.rng.random() < 0.3:
                return  # nobody takes it yet: it rings on
        takers = [
            agent_id
            for agent_id in decision.agent_ids
            if self.people[agent_id].seat.is_ready
            and oracle.has_room(self.people[agent_id].seat, self.people[agent_id].load, work.kind)
        ]
        if not takers:
            self.engine.cancel(work.id)
            return
        taker = self.rng.choice(takers)
        self._check_seat(taker, work, members)
        self._give(work, taker)

    def _check_seat(self, agent_id: str, work: Work, members: set[str]) -> None:
        person = self.people[agent_id]
        assert agent_id in members
        assert person.seat.is_ready
        queue = self.queues[work.queue_id]
        assert oracle.suits(person.seat, work, queue, self.now), "skills respected"
        assert oracle.has_room(person.seat, person.load, work.kind), "capacity"
        assert work.id not in self.given, "assigned twice"

    def _give(self, work: Work, agent_id: str) -> None:
        del self.waiting[work.id]
        self.given[work.id] = agent_id
        self.order.append((work, agent_id, self.now))
        self.by_agent[agent_id] += 1
        self.engine.drop_work(work.id)
        person = self.people[agent_id]
        seat = person.seat
        talk = int(self.rng.lognormvariate(11.5, 0.6))
        self._reseat(
            person,
            load=seat.load + oracle.cost(seat, work.kind),
            handled=seat.handled + 1,
            last_assigned_at=self.now,
            idle_since=self.now,
        )
        self._at(talk, "finished", f"{agent_id}|{work.id}|{work.kind}|{talk}")

    def _check_choice(self, decision: Decision, queue: Queue, members: set[str]) -> None:
        """The strategy's own promise, and that nobody who stands before it could be served."""
        work = decision.work
        seats = [(p.seat, p.load) for p in self.people.values()]
        suited = oracle.free_for(seats, work, queue, members, self.now)
        assert suited
        assert set(decision.agent_ids) <= set(suited)
        check = getattr(self, f"_is_{self.strategy}", None)
        if check is not None:
            assert check(decision.agent_ids, suited, queue), (decision.agent_ids, suited)

    def _is_longest_idle(self, chosen: list[str], suited: list[str], _: Queue) -> bool:
        idle = {a: self.people[a].seat.idle_since for a in suited}
        return idle[chosen[0]] == min(idle.values())

    def _is_least_talk(self, chosen: list[str], suited: list[str], _: Queue) -> bool:
        talk = {a: self.people[a].seat.talk_ms for a in suited}
        return talk[chosen[0]] == min(talk.values())

    def _is_fewest_handled(self, chosen: list[str], suited: list[str], _: Queue) -> bool:
        handled = {a: self.people[a].seat.handled for a in suited}
        return handled[chosen[0]] == min(handled.values())

    def _is_least_loaded(self, chosen: list[str], suited: list[str], _: Queue) -> bool:
        load = {a: self.people[a].load for a in suited}
        return load[chosen[0]] == min(load.values())

    def _is_ring_all(self, chosen: list[str], suited: list[str], _: Queue) -> bool:
        return set(chosen) == set(suited)

    def _is_top_down(self, chosen: list[str], suited: list[str], queue: Queue) -> bool:
        return chosen[0] == next(m.agent_id for m in self.members[queue.id] if m.agent_id in suited)

    def _is_agent_order(self, chosen: list[str], suited: list[str], queue: Queue) -> bool:
        by_tier = sorted(self.members[queue.id], key=lambda one: one.tier)
        return chosen[0] == next(m.agent_id for m in by_tier if m.agent_id in suited)

    def _check_nobody_idles(self) -> None:
        """After a round nobody waits for whom somebody is free, but those that ring."""
        seats = [(p.seat, p.load) for p in self.people.values()]
        for work in self.waiting.values():
            queue = self.queues[work.queue_id]
            if queue.strategy.startswith("ring"):
                continue
            members = {one.agent_id for one in self.members[queue.id]}
            assert not oracle.free_for(seats, work, queue, members, self.now), work
