"""How late the event loop wakes up: the first sign of something that blocks it. Read by
`/metrics`.
"""

from __future__ import annotations

from collections import deque

from hub.clock import Clock

EVERY_S = 0.5
#: How many measurements the maximum looks back on: one minute.
WINDOW = 120


class LoopLag:
    """`run` is a task of the hub."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lags: deque[float] = deque([0.0], maxlen=WINDOW)

    @property
    def last_s(self) -> float:
        return self._lags[-1]

    @property
    def worst_s(self) -> float:
        """Of the last minute."""
        return max(self._lags)

    async def run(self) -> None:
        while True:
            before = self._clock.monotonic()
            await self._clock.sleep(EVERY_S)
            self._lags.append(max(0.0, self._clock.monotonic() - before - EVERY_S))
