"""A small bounded memory of what was read a moment ago, for sessions, agents and keys: never older
than its time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from hub.clock import Clock

V = TypeVar("V")

#: A right taken away on another hub is gone here after this time.
RIGHTS_S = 4.0


class Recent(Generic[V]):
    """Least recently stored goes first. Not a cache of truth: `drop` what changes."""

    def __init__(self, clock: Clock, max_age_s: float = RIGHTS_S, max_items: int = 10_000) -> None:
        self._clock = clock
        self._max_age_s = max_age_s
        self._max_items = max_items
        self._items: OrderedDict[str, tuple[float, V]] = OrderedDict()

    def get(self, key: str) -> V | None:
        found = self._items.get(key)
        if found is None:
            return None
        at, value = found
        if self._clock.monotonic() - at > self._max_age_s:
            del self._items[key]
            return None
        return value

    def put(self, key: str, value: V) -> None:
        self._items[key] = (self._clock.monotonic(), value)
        self._items.move_to_end(key)
        while len(self._items) > self._max_items:
            self._items.popitem(last=False)

    def drop(self, key: str) -> None:
        self._items.pop(key, None)

    def drop_where(self, matches: Callable[[V], bool]) -> None:
        for key in [key for key, (_, value) in self._items.items() if matches(value)]:
            del self._items[key]

    def clear(self) -> None:
        self._items.clear()
