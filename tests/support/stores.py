"""Stores for tests: SQLite in a temporary folder, MongoDB where HUB_TEST_MONGODB_URI names one.

A test that takes the fixture `store` (tests/contract/conftest.py) runs on both. The collections
below are made up to have each kind of index once.
"""

import itertools
import os
import uuid
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from hub.clock import Clock
from hub.ports.store import Coll, Doc, DocumentStore, Index
from hub.store.open import make_store

KINDS = ("sqlite", "mongo")
MONGO_ENV = "HUB_TEST_MONGODB_URI"
#: Documents deleted from a database after which it is made anew.
_MANY = 5_000

TASKS = Coll(
    name="tasks",
    fields=("state", "owner", "rank", "at", "load", "nick", "info.city"),
    indexes=(
        Index("by_at", ("at",)),
        Index("by_state", ("state", "rank", "at")),
        Index("open", ("at",), where={"state": {"$in": ["open", "waiting"]}}),
        Index("nick", ("nick",), unique=True),
    ),
)
NOTES = Coll(
    name="notes",
    fields=("home", "kind"),
    text=("title", "body.text"),
    text_time="at",
    text_filters=("home", "kind"),
    clustered=True,
)
LEASES = Coll(name="leases", fields=("owner",), expires="until")
#: Without unique indexes, where SQLite coalesces the writes of a group.
PLAIN = Coll(name="plain", fields=("state", "at"), indexes=(Index("by_state", ("state", "at")),))
COLLS = (TASKS, NOTES, LEASES, PLAIN)


def task(id: str, **fields: object) -> Doc:
    """A document of TASKS with every field that an index sorts by."""
    return {"_id": f"w.{id}", "state": "open", "rank": 0, "at": 0, "nick": id, **fields}


def mongo_uri() -> str:
    """The server under test; skips where there is none."""
    uri = os.environ.get(MONGO_ENV)
    if not uri:
        pytest.skip(f"no MongoDB: {MONGO_ENV} is not set")
    return uri


def mongo_database(uri: str, name: str) -> str:
    """`uri` with the database `name`."""
    address, _, options = uri.partition("?")
    host = "/".join(address.split("/")[:3])
    return f"{host}/{name}?{options}"


@asynccontextmanager
async def opened(
    store: DocumentStore, colls: Sequence[Coll] = COLLS
) -> AsyncIterator[DocumentStore]:
    await store.open(colls)
    try:
        yield store
    finally:
        await store.close()


class Databases:
    """Databases of the server under test that one test after the other uses, since making the
    collections and indexes takes longer than most tests.

    A database is emptied when it is taken and not when it is given back, and it rests until others
    were used in between: the last write of a hub that was killed may still be on its way.
    """

    def __init__(self) -> None:
        #: How many rest of each kind; with 0 each is dropped after its use.
        self.most_resting = 0
        self._resting: defaultdict[tuple[str, ...], deque[str]] = defaultdict(deque)

    @asynccontextmanager
    async def one(self, colls: Sequence[Coll]) -> AsyncIterator[str]:
        """The address of an empty database that had these collections, if it had any."""
        uri, resting = mongo_uri(), self._resting[tuple(coll.name for coll in colls)]
        name = await _rested(uri, resting) if len(resting) >= self.most_resting > 0 else ""
        name = name or f"test_{uuid.uuid4().hex[:12]}"
        try:
            yield mongo_database(uri, name)
        finally:
            resting.append(name)
            if len(resting) > self.most_resting:
                await drop_database(uri, resting.popleft())

    async def drop(self) -> None:
        for name in itertools.chain(*self._resting.values()):
            await drop_database(mongo_uri(), name)
        self._resting.clear()


DATABASES = Databases()


async def _rested(uri: str, resting: deque[str]) -> str:
    """The one that has rested longest, empty; none if it has held too much to be as good as new."""
    from pymongo import AsyncMongoClient

    name, deleted = resting.popleft(), 0
    async with AsyncMongoClient(uri) as client:
        database = client[name]
        for coll in await database.list_collection_names():
            deleted += (await database[coll].delete_many({})).deleted_count
        if deleted > _MANY:
            await client.drop_database(name)
            return ""
    return name


@asynccontextmanager
async def fresh_store(
    kind: str, tmp_path: Path, clock: Clock, colls: Sequence[Coll] = COLLS
) -> AsyncIterator[DocumentStore]:
    """An open, empty store."""
    async with AsyncExitStack() as stack:
        url = (
            "sqlite:" if kind == "sqlite" else await stack.enter_async_context(DATABASES.one(colls))
        )
        yield await stack.enter_async_context(opened(make_store(url, tmp_path, clock), colls))


async def drop_database(uri: str, name: str) -> None:
    from pymongo import AsyncMongoClient

    async with AsyncMongoClient(uri) as client:
        await client.drop_database(name)
