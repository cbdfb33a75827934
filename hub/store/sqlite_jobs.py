"""The store's writes as jobs for the writer thread: what to load, and what to do with it in memory.

`run` raises Conflict or ValueError for a job that fails alone; anything else fails the group.
Inputs were checked before by the store (`hub.store.check`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from hub.errors import Conflict
from hub.ports.store import Applied, Coll, Delete, Doc, Insert, Op, Patch, PatchOp, Where
from hub.store.changes import matches, patched
from hub.store.sqlite_cache import Key
from hub.store.sqlite_text import TextIndex
from hub.store.sqlite_work import Missed, Work, decode


class Job(Protocol):
    def keys(self) -> Iterable[Key]:
        """The documents to have at hand."""

    def run(self, work: Work) -> Any: ...


class InsertMany:
    """Insert what can be; answers with the positions and keys of conflicts."""

    def __init__(self, coll: Coll, docs: Sequence[tuple[str, bytes]]) -> None:
        self.coll, self.docs = coll, docs

    def keys(self) -> Iterable[Key]:
        return [(self.coll.name, id) for id, _ in self.docs]

    def run(self, work: Work) -> list[tuple[int, str]]:
        refused = []
        for position, (id, raw) in enumerate(self.docs):
            try:
                work.attempt(_bind(insert, work, self.coll, id, raw))
            except Conflict as taken:
                refused.append((position, taken.key))
        return refused


class Replace:
    def __init__(self, coll: Coll, id: str, raw: bytes, version: int) -> None:
        self.coll, self.id, self.raw, self.version = coll, id, raw, version

    def keys(self) -> Iterable[Key]:
        return [(self.coll.name, self.id)]

    def run(self, work: Work) -> bool:
        old = work.doc(self.coll, self.id)
        if old is None or old["v"] != self.version:
            return False
        work.put_raw(self.coll, self.id, self.raw)
        return True


class PatchOne:
    def __init__(
        self, coll: Coll, id: str, patch: Patch, expect: Where | None, upsert: Doc | None
    ) -> None:
        self.coll, self.id, self.patch, self.expect, self.upsert = coll, id, patch, expect, upsert

    def keys(self) -> Iterable[Key]:
        return [(self.coll.name, self.id)]

    def run(self, work: Work) -> Doc | None:
        old = work.doc(self.coll, self.id)
        if old is None:
            old = None if self.upsert is None else {**self.upsert, "v": 0}
        if old is None or (self.expect is not None and not matches(old, self.expect)):
            return None
        return decode(work.put(self.coll, patched(old, self.patch)))


class SetMany:
    """Set fields of many documents where they lie, without reading them."""

    def __init__(self, coll: Coll, ids: list[str], values: Mapping[str, str | int]) -> None:
        self.coll, self.ids, self.values = coll, ids, values

    def keys(self) -> Iterable[Key]:
        return ()

    def run(self, work: Work) -> None:
        work.flush(self.coll)
        work.set_many(self.coll, self.ids, self.values)


class Claim:
    """Patch the first documents of a query; `select` answers with their ids in index order."""

    def __init__(self, coll: Coll, select: Callable[[], list[str]], patch: Patch) -> None:
        self.coll, self.select, self.patch = coll, select, patch

    def keys(self) -> Iterable[Key]:
        return ()

    def run(self, work: Work) -> list[Doc]:
        work.flush(self.coll)
        ids = self.select()
        work.load((self.coll.name, id) for id in ids)
        docs = (work.doc(self.coll, id) for id in ids)
        return [decode(work.put(self.coll, patched(doc, self.patch))) for doc in docs if doc]


class DeleteMany:
    """Delete the ids that `select` finds (the sweeper of expired documents)."""

    def __init__(self, coll: Coll, select: Callable[[], list[str]]) -> None:
        self.coll, self.select = coll, select

    def keys(self) -> Iterable[Key]:
        return ()

    def run(self, work: Work) -> int:
        work.flush(self.coll)
        ids = self.select()
        work.load((self.coll.name, id) for id in ids)
        for id in ids:
            work.put_raw(self.coll, id, None)
        return len(ids)


class DeleteOne:
    def __init__(self, coll: Coll, id: str, version: int | None) -> None:
        self.coll, self.id, self.version = coll, id, version

    def keys(self) -> Iterable[Key]:
        return [(self.coll.name, self.id)]

    def run(self, work: Work) -> bool:
        doc = work.doc(self.coll, self.id)
        if doc is None or (self.version is not None and doc["v"] != self.version):
            return False
        work.put_raw(self.coll, self.id, None)
        return True


class Apply:
    """Ops in order; all of them or none. `raws` holds the JSON of the inserts by position."""

    def __init__(self, ops: Sequence[Op], raws: Sequence[bytes]) -> None:
        self.ops, self.raws = ops, raws
        self._at = 0

    def keys(self) -> Iterable[Key]:
        return [
            (op.coll.name, op.doc["_id"] if isinstance(op, Insert) else op.id) for op in self.ops
        ]

    def run(self, work: Work) -> Applied:
        try:
            work.attempt(_bind(self._all, work))
        except (Conflict, Missed):
            return Applied(done=0, failed_at=self._at)
        return Applied(done=len(self.ops))

    def _all(self, work: Work) -> None:
        for at, op in enumerate(self.ops):
            self._at = at
            if work.careful:
                work.attempt(_bind(_one, work, op, self.raws[at]))
            else:
                _one(work, op, self.raws[at])


class FeedText:
    """Index what waits, as far as a search may be kept waiting for it."""

    LIMIT = 2000

    def __init__(self, coll: Coll, text: TextIndex) -> None:
        self.coll, self.text = coll, text

    def keys(self) -> Iterable[Key]:
        return ()

    def run(self, work: Work) -> None:
        work.flush(self.coll)
        if self.text.pending:
            self.text.feed(self.LIMIT)


def insert(work: Work, coll: Coll, id: str, raw: bytes, or_ignore: bool = False) -> None:
    if work.raw(coll, id) is None:
        work.put_raw(coll, id, raw)
    elif not or_ignore:
        raise Conflict(f"{coll.name}: this _id is taken already", "_id")


def _one(work: Work, op: Op, raw: bytes) -> None:
    match op:
        case Insert():
            insert(work, op.coll, op.doc["_id"], raw, op.or_ignore)
        case PatchOp():
            doc = work.doc(op.coll, op.id)
            if doc is not None and (op.expect is None or matches(doc, op.expect)):
                work.put(op.coll, patched(doc, op.patch))
            elif op.required:
                raise Missed
        case Delete():
            work.put_raw(op.coll, op.id, None)


def _bind(function: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    return lambda: function(*args)
