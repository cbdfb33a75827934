"""What the engine is told: an agent as it sees them, and a piece of work that waits."""

from __future__ import annotations

import msgspec

from hub.model.routing import WorkKind


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """An agent. `load` is what is really held; room that is only offered is the engine's own
    business. Times in ms; `why_not` says why somebody is not ready.
    """

    agent_id: str
    is_ready: bool
    #: "away", "offline" or "wrap_up"; "" when ready.
    why_not: str = ""
    #: Skill id → level 1–5.
    skills: dict[str, int] = {}
    #: Kind of work → how many of it fill the agent.
    capacity: dict[str, int] = {}
    load: int = 0
    idle_since: int = 0
    last_assigned_at: int = 0
    handled: int = 0
    talk_ms: int = 0


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that waits in a queue since `entered_at` (ms). `language` is the id of a
    language skill; `passed_by` declined or missed it in this round, the last one at `passed_at`.
    """

    id: str
    queue_id: str
    kind: WorkKind = "chat"
    entered_at: int
    priority: int = 2
    is_vip: bool = False
    needs: dict[str, int] = {}
    language: str = ""
    preferred_id: str = ""
    passed_by: tuple[str, ...] = ()
    passed_at: int = 0
    offers: int = 0
