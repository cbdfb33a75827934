"""The audit log: who did what, append-only, each row chained to the one before by an HMAC under
the workspace's key.

A row's id is its position, so that two writers cannot both take it: the loser reads the head
again and tries the next one. `META <workspace>.audit` remembers how many there are, so that a
cut-off end is seen too. ACTIONS is the whole list of actions; docs/operations.md is tested against
it. Called by handlers and sign-in; nothing changes or deletes a row.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import msgspec

from hub import log
from hub.clock import Clock
from hub.errors import Conflict
from hub.model.agent import Scope
from hub.model.audit import AuditRow
from hub.model.ids import workspace_of
from hub.ports.collections import AUDIT, META
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import from_doc, to_doc
from hub.services.workspaces import Workspaces

ACTIONS = frozenset(
    {
        "session.started", "session.refused", "session.ended", "session.moved",
        "password.changed", "password.reset_asked", "password.reset",
        "setup.done", "setup.link_made",
        "agent.invited", "agent.joined", "agent.changed", "agent.invitation_renewed",
        "agent.presence_set",
        "api_key.created", "api_key.deleted",
        "inbox.created", "inbox.changed", "inbox.deleted", "inbox.tested",
        "workspace.changed", "label.created", "label.changed", "label.deleted",
        "label.restored",
        "canned.created", "canned.changed", "canned.deleted",
        "macro.created", "macro.changed", "macro.deleted",
        "queue.created", "queue.changed", "queue.deleted", "queue.restored",
        "team.created", "team.changed", "team.deleted",
        "skill.created", "skill.changed", "skill.deleted", "skill.restored",
        "agent.skilled",
        "schedule.created", "schedule.changed", "schedule.deleted",
        "presence_reason.created", "presence_reason.changed", "presence_reason.deleted",
        "presence_reason.restored",
        "contact.blocked", "contact.unblocked", "contact.merged", "contact.unmerged",
        "outbound.released",
        "message.resend", "message.mark_sent", "message.mark_failed",
        "message.edited", "message.deleted",
        "suppression.added", "suppression.removed",
        "backup.written", "backup.restored",
    }
)  # fmt: skip
SYSTEM = "system"
_FIRST = "0" * 64


class AuditPageRows(msgspec.Struct, frozen=True):
    rows: list[AuditRow]
    next: str | None
    is_intact: bool


class Audit:
    def __init__(self, store: DocumentStore, workspaces: Workspaces, clock: Clock) -> None:
        self._store = store
        self._workspaces = workspaces
        self._clock = clock
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._heads: dict[str, tuple[int, str]] = {}

    async def add(
        self,
        who: Scope | str,
        action: str,
        target: str = "",
        details: Mapping[str, Any] | None = None,
        ip: str = "",
    ) -> AuditRow:
        """Write one row. `who` is a scope, or a workspace ("sys" too) when the system acts."""
        if action not in ACTIONS:
            raise ValueError(f"not an audited action: {action}")
        workspace = who if isinstance(who, str) else who.workspace
        row = AuditRow(
            id="",
            at=self._clock.now_ms(),
            actor=SYSTEM if isinstance(who, str) else who.name,
            actor_id="" if isinstance(who, str) else who.agent_id,
            action=action,
            target=target,
            details=log.clean(dict(details or {})),
            ip=ip,
        )
        async with self._locks[workspace]:
            return await self._append(workspace, row)

    async def page(
        self, workspace: str, after: str | None = None, limit: int = 50
    ) -> AuditPageRows:
        """Newest first, with the verdict on the rows shown and on the end of the chain."""
        page = await self._store.find(
            AUDIT, workspace, {}, index="_id", desc=True, after=after, limit=limit + 1
        )
        rows = [from_doc(AuditRow, doc) for doc in page.docs]
        is_intact = await self._holds(workspace, rows, is_last=len(rows) <= limit)
        if after is None:
            is_intact = is_intact and await self._has_its_end(workspace, rows)
        if len(rows) <= limit:
            return AuditPageRows(rows, None, is_intact)
        page = await self._store.find(
            AUDIT, workspace, {}, index="_id", desc=True, after=after, limit=limit
        )
        return AuditPageRows(rows[:limit], page.next, is_intact)

    async def verify(self, workspace: str) -> bool:
        """Whether the whole chain holds, from the first row to the end that was written."""
        after: str | None = None
        newer: list[AuditRow] = []
        is_first = True
        while True:
            page = await self._store.find(
                AUDIT, workspace, {}, index="_id", desc=True, after=after, limit=500
            )
            rows = [*newer, *(from_doc(AuditRow, doc) for doc in page.docs)]
            if is_first and not await self._has_its_end(workspace, rows):
                return False
            if not await self._holds(workspace, rows, is_last=page.next is None):
                return False
            newer, after, is_first = rows[-1:], page.next, False
            if after is None:
                return True

    async def _append(self, workspace: str, row: AuditRow) -> AuditRow:
        key = await self._workspaces.key_of(workspace)
        while True:
            n, before = self._heads.get(workspace) or await self._read_head(workspace)
            numbered = msgspec.structs.replace(row, id=_id_of(workspace, n + 1))
            signed = msgspec.structs.replace(numbered, hash=_hash(key, numbered, before))
            try:
                await self._store.insert(AUDIT, to_doc(signed))
            except Conflict:
                self._heads.pop(workspace, None)
                continue
            self._heads[workspace] = (n + 1, signed.hash)
            end = f"{workspace}.audit"
            new = {"_id": end, "v": 1, "n": 0}
            await self._store.patch(META, end, Patch(max={"n": n + 1}), upsert=new)
            return signed

    async def _read_head(self, workspace: str) -> tuple[int, str]:
        page = await self._store.find(AUDIT, workspace, {}, index="_id", desc=True, limit=1)
        if not page.docs:
            return 0, _FIRST
        return _position(page.docs[0]["_id"]), str(page.docs[0]["hash"])

    async def _has_its_end(self, workspace: str, rows: list[AuditRow]) -> bool:
        doc = await self._store.get(META, f"{workspace}.audit")
        written = 0 if doc is None else int(doc["n"])
        return (_position(rows[0].id) if rows else 0) >= written

    async def _holds(self, workspace: str, rows: list[AuditRow], *, is_last: bool) -> bool:
        """Each row against the older one after it; the oldest of all against the start."""
        key = await self._workspaces.key_of(workspace)
        for row, older in pairwise(rows):
            if _position(row.id) != _position(older.id) + 1:
                return False
            if not hmac.compare_digest(row.hash, _hash(key, row, older.hash)):
                return False
        if rows and is_last:
            is_first = _position(rows[-1].id) == 1
            return is_first and hmac.compare_digest(rows[-1].hash, _hash(key, rows[-1], _FIRST))
        return True


def _id_of(workspace: str, n: int) -> str:
    return f"{workspace}.{n:016d}"


def _position(row_id: str) -> int:
    return int(row_id.removeprefix(workspace_of(row_id) + "."))


def _hash(key: bytes, row: AuditRow, before: str) -> str:
    plain = msgspec.structs.replace(row, hash=before, v=1)
    return hmac.new(key, msgspec.json.encode(plain, order="sorted"), hashlib.sha256).hexdigest()
