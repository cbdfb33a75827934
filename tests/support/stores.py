"""Stores for tests: SQLite in a temporary folder, MongoDB where HUB_TEST_MONGODB_URI names one.

A test that takes the fixture `store` (tests/contract/conftest.py) runs on both. The collections
below are made up to have each kind of index once.
"""

import os
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hub.clock import Clock
from hub.ports.store import Coll, Doc, DocumentStore, Index
from hub.store.open import make_store

KINDS = ("sqlite", "mongo")
MONGO_ENV = "HUB_TEST_MONGODB_URI"

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


@asynccontextmanager
async def fresh_store(
    kind: str, tmp_path: Path, clock: Clock, colls: Sequence[Coll] = COLLS
) -> AsyncIterator[DocumentStore]:
    """An open, empty store; nothing of it is left afterwards."""
    if kind == "sqlite":
        async with opened(make_store("sqlite:", tmp_path, clock), colls) as store:
            yield store
        return
    uri = mongo_uri()
    name = f"test_{uuid.uuid4().hex[:12]}"
    try:
        async with opened(make_store(mongo_database(uri, name), tmp_path, clock), colls) as store:
            yield store
    finally:
        await drop_database(uri, name)


async def drop_database(uri: str, name: str) -> None:
    from pymongo import AsyncMongoClient

    async with AsyncMongoClient(uri) as client:
        await client.drop_database(name)
