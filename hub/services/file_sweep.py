"""Removes files that nobody attached within a day, and bytes that no document names any more: mark
and sweep.

Marked are files named by drafts and by events still waiting in the journal, however long they wait.
`run` is a task of the hub; several hubs may sweep at once, for every step is safe to repeat.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import Any

import msgspec

from hub import log
from hub.clock import Clock
from hub.errors import Unavailable
from hub.model.ids import LANES, SYS, lane_partition, local
from hub.ports.blobs import BlobStore
from hub.ports.collections import DRAFTS, FILES, JOURNAL, WORKSPACES
from hub.ports.store import Coll, Doc, DocumentStore, Where

KEEP_MS = 24 * 3600 * 1000
EVERY_S = 3600.0
_NAMES = frozenset({"file_id", "file_ids", "source_file_id"})
_log = log.get(__name__)

#: Called with (workspace, sha256) of a blob that is gone, so that what was made of it can go too.
Forget = Callable[[str, str], Awaitable[None]]


class FileSweep:
    """Made once; `run` is spawned by the composition root."""

    def __init__(
        self, store: DocumentStore, blobs: BlobStore, clock: Clock, forget: Forget | None = None
    ) -> None:
        self._store, self._blobs, self._clock, self._forget = store, blobs, clock, forget

    async def run(self) -> None:
        """Sweep once an hour until cancelled."""
        while True:
            await self._clock.sleep(EVERY_S)
            try:
                await self.sweep()
            except Unavailable as fault:
                _log.warning("files could not be swept", error=fault)

    async def sweep(self) -> int:
        """One pass over all workspaces; how many files went."""
        waiting = await self._named(JOURNAL, _lanes(), {"state": "new"}, index="waiting")
        workspaces = [local(doc["_id"]) async for doc in self._all(WORKSPACES, SYS)]
        return sum([await self._sweep_one(workspace, waiting) for workspace in workspaces])

    async def _sweep_one(self, workspace: str, waiting: set[str]) -> int:
        before = self._clock.now_ms() - KEEP_MS
        where = {"conversation_id": "", "created_at": {"$lt": before}}
        stale = [doc async for doc in self._all(FILES, workspace, where, index="unattached")]
        if stale:
            marked = waiting | await self._named(DRAFTS, [workspace])
            stale = [
                doc for doc in stale if doc["_id"] not in marked and local(doc["_id"]) not in marked
            ]
        gone = 0
        for doc in stale:
            gone += await self._store.delete(FILES, doc["_id"], version=doc["v"])
        await self._sweep_blobs(workspace, before)
        if gone:
            _log.info("unattached files removed", workspace=workspace, count=gone)
        return gone

    async def _sweep_blobs(self, workspace: str, before: int) -> None:
        """A blob younger than a day may belong to a document that is about to be written."""
        async with aclosing(self._blobs.all(workspace)) as blobs:  # type: ignore[type-var]
            async for blob in blobs:
                if blob.stored_at < before and not await self._is_named(workspace, blob.sha256):
                    await self._blobs.delete(workspace, blob.sha256, before=before)
                    if self._forget is not None:
                        await self._forget(workspace, blob.sha256)

    async def _is_named(self, workspace: str, sha256: str) -> bool:
        return await self._store.count(FILES, workspace, {"sha256": sha256}, cap=1) > 0

    async def _named(
        self,
        coll: Coll,
        partitions: list[str],
        where: Where | None = None,
        index: str = "_id",
    ) -> set[str]:
        """Every file id that documents of `coll` mention."""
        found: set[str] = set()
        for partition in partitions:
            async for doc in self._all(coll, partition, where, index=index):
                events = msgspec.json.decode(doc["event"]) if coll is JOURNAL else doc
                found.update(file_ids(events))
        return found

    async def _all(
        self, coll: Coll, partition: str, where: Where | None = None, index: str = "_id"
    ) -> AsyncIterator[Doc]:
        after: str | None = None
        while True:
            page = await self._store.find(
                coll, partition, where or {}, index=index, after=after, limit=500
            )
            for doc in page.docs:
                yield doc
            if (after := page.next) is None:
                return


def file_ids(value: Any) -> Iterator[str]:
    """Every file id anywhere in a document, whatever its shape."""
    if isinstance(value, list):
        for item in value:
            yield from file_ids(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in _NAMES:
                yield from [item] if isinstance(item, str) else item
            else:
                yield from file_ids(item)


def _lanes() -> list[str]:
    return [lane_partition(lane) for lane in range(LANES)]
