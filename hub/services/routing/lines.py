"""In which order waiting work is served: by virtual arrival.

    virtual arrival = entered_at − (priority − 2) · priority_step_s − vip_boost_s (VIPs)

so nobody waits behind later comers for longer than those boosts: ageing that needs no clock. Used
by the engine.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from hub.model.routing import Queue
from hub.services.routing.demands import Demand
from hub.services.routing.work import Work

_NORMAL = 2
#: (virtual arrival, work id)
Turn = tuple[int, str]
#: Over all queues: (virtual arrival − the queue's weight, the queue's position, queue id, work id)
Rank = tuple[int, int, str, str]


def turn_of(work: Work, queue: Queue) -> Turn:
    boost_s = (work.priority - _NORMAL) * queue.priority_step_s
    boost_s += queue.vip_boost_s if work.is_vip else 0
    return work.entered_at - boost_s * 1000, work.id


class Line:
    """Work in the order in which it is served."""

    __slots__ = ("turns",)

    def __init__(self) -> None:
        self.turns: list[Turn] = []

    def add(self, turn: Turn) -> None:
        insort(self.turns, turn)

    def remove(self, turn: Turn) -> None:
        del self.turns[bisect_left(self.turns, turn)]

    def place(self, turn: Turn) -> int:
        """1 for who is served next."""
        return bisect_left(self.turns, turn) + 1

    def ids(self) -> list[str]:
        return [id for _, id in self.turns]


class Group:
    """Waiting work with one demand: it is for the same agents, so its first stands for all."""

    __slots__ = ("demand", "eligible", "is_fresh", "line", "rank")

    def __init__(self, demand: Demand, eligible: int) -> None:
        self.demand = demand
        self.eligible = eligible
        self.line = Line()
        #: It got its first since the last round.
        self.is_fresh = False
        #: Where its first stands among all queues' firsts; None while it is empty.
        self.rank: Rank | None = None


def rank_of(group: Group, queue: Queue) -> Rank:
    virtual, id = group.line.turns[0]
    return virtual - queue.weight_s * 1000, queue.position, queue.id, id
