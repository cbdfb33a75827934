"""How many conversations the engine gives to agents in a second: 500 agents, 32 skills, 24 queues,
some of them with work that waits all the time.

One step is an arrival, the decision, the claim's answer to the engine and an agent who finishes:
the whole cycle of one assignment but for the store. The floor is the least that could do it: a heap
of idle agents for each skill, one queue, no capacity, no reasons.
"""

from __future__ import annotations

import heapq
import random
import time
from collections import deque
from statistics import quantiles

import msgspec

from hub.bench.report import Result, result
from hub.bench.settings import Settings, say
from hub.model.routing import FULL, Member, Need, Queue
from hub.services.routing.engine import Engine
from hub.services.routing.seats import cost_of
from hub.services.routing.work import Seat, Work

AGENTS, SKILLS, QUEUES = 500, 32, 24
STEPS = 20_000
GOAL_A_SECOND, GOAL_P99_MS = 19_000, 0.2


class _Floor:
    """Longest idle by skill, with heaps and lazy deletion."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._skills = [rng.sample(range(SKILLS), 6) for _ in range(AGENTS)]
        self._idle: dict[int, int] = {}
        self._heaps: list[list[tuple[int, int]]] = [[] for _ in range(SKILLS)]
        self._tick = 0
        for agent in range(AGENTS):
            self._free(agent)

    def _free(self, agent: int) -> None:
        self._tick += 1
        self._idle[agent] = self._tick
        for skill in self._skills[agent]:
            heapq.heappush(self._heaps[skill], (self._tick, agent))

    def run(self) -> float:
        busy: deque[int] = deque()
        began = time.perf_counter()
        for _ in range(STEPS):
            heap = self._heaps[self._rng.randrange(SKILLS)]
            while heap:
                since, agent = heapq.heappop(heap)
                if self._idle.get(agent) == since:
                    del self._idle[agent]
                    busy.append(agent)
                    break
            if len(busy) > AGENTS // 2:
                self._free(busy.popleft())
        return STEPS / (time.perf_counter() - began)


class _Centre:
    """A busy contact centre around the engine."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._engine = Engine(rng)
        self._now = 1_700_000_000_000
        self._seats: dict[str, Seat] = {}
        self._held: deque[tuple[str, str]] = deque()
        self._number = 0
        for number in range(AGENTS):
            skills = {f"s{s}": rng.randint(1, 5) for s in rng.sample(range(SKILLS), 6)}
            seat = Seat(agent_id=f"a{number}", is_ready=True, skills=skills)
            self._seats[seat.agent_id] = seat
            self._engine.set_seat(seat)
        for number in range(QUEUES):
            self._add_queue(number)
        self._coming = deque(self._make() for _ in range(2 * STEPS))

    def _add_queue(self, number: int) -> None:
        needs = [Need(skill_id=f"s{number}", level=2, steps=[(120, 1)])]
        queue = Queue(id=f"q{number}", name="", position=number, accept="auto", needs=needs)
        staff = self._rng.sample(sorted(self._seats), 300)
        self._engine.set_queue(queue, [Member(agent_id=a) for a in staff])

    def _make(self) -> Work:
        self._number += 1
        rng = self._rng
        return Work(
            id=f"w{self._number}",
            queue_id=f"q{rng.randrange(QUEUES)}",
            kind="call" if rng.random() < 0.3 else "chat",
            entered_at=self._now + 20 * self._number,
            priority=rng.choice((1, 2, 2, 2, 3)),
            is_vip=rng.random() < 0.03,
            needs={f"s{QUEUES + rng.randrange(SKILLS - QUEUES)}": 1} if rng.random() < 0.3 else {},
        )

    def run(self) -> tuple[float, float]:
        """Assignments a second, and the 99th percentile of one decision in ms."""
        given, took = 0, []
        began = time.perf_counter()
        while given < STEPS:
            self._now += 20
            self._engine.set_work(self._coming.popleft())
            if given > AGENTS:
                self._finish()
            asked = time.perf_counter()
            decisions = self._engine.decide(self._now)
            took.append((time.perf_counter() - asked) * 1000 / max(1, len(decisions)))
            for decision in decisions:
                given += 1
                seat = self._loaded(decision.agent_ids[0], decision.work.kind, 1)
                self._engine.given(decision.work.id, seat)
                self._held.append((decision.agent_ids[0], decision.work.kind))
        a_second = given / (time.perf_counter() - began)
        return a_second, quantiles(took, n=100)[98]

    def _finish(self) -> None:
        agent_id, kind = self._held.popleft()
        self._engine.set_seat(self._loaded(agent_id, kind, -1))

    def _loaded(self, agent_id: str, kind: str, sign: int) -> Seat:
        seat = self._seats[agent_id]
        load = seat.load + sign * cost_of(kind, seat.capacity)
        if load > FULL:
            raise AssertionError("an agent was given more than fits")
        changes: dict[str, int] = {"load": load, "idle_since": self._now}
        if sign > 0:
            changes |= {"handled": seat.handled + 1, "last_assigned_at": self._now}
        seat = msgspec.structs.replace(seat, **changes)
        self._seats[agent_id] = seat
        return seat


async def run(settings: Settings) -> list[Result]:
    rates, worst, floors = [], [], []
    for number in range(settings.rounds):
        floors.append(_Floor(random.Random(number)).run())
        rate, p99 = _Centre(random.Random(number)).run()
        rates.append(rate)
        worst.append(p99)
        say(f"  {rate:,.0f} a second, p99 {p99:.3f} ms; floor {floors[-1]:,.0f}")
    return [
        result("assignments", "1/s", rates, goal=GOAL_A_SECOND),
        result("decision p99", "ms", worst, goal=GOAL_P99_MS, better="lower"),
        result("against bare heaps", "1/s", rates, floors),
    ]
