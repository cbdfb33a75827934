"""The routing engine: told who is there and what waits, it says who gets what, and why.

Pure and synchronous: no store, no clock, no tasks. The router (`hub.services.routing.router`) feeds
it and carries its decisions out; what could not be carried out is cancelled and decided again.

Work that asks for the same agents forms a group; the firsts of all groups stand in one order. A
round of `decide` walks it once, and only where something has changed since the last round: an agent
became free, or a group got a first.
"""

from __future__ import annotations

import heapq
import random
from bisect import bisect_left, insort
from collections.abc import Sequence

import msgspec

from hub.model.routing import Member, Queue, Trace
from hub.services.routing.demands import Asked, Demand, demand_of
from hub.services.routing.lines import Group, Line, Rank, Turn, rank_of, turn_of
from hub.services.routing.seats import Seats
from hub.services.routing.strategies import Choice, Metric, Order, RingAll, make_choice
from hub.services.routing.trace import Moment, trace_of
from hub.services.routing.work import Seat, Work


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """`work` is for `agent_ids` (several where all of them are rung). `is_more`: it is being
    offered already; these are all who are to be asked now.
    """

    work: Work
    agent_ids: list[str]
    is_more: bool
    _seats: Seats
    _moment: Moment
    _asked: Asked
    _queue: Queue
    _chosen: list[int]
    _at: int

    def trace(self) -> Trace:
        """Why; ask at once, before agents change."""
        return trace_of(
            self._seats,
            self._moment,
            self._asked,
            self.work,
            self._queue.strategy,
            self._chosen,
            self._at,
        )


class _Line:
    """A queue with what it needs for deciding."""

    def __init__(self, queue: Queue, members: int, choice: Choice) -> None:
        self.queue = queue
        self.members = members
        self.choice = choice
        self.line = Line()
        self.work: set[str] = set()

    def add(self, item: _Item) -> None:
        self.line.add(item.turn)
        self.work.add(item.work.id)

    def remove(self, item: _Item) -> None:
        self.line.remove(item.turn)
        self.work.discard(item.work.id)

    def eligible(self, demand: Demand, seats: Seats) -> int:
        """Who may be asked, ready or not."""
        return 0 if self.queue.is_paused else demand.eligible(seats, self.members)


class _Item:
    """A piece of work; `group` is None while it is promised to somebody."""

    __slots__ = ("asked", "group", "promised", "ring_at", "rung", "turn", "work")

    def __init__(self, work: Work, turn: Turn, asked: Asked) -> None:
        self.work = work
        self.turn = turn
        self.asked = asked
        self.group: Group | None = None
        #: (agent number, cost, is asked) where room is kept.
        self.promised: tuple[int, int, bool] | None = None
        #: Progressive ringing: who rings, and when the next one does.
        self.rung: list[int] = []
        self.ring_at = 0


