"""How far a workspace has been counted: one document that only the counting hub changes, and only
as it has read it, so that a hub that lost its lane cannot set the clock back.
"""

from __future__ import annotations

import msgspec

from hub.errors import Unavailable
from hub.ports.collections import COUNTED
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import from_doc, to_doc
from hub.services.reports.grains import floor

#: What is counted, and how. A higher number counts everything again, in the background.
SCHEMA = 2


class Progress(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`<ws>.reports`. Quarters before `folded_until` are final and summed up into larger grains;
    those before `settled_until` have been looked at for late lines.
    """

    id: str
    v: int = 1
    schema: int = SCHEMA
    folded_until: int
    settled_until: int
    #: Everything up to then is in the buckets (but for what comes in late).
    counted_until: int
    #: What is older has not been counted yet; 0: all of it has.
    counted_from: int
    #: Days from this one on have been counted with this schema; 0: all of them.
    history_at: int


async def read_progress(store: DocumentStore, workspace: str) -> Progress | None:
    doc = await store.get(COUNTED, f"{workspace}.reports")
    return None if doc is None else from_doc(Progress, doc)


async def open_progress(store: DocumentStore, workspace: str, now: int) -> Progress:
    """Where counting goes on. The first time, and with a new schema, today is counted first and
    history after it.
    """
    known = await read_progress(store, workspace)
    today = floor("day", now)
    if known is None:
        fresh = Progress(
            id=f"{workspace}.reports",
            folded_until=today,
            settled_until=today,
            counted_until=today,
            counted_from=today,
            history_at=today,
        )
        await store.insert_many(COUNTED, [to_doc(fresh)])
        return await read_progress(store, workspace) or fresh
    if known.schema != SCHEMA:
        return await advance(
            store, known, schema=SCHEMA, folded_until=today, settled_until=today, history_at=today
        )
    return known


async def advance(store: DocumentStore, known: Progress, **to: int) -> Progress:
    """Raises `Unavailable` when somebody else has gone on: read it again."""
    doc = await store.patch(COUNTED, known.id, Patch(set=to), expect={"v": known.v})
    if doc is None:
        raise Unavailable("another hub counts this workspace")
    return from_doc(Progress, doc)
