"""What only the MongoDB adapter has: a server that may be away, helper fields, older databases."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.errors import ConfigFault, Unavailable
from hub.ports.store import Coll, DocumentStore, Index, Patch
from hub.store.open import make_store
from tests.support.clock import ManualClock
from tests.support.relay import Relay
from tests.support.stores import (
    COLLS,
    LEASES,
    NOTES,
    PLAIN,
    TASKS,
    drop_database,
    mongo_database,
    mongo_uri,
    opened,
    task,
)

pytest.importorskip("pymongo")

from pymongo import AsyncMongoClient

from hub.store.mongo import MongoStore


@pytest.fixture
async def url() -> AsyncIterator[str]:
    uri, name = mongo_uri(), f"test_{uuid.uuid4().hex[:12]}"
    yield mongo_database(uri, name)
    await drop_database(uri, name)


async def test_a_server_that_is_away_is_unavailable(tmp_path: Path, clock: ManualClock) -> None:
    """R-17."""
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        store = MongoStore(f"mongodb://127.0.0.1:{port}/x", clock, timeout_s=0.3)
        with pytest.raises(Unavailable):
            await store.open(COLLS)
    assert store._client is None


async def test_a_server_that_goes_away_is_unavailable(url: str, clock: ManualClock) -> None:
    """Between the store and the server stands a relay that the test cuts."""
    address = url.split("/")[2]
    async with Relay(address) as relay:
        store = MongoStore(url.replace(address, relay.address), clock, timeout_s=1)
        await store.open(COLLS)
        try:
            await store.insert(PLAIN, {"_id": "w.a"})
            async with relay.cut():
                with pytest.raises(Unavailable):
                    await store.insert(PLAIN, {"_id": "w.b"})
                with pytest.raises(Unavailable):
                    await store.find(PLAIN, "w", {})
            await store.insert(PLAIN, {"_id": "w.c"})
        finally:
            await store.close()


async def test_a_newer_database_is_refused(url: str, tmp_path: Path, clock: ManualClock) -> None:
    async with opened(make_store(url, tmp_path, clock)):
        pass
    async with AsyncMongoClient(url) as client:
        await client.get_default_database()["_santral"].update_one(
            {"_id": "layout"}, {"$set": {"value": 99}}
        )
    with pytest.raises(ConfigFault, match="newer Santral"):
        await make_store(url, tmp_path, clock).open(COLLS)


async def test_helper_fields_are_stored_and_never_shown(url: str, clock: ManualClock) -> None:
    note = {"_id": "w.n", "at": 1, "title": "Hello Łódź"}
    async with opened(MongoStore(url, clock)) as store:
        await store.insert(NOTES, note)
        await store.insert(LEASES, {"_id": "w.l", "until": 1_800_000_000_000})
        assert await store.get(NOTES, "w.n") == {**note, "v": 1}
        patched = await store.patch(NOTES, "w.n", Patch(set={"title": "new title"}))
        assert patched == {**note, "title": "new title", "v": 2}
        await store.patch(LEASES, "w.l", Patch(set={"until": 1_900_000_000_000}))
    async with AsyncMongoClient(url, tz_aware=True) as client:
        db = client.get_default_database()
        stored = await db.notes.find_one({"_id": "w.n"})
        assert stored is not None
        assert (stored["p"], stored["_tok"]) == ("w", ["new", "title"])
        lease = await db.leases.find_one({"_id": "w.l"})
        assert lease is not None
        assert lease["_exp"].timestamp() == 1_900_000_000


async def test_the_partition_stands_in_by_id_filters_unless_switched_off(
    url: str, clock: ManualClock
) -> None:
    for switch in (True, False):
        store = MongoStore(url, clock, partition_in_filters=switch)
        async with opened(store):
            assert store._by_id("w.x") == ({"_id": "w.x", "p": "w"} if switch else {"_id": "w.x"})
            name = f"switched_{switch}".lower()
            await store.insert(TASKS, task(name))
            assert await store.get(TASKS, f"w.{name}")
            assert await store.delete(TASKS, f"w.{name}", version=1)


async def test_declarations_may_change(url: str, clock: ManualClock) -> None:
    before = Coll(
        name="things", fields=("a", "b"), indexes=(Index("by", ("a",)), Index("old", ("b",)))
    )
    after = Coll(name="things", fields=("a", "b"), indexes=(Index("by", ("b", "a")),))
    async with opened(MongoStore(url, clock), [before]) as store:
        await store.insert_many(
            before, [{"_id": "w.1", "a": 1, "b": 2}, {"_id": "w.2", "a": 2, "b": 1}]
        )
    for _ in range(2):
        async with opened(MongoStore(url, clock), [after]) as store:
            page = await store.find(after, "w", {}, index="by")
            assert [doc["_id"] for doc in page.docs] == ["w.2", "w.1"]
    async with AsyncMongoClient(url) as client:
        indexes = await client.get_default_database()["things"].index_information()
        assert sorted(indexes) == ["_id_", "by"]


async def test_new_rules_for_words_make_them_anew(url: str, clock: ManualClock) -> None:
    async with opened(MongoStore(url, clock)) as store:
        await store.insert(NOTES, {"_id": "w.a", "at": 1, "title": "hello"})
    async with AsyncMongoClient(url) as client:
        db = client.get_default_database()
        await db["_santral"].update_one({"_id": "text:notes"}, {"$set": {"value": "older"}})
        await db.notes.update_one({"_id": "w.a"}, {"$set": {"_tok": ["wrong"]}})
    async with opened(MongoStore(url, clock)) as store:
        assert len((await store.search(NOTES, "w", "hello", {})).docs) == 1
        assert (await store.search(NOTES, "w", "wrong", {})).docs == []


async def test_without_a_ttl_index_the_sweeper_deletes(url: str, clock: ManualClock) -> None:
    async with opened(MongoStore(url, clock, ttl_index=False)) as store:
        await store.insert(LEASES, {"_id": "w.old", "until": clock.now_ms() - 1})
        await store.insert(LEASES, {"_id": "w.new", "until": clock.now_ms() + 60_000})
        await store.insert(LEASES, {"_id": "w.never"})
        assert await store.sweep() == 1
        left = [doc["_id"] for doc in (await store.dump(LEASES)).docs]
        assert left == ["w.never", "w.new"]


async def test_a_task_that_is_cancelled_ends(url: str, clock: ManualClock) -> None:
    """At whatever step of a command: on Python 3.11 the driver's wait_for loses a cancellation in
    the moment when what it waits for is done, and a task that goes on after any fault never ends.
    """
    is_over = False

    async def read_on(store: DocumentStore) -> None:
        while not is_over:
            with contextlib.suppress(Unavailable):
                await store.get(PLAIN, "w.a")

    async with opened(MongoStore(url, clock)) as store:
        for steps in range(1, 120):
            reading = asyncio.create_task(read_on(store))
            for _ in range(steps):
                await asyncio.sleep(0)
            reading.cancel()
            _, stuck = await asyncio.wait([reading], timeout=5)
            is_over = bool(stuck)
            assert not stuck, f"cancelled after {steps} steps of the loop"
