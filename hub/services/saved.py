"""Macros and saved views: small things that agents keep to use again. Called by the API.

A macro is carried out by the client, step by step over the routes that people use: each step has
its own rights, its own line on the timeline and its own undo.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.clock import Clock
from hub.errors import BadInput, NotFound
from hub.model.agent import Scope
from hub.model.events import SettingsChanged
from hub.model.ids import new_id, workspace_of
from hub.model.saved import Macro, SavedView, Step, ViewFilter
from hub.model.text import fold
from hub.ports.bus import Bus
from hub.ports.collections import MACROS, SAVED_VIEWS
from hub.ports.store import Coll, DocumentStore, Patch
from hub.services.docs import from_doc, one_line, to_doc

MAX_MACROS = 500
MAX_VIEWS = 100
_ALL = 1_000
_NUMBERS = {"priority": range(5), "snooze": range(1, 60 * 24 * 365)}
_NEEDS_NOTHING = ("assign_me", "close")


class Saved:
    def __init__(self, store: DocumentStore, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock

    async def macros(self, workspace: str) -> list[Macro]:
        """By name."""
        page = await self._store.find(MACROS, workspace, {}, limit=_ALL)
        return sorted((from_doc(Macro, doc) for doc in page.docs), key=lambda one: fold(one.name))

    async def create_macro(self, workspace: str, name: str, steps: Sequence[Step]) -> Macro:
        await self._check_room(MACROS, workspace, MAX_MACROS)
        macro = Macro(
            id=new_id(workspace),
            name=_name(name),
            steps=_checked(steps),
            created_at=self._clock.now_ms(),
        )
        await self._store.insert(MACROS, to_doc(macro))
        self._changed(workspace, "macros")
        return macro

    async def save_macro(self, macro_id: str, name: str, steps: Sequence[Step]) -> Macro:
        fields = {"name": _name(name), "steps": [to_doc(step) for step in _checked(steps)]}
        doc = await self._store.patch(MACROS, macro_id, Patch(set=fields))
        if doc is None:
            raise NotFound("there is no such macro")
        self._changed(workspace_of(macro_id), "macros")
        return from_doc(Macro, doc)

    async def delete_macro(self, macro_id: str) -> None:
        if not await self._store.delete(MACROS, macro_id):
            raise NotFound("there is no such macro")
        self._changed(workspace_of(macro_id), "macros")

    async def views(self, scope: Scope) -> list[SavedView]:
        """Everybody's and the caller's own, by name."""
        page = await self._store.find(SAVED_VIEWS, scope.workspace, {}, limit=_ALL)
        found = [from_doc(SavedView, doc) for doc in page.docs]
        mine = [one for one in found if one.agent_id in ("", scope.agent_id)]
        return sorted(mine, key=lambda one: fold(one.name))

    async def create_view(
        self, scope: Scope, name: str, wanted: ViewFilter, *, is_shared: bool
    ) -> SavedView:
        owner = self._owner(scope, is_shared=is_shared)
        if len(await self.views(scope)) >= MAX_VIEWS:
            raise BadInput(f"At most {MAX_VIEWS} views can be kept; delete one first.", "name")
        view = SavedView(
            id=new_id(scope.workspace),
            name=_name(name),
            filter=wanted,
            agent_id=owner,
            created_at=self._clock.now_ms(),
        )
        await self._store.insert(SAVED_VIEWS, to_doc(view))
        self._changed(scope.workspace, "views")
        return view

    async def save_view(
        self, scope: Scope, view_id: str, name: str, wanted: ViewFilter, *, is_shared: bool
    ) -> SavedView:
        await self._require_view(scope, view_id)
        owner = self._owner(scope, is_shared=is_shared)
        fields = {"name": _name(name), "filter": to_doc(wanted), "agent_id": owner}
        doc = await self._store.patch(SAVED_VIEWS, view_id, Patch(set=fields))
        if doc is None:
            raise NotFound("there is no such view")
        self._changed(scope.workspace, "views")
        return from_doc(SavedView, doc)

    async def delete_view(self, scope: Scope, view_id: str) -> None:
        await self._require_view(scope, view_id)
        await self._store.delete(SAVED_VIEWS, view_id)
        self._changed(scope.workspace, "views")

    async def _require_view(self, scope: Scope, view_id: str) -> SavedView:
        """One that the caller may change: their own, or everybody's with the right to."""
        doc = None
        if workspace_of(view_id) == scope.workspace:
            doc = await self._store.get(SAVED_VIEWS, view_id)
        view = None if doc is None else from_doc(SavedView, doc)
        is_mine = view is not None and bool(scope.agent_id) and view.agent_id == scope.agent_id
        is_ours = view is not None and not view.agent_id and scope.can("macro:write")
        if view is None or not (is_mine or is_ours):
            raise NotFound("there is no such view")
        return view

    @staticmethod
    def _owner(scope: Scope, *, is_shared: bool) -> str:
        if not is_shared and scope.agent_id:
            return scope.agent_id
        if not scope.can("macro:write"):
            raise BadInput("You may keep views for yourself only.", "is_shared")
        return ""

    async def _check_room(self, coll: Coll, workspace: str, limit: int) -> None:
        if await self._store.count(coll, workspace, {}, cap=limit) >= limit:
            raise BadInput(f"At most {limit} can be kept; delete one first.", "name")

    def _changed(self, workspace: str, what: str) -> None:
        self._bus.publish(workspace, SettingsChanged(what=what))


def _name(name: str) -> str:
    cleaned = one_line(name, 120)
    if not cleaned:
        raise BadInput("Give it a name.", "name")
    return cleaned


def _checked(steps: Sequence[Step]) -> list[Step]:
    for number, step in enumerate(steps):
        field = f"steps.{number}.value"
        numbers = _NUMBERS.get(step.kind)
        if numbers is not None:
            is_number = step.value.isascii() and step.value.isdigit() and len(step.value) < 9
            if not is_number or int(step.value) not in numbers:
                raise BadInput("Choose a number that is allowed here.", field)
        elif step.kind not in _NEEDS_NOTHING and not step.value.strip():
            raise BadInput("This step needs a text or a choice.", field)
    if sum(step.kind == "reply" for step in steps) > 1:
        raise BadInput("A macro sends at most one answer.", "steps")
    return list(steps)
