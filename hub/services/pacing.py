"""How fast an inbox may send: a token bucket for each inbox and each of its recipients, and the
pauses that vendors ask for. Slots are given in the order of asking, so that a crowd of waiting rows
neither overtakes nor wakes up all at once. In memory only; called by the outbox.
"""

from __future__ import annotations

from collections import OrderedDict

from hub.clock import Clock
from hub.ports.channel import Rates

_MAX_RECIPIENTS = 50_000
#: A clock is read no more exactly than this.
_EXACT_S = 1e-5


class Pacing:
    """Times are seconds of the injected clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._slots: dict[str, float] = {}
        #: When the bucket of an inbox or recipient would be full again.
        self._full_at: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._held_until: dict[tuple[str, str], float] = {}

    def _now(self) -> float:
        return self._clock.now_ms() / 1000

    def wait_s(self, row_id: str, inbox_id: str, recipient: str, rates: Rates) -> float:
        """Seconds until this row's turn; at 0 the turn is taken. Ask again when they are over."""
        now = self._now()
        if row_id not in self._slots:
            self._slots[row_id] = self._reserve(inbox_id, recipient, rates, now)
        pause = max(
            self._held_until.get((inbox_id, ""), 0.0),
            self._held_until.get((inbox_id, recipient), 0.0),
        )
        at = max(self._slots[row_id], pause)
        if at - now > _EXACT_S:
            return at - now
        del self._slots[row_id]
        return 0.0

    def give_up(self, row_id: str) -> None:
        """The row needs its turn no more."""
        self._slots.pop(row_id, None)

    def hold(self, inbox_id: str, seconds: float, recipient: str = "") -> None:
        """The vendor asks to wait: nobody sends there before, or nobody at all by this inbox."""
        until = self._now() + seconds
        key = (inbox_id, recipient)
        self._held_until[key] = max(until, self._held_until.get(key, 0.0))
        if len(self._held_until) > _MAX_RECIPIENTS:
            now = self._now()
            self._held_until = {k: at for k, at in self._held_until.items() if at > now}

    def _reserve(self, inbox_id: str, recipient: str, rates: Rates, now: float) -> float:
        """The first moment that suits both buckets, taken from both (GCRA)."""
        at = now
        pairs = []
        if rates.per_second > 0:
            pairs.append(((inbox_id, ""), 1 / rates.per_second, max(1, rates.burst)))
        if rates.recipient_every_s > 0:
            burst = max(1, rates.recipient_burst)
            pairs.append(((inbox_id, recipient), rates.recipient_every_s, burst))
        for key, every_s, burst in pairs:
            at = max(at, self._full_at.get(key, now) - (burst - 1) * every_s)
        for key, every_s, _ in pairs:
            self._full_at[key] = max(at, self._full_at.get(key, at)) + every_s
            self._full_at.move_to_end(key)
        while len(self._full_at) > _MAX_RECIPIENTS:
            self._full_at.popitem(last=False)
        return at
