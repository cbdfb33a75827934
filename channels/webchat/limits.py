"""Token buckets in memory: how often one address or visitor may do something. Bounded, no I/O."""

from __future__ import annotations

from collections import OrderedDict

from hub.clock import Clock
from hub.errors import TooMany

_KEYS_MAX = 20_000


class Buckets:
    """One bucket a key:

    `burst` at once, `per_s` a second after that. Forgets the keys unused for longest.
    """

    def __init__(self, clock: Clock, burst: float, per_s: float) -> None:
        self._clock = clock
        self._burst = burst
        self._per_s = per_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def take(self, key: str) -> None:
        """Raises `TooMany` when the bucket is empty."""
        now = self._clock.monotonic()
        left, at = self._left.get(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_s)
        if left < 1:
            raise TooMany("Too many requests: wait a moment.", (1 - left) / self._per_s)
        self._left[key] = (left - 1, now)
        self._left.move_to_end(key)
        while len(self._left) > _KEYS_MAX:
            self._left.popitem(last=False)


class Limits:
    """The limits of one inbox.

    Generous per address, because many visitors share one (an office, a mobile network) and come
    back together after a restart; tight per visitor.
    """

    def __init__(self, clock: Clock) -> None:
        self.sessions_by_ip = Buckets(clock, 600, 30)
        self.sockets_by_ip = Buckets(clock, 1200, 60)
        self.messages_by_ip = Buckets(clock, 200, 20)
        self.messages = Buckets(clock, 20, 2)
        self.uploads = Buckets(clock, 12, 0.5)
        self.uploads_by_ip = Buckets(clock, 100, 2)
        #: Reads of the history, typing, read marks, details.
        self.small = Buckets(clock, 60, 4)
