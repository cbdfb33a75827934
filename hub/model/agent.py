"""Account: a person of the installation who signs in; Agent: their membership in a workspace; roles
and rights.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Role = Literal["admin", "supervisor", "agent"]
Theme = Literal["system", "light", "dark"]

#: `resource:action`; API keys carry the same strings as scopes.
AGENT_PERMISSIONS = frozenset(
    {
        "self:write", "conversation:read", "conversation:write", "contact:read", "contact:write",
        "file:write", "search:read", "directory:read", "canned:read", "label:read", "inbox:read",
        "queue:read", "presence:write", "task:read", "task:write", "macro:read", "view:write",
    }
)  # fmt: skip
SUPERVISOR_PERMISSIONS = AGENT_PERMISSIONS | {
    "canned:write", "label:write", "agent:read",
    "suppression:read", "suppression:write",
    "wallboard:read", "presence:manage", "report:read", "macro:write", "queue:assign",
}  # fmt: skip
ADMIN_PERMISSIONS = SUPERVISOR_PERMISSIONS | {
    "inbox:write", "agent:write", "workspace:write", "audit:read", "api_key:write", "system:write",
    "queue:write",
}  # fmt: skip
PERMISSIONS: dict[Role, frozenset[str]] = {
    "agent": AGENT_PERMISSIONS,
    "supervisor": SUPERVISOR_PERMISSIONS,
    "admin": ADMIN_PERMISSIONS,
}


class Workspace(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`sys.<workspace>`. `key` (sealed) is the HMAC key of derived ids and tokens."""

    id: str
    v: int = 1
    name: str
    language: str = "en"
    time_zone: str = "UTC"
    key: str = ""
    #: How many of a kind of work fill an agent (`hub.model.routing.DEFAULT_CAPACITY`).
    capacity: dict[str, int] = {}
    created_at: int = 0


class Account(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`sys.<26>`. Passwords are argon2id hashes; an empty hash cannot sign in."""

    id: str
    v: int = 1
    email: str
    name: str = ""
    password_hash: str = ""
    language: str = ""
    is_active: bool = True
    created_at: int = 0


class Agent(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`<workspace>.<26>`. `homes` limits an agent to these inboxes; None = all. Admins and
    supervisors see all.
    """

    id: str
    v: int = 1
    account_id: str
    name: str
    email: str
    role: Role
    homes: list[str] | None = None
    is_active: bool = True
    #: False until the invitation was accepted.
    has_joined: bool = False
    language: str = ""
    theme: Theme = "system"
    signature: str = ""
    prefs: dict[str, str] = {}
    #: Skill id → level 1–5.
    skills: dict[str, int] = {}
    #: How many of a kind of work fill this agent, where it differs from the workspace's.
    capacity: dict[str, int] = {}
    created_at: int = 0


class Scope(msgspec.Struct, frozen=True):
    """Who asks, and what they may: every read and write of the services takes one."""

    workspace: str
    agent_id: str
    name: str
    role: Role
    permissions: frozenset[str]
    #: Homes granted; None = all of the workspace.
    homes: frozenset[str] | None = None

    def can(self, permission: str) -> bool:
        return permission in self.permissions

    def sees_home(self, home: str) -> bool:
        return self.homes is None or home in self.homes
