"""Labels and canned answers: small named things that a workspace sets up. Names are unique, in any
spelling.
"""

from __future__ import annotations

from hub.clock import Clock
from hub.errors import BadInput
from hub.model.ids import new_id
from hub.model.settings import Canned, Label
from hub.ports.bus import Bus
from hub.ports.collections import CANNED, LABELS
from hub.ports.store import DocumentStore
from hub.services.docs import clean_text, from_doc, to_doc
from hub.services.named import Named, a_name
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
        self._clock = clock
        self._labels = Named(store, workspaces, bus, clock, LABELS, most=MAX_LABELS)
        self._canned = Named(
            store, workspaces, bus, clock, CANNED, most=MAX_CANNED, unique="shortcut"
        )

    async def labels(self, workspace: str) -> list[Label]:
        """By name."""
        return [from_doc(Label, doc) for doc in await self._labels.all(workspace)]

    async def create_label(self, workspace: str, name: str, color: str = "gray") -> Label:
        label = Label(
            id=new_id(workspace),
            name=a_name(name),
            color=_color(color),
            created_at=self._clock.now_ms(),
        )
        await self._labels.create(workspace, to_doc(label))
        return label

    async def save_label(self, workspace: str, label_id: str, name: str, color: str) -> Label:
        fields = {"name": a_name(name), "color": _color(color)}
        return from_doc(Label, await self._labels.save(workspace, label_id, fields))

    async def delete_label(self, workspace: str, label_id: str) -> Label:
        """Conversations keep the id; nobody sees it there any more."""
        return from_doc(Label, await self._labels.delete(workspace, label_id))

    async def restore_label(self, workspace: str, label_id: str) -> Label:
        """A deleted one again; it is back on its conversations. Raises `NotFound`, `Conflict`."""
        doc = await self._labels.deleted(workspace, label_id)
        await self._labels.restore(workspace, doc)
        return from_doc(Label, doc)

    async def canned(self, workspace: str) -> list[Canned]:
        """By shortcut."""
        return [from_doc(Canned, doc) for doc in await self._canned.all(workspace)]

    async def create_canned(self, workspace: str, shortcut: str, text: str) -> Canned:
        canned = Canned(
            id=new_id(workspace),
            shortcut=a_name(shortcut, "shortcut"),
            text=clean_text(text, 20_000),
            created_at=self._clock.now_ms(),
        )
        await self._canned.create(workspace, to_doc(canned))
        return canned

    async def save_canned(self, workspace: str, canned_id: str, shortcut: str, text: str) -> Canned:
        fields = {"shortcut": a_name(shortcut, "shortcut"), "text": clean_text(text, 20_000)}
        return from_doc(Canned, await self._canned.save(workspace, canned_id, fields))

    async def delete_canned(self, workspace: str, canned_id: str) -> Canned:
        return from_doc(Canned, await self._canned.delete(workspace, canned_id))


def _color(color: str) -> str:
    if color not in COLORS:
        raise BadInput(f"Choose one of: {', '.join(sorted(COLORS))}.", "color")
    return color
