"""The alarm for silence: an inbox that may not be quiet for long shows it in its health when
nothing came in. `run` is started by the composition root.
"""

from __future__ import annotations

from collections.abc import Callable

from hub.clock import Clock
from hub.services.inboxes import Inboxes

_EVERY_S = 30.0


class Quiet:
    """Made once."""

    def __init__(
        self,
        inboxes: Inboxes,
        clock: Clock,
        is_ours: Callable[[str], bool] = lambda inbox_id: True,
    ) -> None:
        self._inboxes = inboxes
        self._clock = clock
        #: Of several hubs one watches an inbox.
        self._is_ours = is_ours

    async def run(self) -> None:
        while True:
            await self._clock.sleep(_EVERY_S)
            self.check()

    def check(self) -> None:
        """Silence counts from the last event, at the earliest from when the inbox came up."""
        now = self._clock.now_ms()
        for inbox in self._inboxes.all():
            if not self._is_ours(inbox.id):
                continue
            health = self._inboxes.health.of(inbox.id)
            limit_ms = inbox.alarm_after_minutes * 60_000
            heard_at = max(health.last_in_at, health.since)
            is_quiet = bool(limit_ms) and not inbox.is_paused and now - heard_at > limit_ms
            if is_quiet != health.is_quiet:
                self._inboxes.health.set_quiet(inbox.id, is_quiet=is_quiet)
