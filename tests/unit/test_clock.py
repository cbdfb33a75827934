"""Both clocks keep the contract; the manual one wakes sleepers in order."""

import asyncio

from hub.clock import Clock, SystemClock
from tests.support.clock import ManualClock


async def test_the_system_clock_goes_forward() -> None:
    clock: Clock = SystemClock()
    wall, steady = clock.now_ms(), clock.monotonic()
    await clock.sleep(0)
    await clock.sleep(-1)
    assert clock.now_ms() >= wall > 1_700_000_000_000
    assert clock.monotonic() >= steady


async def test_sleepers_wake_in_order_and_see_their_own_time(clock: ManualClock) -> None:
    seen: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float, again: float) -> None:
        await clock.sleep(seconds)
        seen.append((name, clock.monotonic()))
        await clock.sleep(again)
        seen.append((name, clock.monotonic()))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper("late", 5, 10))
        group.create_task(sleeper("early", 2, 1))
        await clock.advance(4)
        assert seen == [("early", 2), ("early", 3)]
        assert clock.sleepers == 1
        await clock.advance(11)
    assert seen[2:] == [("late", 5), ("late", 15)]
    assert clock.monotonic() == 15


async def test_advance_moves_the_wall_clock(clock: ManualClock) -> None:
    before = clock.now_ms()
    await clock.advance(1.5)
    assert clock.now_ms() == before + 1500
