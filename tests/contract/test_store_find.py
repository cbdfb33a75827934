"""What every store finds: pages in index order, conditions, counts, dumps."""

import base64
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from hub.errors import BadInput
from hub.ports.store import Coll, Doc, DocumentStore, Patch
from tests.support.stores import NOTES, PLAIN, TASKS, task

GARBAGE = [
    "",
    "x",
    "not base64!",
    "é",
    base64.urlsafe_b64encode(b"[1]").decode(),
    base64.urlsafe_b64encode(b'[{"$gt":""},"w.1"]').decode(),
    base64.urlsafe_b64encode(b'[1,["w.1"]]').decode(),
    base64.urlsafe_b64encode(b"[NaN,1]").decode(),
    base64.urlsafe_b64encode(b'[99999999999999999999,"w.1"]').decode(),
    "A" * 100_000,
]


async def all_pages(
    store: DocumentStore, coll: Coll, where: Mapping[str, Any], limit: int, **options: Any
) -> list[Doc]:
    found: list[Doc] = []
    after = None
    while True:
        page = await store.find(coll, "w", where, after=after, limit=limit, **options)
        found += page.docs
        assert len(page.docs) == limit or page.next is None
        if page.next is None:
            return found
        after = page.next


def ids(docs: list[Doc]) -> list[str]:
    return [doc["_id"] for doc in docs]


