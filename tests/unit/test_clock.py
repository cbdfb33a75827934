"""Both clocks keep the contract; the manual one wakes sleepers in order."""

import asyncio
from itertools import pairwise

import pytest

from hub.clock import Clock, SystemClock, is_skipped, skipped_ms
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


HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
START_MS = 1_780_000_000_000


class RawClock:
    """The machine's two clocks, moved by hand."""

    def __init__(self) -> None:
        self.wall_ms = START_MS
        self.boot_ms = 50_000
        self.slept_ms = 0
        self.clock = SystemClock(
            lambda: self.wall_ms * 1_000_000,
            lambda: self.boot_ms * 1_000_000,
            lambda: (self.boot_ms - self.slept_ms) * 1_000_000,
        )

    def run(self, ms: int, step_ms: int = 1_000) -> None:
        """Time passes, and somebody asks for it all the while."""
        for _ in range(ms // step_ms):
            self.wall_ms += step_ms
            self.boot_ms += step_ms
            self.clock.now_ms()


@pytest.mark.parametrize("leap_ms", [HOUR_MS, -HOUR_MS, DAY_MS, -DAY_MS])
def test_a_wall_clock_that_leaps_is_believed_after_ten_minutes(leap_ms: int) -> None:
    raw = RawClock()
    raw.wall_ms += leap_ms
    raw.run(9 * 60_000)
    assert raw.clock.now_ms() == START_MS + 9 * 60_000
    raw.run(60_000 + 1_000)
    assert raw.clock.now_ms() == raw.wall_ms


@pytest.mark.parametrize("leap_ms", [HOUR_MS, -HOUR_MS, DAY_MS])
def test_a_leap_that_is_taken_back_never_was(leap_ms: int) -> None:
    raw = RawClock()
    raw.wall_ms += leap_ms
    raw.run(9 * 60_000)
    raw.wall_ms -= leap_ms
    raw.run(60 * 60_000)
    assert raw.clock.now_ms() == raw.wall_ms == START_MS + 69 * 60_000
    assert not is_skipped(raw.clock, START_MS + HOUR_MS)


def test_each_new_leap_must_stand_for_itself() -> None:
    raw = RawClock()
    for leap_ms in (HOUR_MS, HOUR_MS, -DAY_MS):
        raw.wall_ms += leap_ms
        raw.run(9 * 60_000)
    assert raw.clock.now_ms() == START_MS + 27 * 60_000


@pytest.mark.parametrize("drift_ms", [1, 4_999, -4_999])
def test_small_drifts_are_followed_at_once(drift_ms: int) -> None:
    raw = RawClock()
    raw.run(60_000)
    raw.wall_ms += drift_ms
    assert raw.clock.now_ms() == raw.wall_ms


def test_a_machine_that_slept_has_the_right_time_at_once() -> None:
    """Both of its clocks go on meanwhile; but nobody lived through that time."""
    raw = RawClock()
    raw.run(60_000)
    for pause in (8 * HOUR_MS, HOUR_MS):
        raw.wall_ms += pause
        raw.boot_ms += pause
        raw.slept_ms += pause
        assert raw.clock.now_ms() == raw.wall_ms
        raw.run(60_000)
    assert is_skipped(raw.clock, START_MS + HOUR_MS)
    assert not is_skipped(raw.clock, START_MS + 8 * HOUR_MS + 90_000)
    assert skipped_ms(raw.clock, START_MS, raw.wall_ms) == 9 * HOUR_MS
    assert skipped_ms(raw.clock, START_MS + 8 * HOUR_MS, raw.wall_ms) == HOUR_MS + 60_000
    assert skipped_ms(ManualClock(), START_MS, raw.wall_ms) == 0


def test_what_a_leap_left_out_is_known() -> None:
    raw = RawClock()
    raw.wall_ms += DAY_MS
    raw.run(10 * 60_000 + 1_000)
    told = START_MS + 10 * 60_000
    assert is_skipped(raw.clock, told + HOUR_MS)
    assert not is_skipped(raw.clock, told - HOUR_MS)
    assert not is_skipped(raw.clock, raw.clock.now_ms() + HOUR_MS)
    assert not is_skipped(ManualClock(), told)


def test_time_never_stands_still_or_leaps_while_it_is_watched() -> None:
    raw = RawClock()
    raw.wall_ms += HOUR_MS
    seen = []
    for _ in range(300):
        raw.run(1_000)
        seen.append(raw.clock.now_ms())
    assert {b - a for a, b in pairwise(seen)} == {1_000}
