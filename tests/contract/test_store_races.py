"""What every store keeps when many callers want the same thing at once."""

import asyncio
from collections import Counter
from typing import Any

from hub.errors import Conflict
from hub.ports.store import DocumentStore, Insert, Patch, PatchOp
from tests.support.stores import LEASES, PLAIN, TASKS, task

CALLERS = 40


async def outcome(call: Any) -> Any:
    try:
        return await call
    except Conflict as conflict:
        return conflict


async def test_one_insert_of_an_id_wins(store: DocumentStore) -> None:
    calls = [store.insert(TASKS, task("a", nick=f"n{i}", by=i)) for i in range(CALLERS)]
    outcomes = await asyncio.gather(*map(outcome, calls))
    winners = [i for i, result in enumerate(outcomes) if result is None]
    assert len(winners) == 1
    assert {c.key for c in outcomes if c} == {"_id"}
    assert (await store.get(TASKS, "w.a") or {})["by"] == winners[0]


async def test_one_owner_of_a_unique_key_wins(store: DocumentStore) -> None:
    calls = [store.insert(TASKS, task(f"{i}", nick="same")) for i in range(15)]
    outcomes = await asyncio.gather(*map(outcome, calls))
    assert sum(result is None for result in outcomes) == 1
    assert {c.key for c in outcomes if c} == {"nick"}
    assert await store.count(TASKS, "w", {}) == 1


async def test_one_replace_of_a_version_wins(store: DocumentStore) -> None:
    await store.insert(PLAIN, {"_id": "w.a"})
    calls = [store.replace(PLAIN, {"_id": "w.a", "by": i}, 1) for i in range(CALLERS)]
    outcomes = await asyncio.gather(*calls)
    assert outcomes.count(True) == 1
    assert await store.get(PLAIN, "w.a") == {"_id": "w.a", "by": outcomes.index(True), "v": 2}


async def test_no_upserted_increment_is_lost(store: DocumentStore) -> None:
    calls = [
        store.patch(PLAIN, "w.a", Patch(inc={"n": 1}), upsert={"_id": "w.a"}) for _ in range(300)
    ]
    results = await asyncio.gather(*calls)
    assert sorted(doc["n"] for doc in results if doc) == list(range(1, 301))
    assert await store.get(PLAIN, "w.a") == {"_id": "w.a", "n": 300, "v": 300}


async def test_max_never_goes_back(store: DocumentStore) -> None:
    await store.insert(PLAIN, {"_id": "w.a"})
    order = [(i * 37) % 101 for i in range(101)]
    calls = [store.patch(PLAIN, "w.a", Patch(max={"top": n})) for n in order]
    for n, doc in zip(order, await asyncio.gather(*calls), strict=True):
        assert doc is not None
        assert doc["top"] >= n
    assert (await store.get(PLAIN, "w.a") or {})["top"] == 100


async def test_a_bounded_counter_is_filled_exactly(store: DocumentStore) -> None:
    await store.insert(TASKS, task("a", load=0))
    patch = Patch(inc={"load": 1})
    calls = [store.patch(TASKS, "w.a", patch, expect={"load": {"$lt": 7}}) for _ in range(CALLERS)]
    results = await asyncio.gather(*calls)
    assert sum(doc is not None for doc in results) == 7
    assert (await store.get(TASKS, "w.a") or {})["load"] == 7


async def test_one_lease_is_taken(store: DocumentStore) -> None:
    await store.insert(LEASES, {"_id": "lane.1", "owner": None, "until": 0, "epoch": 0})
    calls = [
        store.patch(
            LEASES,
            "lane.1",
            Patch(set={"owner": f"hub{i}"}, inc={"epoch": 1}),
            expect={"v": 1, "owner": None},
        )
        for i in range(CALLERS)
    ]
    taken = [doc for doc in await asyncio.gather(*calls) if doc]
    assert [doc["epoch"] for doc in taken] == [1]
    assert await store.get(LEASES, "lane.1") == taken[0]


