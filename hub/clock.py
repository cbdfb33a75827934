"""The time, as something that is handed in: services ask a Clock, never `time` or `datetime.now`.

Production uses SystemClock; tests use `tests/support/clock.py`, which moves only when told to.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol, runtime_checkable

#: What the machine's clock may differ from ours and still be a small drift.
DRIFT_MS = 5_000
#: For so long a larger difference must stand before it is believed.
BELIEVE_AFTER_MS = 10 * 60_000
#: So many of the latest gaps are known.
_GAPS = 32

Nanoseconds = Callable[[], int]


class Clock(Protocol):
    """Where all times come from. Stored times are whole milliseconds UTC."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC. May leap, if seldom: see `SystemClock`."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary point; never goes back. For durations and time limits."""

    async def sleep(self, seconds: float) -> None:
        """Wait; at least one turn of the event loop."""


@runtime_checkable
class Leaps(Protocol):
    """A clock that may leap, and tells which time it left out."""

    def skipped_ms(self, start_ms: int, end_ms: int) -> int:
        """How much of [start, end) nobody lived through: the clock was put forward over it, or the
        machine slept.
        """


def skipped_ms(clock: Clock, start_ms: int, end_ms: int) -> int:
    """No wait of anybody: it counts for nothing that should happen after a while."""
    return clock.skipped_ms(start_ms, end_ms) if isinstance(clock, Leaps) else 0


def is_skipped(clock: Clock, at_ms: int) -> bool:
    """Whatever was due then is no fault of anybody: it must not set off an alarm."""
    return skipped_ms(clock, at_ms - 1, at_ms) > 0


def _steady() -> Nanoseconds:
    """What runs on while the machine sleeps, and whatever its wall clock is set to."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    if boottime is None:  # no Linux
        return time.monotonic_ns
    return lambda: time.clock_gettime_ns(boottime)


class SystemClock:
    """The machine's clock, made steady: time since boot plus what the wall clock was ahead of it.
    `awake` stands still while the machine sleeps.

    A difference up to five seconds is followed at once. A larger one is somebody putting the clock
    forward or back by hand, or a time server's mistake: ours goes on as before, and follows when
    the difference has stood for ten minutes.
    """

    def __init__(
        self,
        wall: Nanoseconds = time.time_ns,
        steady: Nanoseconds | None = None,
        awake: Nanoseconds | None = None,
    ) -> None:
        self._wall = wall
        self._steady = steady or _steady()
        self._awake = awake or (self._steady if steady else time.monotonic_ns)
        self._ahead_ms = self._measured()[1]
        self._slept_ms = self._sleep()
        #: A difference that is watched, and since when (steady).
        self._watched_ms = 0
        self._watched_at = 0
        #: What leaps forward and sleeps left out: (beginning, end).
        self._skipped: deque[tuple[int, int]] = deque(maxlen=_GAPS)

    def now_ms(self) -> int:
        steady_ms, ahead_ms = self._measured()
        if abs(ahead_ms - self._ahead_ms) <= DRIFT_MS:
            self._ahead_ms, self._watched_at = ahead_ms, 0
        else:
            self._watch(steady_ms, ahead_ms)
        now = steady_ms + self._ahead_ms
        slept_ms = self._sleep() - self._slept_ms
        if slept_ms > DRIFT_MS:
            self._slept_ms += slept_ms
            self._skipped.append((now - slept_ms, now))
        return now

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))

    def skipped_ms(self, start_ms: int, end_ms: int) -> int:
        gaps = ((max(first, start_ms), min(last, end_ms)) for first, last in self._skipped)
        return sum(max(0, last - first) for first, last in gaps)

    def _sleep(self) -> int:
        """How long the machine has slept since it was started, but for a constant."""
        return (self._steady() - self._awake()) // 1_000_000

    def _measured(self) -> tuple[int, int]:
        """Time since boot, and what the wall clock is ahead of it."""
        steady_ms = self._steady() // 1_000_000
        return steady_ms, self._wall() // 1_000_000 - steady_ms

    def _watch(self, steady_ms: int, ahead_ms: int) -> None:
        is_another = abs(ahead_ms - self._watched_ms) > DRIFT_MS
        if not self._watched_at or is_another:
            self._watched_ms, self._watched_at = ahead_ms, steady_ms
        elif steady_ms - self._watched_at >= BELIEVE_AFTER_MS:
            before, after = steady_ms + self._ahead_ms, steady_ms + ahead_ms
            self._skipped.append((before, after))
            self._ahead_ms, self._watched_at = ahead_ms, 0
