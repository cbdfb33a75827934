"""The production store: MongoDB 4.4 or newer through PyMongo's asyncio client.

Every write waits for a majority and its journal. No transactions and no server-side text index:
what the port promises holds on a sharded cluster too, because every filter carries the partition.
Importing this module imports the driver, so only `hub.store.open` does, when it is asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import pymongo
from bson.codec_options import CodecOptions, TypeDecoder, TypeRegistry
from bson.int64 import Int64
from pymongo import AsyncMongoClient, ReturnDocument
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure, PyMongoError

from hub.clock import Clock
from hub.errors import Conflict, Unavailable
from hub.ports.store import (
    Applied,
    Coll,
    Delete,
    Doc,
    Insert,
    Op,
    Page,
    PageOf,
    Patch,
    PatchOp,
    Where,
    partition_of,
)
from hub.store import check
from hub.store import mongo_query as mq
from hub.store.changes import matches, patched
from hub.store.cursor import unpack
from hub.store.mongo_schema import Database, migrate

T = TypeVar("T")
DATABASE = "santral"
RETRIES = 30
SWEEP_LIMIT = 500
SCHEMA_TIMEOUT_S = 600
#: Errors that are the caller's: an increment of a text, a path through a number, an overflow.
_BAD_CHANGE = frozenset({2, 14, 28, 40})
_INDEX_IN_ERROR = re.compile(r"index: (\S+)")


class _PlainInt(TypeDecoder):
    """64-bit integers come back as the driver's own type, which nothing else should see."""

    bson_type = Int64

    def transform_bson(self, value: Any) -> int:
        return int(value)