class Engine:
    """Decides for all queues of one workspace."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._seats = Seats()
        self._lines: dict[str, _Line] = {}
        self._items: dict[str, _Item] = {}
        self._groups: dict[Demand, Group] = {}
        #: The groups, ordered by their firsts.
        self._firsts: list[tuple[Rank, Group]] = []
        self._orders: dict[Metric, Order] = {}
        self._kept_orders: tuple[Order, ...] = ()
        #: What changed since the last round.
        self._freed = 0
        self._fresh: list[Group] = []
        #: (when, work id): demands that change by time, and rings that go on.
        self._alarms: list[tuple[int, str]] = []
        #: Work whose demand depends on who is there.
        self._fickle: set[str] = set()
        self._now = 0

    def set_queue(self, queue: Queue, members: Sequence[Member]) -> None:
        """New or changed; `members` in their order, teams resolved."""
        numbers = [(self._seats.number(one.agent_id), one.tier) for one in members]
        mask = sum({1 << number for number, _ in numbers})
        choice = make_choice(queue.strategy, numbers, self._order, self._rng)
        known = self._lines.get(queue.id)
        line = _Line(queue, mask, choice)
        items = [self._items[id] for id in known.work] if known else []
        waiting = [item.work for item in items if item.group is not None]
        for work in waiting:
            self._forget(work.id)
        self._lines[queue.id] = line
        for item in items:
            if item.group is None and item.work.id in self._items:  # promised: it stays so
                item.turn = turn_of(item.work, queue)
                line.add(item)
        for work in waiting:
            self._take_in(work, line)

    def drop_queue(self, queue_id: str) -> None:
        """Its work goes with it."""
        line = self._lines.get(queue_id)
        if line is not None:
            for id in tuple(line.work):
                self._forget(id)
            del self._lines[queue_id]

    def set_seat(self, seat: Seat) -> None:
        """New or changed."""
        number = self._seats.number(seat.agent_id)
        known = self._seats.seats[number]
        self._seats.set(seat)
        self._reorder(number)
        if seat.skills is not known.skills and seat.skills != known.skills:
            for group in self._groups.values():
                line = self._lines[group.demand.queue_id]
                group.eligible = line.eligible(group.demand, self._seats)
        if seat.is_ready != known.is_ready and self._fickle:
            self._regroup(tuple(self._fickle))
        if seat.is_ready:
            self._freed |= 1 << number

    def drop_seat(self, agent_id: str) -> None:
        """They work here no more."""
        self.set_seat(Seat(agent_id=agent_id, is_ready=False, why_not="offline"))

    def set_work(self, work: Work) -> None:
        """It waits (anew): what was promised for it is free again. Raises KeyError when its queue
        is not known.
        """
        line = self._lines[work.queue_id]
        self.drop_work(work.id)
        self._take_in(work, line)

    def given(self, work_id: str, seat: Seat) -> None:
        """The decision was carried out: the agent has it, and `seat` counts it."""
        item = self._items.get(work_id)
        if item is not None and item.promised is not None:
            number, cost, is_asked = item.promised
            item.promised = None
            self._seats.forget_promise(number, cost, is_asked=is_asked)
        self.drop_work(work_id)
        self.set_seat(seat)

    def drop_work(self, work_id: str) -> None:
        """It waits no more."""
        item = self._items.get(work_id)
        if item is not None:
            self._forget(work_id)

    def cancel(self, work_id: str) -> None:
        """The decision could not be carried out: back in line."""
        item = self._items.get(work_id)
        if item is not None:
            self.set_work(item.work)

    def decide(self, now: int) -> list[Decision]:
        """Everything that can be given out at `now` (ms); it stays promised until `set_work`,
        `drop_work` or `cancel`.
        """
        self._now = now
        decisions = self._ring_on(now)
        freed, self._freed = self._freed, 0
        fresh, self._fresh = self._fresh, []
        if not freed and not fresh:
            return decisions
        seats, position = self._seats, 0
        free = seats.ready & ~seats.asked
        while position < len(self._firsts):
            group = self._firsts[position][1]
            candidates = group.eligible & free & seats.room[group.demand.kind]
            if not group.is_fresh:
                candidates &= freed
            if not candidates:
                position += 1
                continue
            decisions.append(self._give(group, candidates, now))
            free = seats.ready & ~seats.asked
            # The group's next one is not before it: the walk goes on from here.
        for group in fresh:
            group.is_fresh = False
        return decisions

    def next_at(self, now: int) -> int:
        """When `decide` should be asked again although nothing changed; 0: never."""
        while self._alarms and self._is_stale(self._alarms[0]):
            heapq.heappop(self._alarms)
        return max(now, self._alarms[0][0]) if self._alarms else 0

    def line(self, queue_id: str) -> list[str]:
        """Who waits or is being offered, in the order in which they are served."""
        line = self._lines.get(queue_id)
        return line.line.ids() if line else []

    def place(self, work_id: str) -> int:
        """1 for who is served next in its queue; 0 for who is not here."""
        item = self._items.get(work_id)
        return self._lines[item.work.queue_id].line.place(item.turn) if item else 0

    def waiting(self, queue_id: str) -> int:
        line = self._lines.get(queue_id)
        return len(line.line.turns) if line else 0

    def _take_in(self, work: Work, line: _Line) -> None:
        turn = turn_of(work, line.queue)
        asked = demand_of(work, line.queue, self._seats, line.members, self._now)
        item = self._items[work.id] = _Item(work, turn, asked)
        line.add(item)
        if work.passed_by or work.preferred_id:
            self._fickle.add(work.id)
        self._join(item)

    def _forget(self, id: str) -> None:
        item = self._items.pop(id)
        self._leave(item)
        self._end_promise(item)
        self._lines[item.work.queue_id].remove(item)
        self._fickle.discard(id)

    def _end_promise(self, item: _Item) -> None:
        if item.promised is None:
            return
        number, cost, is_asked = item.promised
        self._seats.release(number, cost, is_asked=is_asked)
        self._reorder(number)
        self._freed |= 1 << number
        item.promised = None

    def _join(self, item: _Item) -> None:
        """Into the group of its demand."""
        demand = item.asked.demand
        group = self._groups.get(demand)
        if group is None:
            line = self._lines[demand.queue_id]
            group = Group(demand, line.eligible(demand, self._seats))
            self._groups[demand] = group
        item.group = group
        group.line.add(item.turn)
        if len(group.line.turns) == 1:
            group.is_fresh = True
            self._fresh.append(group)
        self._rank(group)
        if item.asked.until:
            heapq.heappush(self._alarms, (item.asked.until, item.work.id))

    def _leave(self, item: _Item) -> None:
        group, item.group = item.group, None
        if group is None:
            return
        group.line.remove(item.turn)
        self._rank(group)
        if not group.line.turns:
            del self._groups[group.demand]

    def _rank(self, group: Group) -> None:
        """Keep the place of a group among the firsts."""
        old = group.rank
        new = None
        if group.line.turns:
            new = rank_of(group, self._lines[group.demand.queue_id].queue)
        if old == new:
            return
        if old is not None:
            del self._firsts[bisect_left(self._firsts, old, key=_rank)]
        if new is not None:
            insort(self._firsts, (new, group), key=_rank)
        group.rank = new

    def _regroup(self, ids: Sequence[str]) -> None:
        """Skills or presence changed: who is asked may be others now."""
        for id in ids:
            item = self._items[id]
            if item.group is None:
                continue
            self._leave(item)
            line = self._lines[item.work.queue_id]
            item.asked = demand_of(item.work, line.queue, self._seats, line.members, self._now)
            self._join(item)

    def _give(self, group: Group, candidates: int, now: int) -> Decision:
        """The group's first to one of the candidates, or to several where they ring."""
        line = self._lines[group.demand.queue_id]
        item = self._items[group.line.turns[0][1]]
        moment = self._moment(line, item, candidates)
        chosen = line.choice.pick(candidates)
        self._leave(item)
        self._promise(item, line, chosen, now)
        return self._decision(item, line, chosen, moment, now, is_more=False)

    def _moment(self, line: _Line, item: _Item, candidates: int) -> Moment:
        seats = self._seats
        return Moment(
            members=line.members,
            ready=seats.ready,
            room=seats.room[item.work.kind],
            asked=seats.asked,
            candidates=candidates,
            in_front=line.line.place(item.turn) - 1,
        )

    def _promise(self, item: _Item, line: _Line, chosen: list[int], now: int) -> None:
        queue = line.queue
        if isinstance(line.choice, RingAll):
            return  # whoever accepts claims the room
        if queue.strategy == "ring_progressively":
            item.rung = chosen
            item.ring_at = now + queue.ring_step_s * 1000
            heapq.heappush(self._alarms, (item.ring_at, item.work.id))
            return
        number = chosen[0]
        is_asked = queue.accept == "ask"
        cost = self._seats.promise(number, item.work.kind, is_asked=is_asked)
        item.promised = number, cost, is_asked
        if not is_asked:
            self._seats.note_given(number, now)
        line.choice.given(number)
        self._reorder(number)

    def _ring_on(self, now: int) -> list[Decision]:
        """Demands that time has changed; rings that one more agent joins."""
        decisions = []
        while self._alarms and self._alarms[0][0] <= now:
            alarm = heapq.heappop(self._alarms)
            if self._is_stale(alarm):
                continue
            item = self._items[alarm[1]]
            if item.group is not None:
                self._regroup([item.work.id])
                continue
            more = self._one_more(item, now)
            if more is not None:
                decisions.append(more)
        return decisions

    def _one_more(self, item: _Item, now: int) -> Decision | None:
        line = self._lines[item.work.queue_id]
        seats, demand = self._seats, item.asked.demand
        item.ring_at = now + line.queue.ring_step_s * 1000
        heapq.heappush(self._alarms, (item.ring_at, item.work.id))
        candidates = line.eligible(demand, seats) & seats.ready & ~seats.asked
        candidates &= seats.room[demand.kind]
        candidates &= ~sum(1 << number for number in item.rung)
        if not candidates:
            return None
        moment = self._moment(line, item, candidates)
        item.rung = item.rung + line.choice.pick(candidates)
        return self._decision(item, line, item.rung, moment, now, is_more=True)

    def _decision(
        self,
        item: _Item,
        line: _Line,
        chosen: list[int],
        moment: Moment,
        now: int,
        *,
        is_more: bool,
    ) -> Decision:
        return Decision(
            work=item.work,
            agent_ids=[self._seats.seats[number].agent_id for number in chosen],
            is_more=is_more,
            _seats=self._seats,
            _moment=moment,
            _asked=item.asked,
            _queue=line.queue,
            _chosen=chosen,
            _at=now,
        )

    def _is_stale(self, alarm: tuple[int, str]) -> bool:
        """Of work that has gone, or whose time has been set anew."""
        item = self._items.get(alarm[1])
        if item is None:
            return True
        return alarm[0] != (item.asked.until if item.group is not None else item.ring_at)

    def _order(self, metric: Metric) -> Order:
        order = self._orders.get(metric)
        if order is None:
            order = self._orders[metric] = Order(metric, self._seats)
            self._kept_orders = tuple(self._orders.values())
        return order

    def _reorder(self, number: int) -> None:
        for order in self._kept_orders:
            order.update(number)


def _rank(first: tuple[Rank, Group]) -> Rank:
    return first[0]
