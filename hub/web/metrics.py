"""The hub's numbers in Prometheus' text format. METRICS is the whole list, which docs/operations.md
is tested against.

Besides these, every name in `hub.services.counters` appears as `santral_<name>_total{kind}`.
Nothing here is kept in globals: each hub has a registry of its own. Used by `hub.web.ops`.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from hub import __version__
from hub.errors import Unavailable
from hub.services.counters import Counters
from hub.services.loop_lag import LoopLag
from hub.services.vital_signs import VitalSigns, VitalSignsReader

METRICS = {
    "info": "Version of the hub; always 1.",
    "store_up": "1 while the store answers.",
    "loop_lag_seconds": "How late the event loop woke up last.",
    "loop_lag_worst_seconds": "The same, the worst of the last minute.",
    "outbox_rows": "Messages on their way out, by state; unknown ones wait for a person.",
    "outbox_overdue_seconds": "How long the oldest row of the outbox is overdue.",
    "outbound_held": "1 after a restore, until an administrator releases it.",
    "journal_waiting": "Received events that are not on a timeline yet.",
    "journal_oldest_seconds": "Age of the oldest of them.",
    "inbox_connected": "1 while the inbox is connected.",
    "inbox_last_in_timestamp_seconds": "When the inbox last received something.",
    "inbox_last_out_timestamp_seconds": "When the inbox last sent something.",
    "live_sockets": "Open live sockets of agents.",
    "live_buffered_bytes": "What waits in all of their buffers.",
    "live_buffered_worst_bytes": "What waits in the fullest one.",
    "data_free_bytes": "Free space where HUB_DATA_DIR is.",
    "data_size_bytes": "Size of that disk.",
}


#: A name of METRICS, and its values by labels.
Row = tuple[str, Sequence[tuple[dict[str, str], float]]]


class SocketSigns(msgspec.Struct, frozen=True):
    """How the live sockets are doing now."""

    count: int = 0
    buffered_bytes: int = 0
    worst_bytes: int = 0


class Metrics:
    """`sockets` asks the live hub; everything else is asked of the services given."""

    def __init__(
        self,
        *,
        signs: VitalSignsReader,
        counters: Counters,
        lag: LoopLag,
        data_dir: Path,
        sockets: Callable[[], SocketSigns] = SocketSigns,
    ) -> None:
        self._signs, self._counters, self._lag = signs, counters, lag
        self._data_dir, self._sockets = data_dir, sockets

    async def render(self) -> bytes:
        """Never fails for the store's sake: then `santral_store_up` is 0 and what it knows is
        left out.
        """
        try:
            signs = await self._signs.read()
        except Unavailable:
            signs = None
        return await asyncio.to_thread(self._render, signs, dict(self._counters.totals))

    def _render(self, signs: VitalSigns | None, totals: dict[tuple[str, str], int]) -> bytes:
        from hub.web.metrics_text import exposition  # here: a hub at rest does without its library

        return exposition(METRICS, self._own(signs), totals)

    def _own(self, signs: VitalSigns | None) -> Iterator[Row]:
        yield "info", [({"version": __version__}, 1)]
        yield "store_up", [({}, int(signs is not None))]
        yield "loop_lag_seconds", [({}, self._lag.last_s)]
        yield "loop_lag_worst_seconds", [({}, self._lag.worst_s)]
        sockets = self._sockets()
        yield "live_sockets", [({}, sockets.count)]
        yield "live_buffered_bytes", [({}, sockets.buffered_bytes)]
        yield "live_buffered_worst_bytes", [({}, sockets.worst_bytes)]
        disk = shutil.disk_usage(self._data_dir)
        yield "data_free_bytes", [({}, disk.free)]
        yield "data_size_bytes", [({}, disk.total)]
        if signs is not None:
            yield from _of_store(signs)


def _of_store(signs: VitalSigns) -> Iterator[Row]:
    yield "outbox_rows", [({"state": s}, n) for s, n in signs.outbox.items()]
    yield "outbox_overdue_seconds", [({}, signs.outbox_overdue_s)]
    yield "outbound_held", [({}, int(signs.is_outbound_held))]
    yield "journal_waiting", [({}, signs.journal_waiting)]
    yield "journal_oldest_seconds", [({}, signs.journal_oldest_s)]
    named = [({"channel": one.channel, "inbox": one.inbox}, one) for one in signs.inboxes]
    yield "inbox_connected", [(at, int(one.is_connected)) for at, one in named]
    last_in = [(at, one.last_in_at / 1000) for at, one in named]
    yield "inbox_last_in_timestamp_seconds", last_in
    last_out = [(at, one.last_out_at / 1000) for at, one in named]
    yield "inbox_last_out_timestamp_seconds", last_out
