"""Reasons why agents are away (lunch, meeting, training), as a workspace sets them up. Called by
handlers and by presence.
"""

from __future__ import annotations

from hub.clock import Clock
from hub.model.desk import PresenceReason
from hub.model.ids import new_id
from hub.ports.bus import Bus
from hub.ports.collections import PRESENCE_REASONS
from hub.ports.store import DocumentStore
from hub.services.docs import from_doc, to_doc
from hub.services.named import Named, a_name
from hub.services.workspaces import Workspaces

MAX_REASONS = 100


class PresenceReasons:
    """The only writer of reasons. Those who are away for one that is deleted stay away."""

    def __init__(
        self, store: DocumentStore, workspaces: Workspaces, bus: Bus, clock: Clock
    ) -> None:
        self._clock = clock
        self._named = Named(store, workspaces, bus, clock, PRESENCE_REASONS, most=MAX_REASONS)

    async def all(self, workspace: str) -> list[PresenceReason]:
        """By position, then name."""
        found = [from_doc(PresenceReason, doc) for doc in await self._named.all(workspace)]
        return sorted(found, key=lambda reason: reason.position)

    async def require(self, workspace: str, reason_id: str) -> PresenceReason:
        return from_doc(PresenceReason, await self._named.require(workspace, reason_id))

    async def create(
        self, workspace: str, name: str, limit_minutes: int = 0, position: int = 0
    ) -> PresenceReason:
        reason = PresenceReason(
            id=new_id(workspace),
            name=a_name(name),
            limit_minutes=limit_minutes,
            position=position,
            created_at=self._clock.now_ms(),
        )
        await self._named.create(workspace, to_doc(reason))
        return reason

    async def save(
        self, workspace: str, reason_id: str, name: str, limit_minutes: int, position: int
    ) -> PresenceReason:
        fields = {"name": a_name(name), "limit_minutes": limit_minutes, "position": position}
        return from_doc(PresenceReason, await self._named.save(workspace, reason_id, fields))

    async def delete(self, workspace: str, reason_id: str) -> PresenceReason:
        return from_doc(PresenceReason, await self._named.delete(workspace, reason_id))

    async def restore(self, workspace: str, reason_id: str) -> PresenceReason:
        """A deleted one again, for those who are away for it still. Raises `NotFound`, and
        `Conflict` when its name was given away.
        """
        doc = await self._named.deleted(workspace, reason_id)
        await self._named.restore(workspace, doc)
        return from_doc(PresenceReason, doc)
