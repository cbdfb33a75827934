"""The document store port: what SQLite and MongoDB both do, and nothing more.

Documents are plain dicts with a string `_id` that starts with its partition (`<partition>.<rest>`)
and a version `v` that the store keeps (1 at insert, +1 at every change). Times are int milliseconds
UTC. There are no multi-document transactions: whatever is written must be safe to repeat. One
contract test class (`tests/contract/test_store.py`) runs over every adapter.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

T = TypeVar("T")
Doc = dict[str, Any]
#: Conditions on declared fields: a scalar (equality; None matches null and missing), {"$in":
#: [...]}, or ranges {"$gt" | "$gte" | "$lt" | "$lte": scalar}. All must hold. `_id` is allowed with
#: ranges and $in.
Where = Mapping[str, Any]


class Index(msgspec.Struct, frozen=True):
    """A sort order within a partition: `(partition, *fields, _id)`. Sort fields must never be null.

    `where` makes it partial: only documents that satisfy it (equality or $in on declared fields)
    are in it, and every `find` on it must repeat the same condition.
    """

    name: str
    fields: tuple[str, ...]
    unique: bool = False
    where: Mapping[str, Any] | None = None


class Coll(msgspec.Struct, frozen=True):
    """A declared collection. Only `fields` (dotted paths allowed) may be used in conditions and
    indexes.
    """

    name: str
    fields: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    #: Dotted paths whose texts are searched together; `text_time` is the int ms field that orders
    #: the hits, `text_filters` are declared fields that `search` may restrict by equality or $in.
    text: tuple[str, ...] = ()
    text_time: str = ""
    text_filters: tuple[str, ...] = ()
    #: A field with int ms after which the document may vanish (missing or 0: never); readers must
    #: still check it.
    expires: str = ""
    #: Documents of one parent stand together on disk (messages of a conversation).
    clustered: bool = False


class Patch(msgspec.Struct, frozen=True, omit_defaults=True):
    """One atomic change of one document; dotted paths reach into nested objects."""

    set: Mapping[str, Any] = {}
    inc: Mapping[str, int] = {}
    max: Mapping[str, int] = {}
    unset: Sequence[str] = ()


class Insert(msgspec.Struct, frozen=True, tag="insert"):
    """Insert `doc`. With `or_ignore` an existing `_id` is success (a repeated step)."""

    coll: Coll
    doc: Doc
    or_ignore: bool = False


class PatchOp(msgspec.Struct, frozen=True, tag="patch"):
    """Patch `_id` if `expect` holds. With `required` (the default) a miss stops the batch."""

    coll: Coll
    id: str
    patch: Patch
    expect: Where | None = None
    required: bool = True


class Delete(msgspec.Struct, frozen=True, tag="delete"):
    """Delete `_id`; a missing document is fine."""

    coll: Coll
    id: str


Op = Insert | PatchOp | Delete


class Page(msgspec.Struct, frozen=True):
    """One keyset page. `next` is an opaque cursor, None at the end."""

    docs: list[Doc]
    next: str | None = None


class PageOf(msgspec.Struct, Generic[T], frozen=True):
    """As `Page`, of structs."""

    items: list[T]
    next: str | None = None


class Applied(msgspec.Struct, frozen=True):
    """Outcome of `apply`: ops done in order; `failed_at` is the position of the first that did not,
    or None.

    On SQLite a failed batch leaves nothing; on MongoDB the ops before `failed_at` stay. Callers
    must be right under both.
    """

    done: int
    failed_at: int | None = None


class DocumentStore(Protocol):
    """Methods raise `Unavailable` when the store cannot serve, `ValueError` on
    undeclared fields.
    """

    #: True when this process alone can have it open (SQLite's file lock): leases are not needed
    #: then.
    is_exclusive: bool

    async def open(self, colls: Sequence[Coll]) -> None:
        """Connect and make the declared collections and indexes (idempotent)."""

    async def close(self) -> None:
        """Drain what is queued, then close. Idempotent."""

    async def insert(self, coll: Coll, doc: Doc) -> None:
        """Raise `Conflict(key=index name or '_id')` when a unique key is taken."""

    async def insert_many(self, coll: Coll, docs: Sequence[Doc]) -> list[tuple[int, str]]:
        """Insert all that can be; return (position, index name) of those that conflict."""

    async def load(self, coll: Coll, docs: Sequence[Doc]) -> list[tuple[int, str]]:
        """As `insert_many`, for what `dump` gave (a backup): every document keeps its version."""

    async def get(self, coll: Coll, id: str) -> Doc | None: ...

    async def get_many(self, coll: Coll, ids: Sequence[str]) -> list[Doc]:
        """Those of `ids` that exist, in no promised order."""

    async def replace(self, coll: Coll, doc: Doc, version: int) -> bool:
        """Replace the document if its version is `version`; store it as version + 1."""

    async def patch(
        self,
        coll: Coll,
        id: str,
        patch: Patch,
        *,
        expect: Where | None = None,
        upsert: Doc | None = None,
    ) -> Doc | None:
        """Atomically change one document and return it as it is now.

        None when it is missing or `expect` (any dotted path, scalars and ranges as in `Where`) does
        not hold. `upsert` gives the document to insert first when missing (the patch is then
        applied to it); it cannot be combined with `expect`.
        """

    async def set_many(
        self, coll: Coll, ids: Collection[str], values: Mapping[str, str | int]
    ) -> None:
        """Set fields of many documents, whatever they hold; those that are missing are passed over.

        Much dearer by single patches. Not for searched texts and unique fields.
        """

    async def claim(
        self, coll: Coll, where: Where, patch: Patch, *, index: str, partition: str, limit: int
    ) -> list[Doc]:
        """Patch up to `limit` matching documents in index order; two claimers never get the same
        one.
        """

    async def delete(self, coll: Coll, id: str, *, version: int | None = None) -> bool: ...

    async def apply(self, ops: Sequence[Op]) -> Applied:
        """Run ops in order, stopping at the first that fails (Conflict or a missed `required`
        patch).

        SQLite: one transaction. MongoDB: one after the other. The promise is order, not atomicity:
        every batch must be safe to repeat from its start.
        """

    async def find(
        self,
        coll: Coll,
        partition: str,
        where: Where,
        *,
        index: str = "_id",
        desc: bool = False,
        after: str | None = None,
        limit: int = 50,
    ) -> Page:
        """One page in index order (`_id` is built in). `after` is the `next` of the page before."""

    def find_as(
        self,
        kind: type[T],
        coll: Coll,
        partition: str,
        where: Where,
        *,
        index: str = "_id",
        desc: bool = False,
        after: str | None = None,
        limit: int = 50,
    ) -> Awaitable[PageOf[T]]:
        """As `find`, read straight into structs of `kind`; fields that it does not know are passed
        over. Several can be asked for before the first is awaited.
        """

    async def search(
        self,
        coll: Coll,
        partition: str,
        text: str,
        where: Where,
        *,
        after: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Documents that hold every token of `text` (the last one as a prefix), newest first."""

    async def count(self, coll: Coll, partition: str, where: Where, *, cap: int = 10_000) -> int:
        """How many match, counting no further than `cap`."""

    async def holding(self, coll: Coll, partitions: Collection[str], where: Where) -> set[str]:
        """Those of `partitions` that hold a document that matches."""

    async def dump(self, coll: Coll, after: str | None = None, limit: int = 1000) -> Page:
        """All documents over all partitions by `_id`: for backup, migrations and rebuilding."""


def partition_of(id: str) -> str:
    """The part before the first dot."""
    partition, dot, rest = id.partition(".")
    if not (partition and dot and rest):
        raise ValueError(f"an id must look like <partition>.<rest>: {id[:40]!r}")
    return partition
