"""What the keys of rows are called: queues, agents, labels, inboxes, outcomes. What was deleted has
no name any more; channels have theirs in their own texts. Called by `report` and the log.
"""

from __future__ import annotations

import msgspec

from hub.model.ids import local
from hub.model.report import Family
from hub.model.routing import Disposition
from hub.ports.collections import AGENTS, INBOXES, LABELS, QUEUES
from hub.ports.store import Coll, DocumentStore

_PAGE = 1_000
_COLLS: dict[str, Coll] = {
    "queue": QUEUES, "agent": AGENTS, "label": LABELS, "inbox": INBOXES, "outcome": QUEUES,
}  # fmt: skip


class _Named(msgspec.Struct, frozen=True, rename={"id": "_id"}):
    id: str
    name: str = ""
    dispositions: list[Disposition] = []


async def names_of(store: DocumentStore, workspace: str, family: Family) -> dict[str, str]:
    """Key → name, for all that exist."""
    coll = _COLLS.get(family)
    if coll is None:
        return {}
    found: dict[str, str] = {}
    after: str | None = None
    while True:
        page = await store.find_as(_Named, coll, workspace, {}, after=after, limit=_PAGE)
        for one in page.items:
            if family == "outcome":
                found |= {outcome.id: outcome.name for outcome in one.dispositions}
            else:
                found[local(one.id)] = one.name
        after = page.next
        if after is None:
            return found
