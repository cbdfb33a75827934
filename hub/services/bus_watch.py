"""Live updates while events between hubs get lost: everybody loads anew every few seconds, and once
more when all is well again. So live updates become a poll, and nothing is missed.

Each hub tells the others by its registration how its connection is. Listeners are the live sockets
of agents, and of readers of live channels. Started by the server on a store that hubs share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.clock import Clock
from hub.ports.bus import Connected
from hub.services.leases import Leases

EVERY_S = 5.0
_LOOK_S = 0.5
_FACT = "bus"


class BusWatch:
    """`bus` is None where no connection between hubs is configured."""

    def __init__(self, bus: Connected | None, leases: Leases, clock: Clock) -> None:
        self._bus = bus
        self._leases = leases
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []
        self._seen: Any = None
        self._renewed_at = clock.monotonic()

    def on_gap(self, listener: Callable[[], None]) -> None:
        """`listener()`: events may have been missed, load anew. It must not block."""
        self._listeners.append(listener)

    @property
    def is_whole(self) -> bool:
        """Does every event of every hub reach us?"""
        others = self._leases.others
        if not others:
            return True
        told = (facts.get(_FACT, [False, 0]) for facts in others.values())
        return self._bus is not None and self._bus.is_up and all(is_up for is_up, _ in told)

    async def run(self) -> None:
        while True:
            self.look()
            await self._clock.sleep(_LOOK_S)

    def look(self) -> None:
        own = [self._bus.is_up, self._bus.losses] if self._bus is not None else [False, 0]
        self._leases.tell(_FACT, own)
        others = {key: facts.get(_FACT) for key, facts in self._leases.others.items()}
        gone = self._seen is not None and not self._seen[1].keys() <= others.keys()
        now = (own, others)
        is_late = self._clock.monotonic() - self._renewed_at >= EVERY_S
        has_changed = self._seen is not None and now != self._seen and bool(others or gone)
        self._seen = now
        if has_changed or (is_late and not self.is_whole):
            self._renewed_at = self._clock.monotonic()
            for listener in self._listeners:
                listener()
