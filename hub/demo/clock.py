"""The machine's clock, which can be set to a past moment while the sample data is put in."""

from __future__ import annotations

from hub.clock import SystemClock


class SampleClock(SystemClock):
    """Stands still at what `set` says until `release`; durations are always real."""

    def __init__(self) -> None:
        super().__init__()
        self._set_ms: int | None = None

    def now_ms(self) -> int:
        return super().now_ms() if self._set_ms is None else self._set_ms

    def set(self, at_ms: int) -> None:
        self._set_ms = at_ms

    def release(self) -> None:
        self._set_ms = None
