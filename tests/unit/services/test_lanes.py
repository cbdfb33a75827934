"""Turns of one key: first come, first served, whoever gives up."""

from __future__ import annotations

import asyncio

from hub.services.lanes import Lanes
from tests.support.clock import settle


async def test_turns_are_taken_in_their_order_also_when_somebody_gives_up() -> None:
    lanes, seen = Lanes(), list[int]()

    async def turn(number: int) -> None:
        async with lanes.hold("a"):
            seen.append(number)
            await asyncio.sleep(0)

    turns = [asyncio.ensure_future(turn(number)) for number in range(5)]
    await asyncio.sleep(0)
    turns[2].cancel()
    await asyncio.gather(*turns, return_exceptions=True)
    assert seen == [0, 1, 3, 4]
    assert len(lanes) == 0


async def test_a_turn_given_to_somebody_who_just_gave_up_goes_on_to_the_next() -> None:
    lanes, seen = Lanes(), list[str]()

    async def turn(name: str) -> None:
        async with lanes.hold("a"):
            seen.append(name)

    async with lanes.hold("a"):
        first, second = (asyncio.ensure_future(turn(name)) for name in ("first", "second"))
        await settle()
    first.cancel()  # after its turn was given to it, before it woke
    await asyncio.gather(first, second, return_exceptions=True)
    assert seen == ["second"]
    assert len(lanes) == 0


async def test_only_what_is_free_is_held_without_waiting() -> None:
    lanes = Lanes()
    entered = asyncio.Event()

    async def wait_for(key: str) -> None:
        async with lanes.hold(key):
            entered.set()

    async with lanes.hold("busy"):
        async with lanes.hold_free(["busy", "free", "free", "other"]) as held:
            assert held == {"free", "other"}
            waiter = asyncio.ensure_future(wait_for("free"))
            await settle()
            assert not entered.is_set()
        await waiter
    assert len(lanes) == 0