async def test_claims_are_disjoint_complete_and_in_order(store: DocumentStore) -> None:
    await store.insert_many(
        PLAIN, [{"_id": f"w.{i:03}", "state": "new", "at": i} for i in range(90)]
    )
    await store.insert(PLAIN, {"_id": "other.1", "state": "new", "at": 0})

    async def worker(name: str) -> list[str]:
        mine: list[str] = []
        while True:
            docs = await store.claim(
                PLAIN,
                {"state": "new"},
                Patch(set={"state": "taken", "by": name}),
                index="by_state",
                partition="w",
                limit=7,
            )
            assert all(doc["by"] == name and doc["v"] == 2 for doc in docs)
            ids = [doc["_id"] for doc in docs]
            assert ids == sorted(ids)
            mine += ids
            if len(docs) < 7:
                return mine

    shares = await asyncio.gather(*(worker(f"worker{i}") for i in range(6)))
    claimed = Counter(id for share in shares for id in share)
    assert sorted(claimed) == [f"w.{i:03}" for i in range(90)]
    assert max(claimed.values()) == 1


async def test_a_claim_sees_what_was_queued_before_it(store: DocumentStore) -> None:
    await store.insert(PLAIN, {"_id": "w.a", "state": "new", "at": 1})
    await store.patch(PLAIN, "w.a", Patch(set={"state": "done"}))
    await store.insert(PLAIN, {"_id": "w.b", "state": "new", "at": 2})
    claim = Patch(set={"state": "taken"})
    where = {"state": "new"}
    docs = await store.claim(PLAIN, where, claim, index="by_state", partition="w", limit=5)
    assert [doc["_id"] for doc in docs] == ["w.b"]


async def test_claims_that_change_no_condition_return_each_document_once(
    store: DocumentStore,
) -> None:
    await store.insert_many(PLAIN, [{"_id": f"w.{i}", "state": "new", "at": i} for i in range(3)])
    patch = Patch(inc={"tries": 1})
    docs = await store.claim(
        PLAIN, {"state": "new"}, patch, index="by_state", partition="w", limit=10
    )
    assert [(doc["_id"], doc["tries"]) for doc in docs] == [("w.0", 1), ("w.1", 1), ("w.2", 1)]


async def test_batches_of_many_callers_keep_every_count(store: DocumentStore) -> None:
    await store.insert_many(PLAIN, [{"_id": f"w.c{i}", "n": 0} for i in range(3)])

    async def one(i: int) -> None:
        batch = [
            Insert(PLAIN, {"_id": f"w.m{i:03}"}, or_ignore=True),
            PatchOp(PLAIN, f"w.c{i % 3}", Patch(inc={"n": 1})),
        ]
        assert (await store.apply(batch)).failed_at is None

    await asyncio.gather(*(one(i) for i in range(60)))
    counters = await store.get_many(PLAIN, [f"w.c{i}" for i in range(3)])
    assert [doc["n"] for doc in counters] == [20, 20, 20]


async def test_what_is_acknowledged_can_be_read_at_once(store: DocumentStore) -> None:
    async def one(i: int) -> None:
        await store.insert(PLAIN, {"_id": f"w.{i}", "state": f"s{i}", "at": i})
        assert await store.get(PLAIN, f"w.{i}")
        assert (await store.find(PLAIN, "w", {"state": f"s{i}"}, index="by_state")).docs
        await store.patch(PLAIN, f"w.{i}", Patch(set={"state": f"t{i}"}))
        assert await store.count(PLAIN, "w", {"state": f"t{i}"}) == 1
        assert await store.count(PLAIN, "w", {"state": f"s{i}"}) == 0

    await asyncio.gather(*(one(i) for i in range(30)))


async def test_a_cancelled_write_is_stored_whole_or_not_at_all(store: DocumentStore) -> None:
    calls = [
        asyncio.ensure_future(store.insert(PLAIN, {"_id": f"w.{i:02}", "a": 1, "b": {"c": i}}))
        for i in range(20)
    ]
    for turn, call in enumerate(calls):
        if turn % 2:
            await asyncio.sleep(0)
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    await store.insert(PLAIN, {"_id": "w.last"})
    for doc in (await store.dump(PLAIN)).docs[:-1]:
        assert doc == {"_id": doc["_id"], "a": 1, "b": {"c": int(doc["_id"][2:])}, "v": 1}
