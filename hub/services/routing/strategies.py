"""The ten strategies (R1): whom of those who suit. Each is a small class with the same two methods.

`pick` gets a mask of agents, never empty, and returns agent numbers: several for those that ring
more than one. `given` tells who got the work. Ties always fall to who has waited longest since
their last work, then to the member who stands first.
"""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from typing import Protocol

from hub.model.routing import Strategy
from hub.services.routing.seats import Seats, bits

Place = tuple[int, int, int]
#: So many agents stand together in an order, at most.
_CHUNK = 48
_END: Place = (1 << 62, 0, 0)


Metric = Callable[[Seats, int], int]


class Choice(Protocol):
    def pick(self, candidates: int) -> list[int]: ...

    def given(self, number: int) -> None: ...


class Order:
    """All agents sorted by what a strategy compares, kept in step by the engine.

    They stand in short chunks, each with the mask of who is in it: the first of some candidates is
    found by a few ANDs, however many agents there are.
    """

    def __init__(self, metric: Metric, seats: Seats) -> None:
        self._metric = metric
        self._seats = seats
        self._places: dict[int, Place] = {}
        self._chunks: list[list[Place]] = [[]]
        self._masks = [0]
        #: The last place of each chunk.
        self._ends: list[Place] = [_END]
        for number in range(len(seats.seats)):
            self.update(number)

    def update(self, number: int) -> None:
        """Their seat has changed."""
        last = self._seats.seats[number].last_assigned_at
        place = (self._metric(self._seats, number), last, number)
        known = self._places.get(number)
        if known == place:
            return
        if known is not None:
            self._remove(known)
        self._places[number] = place
        self._add(place)

    def first(self, candidates: int) -> int:
        """The number of who comes first of these (at least one)."""
        for at, mask in enumerate(self._masks):
            suited = candidates & mask
            if suited:
                if not suited & (suited - 1):
                    return suited.bit_length() - 1
                return next(place[2] for place in self._chunks[at] if suited >> place[2] & 1)
        raise ValueError("nobody to choose from")

    def in_order(self, candidates: int) -> list[int]:
        return [place[2] for place in sorted(self._places[n] for n in bits(candidates))]

    def _add(self, place: Place) -> None:
        at = bisect_left(self._ends, place)
        chunk = self._chunks[at]
        insort(chunk, place)
        self._masks[at] |= 1 << place[2]
        if len(chunk) > _CHUNK:
            half = len(chunk) // 2
            head, self._chunks[at] = chunk[:half], chunk[half:]
            self._chunks.insert(at, head)
            self._ends.insert(at, head[-1])
            self._masks[at : at + 1] = [_mask(head), _mask(chunk[half:])]

    def _remove(self, place: Place) -> None:
        at = bisect_left(self._ends, place)
        chunk = self._chunks[at]
        del chunk[bisect_left(chunk, place)]
        self._masks[at] ^= 1 << place[2]
        if not chunk and len(self._chunks) > 1 and at < len(self._chunks) - 1:
            del self._chunks[at], self._ends[at], self._masks[at]


def _mask(chunk: Sequence[Place]) -> int:
    return sum(1 << place[2] for place in chunk)


class Smallest:
    """One agent, the first of an order: longest idle, least talk, fewest handled, least loaded."""

    def __init__(self, order: Order) -> None:
        self._order = order

    def pick(self, candidates: int) -> list[int]:
        return [self._order.first(candidates)]

    def given(self, number: int) -> None:
        """The order follows the seat."""


class RingAll:
    """Everybody who suits, at once; who has been idle longest stands first."""

    def __init__(self, order: Order) -> None:
        self._order = order

    def pick(self, candidates: int) -> list[int]:
        return self._order.in_order(candidates)

    def given(self, number: int) -> None:
        """Who accepts first has it."""


class Walk:
    """The members in their order: from the top each time, or on after the last one."""

    def __init__(self, members: Sequence[int], *, goes_on: bool) -> None:
        self._line = list(members)
        self._goes_on = goes_on

    def pick(self, candidates: int) -> list[int]:
        return [next(number for number in self._line if candidates >> number & 1)]

    def given(self, number: int) -> None:
        if self._goes_on:
            at = self._line.index(number) + 1
            self._line = self._line[at:] + self._line[:at]


class Tiers:
    """The first tier that has somebody; in it the members in their order."""

    def __init__(self, tiers: Sequence[tuple[int, Sequence[int]]]) -> None:
        self._tiers = [(mask, list(members)) for mask, members in tiers]

    def pick(self, candidates: int) -> list[int]:
        for mask, members in self._tiers:
            suited = candidates & mask
            if suited:
                return [next(number for number in members if suited >> number & 1)]
        raise ValueError("a candidate is no member")

    def given(self, number: int) -> None:
        """The order is fixed."""


class Random:
    """Anybody, each as likely as the others."""

    def __init__(self, rng: random.Random, size: int) -> None:
        self._rng = rng
        self._size = size

    def pick(self, candidates: int) -> list[int]:
        for _ in range(8):  # quicker than counting, where most of them suit
            number = self._rng.randrange(self._size)
            if candidates >> number & 1:
                return [number]
        return [self._rng.choice(list(bits(candidates)))]

    def given(self, number: int) -> None:
        """It has no memory."""


def _idle_since(seats: Seats, number: int) -> int:
    return seats.seats[number].idle_since


def _talk_ms(seats: Seats, number: int) -> int:
    return seats.seats[number].talk_ms


def _handled(seats: Seats, number: int) -> int:
    return seats.seats[number].handled


METRICS: dict[Strategy, Metric] = {
    "longest_idle": _idle_since,
    "least_talk": _talk_ms,
    "fewest_handled": _handled,
    "least_loaded": Seats.load,
    "ring_all": _idle_since,
    "ring_progressively": _idle_since,
}


def make_choice(
    strategy: Strategy,
    members: Sequence[tuple[int, int]],
    order_of: Callable[[Metric], Order],
    rng: random.Random,
) -> Choice:
    """The strategy of a queue with these members: (agent number, tier), in their order."""
    numbers = [number for number, _ in members]
    if strategy in ("top_down", "round_robin"):
        return Walk(numbers, goes_on=strategy == "round_robin")
    if strategy == "agent_order":
        tiers = []
        for tier in sorted({tier for _, tier in members}):
            within = [number for number, own in members if own == tier]
            tiers.append((sum(1 << number for number in within), within))
        return Tiers(tiers)
    if strategy == "random":
        return Random(rng, max(numbers, default=0) + 1)
    order = order_of(METRICS[strategy])
    return RingAll(order) if strategy == "ring_all" else Smallest(order)
