"""Small things of a workspace with names of their own (labels, queues, skills, …): made, changed
and deleted, each name once in any spelling. Called by the services of such things, which check
what they are given.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hub.clock import Clock
from hub.errors import BadInput, Conflict, NotFound
from hub.model.events import SettingsChanged
from hub.model.ids import derived_id, workspace_of
from hub.model.text import fold
from hub.ports.bus import Bus
from hub.ports.collections import DELETED
from hub.ports.store import Coll, Doc, DocumentStore, Patch
from hub.services.claims import Claims
from hub.services.docs import one_line
from hub.services.workspaces import Workspaces

#: Called after a change, before anybody is told of it.
Changed = Callable[[str], Awaitable[None]]


async def _nothing(workspace: str) -> None:
    """Nobody keeps a view of it."""


class Named:
    """One collection, and what was deleted from it. Whoever changed it finds
    `SettingsChanged(what=<collection>)` on the bus.
    """

    def __init__(
        self,
        store: DocumentStore,
        workspaces: Workspaces,
        bus: Bus,
        clock: Clock,
        coll: Coll,
        *,
        most: int,
        unique: str = "name",
        changed: Changed = _nothing,
    ) -> None:
        self._store = store
        self._claims = Claims(store, clock)
        self._workspaces = workspaces
        self._bus = bus
        self._coll = coll
        self._most = most
        self._unique = unique
        self._clock = clock
        self._changed = changed

    async def all(self, workspace: str) -> list[Doc]:
        """By name."""
        page = await self._store.find(self._coll, workspace, {}, limit=self._most)
        return sorted(page.docs, key=lambda doc: fold(doc[self._unique]))

    async def require(self, workspace: str, item_id: str) -> Doc:
        is_own = workspace_of(item_id) == workspace
        doc = await self._store.get(self._coll, item_id) if is_own else None
        if doc is None:
            raise NotFound("There is nothing with this id.")
        return doc

    async def create(self, workspace: str, doc: Doc) -> None:
        await self._check_room(workspace)
        await self._claim(workspace, doc["_id"], doc[self._unique])
        await self._store.insert(self._coll, doc)
        await self._tell(workspace)

    async def _check_room(self, workspace: str) -> None:
        if await self._store.count(self._coll, workspace, {}, cap=self._most) >= self._most:
            raise BadInput(f"There are {self._most} already; delete some first.")

    async def save(self, workspace: str, item_id: str, fields: dict[str, Any]) -> Doc:
        """The new name is claimed before and the old one released after the change."""
        before = await self.require(workspace, item_id)
        await self._claim(workspace, item_id, fields[self._unique])
        doc = await self._store.patch(self._coll, item_id, Patch(set=fields))
        if doc is None:
            raise NotFound("It was deleted meanwhile.")
        if fold(before[self._unique]) != fold(doc[self._unique]):
            await self._release(workspace, item_id, before[self._unique])
        await self._tell(workspace)
        return doc

    async def delete(self, workspace: str, item_id: str) -> Doc:
        doc = await self.require(workspace, item_id)
        row = {"_id": item_id, "coll": self._coll.name, "doc": doc, "at": self._clock.now_ms()}
        await self._store.delete(DELETED, item_id)
        await self._store.insert(DELETED, row)
        await self._store.delete(self._coll, item_id)
        await self._release(workspace, item_id, doc[self._unique])
        await self._tell(workspace)
        return doc

    async def deleted(self, workspace: str, item_id: str) -> Doc:
        """As it was when it was deleted. Raises `NotFound` when it was not, or is back already."""
        is_own = workspace_of(item_id) == workspace
        row = await self._store.get(DELETED, item_id) if is_own else None
        if row is None or row["coll"] != self._coll.name:
            raise NotFound("There is nothing deleted with this id.")
        doc: Doc = row["doc"]
        return doc

    async def restore(self, workspace: str, doc: Doc) -> None:
        """Bring what `deleted` gave, or what of it still makes sense, back under its id: whatever
        refers to it knows it again. Raises `Conflict` when its name was given away.
        """
        await self._check_room(workspace)
        await self._claim(workspace, doc["_id"], doc[self._unique])
        await self._store.insert_many(self._coll, [{**doc, "v": 1}])
        await self._store.delete(DELETED, doc["_id"])
        await self._tell(workspace)

    async def _claim(self, workspace: str, item_id: str, name: str) -> None:
        async def is_stale(owner: str) -> bool:
            doc = await self._store.get(self._coll, owner)
            return doc is None or fold(doc[self._unique]) != fold(name)

        if not await self._claims.take(await self._claim_id(workspace, name), item_id, is_stale):
            raise Conflict("This name is taken.", self._unique)

    async def _release(self, workspace: str, item_id: str, name: str) -> None:
        await self._claims.release(await self._claim_id(workspace, name), item_id)

    async def _claim_id(self, workspace: str, name: str) -> str:
        key = await self._workspaces.key_of(workspace)
        return derived_id(workspace, key, self._coll.name, fold(name))

    async def _tell(self, workspace: str) -> None:
        await self._changed(workspace)
        self._bus.publish(workspace, SettingsChanged(what=self._coll.name))


def a_name(text: str, field: str = "name", limit: int = 120) -> str:
    """A name as it is kept; refuses an empty one."""
    name = one_line(text, limit)
    if not name:
        raise BadInput("Give it a name.", field)
    return name