class MongoStore:
    """`DocumentStore` on a MongoDB database."""

    is_exclusive = False

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        timeout_s: float = 3.0,
        ttl_index: bool = True,
        partition_in_filters: bool = True,
    ) -> None:
        self._url, self._clock = url, clock
        self._timeout_s = timeout_s
        self._ttl_index = ttl_index
        self._partition_in_filters = partition_in_filters
        self._client: AsyncMongoClient[Doc] | None = None
        self._db: Database | None = None
        self._colls: dict[str, Coll] = {}

    async def open(self, colls: Sequence[Coll]) -> None:
        if self._db is not None:
            return
        client: AsyncMongoClient[Doc] = AsyncMongoClient(
            self._url,
            appname="santral",
            w="majority",
            journal=True,
            timeoutMS=int(self._timeout_s * 1000),
            serverSelectionTimeoutMS=int(self._timeout_s * 1000),
        )
        plain = CodecOptions[Doc](type_registry=TypeRegistry([_PlainInt()]))
        db = client.get_default_database(DATABASE, codec_options=plain)
        try:
            async with _errors():
                await client.admin.command("ping")
                with pymongo.timeout(SCHEMA_TIMEOUT_S):  # index builds may take long
                    await migrate(db, colls, ttl_index=self._ttl_index)
        except BaseException:
            await client.close()
            raise
        self._client, self._db = client, db
        self._colls = {coll.name: coll for coll in colls}

    async def close(self) -> None:
        client, self._client, self._db = self._client, None, None
        if client is not None:
            await client.close()

    async def insert(self, coll: Coll, doc: Doc) -> None:
        collection = self._of(coll)
        check.check_doc(coll, doc)
        async with _errors():
            await collection.insert_one(mq.stored(coll, doc, 1))

    async def insert_many(self, coll: Coll, docs: Sequence[Doc]) -> list[tuple[int, str]]:
        return await self._insert_all(coll, docs, [1] * len(docs))

    async def load(self, coll: Coll, docs: Sequence[Doc]) -> list[tuple[int, str]]:
        return await self._insert_all(coll, docs, [doc["v"] for doc in docs])

    async def _insert_all(
        self, coll: Coll, docs: Sequence[Doc], versions: Sequence[int]
    ) -> list[tuple[int, str]]:
        collection = self._of(coll)
        for doc in docs:
            check.check_doc(coll, doc)
        if not docs:
            return []
        stored = [mq.stored(coll, d, v) for d, v in zip(docs, versions, strict=True)]
        try:
            async with _errors():
                await collection.insert_many(stored, ordered=False)
        except _Refused as refused:
            return refused.conflicts
        return []

    async def get(self, coll: Coll, id: str) -> Doc | None:
        async with _errors():
            doc = await self._of(coll).find_one(self._by_id(id))
        return None if doc is None else mq.shown(doc)

    async def get_many(self, coll: Coll, ids: Sequence[str]) -> list[Doc]:
        wanted = sorted({check.check_id(id) for id in ids})
        query: mq.Filter = {"_id": {"$in": wanted}}
        if self._partition_in_filters:
            query["p"] = {"$in": sorted({partition_of(id) for id in wanted})}
        async with _errors():
            return [mq.shown(doc) async for doc in self._of(coll).find(query)]

    async def replace(self, coll: Coll, doc: Doc, version: int) -> bool:
        collection = self._of(coll)
        check.check_doc(coll, doc)
        old = self._by_id(doc["_id"]) | {"v": version}
        async with _errors():
            done = await collection.replace_one(old, mq.stored(coll, doc, version + 1))
        return done.matched_count == 1

    async def patch(
        self,
        coll: Coll,
        id: str,
        patch: Patch,
        *,
        expect: Where | None = None,
        upsert: Doc | None = None,
    ) -> Doc | None:
        self._of(coll)
        check.check_patch_call(coll, id, patch, expect, upsert)
        for _ in range(RETRIES):
            doc = await self._patch(coll, id, patch, expect or {})
            if doc is not None or upsert is None:
                return doc
            first = patched({**upsert, "v": 0}, patch)
            try:
                await self.insert(coll, first)
            except Conflict as taken:
                if taken.key != "_id":
                    raise
            else:
                return first
        raise Unavailable(f"{coll.name}: {RETRIES} tries to change one document met others")

    async def _patch(self, coll: Coll, id: str, patch: Patch, expect: Where) -> Doc | None:
        if mq.needs_document(coll, patch):
            return await self._patch_by_version(coll, id, patch, expect)
        query = mq.joined(self._by_id(id), mq.where_filter(expect))
        async with _errors():
            doc = await self._of(coll).find_one_and_update(
                query, mq.update_of(coll, patch), return_document=ReturnDocument.AFTER
            )
        return None if doc is None else mq.shown(doc)

    async def _patch_by_version(
        self, coll: Coll, id: str, patch: Patch, expect: Where
    ) -> Doc | None:
        """Read, change, replace while the version stays: for what search words are made of."""
        for attempt in range(RETRIES):
            old = await self.get(coll, id)
            if old is None or not matches(old, expect):
                return None
            new = patched(old, patch)
            if await self.replace(coll, new, old["v"]):
                return new
            await asyncio.sleep(random.uniform(0, 0.002 * (attempt + 1)))
        raise Unavailable(f"{coll.name}: {RETRIES} tries to change one document met others")

    async def set_many(
        self, coll: Coll, ids: Collection[str], values: Mapping[str, str | int]
    ) -> None:
        patch = check.check_set_many(coll, ids, values)
        by_partition: dict[str, list[str]] = {}
        for id in ids:
            by_partition.setdefault(partition_of(id), []).append(id)
        async with _errors():
            for partition, some in by_partition.items():
                query = {"p": partition, "_id": {"$in": some}}
                await self._of(coll).update_many(query, mq.update_of(coll, patch))

    async def claim(
        self, coll: Coll, where: Where, patch: Patch, *, index: str, partition: str, limit: int
    ) -> list[Doc]:
        collection = self._of(coll)
        used = check.check_claim(coll, partition, where, patch, index, limit)
        query = mq.joined(mq.partition_filter(partition, used), mq.where_filter(where))
        claimed: list[Doc] = []
        while len(claimed) < limit:
            seen: mq.Filter = {"_id": {"$nin": [doc["_id"] for doc in claimed]}} if claimed else {}
            async with _errors():
                doc = await collection.find_one_and_update(
                    mq.joined(query, seen),
                    mq.update_of(coll, patch),
                    sort=mq.order_of(used, desc=False),
                    return_document=ReturnDocument.AFTER,
                )
            if doc is None:
                break
            claimed.append(mq.shown(doc))
        return claimed

    async def delete(self, coll: Coll, id: str, *, version: int | None = None) -> bool:
        query = self._by_id(id) | ({} if version is None else {"v": version})
        async with _errors():
            done = await self._of(coll).delete_one(query)
        return done.deleted_count == 1

    async def apply(self, ops: Sequence[Op]) -> Applied:
        for op in ops:
            self._of(op.coll)
            check.check_op(op)
            if isinstance(op, Insert):
                check.check_doc(op.coll, op.doc)
        for position, op in enumerate(ops):
            if not await self._apply_one(op):
                return Applied(done=position, failed_at=position)
        return Applied(done=len(ops))

    async def _apply_one(self, op: Op) -> bool:
        match op:
            case Insert():
                try:
                    await self.insert(op.coll, op.doc)
                except Conflict as taken:
                    return op.or_ignore and taken.key == "_id"
            case PatchOp():
                try:
                    done = await self._patch(op.coll, op.id, op.patch, op.expect or {})
                except Conflict:
                    return False
                return done is not None or not op.required
            case Delete():
                await self.delete(op.coll, op.id)
        return True

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
        used = check.check_find(coll, partition, where, index, limit)
        fields = check.sort_fields(used, where)
        query = mq.joined(
            mq.partition_filter(partition, used),
            mq.where_filter(where),
            {} if after is None else mq.after_filter(fields, after, desc),
        )
        return await self._page(coll, query, mq.order_of(used, desc), fields, limit)

    async def find_as(
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
    ) -> PageOf[T]:
        page = await self.find(
            coll, partition, where, index=index, desc=desc, after=after, limit=limit
        )
        return PageOf(msgspec.convert(page.docs, list[kind]), page.next)  # type: ignore[valid-type]

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
        self._of(coll)
        check.check_search(coll, partition, where, limit)
        fields = [coll.text_time, "_id"]
        start = {} if after is None else mq.behind(fields, unpack(after, [int, str]), "$lt")
        words = mq.search_filter(text)
        if words is None:
            return Page([])
        query = {"$and": [{"p": partition, **mq.where_filter(where)}, words, start]}
        query["$and"] = [part for part in query["$and"] if part]
        return await self._page(coll, query, [(field, -1) for field in fields], fields, limit)

    async def count(self, coll: Coll, partition: str, where: Where, *, cap: int = 10_000) -> int:
        check.check_query(coll, partition, where)
        query = mq.joined(mq.partition_filter(partition), mq.where_filter(where))
        async with _errors():
            return await self._of(coll).count_documents(query, limit=cap)

    async def holding(self, coll: Coll, partitions: Collection[str], where: Where) -> set[str]:
        for partition in partitions:
            check.check_query(coll, partition, where)
        query = mq.joined({"p": {"$in": list(partitions)}}, mq.where_filter(where))
        async with _errors():
            return set(await self._of(coll).distinct("p", query))

    async def dump(self, coll: Coll, after: str | None = None, limit: int = 1000) -> Page:
        check.check_limit(limit)
        query = {} if after is None else {"_id": {"$gt": unpack(after, [str])[0]}}
        return await self._page(coll, query, [("_id", 1)], ["_id"], limit)

    async def sweep(self) -> int:
        """Delete up to 500 expired documents of each collection; how many it were."""
        swept = 0
        for coll in self._colls.values():
            if coll.expires:
                query = {"_exp": {"$lt": mq.date_of(self._clock.now_ms())}}
                async with _errors():
                    collection = self._of(coll)
                    gone = [
                        d["_id"] async for d in collection.find(query, ["_id"]).limit(SWEEP_LIMIT)
                    ]
                    swept += (
                        await collection.delete_many({**query, "_id": {"$in": gone}})
                    ).deleted_count
        return swept

    async def _page(
        self, coll: Coll, query: mq.Filter, order: mq.Order, fields: list[str], limit: int
    ) -> Page:
        async with _errors():
            found = await self._of(coll).find(query).sort(order).limit(limit + 1).to_list()
        docs = [mq.shown(doc) for doc in found[:limit]]
        return Page(docs, mq.cursor_of(docs[-1], fields) if len(found) > limit else None)

    def _by_id(self, id: str) -> mq.Filter:
        check.check_id(id)
        return {"_id": id, "p": partition_of(id)} if self._partition_in_filters else {"_id": id}

    def _of(self, coll: Coll) -> AsyncCollection[Doc]:
        if self._db is None:
            raise Unavailable("the store is closed")
        if coll.name not in self._colls:
            raise ValueError(f"the collection {coll.name!r} was not declared at open")
        return self._db[coll.name]


