"""Desk: an agent's presence and what lies on their desk; the one document by which work is claimed.

An agent's load is the sum over `held`. It is changed only by replacing the desk as it was read
(version), so two hubs cannot both give the last free place away.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.model.routing import WorkKind

#: Chosen by the agent (or by a supervisor, or by missed offers). Who has no open browser is offline
#: whatever they chose.
Presence = Literal["available", "away", "offline"]


class PresenceReason(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """Why an agent is away: lunch, meeting, training. Longer than `limit_minutes` shows (0: no
    limit).
    """

    id: str
    v: int = 1
    name: str
    limit_minutes: int = 0
    position: int = 0
    created_at: int = 0


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work on the desk; `cost` of `FULL`. `claim` names the try by which it came there:
    only that one may take it back.
    """

    kind: WorkKind
    cost: int
    at: int
    claim: str = ""


class Desk(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`_id` is the agent's. Counters are of the day `day` (UTC date as yyyymmdd), for strategies
    and the wallboard; reports count from the timeline.
    """

    id: str
    v: int = 1
    presence: Presence = "away"
    reason_id: str = ""
    since: int = 0
    #: Until when the reason allows it (0: no limit).
    limit_until: int = 0
    #: Set by whom: "" the agent, else an agent id (supervisor) or "system" (missed offers).
    set_by: str = ""
    #: Work after the talk: nothing is offered before.
    wrap_up_until: int = 0
    wrap_up_conversation_id: str = ""
    wrap_up_since: int = 0
    #: Conversation id (local) → what it takes.
    held: dict[str, Held] = {}
    #: Since when there has been room: longest idle first.
    idle_since: int = 0
    missed_in_row: int = 0
    last_assigned_at: int = 0
    day: int = 0
    handled_today: int = 0
    talk_today_ms: int = 0
    #: Hub key → until when this hub vouches that a browser of the agent is open.
    connected: dict[str, int] = {}
    #: The presence that held when this was written (offline without a browser), and since when: the
    #: last row of the presence log is made of it.
    shown: Presence = "offline"
    shown_since: int = 0
    changed_at: int = 0


def load_of(desk: Desk) -> int:
    """0–`FULL`, or more where people assigned by hand beyond what fits."""
    return sum(one.cost for one in desk.held.values())
