"""The embedded store: SQLite with group commit (`hub.ports.store.DocumentStore`).

Writes become jobs of the one writer thread; reads run in a small pool of reader threads, hot
documents come from the cache. One process only, which a lock file ensures. Made by
`hub.store.open.make_store`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from hub import log
from hub.clock import Clock
from hub.errors import Conflict, Unavailable
from hub.ports.store import Applied, Coll, Doc, Insert, Op, Page, PageOf, Patch, Where
from hub.store import check
from hub.store.cursor import pack, unpack
from hub.store.sqlite_cache import Cache
from hub.store.sqlite_file import FileLock, connect
from hub.store.sqlite_gets import Gets
from hub.store.sqlite_jobs import (
    Apply,
    Claim,
    DeleteMany,
    DeleteOne,
    FeedText,
    InsertMany,
    Job,
    PatchOne,
    Replace,
    SetMany,
)
from hub.store.sqlite_pages import Pages
from hub.store.sqlite_query import count_query, decode_docs, decoder, joined, page_of, page_query
from hub.store.sqlite_readers import Haste, One, Readers
from hub.store.sqlite_schema import Table, migrate
from hub.store.sqlite_text import (
    TextIndex,
    expansion_query,
    match_of,
    search_query,
    search_words,
)
from hub.store.sqlite_work import decode
from hub.store.sqlite_writer import Outcome, Writer
from hub.tasks import Tasks

T = TypeVar("T")
_log = log.get("hub.store")
#: Writes that may wait for the disk; more callers are held back before they queue.
QUEUE_JOBS = 4096
#: Reads of more rows take a thread in any case.
SHORT_PAGE = 120
SHORT_GETS = 8
SWEEP_LIMIT = 500
SWEEP_EVERY_S = 30.0
SWITCH_INTERVAL_S = 0.0005


class SqliteStore:
    """`DocumentStore` on one SQLite file."""

    is_exclusive = True

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        synchronous: str = "FULL",
        commit_delay_s: float = 0.0,
        readers: int = 2,
        cache_bytes: int = 16 << 20,
    ) -> None:
        self._path, self._clock = path, clock
        self._synchronous, self._commit_delay_s, self._reader_count = (
            synchronous,
            commit_delay_s,
            readers,
        )
        self._cache = Cache(cache_bytes)
        self._tables: dict[str, Table] = {}
        self._pages = Pages()
        self._texts: dict[str, TextIndex] = {}
        self._room = asyncio.Semaphore(QUEUE_JOBS)
        self._lock = FileLock(path)
        self._db: sqlite3.Connection | None = None
        self._writer: Writer | None = None
        self._readers: Readers | None = None
        self._tasks = Tasks()
        self._gets = Gets(self._fetch, self._cache)
        self._haste: defaultdict[str, Haste] = defaultdict(Haste)

    async def open(self, colls: Sequence[Coll]) -> None:
        if self._writer is not None:
            return
        # The writer thread needs the interpreter between two statements: not after 5 ms.
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._tables = {coll.name: Table(coll) for coll in colls}
        self._pages = Pages()
        try:
            db = await asyncio.to_thread(self._open_file, asyncio.get_running_loop())
        except sqlite3.Error as error:
            self._lock.release()
            raise Unavailable(f"cannot open {self._path.name}: {error}") from error
        except BaseException:
            self._lock.release()
            raise
        self._writer = Writer(
            db, self._tables, self._texts, self._cache, self._settle, self._commit_delay_s
        )
        self._writer.start()
        self._tasks = Tasks()
        _ = self._tasks.spawn("store-sweeper", self._keep_sweeping())

    def _open_file(self, loop: asyncio.AbstractEventLoop) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lock.take()
        db = connect(self._path, writer=True, synchronous=self._synchronous)
        try:
            migrate(db, self._tables.values())
            self._texts = {n: TextIndex(db, t.coll) for n, t in self._tables.items() if t.coll.text}
            self._readers = Readers(self._path, self._reader_count, loop)
        except BaseException:
            db.close()
            raise
        self._db = db
        return db

    async def close(self) -> None:
        writer, readers, db = self._writer, self._readers, self._db
        self._writer = self._readers = self._db = None
        await self._tasks.close()
        if writer is None or readers is None or db is None:
            return
        await writer.stop()
        await readers.stop()
        await asyncio.to_thread(db.close)
        self._lock.release()

    async def insert(self, coll: Coll, doc: Doc) -> None:
        for _, key in await self.insert_many(coll, [doc]):
            raise Conflict(f"{coll.name}: {key} is taken already", key)

    async def insert_many(self, coll: Coll, docs: Sequence[Doc]) -> list[tuple[int, str]]:
        self._known(coll)
        raws = [(doc["_id"], raw) for doc in docs for raw in [_stored(coll, doc, 1)]]
        conflicts: list[tuple[int, str]] = await self._write(InsertMany(coll, raws))
        return conflicts

    async def load(self, coll: Coll, docs: Sequence[Doc]) -> list[tuple[int, str]]:
        self._known(coll)
        raws = [(doc["_id"], _stored(coll, doc, doc["v"])) for doc in docs]
        conflicts: list[tuple[int, str]] = await self._write(InsertMany(coll, raws))
        return conflicts

    async def get(self, coll: Coll, id: str) -> Doc | None:
        self._known(coll)
        check.check_id(id)
        raw = self._cache.get((coll.name, id))
        if raw is not None and self._writer is not None:
            return decode(raw)
        return await self._gets.get(coll, id)

    async def get_many(self, coll: Coll, ids: Sequence[str]) -> list[Doc]:
        table = self._known(coll)
        wanted = sorted({check.check_id(id) for id in ids})
        return await self._soon(
            "many", lambda one: decode_docs(one(table.load, [_json(wanted)]) or "")
        )

    async def replace(self, coll: Coll, doc: Doc, version: int) -> bool:
        self._known(coll)
        raw = _stored(coll, doc, version + 1)
        done: bool = await self._write(Replace(coll, doc["_id"], raw, version))
        return done

    async def patch(
        self,
        coll: Coll,
        id: str,
        patch: Patch,
        *,
        expect: Where | None = None,
        upsert: Doc | None = None,
    ) -> Doc | None:
        self._known(coll)
        check.check_patch_call(coll, id, patch, expect, upsert)
        doc: Doc | None = await self._write(PatchOne(coll, id, patch, expect, upsert))
        return doc

    async def set_many(
        self, coll: Coll, ids: Collection[str], values: Mapping[str, str | int]
    ) -> None:
        self._known(coll)
        check.check_set_many(coll, ids, values)
        await self._write(SetMany(coll, list(ids), values))

    async def claim(
        self, coll: Coll, where: Where, patch: Patch, *, index: str, partition: str, limit: int
    ) -> list[Doc]:
        table = self._known(coll)
        used = check.check_claim(coll, partition, where, patch, index, limit)
        query, params = page_query(table, partition, used, where, False, None, limit, column="_id")
        select = self._ids(query, params)
        docs: list[Doc] = await self._write(Claim(coll, select, patch))
        return docs

    async def delete(self, coll: Coll, id: str, *, version: int | None = None) -> bool:
        self._known(coll)
        deleted: bool = await self._write(DeleteOne(coll, check.check_id(id), version))
        return deleted

    async def apply(self, ops: Sequence[Op]) -> Applied:
        raws = []
        for op in ops:
            self._known(op.coll)
            check.check_op(op)
            raws.append(_stored(op.coll, op.doc, 1) if isinstance(op, Insert) else b"")
        applied: Applied = await self._write(Apply(ops, raws))
        return applied

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
        page = await self.find_as(
            Doc, coll, partition, where, index=index, desc=desc, after=after, limit=limit
        )
        return Page(page.items, page.next)

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
    ) -> asyncio.Future[PageOf[T]]:
        table = self._known(coll)
        used, (query, params) = self._pages.query(
            table, partition, where, index, desc, after, limit
        )
        decode = decoder(kind)  # type: ignore[arg-type]
        return self._soon(
            f"{coll.name}.{index}",
            lambda one: page_of(decode, one(query, params), limit, used, where),
            is_short=limit <= SHORT_PAGE,
        )

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
        self._known(coll)
        check.check_search(coll, partition, where, limit)
        before = None if after is None else int(unpack(after, [int])[0] or 0)
        words = search_words(partition, text)
        if not words:
            return Page([])
        if self._texts[coll.name].pending:
            await self._write(FeedText(coll, self._texts[coll.name]))

        def hits(one: One) -> list[str]:
            endings = (one(*expansion_query(coll, words[-1])) or "").split("\n")
            match = match_of(words, [word for word in endings if word])
            found = one(*search_query(coll, partition, match, where, before, limit + 1))
            return found.split("\n") if found else []

        found = await self._soon(f"{coll.name} search", hits, is_short=limit <= SHORT_PAGE)
        lines = [line.partition("\t") for line in found]
        docs = [decode(line[2]) for line in lines[:limit]]
        return Page(docs, pack([int(lines[limit - 1][0])]) if len(lines) > limit else None)

    async def count(self, coll: Coll, partition: str, where: Where, *, cap: int = 10_000) -> int:
        table = self._known(coll)
        check.check_query(coll, partition, where)
        query, params = count_query(table, partition, where, cap)
        return await self._read(lambda one: int(one(query, params)))

    async def holding(self, coll: Coll, partitions: Collection[str], where: Where) -> set[str]:
        table = self._known(coll)
        for partition in partitions:
            check.check_query(coll, partition, where)
        queries = {p: count_query(table, p, where, 1) for p in partitions}
        return await self._read(
            lambda one: {p for p, (query, params) in queries.items() if one(query, params)}
        )

    async def dump(self, coll: Coll, after: str | None = None, limit: int = 1000) -> Page:
        table = self._known(coll)
        start = "" if after is None else str(unpack(after, [str])[0])
        query = joined(f'SELECT doc FROM "{table.name}" WHERE _id > ? ORDER BY _id LIMIT ?')
        docs = await self._read(
            lambda one: decode_docs(one(query, [start, check.check_limit(limit)]) or "")
        )
        return Page(docs, pack([docs[-1]["_id"]]) if len(docs) == limit else None)

    async def sweep(self) -> int:
        """Delete up to 500 expired documents of each collection; how many it were."""
        return sum([await self._write(job) for job in self._sweeps()])

    def _sweeps(self) -> list[DeleteMany]:
        now = self._clock.now_ms()
        expiring = [t for t in self._tables.values() if t.coll.expires]
        return [DeleteMany(t.coll, self._ids(t.expired, [now, SWEEP_LIMIT])) for t in expiring]

    async def _keep_sweeping(self) -> None:
        while True:
            await self._clock.sleep(SWEEP_EVERY_S)
            try:
                while await self.sweep() >= SWEEP_LIMIT:
                    pass
            except Unavailable as error:
                _log.warning("expired documents stay for now", error=error)

    def _ids(self, query: str, params: list[Any]) -> Callable[[], list[str]]:
        """A query for ids that the writer thread runs on its own connection."""

        def select() -> list[str]:
            if self._db is None:
                raise Unavailable("the store is closed")
            found = self._db.execute(query, params).fetchone()[0]
            return found.split("\n") if found else []

        return select

    def _known(self, coll: Coll) -> Table:
        if self._writer is None:
            raise Unavailable("the store is closed")
        table = self._tables.get(coll.name)
        if table is None:
            raise ValueError(f"the collection {coll.name!r} was not declared at open")
        return table

    def _fetch(self, coll: Coll, ids: list[str]) -> asyncio.Future[str | None]:
        load = self._tables[coll.name].load
        return self._soon(
            "gets", lambda one: one(load, [_json(ids)]), is_short=len(ids) <= SHORT_GETS
        )

    def _soon(
        self, kind: str, query: Callable[[One], T], *, is_short: bool = True
    ) -> asyncio.Future[T]:
        """Read at once if reads of this kind are quick these days, else in a thread."""
        readers = self._open_readers()
        return (
            readers.ask_soon(self._haste[kind], query) if is_short else readers.ask_together(query)
        )

    async def _read(self, query: Callable[[One], T]) -> T:
        return await self._open_readers().ask(query)

    def _open_readers(self) -> Readers:
        if self._readers is None:
            raise Unavailable("the store is closed")
        return self._readers

    async def _write(self, job: Job) -> Any:
        """Queue a job and wait until it is on disk. Who gives up leaves the job running."""
        await self._room.acquire()
        if self._writer is None:
            self._room.release()
            raise Unavailable("the store is closed")
        future = asyncio.get_running_loop().create_future()
        self._writer.put(job, future)
        return await future

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        for future, result, error in outcomes:
            self._room.release()
            if future.done():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)


def _stored(coll: Coll, doc: Doc, version: int) -> bytes:
    return check.check_doc(coll, {**doc, "v": version})


def _json(values: object) -> str:
    return check.encode(values).decode()