class TestPages:
    @pytest.mark.parametrize("desc", [False, True])
    @pytest.mark.parametrize("limit", [1, 7, 50])
    async def test_ties_are_neither_lost_nor_doubled(
        self, store: DocumentStore, desc: bool, limit: int
    ) -> None:
        docs = [task(f"{i:02}", at=i // 10) for i in range(30)]
        await store.insert_many(TASKS, docs)
        found = await all_pages(store, TASKS, {}, limit, index="by_at", desc=desc)
        expected = sorted(ids(docs), reverse=desc)
        assert ids(found) == expected

    @pytest.mark.parametrize("desc", [False, True])
    async def test_open_fields_order_and_pinned_ones_restrict(
        self, store: DocumentStore, desc: bool
    ) -> None:
        docs = [task(f"{i:02}", state="ab"[i % 2], rank=i % 3, at=i * 7 % 5) for i in range(40)]
        await store.insert_many(TASKS, docs)

        def key(doc: Doc) -> tuple[Any, ...]:
            return doc["state"], doc["rank"], doc["at"], doc["_id"]

        for where in ({}, {"state": "a"}, {"state": "a", "rank": 1}, {"rank": 2}, {"at": 3}):
            expected = sorted(
                (d for d in docs if all(d[f] == v for f, v in where.items())),
                key=key,
                reverse=desc,
            )
            found = await all_pages(store, TASKS, where, 4, index="by_state", desc=desc)
            assert ids(found) == ids(expected), where

    async def test_inserts_while_paging_disturb_nothing(self, store: DocumentStore) -> None:
        await store.insert_many(TASKS, [task(f"{i}", at=i * 10) for i in range(6)])
        first = await store.find(TASKS, "w", {}, index="by_at", limit=3)
        await store.insert_many(TASKS, [task("early", at=5), task("late", at=35)])
        await store.delete(TASKS, "w.2")
        rest = await store.find(TASKS, "w", {}, index="by_at", after=first.next, limit=10)
        assert ids(rest.docs) == ["w.3", "w.late", "w.4", "w.5"]

    async def test_the_last_page_says_so(self, store: DocumentStore) -> None:
        await store.insert_many(TASKS, [task(f"{i}") for i in range(4)])
        page = await store.find(TASKS, "w", {}, limit=4)
        assert (len(page.docs), page.next) == (4, None)
        assert (await store.find(TASKS, "w", {"state": "none"}, limit=4)).docs == []

    async def test_ids_of_a_parent_are_a_range(self, store: DocumentStore) -> None:
        """Messages of a conversation: `workspace.conversation.seq`."""
        names = [f"w.{conv}.{seq:04}" for conv in ("c1", "c1x", "c2") for seq in range(5)]
        await store.insert_many(NOTES, [{"_id": name, "at": 1} for name in names])
        where = {"_id": {"$gte": "w.c1.", "$lt": "w.c1/"}}
        page = await store.find(NOTES, "w", where, index="_id", desc=True, limit=3)
        assert ids(page.docs) == ["w.c1.0004", "w.c1.0003", "w.c1.0002"]
        rest = await store.find(NOTES, "w", where, desc=True, after=page.next, limit=3)
        assert (ids(rest.docs), rest.next) == (["w.c1.0001", "w.c1.0000"], None)
        newer = {"_id": {"$gt": "w.c1.0003", "$lt": "w.c1/"}}
        assert ids((await store.find(NOTES, "w", newer)).docs) == ["w.c1.0004"]
        some = {"_id": {"$in": ["w.c2.0001", "w.c1.0001", "other.c1.0001"]}}
        assert ids((await store.find(NOTES, "w", some)).docs) == ["w.c1.0001", "w.c2.0001"]

    async def test_a_unique_index_can_be_paged(self, store: DocumentStore) -> None:
        await store.insert_many(TASKS, [task(f"{i}", nick=f"n{9 - i}") for i in range(8)])
        found = await all_pages(store, TASKS, {"nick": {"$gt": "n3"}}, 2, index="nick")
        assert [doc["nick"] for doc in found] == ["n4", "n5", "n6", "n7", "n8", "n9"]
        pinned = await store.find(TASKS, "w", {"nick": "n5"}, index="nick", limit=1)
        assert ids(pinned.docs) == ["w.4"]

    async def test_partitions_do_not_see_each_other(self, store: DocumentStore) -> None:
        for partition in ("w", "w2", "v", "W", "w-", "w/"):
            await store.insert(TASKS, task("a") | {"_id": f"{partition}.a"})
        for index in ("_id", "by_at"):
            for partition in ("w", "w2", "W", "w-"):
                page = await store.find(TASKS, partition, {}, index=index)
                assert ids(page.docs) == [f"{partition}.a"]
        assert await store.count(TASKS, "w", {}) == 1
        assert (await store.find(TASKS, "nobody", {})).docs == []
        with pytest.raises(ValueError):
            await store.find(TASKS, "w.a", {})

    @pytest.mark.parametrize("cursor", GARBAGE, ids=lambda text: str(text)[:12])
    async def test_forged_cursors_are_bad_input(self, store: DocumentStore, cursor: str) -> None:
        await store.insert_many(TASKS, [task("a"), task("b")])
        with pytest.raises(BadInput):
            await store.find(TASKS, "w", {}, index="by_at", after=cursor)
        with pytest.raises(BadInput):
            await store.search(NOTES, "w", "x", {}, after=cursor + "x")
        if cursor:
            with pytest.raises(BadInput):
                await store.dump(TASKS, after=cursor + "!")

    async def test_a_cursor_of_another_list_is_bad_input(self, store: DocumentStore) -> None:
        await store.insert_many(TASKS, [task("a"), task("b")])
        page = await store.find(TASKS, "w", {}, index="by_at", limit=1)
        with pytest.raises(BadInput):
            await store.find(TASKS, "w", {}, index="by_state", after=page.next)

    async def test_undeclared_indexes_are_refused(self, store: DocumentStore) -> None:
        with pytest.raises(ValueError):
            await store.find(TASKS, "w", {}, index="nope")
        for limit in (0, -1, 10_001, "5"):
            with pytest.raises(ValueError):
                await store.find(TASKS, "w", {}, limit=limit)  # type: ignore[arg-type]


class TestConditions:
    async def test_partial_indexes_hold_what_fits(self, store: DocumentStore) -> None:
        states = ["open", "closed", "waiting", "open"]
        docs = [task(f"{i}", state=state, at=9 - i) for i, state in enumerate(states)]
        await store.insert_many(TASKS, docs)
        same = {"state": {"$in": ["waiting", "open"]}}
        page = await store.find(TASKS, "w", same, index="open")
        assert ids(page.docs) == ["w.3", "w.2", "w.0"]
        narrower = await store.find(TASKS, "w", {"state": "open"}, index="open", desc=True)
        assert ids(narrower.docs) == ["w.0", "w.3"]
        await store.patch(TASKS, "w.3", Patch(set={"state": "closed"}))
        await store.patch(TASKS, "w.1", Patch(set={"state": "open"}))
        assert ids((await store.find(TASKS, "w", same, index="open")).docs) == [
            "w.2",
            "w.1",
            "w.0",
        ]
        for where in ({}, {"state": "closed"}, {"state": {"$in": ["open", "x"]}}, {"at": 1}):
            with pytest.raises(ValueError):
                await store.find(TASKS, "w", where, index="open")

    async def test_in(self, store: DocumentStore) -> None:
        await store.insert_many(TASKS, [task(s, state=s) for s in ("a", "b", "c")])
        await store.insert(TASKS, task("none", state=None))
        for values, expected in [
            (["a", "c", "zz"], ["w.a", "w.c"]),
            ([], []),
            (["a", None], ["w.a", "w.none"]),
            ([None], ["w.none"]),
            (("b",), ["w.b"]),
        ]:
            found = await store.find(TASKS, "w", {"state": {"$in": values}})
            assert ids(found.docs) == expected

    async def test_none_matches_null_and_missing(self, store: DocumentStore) -> None:
        await store.insert_many(
            TASKS, [task("null", owner=None), task("missing"), task("set", owner="x")]
        )
        found = await store.find(TASKS, "w", {"owner": None})
        assert ids(found.docs) == ["w.missing", "w.null"]
        assert await store.count(TASKS, "w", {"owner": None}) == 2

    async def test_ranges_skip_other_types(self, store: DocumentStore) -> None:
        loads = {"low": 1, "mid": 5, "high": 9, "half": 5.5, "null": None, "word": "5"}
        await store.insert_many(TASKS, [task(name, load=load) for name, load in loads.items()])
        await store.insert(TASKS, task("missing"))
        for condition, expected in [
            ({"$gt": 1, "$lte": 5.5}, ["w.half", "w.mid"]),
            ({"$lt": 6}, ["w.half", "w.low", "w.mid"]),
            ({"$gte": 9}, ["w.high"]),
            ({"$gte": "0", "$lt": "9"}, ["w.word"]),
        ]:
            found = await store.find(TASKS, "w", {"load": condition})
            assert ids(found.docs) == expected, condition

    async def test_dotted_fields(self, store: DocumentStore) -> None:
        await store.insert_many(
            TASKS, [task("a", info={"city": "Łódź"}), task("b", info={"city": "x"}), task("c")]
        )
        found = await store.find(TASKS, "w", {"info.city": "Łódź"})
        assert ids(found.docs) == ["w.a"]
        assert await store.count(TASKS, "w", {"info.city": None}) == 1

    async def test_quotes_are_only_text(self, store: DocumentStore) -> None:
        evil = "x' OR 1=1 --"
        await store.insert_many(TASKS, [task("a", state=evil), task("b")])
        assert ids((await store.find(TASKS, "w", {"state": evil})).docs) == ["w.a"]
        assert (await store.find(TASKS, evil, {"state": evil})).docs == []

    async def test_count_stops_at_the_cap(self, store: DocumentStore) -> None:
        await store.insert_many(
            TASKS, [task(f"{i}", state="open" if i < 8 else "x") for i in range(12)]
        )
        assert await store.count(TASKS, "w", {}) == 12
        assert await store.count(TASKS, "w", {}, cap=5) == 5
        assert await store.count(TASKS, "w", {"state": "open"}) == 8
        assert await store.count(TASKS, "w", {"state": "open", "at": {"$gt": 0}}) == 0
        assert await store.count(TASKS, "w", {"state": {"$in": []}}) == 0


class TestHolding:
    async def test_partitions_that_hold_what_matches(self, store: DocumentStore) -> None:
        among = ["a", "b", "c", "d"]
        for partition, state in (("a", "open"), ("b", "done"), ("c", "waiting"), ("x", "open")):
            made = task(f"{partition}1", state=state)
            await store.insert(TASKS, {**made, "_id": f"{partition}.1"})
        unfinished = {"state": {"$in": ["open", "waiting"]}}
        assert await store.holding(TASKS, among, {}) == {"a", "b", "c"}
        assert await store.holding(TASKS, among, unfinished) == {"a", "c"}
        assert await store.holding(TASKS, among, {"state": "gone"}) == set()
        assert await store.holding(TASKS, [], {}) == set()

    async def test_what_is_not_declared_is_refused(self, store: DocumentStore) -> None:
        with pytest.raises(ValueError, match="colour"):
            await store.holding(TASKS, ["a"], {"colour": "red"})


class TestDump:
    async def test_all_documents_of_all_partitions(self, store: DocumentStore) -> None:
        names = sorted(f"{partition}.{i}" for partition in "abc" for i in range(5))
        await store.insert_many(PLAIN, [{"_id": name, "x": name} for name in names])
        found: list[Doc] = []
        after = None
        while True:
            page = await store.dump(PLAIN, after=after, limit=4)
            found += page.docs
            after = page.next
            if after is None:
                break
        assert found == [{"_id": name, "x": name, "v": 1} for name in names]


class Task(msgspec.Struct, frozen=True, rename={"id": "_id"}):
    id: str
    state: str
    at: int
    load: float | None = None


class TestFindAs:
    @pytest.mark.parametrize("desc", [False, True])
    @pytest.mark.parametrize("index", ["_id", "by_at", "nick"])
    async def test_pages_are_those_of_find(
        self, store: DocumentStore, index: str, desc: bool
    ) -> None:
        await store.insert_many(TASKS, [task(f"{i:02}", at=i // 3, load=i / 2) for i in range(20)])
        after = None
        for _ in range(3):
            plain = await store.find(TASKS, "w", {}, index=index, desc=desc, after=after, limit=7)
            read = await store.find_as(
                Task, TASKS, "w", {}, index=index, desc=desc, after=after, limit=7
            )
            assert read.items == msgspec.convert(plain.docs, list[Task])
            assert read.next == plain.next
            after = read.next
        assert after is None

    async def test_several_asked_for_at_once(self, store: DocumentStore) -> None:
        await store.insert_many(TASKS, [task(f"{i:02}", state=f"s{i}") for i in range(12)])
        asked = [store.find_as(Task, TASKS, "w", {"state": f"s{i}"}) for i in range(13)]
        found = [(await one).items for one in asked]
        assert [[one.id for one in items] for items in found] == [
            *([f"w.{i:02}"] for i in range(12)),
            [],
        ]

    async def test_a_document_that_does_not_fit(self, store: DocumentStore) -> None:
        await store.insert_many(TASKS, [task("a"), task("b", at=1, load="heavy")])
        reads = [store.find_as(Task, TASKS, "w", {"at": at}) for at in (0, 1)]
        assert [one.id for one in (await reads[0]).items] == ["w.a"]
        with pytest.raises(msgspec.ValidationError):
            await reads[1]


class TestAskedBefore:
    """What was asked in the same way before is checked no less."""

    async def test_values(self, store: DocumentStore) -> None:
        await store.insert(TASKS, task("a"))
        where: dict[str, Any] = {"state": "open", "at": {"$gte": 0}}
        for _ in range(2):
            assert ids((await store.find(TASKS, "w", where, index="by_at")).docs) == ["w.a"]
        for bad in ("\0", "\ud800", "ş\0"):
            with pytest.raises(ValueError, match="text"):
                await store.find(TASKS, "w", where | {"state": bad}, index="by_at")
        with pytest.raises(ValueError, match="64 bits"):
            await store.find(TASKS, "w", where | {"at": {"$gte": 2**63}}, index="by_at")
        with pytest.raises(ValueError, match="partition"):
            await store.find(TASKS, "w.x", where, index="by_at")
        with pytest.raises(ValueError, match="limit"):
            await store.find(TASKS, "w", where, index="by_at", limit=0)
        assert (await store.find(TASKS, "w", where | {"state": "ş"}, index="by_at")).docs == []

    async def test_none_and_types(self, store: DocumentStore) -> None:
        docs = [task("a", owner=None), task("b", owner="x"), task("c", load=1), task("d", load=0.5)]
        await store.insert_many(TASKS, docs)
        for _ in range(2):
            for where, expected in (
                ({"owner": None, "load": None}, ["w.a"]),
                ({"owner": "x"}, ["w.b"]),
                ({"load": {"$gt": 0}}, ["w.c", "w.d"]),
                ({"load": {"$gt": 0.6}}, ["w.c"]),
                ({"load": {"$gt": ""}}, []),
                ({"load": 1}, ["w.c"]),
            ):
                assert ids((await store.find(TASKS, "w", where, index="by_at")).docs) == expected

    async def test_the_condition_of_a_partial_index(self, store: DocumentStore) -> None:
        await store.insert(TASKS, task("a"))
        for _ in range(2):
            assert (await store.find(TASKS, "w", {"state": "open"}, index="open")).docs
            with pytest.raises(ValueError, match="condition"):
                await store.find(TASKS, "w", {"state": "none"}, index="open")

    async def test_ranges_of_ids(self, store: DocumentStore) -> None:
        """Of several bounds the narrowest counts, whichever was the narrowest before."""
        await store.insert_many(PLAIN, [{"_id": f"w.{i}", "state": "", "at": i} for i in range(9)])
        for low, above in (("w.2", "w.2"), ("w.3", "w.1"), ("w.1", "w.3"), ("v.1", "v.1")):
            where = {"_id": {"$gte": low, "$gt": above, "$lt": "w.7"}}
            expected = [f"w.{i}" for i in range(7) if low <= f"w.{i}" > above]
            assert ids(await all_pages(store, PLAIN, where, 2)) == expected
            backwards = await all_pages(store, PLAIN, where, 2, desc=True)
            assert ids(backwards) == expected[::-1]

    async def test_cursors(self, store: DocumentStore) -> None:
        await store.insert_many(TASKS, [task(f"{i}", at=i) for i in range(6)])
        for start in (0, 1):
            where = {"state": "open", "at": {"$gte": start}}
            assert ids(await all_pages(store, TASKS, where, 2, index="by_at")) == [
                f"w.{i}" for i in range(start, 6)
            ]
            for cursor in GARBAGE:
                with pytest.raises(BadInput):
                    await store.find(TASKS, "w", where, index="by_at", after=cursor)