class _Refused(Exception):
    """Some documents of a batch were not inserted."""

    def __init__(self, conflicts: list[tuple[int, str]]) -> None:
        super().__init__(conflicts)
        self.conflicts = conflicts


@contextlib.asynccontextmanager
async def _errors() -> AsyncIterator[None]:
    """The driver's errors as ours; and a cancellation that the driver has lost, as Python 3.11 lets
    asyncio.wait_for do (python/cpython#86296), still ends the task.
    """
    task = asyncio.current_task()
    asked = task.cancelling() if task else 0
    try:
        yield
    except DuplicateKeyError as error:
        key = _key(error.details or {})
        raise Conflict(f"{key} is taken already", key) from error
    except BulkWriteError as error:
        refused = error.details["writeErrors"]
        if any(one["code"] != 11000 for one in refused) or error.details["writeConcernErrors"]:
            raise Unavailable(f"the store did not write all: {error}") from error
        raise _Refused(sorted((one["index"], _key(one)) for one in refused)) from error
    except OperationFailure as error:
        if error.code in _BAD_CHANGE:
            raise ValueError(f"a patch does not fit the document: {error}") from error
        raise Unavailable(f"the store refused: {error}") from error
    except PyMongoError as error:
        raise Unavailable(f"the store cannot be reached: {error}") from error
    if task and task.cancelling() > asked:
        raise asyncio.CancelledError


def _key(details: Any) -> str:
    """The name of the unique index that an E11000 speaks of."""
    found = _INDEX_IN_ERROR.search(details.get("errmsg", ""))
    name = found.group(1) if found else "_id_"
    return "_id" if name == "_id_" else name
