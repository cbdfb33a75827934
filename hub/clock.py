"""The time, as something that is handed in: services ask a Clock, never `time` or `datetime.now`.

Production uses SystemClock; tests use `tests/support/clock.py`, which moves only when told to.
"""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Where all times come from. Stored times are whole milliseconds UTC."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC. May jump when the machine's clock is set."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary point; never goes back. For durations and time limits."""

    async def sleep(self, seconds: float) -> None:
        """Wait; at least one turn of the event loop."""


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))
