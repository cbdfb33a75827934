"""What the keys of rows are called: queues, agents, labels, inboxes, outcomes. Deleted queues keep
their names, other things that were deleted have none any more; channels have theirs in their own
texts. Called by `report` and the log.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from hub.model.ids import local
from hub.model.report import Family
from hub.model.routing import Disposition
from hub.ports.collections import AGENTS, DELETED, INBOXES, LABELS, QUEUES
from hub.ports.store import Coll, DocumentStore

T = TypeVar("T", bound=msgspec.Struct)
_PAGE = 1_000
_COLLS: dict[str, Coll] = {
    "queue": QUEUES, "agent": AGENTS, "label": LABELS, "inbox": INBOXES, "outcome": QUEUES,
}  # fmt: skip


class _Named(msgspec.Struct, frozen=True, rename={"id": "_id"}):
    id: str
    name: str = ""
    dispositions: list[Disposition] = []


class _Deleted(msgspec.Struct, frozen=True):
    coll: str
    doc: _Named


async def names_of(store: DocumentStore, workspace: str, family: Family) -> dict[str, str]:
    """Key → name, for all that have one."""
    coll = _COLLS.get(family)
    if coll is None:
        return {}
    deleted = await _all(store, _Deleted, DELETED, workspace)
    gone = [one.doc for one in deleted if one.coll == coll.name]
    found: dict[str, str] = {}
    for one in [*gone, *await _all(store, _Named, coll, workspace)]:
        if family == "outcome":
            found |= {outcome.id: outcome.name for outcome in one.dispositions}
        else:
            found[local(one.id)] = one.name
    return found


async def _all(store: DocumentStore, kind: type[T], coll: Coll, workspace: str) -> list[T]:
    found: list[T] = []
    after: str | None = None
    while True:
        page = await store.find_as(kind, coll, workspace, {}, after=after, limit=_PAGE)
        found += page.items
        after = page.next
        if after is None:
            return found
