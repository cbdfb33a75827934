"""A clock that stands still until a test moves it."""

import asyncio
import heapq

from hub.clock import SystemClock

START_MS = 1_780_000_000_000  # 2026-05-28T20:26:40Z
SETTLE_TURNS = 20


class ManualClock:
    """A `hub.clock.Clock`; `await advance(s)` wakes every sleeper on the way, in order of time."""

    def __init__(self, start_ms: int = START_MS) -> None:
        self._start_ms = start_ms
        self._passed_s = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now_ms(self) -> int:
        return self._start_ms + round(self._passed_s * 1000)

    def monotonic(self) -> float:
        return self._passed_s

    @property
    def sleepers(self) -> int:
        """How many tasks are waiting on this clock."""
        return sum(not future.done() for _, _, future in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._passed_s + seconds, self._count, future))
        await future

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass; what wakes up runs until it waits again before time goes on."""
        target = self._passed_s + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, future = heapq.heappop(self._sleepers)
            if future.done():
                continue
            self._passed_s = due
            future.set_result(None)
            await settle()
        self._passed_s = target
        await settle()

    async def leap(self, seconds: float) -> None:
        """As after a machine's sleep: everybody whose time came wakes up once, now."""
        self._passed_s += seconds
        while self._sleepers and self._sleepers[0][0] <= self._passed_s:
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)
        await settle()


class LeapingClock(ManualClock):
    """A machine's clock above a clock that tests move: it leaps by `leap_ms`, and the machine has
    slept for `slept_ms`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.leap_ms = self.slept_ms = 0
        self._machine = SystemClock(
            lambda: (self._awake_ms() + self.slept_ms + self.leap_ms) * 1_000_000,
            lambda: (self._awake_ms() + self.slept_ms) * 1_000_000,
            lambda: self._awake_ms() * 1_000_000,
        )

    def now_ms(self) -> int:
        return self._machine.now_ms()

    def skipped_ms(self, start_ms: int, end_ms: int) -> int:
        return self._machine.skipped_ms(start_ms, end_ms)

    def _awake_ms(self) -> int:
        return ManualClock.now_ms(self)


async def settle(turns: int = SETTLE_TURNS) -> None:
    """Give ready tasks some turns of the event loop."""
    for _ in range(turns):
        await asyncio.sleep(0)
