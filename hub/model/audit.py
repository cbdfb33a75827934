"""AuditRow: one line of a workspace's append-only record of who did what."""

from __future__ import annotations

from typing import Any

import msgspec


class AuditRow(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`<workspace>.<n, 16 digits>`: the id is the position, so no two writers can take the same
    one.

    `hash` is an HMAC over this row and the hash of the row before, under the workspace's key.
    """

    id: str
    v: int = 1
    at: int
    actor: str
    actor_id: str = ""
    action: str
    target: str = ""
    details: dict[str, Any] = {}
    ip: str = ""
    hash: str = ""
