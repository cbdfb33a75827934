"""Labels and canned answers: small named things that a workspace sets up. Names are unique, in any
spelling.
"""

from __future__ import annotations

from hub.clock import Clock
from hub.errors import BadInput, Conflict, NotFound
from hub.model.events import SettingsChanged
from hub.model.ids import derived_id, new_id, workspace_of
from hub.model.settings import Canned, Label
from hub.model.text import fold
from hub.ports.bus import Bus
from hub.ports.collections import CANNED, LABELS
from hub.ports.store import Coll, Doc, DocumentStore, Patch
from hub.services.claims import Claims
from hub.services.docs import clean_text, from_doc, one_line, to_doc
from hub.services.workspaces import Workspaces

COLORS = frozenset(
    {
        "gray", "red", "pink", "grape", "violet", "indigo", "blue",
        "cyan", "teal", "green", "lime", "yellow", "orange",
    }
)  # fmt: skip
MAX_LABELS = 500
MAX_CANNED = 2000


class Settings:
    def __init__(
        self, store: DocumentStore, workspaces: Workspaces, bus: Bus, clock: Clock
    ) -> None:
        self._store = store
        self._claims = Claims(store, clock)
        self._workspaces = workspaces
        self._bus = bus
        self._clock = clock

    async def labels(self, workspace: str) -> list[Label]:
        """By name."""
        found = [from_doc(Label, doc) for doc in await self._all(LABELS, workspace, MAX_LABELS)]
        return sorted(found, key=lambda label: fold(label.name))

    async def create_label(self, workspace: str, name: str, color: str = "gray") -> Label:
        label = Label(
            id=new_id(workspace),
            name=_name(name, "name"),
            color=_color(color),
            created_at=self._clock.now_ms(),
        )
        await self._create(LABELS, workspace, to_doc(label), "name", MAX_LABELS)
        return label

    async def save_label(self, workspace: str, label_id: str, name: str, color: str) -> Label:
        fields = {"name": _name(name, "name"), "color": _color(color)}
        return from_doc(Label, await self._save(LABELS, workspace, label_id, fields, "name"))

    async def delete_label(self, workspace: str, label_id: str) -> Label:
        """Conversations keep the id; nobody sees it there any more."""
        return from_doc(Label, await self._delete(LABELS, workspace, label_id, "name"))

    async def canned(self, workspace: str) -> list[Canned]:
        """By shortcut."""
        found = [from_doc(Canned, doc) for doc in await self._all(CANNED, workspace, MAX_CANNED)]
        return sorted(found, key=lambda one: fold(one.shortcut))

    async def create_canned(self, workspace: str, shortcut: str, text: str) -> Canned:
        canned = Canned(
            id=new_id(workspace),
            shortcut=_name(shortcut, "shortcut"),
            text=clean_text(text, 20_000),
            created_at=self._clock.now_ms(),
        )
        await self._create(CANNED, workspace, to_doc(canned), "shortcut", MAX_CANNED)
        return canned

    async def save_canned(self, workspace: str, canned_id: str, shortcut: str, text: str) -> Canned:
        fields = {"shortcut": _name(shortcut, "shortcut"), "text": clean_text(text, 20_000)}
        return from_doc(Canned, await self._save(CANNED, workspace, canned_id, fields, "shortcut"))

    async def delete_canned(self, workspace: str, canned_id: str) -> Canned:
        return from_doc(Canned, await self._delete(CANNED, workspace, canned_id, "shortcut"))

    async def _all(self, coll: Coll, workspace: str, limit: int) -> list[Doc]:
        return (await self._store.find(coll, workspace, {}, limit=limit)).docs

    async def _create(self, coll: Coll, workspace: str, doc: Doc, unique: str, most: int) -> None:
        if await self._store.count(coll, workspace, {}, cap=most) >= most:
            raise BadInput(f"There are {most} already; delete some first.")
        await self._claim(coll, workspace, doc["_id"], doc[unique], unique)
        await self._store.insert(coll, doc)
        self._changed(coll, workspace)

    async def _save(
        self, coll: Coll, workspace: str, item_id: str, fields: dict[str, str], unique: str
    ) -> Doc:
        """The new name is claimed before and the old one released after the change."""
        before = await self._require(coll, workspace, item_id)
        await self._claim(coll, workspace, item_id, fields[unique], unique)
        doc = await self._store.patch(coll, item_id, Patch(set=fields))
        if doc is None:
            raise NotFound("It was deleted meanwhile.")
        if fold(before[unique]) != fold(doc[unique]):
            await self._release(coll, workspace, item_id, before[unique])
        self._changed(coll, workspace)
        return doc

    async def _delete(self, coll: Coll, workspace: str, item_id: str, unique: str) -> Doc:
        doc = await self._require(coll, workspace, item_id)
        await self._store.delete(coll, item_id)
        await self._release(coll, workspace, item_id, doc[unique])
        self._changed(coll, workspace)
        return doc

    async def _require(self, coll: Coll, workspace: str, item_id: str) -> Doc:
        doc = await self._store.get(coll, item_id) if workspace_of(item_id) == workspace else None
        if doc is None:
            raise NotFound("There is nothing with this id.")
        return doc

    async def _claim(
        self, coll: Coll, workspace: str, item_id: str, name: str, unique: str
    ) -> None:
        async def is_stale(owner: str) -> bool:
            doc = await self._store.get(coll, owner)
            return doc is None or fold(doc[unique]) != fold(name)

        if not await self._claims.take(
            await self._claim_id(coll, workspace, name), item_id, is_stale
        ):
            raise Conflict("This name is taken.", unique)

    async def _release(self, coll: Coll, workspace: str, item_id: str, name: str) -> None:
        await self._claims.release(await self._claim_id(coll, workspace, name), item_id)

    async def _claim_id(self, coll: Coll, workspace: str, name: str) -> str:
        key = await self._workspaces.key_of(workspace)
        return derived_id(workspace, key, coll.name, fold(name))

    def _changed(self, coll: Coll, workspace: str) -> None:
        self._bus.publish(workspace, SettingsChanged(what=coll.name))


def _name(text: str, field: str) -> str:
    name = one_line(text, 120)
    if not name:
        raise BadInput("Give it a name.", field)
    return name


def _color(color: str) -> str:
    if color not in COLORS:
        raise BadInput(f"Choose one of: {', '.join(sorted(COLORS))}.", "color")
    return color
