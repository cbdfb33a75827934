"""Many homes' conversations as one list, whatever each of them holds."""

import asyncio
import heapq
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hub.model.conversation import Conversation
from hub.ports.store import PageOf
from hub.services.merging import Place, Run, merged, place_of


def conversation(home: int, number: int, last_at: int) -> Conversation:
    return Conversation(
        id=f"w.{home}x{number}",
        contact_id="w.c",
        home=f"w.h{home}",
        inbox_id=f"w.h{home}",
        channel="test",
        join_group="main",
        last_at=last_at,
    )


class Home:
    """A home as the store pages it, which counts how often it is asked and for how many."""

    def __init__(self, held: Sequence[Conversation]) -> None:
        self._held = sorted(held, key=place_of, reverse=True)
        self.asked: list[int] = []

    async def ask(self, after: str | None, limit: int) -> PageOf[Conversation]:
        self.asked.append(limit)
        start = int(after or 0)
        end = start + limit
        return PageOf(self._held[start:end], str(end) if end < len(self._held) else None)


TIMES = st.lists(st.lists(st.integers(0, 8), max_size=30), max_size=8)


@given(TIMES, st.integers(1, 40), st.none() | st.tuples(st.integers(0, 8), st.just("w.3x5")))
def test_the_newest_of_all(times: list[list[int]], limit: int, bound: Place | None) -> None:
    held = [[conversation(h, n, at) for n, at in enumerate(one)] for h, one in enumerate(times)]
    every = [c for one in held for c in one if bound is None or place_of(c) < bound]
    runs = [Run(Home(one).ask, bound) for one in held]
    found = asyncio.run(merged(runs, limit))
    assert found == heapq.nlargest(limit, every, key=place_of)


def test_of_many_homes_only_the_busy_one_is_asked_twice() -> None:
    homes = [Home([conversation(h, n, 1_000 - n) for n in range(3)]) for h in range(9)]
    busy = Home([conversation(9, n, 5_000 - n) for n in range(500)])
    found = asyncio.run(merged([Run(home.ask, None) for home in [*homes, busy]], 50))
    assert [c.last_at for c in found] == [5_000 - n for n in range(50)]
    assert busy.asked == [15, 50]
    assert [home.asked for home in homes] == [[15]] * 9


def test_few_homes_are_asked_once() -> None:
    homes = [Home([conversation(h, n, 1_000 * h - n) for n in range(99)]) for h in range(3)]
    assert len(asyncio.run(merged([Run(home.ask, None) for home in homes], 50))) == 50
    assert [home.asked for home in homes] == [[50]] * 3
