"""A queue at this moment: made by `hub.services.routing.board`, shown on wallboards."""

from __future__ import annotations

from typing import Literal

import msgspec

Alert = Literal["length", "wait", "nobody"]


class QueueState(msgspec.Struct, frozen=True, kw_only=True):
    """Now, and since midnight in the workspace's time zone. `service_level` is 0–1, None when
    nobody has been answered or abandoned.
    """

    queue_id: str
    waiting: int = 0
    offered: int = 0
    #: Since when the longest one waits (ms; 0: nobody does).
    longest_since: int = 0
    #: Estimated wait of who comes now (s; None: not known).
    wait_s: int | None = None
    agents_available: int = 0
    agents_free: int = 0
    agents_total: int = 0
    is_open: bool = True
    offered_today: int = 0
    answered_today: int = 0
    abandoned_today: int = 0
    service_level: float | None = None
    asa_s: float | None = None
    alerts: list[Alert] = []
