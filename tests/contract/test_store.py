"""What every store does with single documents and ordered batches."""

import asyncio
import math
from typing import Any

import pytest

from hub.errors import Conflict
from hub.ports.store import (
    Applied,
    Coll,
    Delete,
    Doc,
    DocumentStore,
    Insert,
    Patch,
    PatchOp,
)
from tests.support.stores import LEASES, NOTES, PLAIN, TASKS, task

UNDECLARED = Coll(name="elsewhere")
TYPES: Doc = {
    "none": None,
    "yes": True,
    "no": False,
    "float": 0.1,
    "whole_float": 3.0,
    "most": 2**63 - 1,
    "least": -(2**63),
    "text": "İstanbul, Łódź, हिन्दी, 你好, 👩‍👩‍👧, \u2028 \n\t\x01",
    "empty": {"list": [], "object": {}, "text": ""},
    "deep": [[1, [2, {"a": [None]}]], "x"],
}


class TestInsertAndGet:
    async def test_types_come_back_as_they_were(self, store: DocumentStore) -> None:
        await store.insert(PLAIN, {"_id": "w.1", **TYPES})
        found = await store.get(PLAIN, "w.1")
        assert found == {"_id": "w.1", "v": 1, **TYPES}
        assert [type(found[key]) for key in TYPES] == [type(value) for value in TYPES.values()]
        assert (await store.dump(PLAIN)).docs == [found]

    async def test_the_callers_document_is_not_changed(self, store: DocumentStore) -> None:
        doc = task("a")
        before = dict(doc)
        await store.insert(TASKS, doc)
        assert doc == before

    async def test_what_was_returned_may_be_changed(self, store: DocumentStore) -> None:
        await store.insert(PLAIN, {"_id": "w.1", "a": {"b": 1}})
        for doc in [
            await store.get(PLAIN, "w.1"),
            await store.patch(PLAIN, "w.1", Patch(set={"c": 1})),
        ]:
            assert doc is not None
            doc["a"]["b"] = 99
        found = await store.get(PLAIN, "w.1")
        assert found is not None
        assert found["a"] == {"b": 1}

    async def test_same_id_twice_is_a_conflict(self, store: DocumentStore) -> None:
        await store.insert(TASKS, task("a"))
        with pytest.raises(Conflict) as refused:
            await store.insert(TASKS, task("a", nick="other"))
        assert refused.value.key == "_id"

    async def test_a_taken_unique_key_is_a_conflict_with_its_name(
        self, store: DocumentStore
    ) -> None:
        await store.insert(TASKS, task("a", nick="same"))
        with pytest.raises(Conflict) as refused:
            await store.insert(TASKS, task("b", nick="same"))
        assert refused.value.key == "nick"
        assert await store.get(TASKS, "w.b") is None

    async def test_unique_keys_belong_to_a_partition(self, store: DocumentStore) -> None:
        await store.insert(TASKS, task("a", nick="same"))
        await store.insert(TASKS, task("a", nick="same") | {"_id": "other.a"})

    async def test_a_freed_unique_key_may_be_taken(self, store: DocumentStore) -> None:
        await store.insert(TASKS, task("a", nick="same"))
        await store.patch(TASKS, "w.a", Patch(set={"nick": "new"}))
        await store.insert(TASKS, task("b", nick="same"))
        await store.delete(TASKS, "w.b")
        await store.insert(TASKS, task("c", nick="same"))

    async def test_missing_is_none(self, store: DocumentStore) -> None:
        assert await store.get(TASKS, "w.nothing") is None
        assert await store.get_many(TASKS, ["w.nothing"]) == []
        assert await store.get_many(TASKS, []) == []

    async def test_get_many_returns_those_that_exist(self, store: DocumentStore) -> None:
        await store.insert_many(TASKS, [task("a"), task("b"), task("c")])
        found = await store.get_many(TASKS, ["w.a", "w.c", "w.x", "w.a"])
        assert sorted(doc["_id"] for doc in found) == ["w.a", "w.c"]

    async def test_insert_many_tells_which_were_refused(self, store: DocumentStore) -> None:
        await store.insert(TASKS, task("b"))
        docs = [task("a"), task("b", nick="x"), task("c"), task("d", nick="a"), task("a", nick="y")]
        assert await store.insert_many(TASKS, docs) == [(1, "_id"), (3, "nick"), (4, "_id")]
        found = await store.find(TASKS, "w", {})
        assert [doc["_id"] for doc in found.docs] == ["w.a", "w.b", "w.c"]
        assert await store.insert_many(TASKS, []) == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"a": math.nan},
            {"a": math.inf},
            {"a": 2**63},
            {"a": -(2**63) - 1},
            {"a.b": 1},
            {"$a": 1},
            {"a": {"$gt": 1}},
            {"a": [{"b.c": 1}]},
            {"": 1},
            {"a": "NUL \0"},
            {"a\0": 1},
            {"a": "\ud800"},
            {"a": b"bytes"},
            {"a": (1, 2)},
            {"a": {1: 2}},
            {"a": "x" * 1_000_001},
            {"p": "w2"},
            {"_tok": []},
            {"state": ["a list where a scalar is declared"]},
            {"info": {"city": {"name": "an object too"}}},
        ],
    )
    async def test_what_an_engine_would_change_is_refused(
        self, store: DocumentStore, fields: dict[Any, Any]
    ) -> None:
        with pytest.raises(ValueError):
            await store.insert(TASKS, {**task("a"), **fields})
        assert await store.count(TASKS, "w", {}) == 0

    async def test_a_document_nested_too_deep_is_refused(self, store: DocumentStore) -> None:
        deep: Any = 1
        for _ in range(2000):
            deep = [deep]
        with pytest.raises(ValueError):
            await store.insert(PLAIN, {"_id": "w.1", "deep": deep})

    @pytest.mark.parametrize("id", ["nodot", ".x", "w.", "", None, 7, {"$gt": ""}, "w.\0", "w.\n"])
    async def test_an_id_without_a_partition_is_refused(
        self, store: DocumentStore, id: Any
    ) -> None:
        with pytest.raises(ValueError):
            await store.insert(TASKS, task("a") | {"_id": id})
        with pytest.raises(ValueError):
            await store.get(TASKS, id)

    async def test_undeclared_collections_are_refused(self, store: DocumentStore) -> None:
        with pytest.raises(ValueError):
            await store.insert(UNDECLARED, {"_id": "w.1"})
        with pytest.raises(ValueError):
            await store.get(UNDECLARED, "w.1")
        with pytest.raises(ValueError):
            await store.apply([Delete(UNDECLARED, "w.1")])


class TestReplaceAndDelete:
    async def test_replace_wants_the_version(self, store: DocumentStore) -> None:
        await store.insert(TASKS, task("a", old=1))
        assert await store.replace(TASKS, task("a", new=1), 1)
        assert await store.get(TASKS, "w.a") == task("a", new=1, v=2)
        assert not await store.replace(TASKS, task("a", stale=1), 1)
        assert not await store.replace(TASKS, task("missing"), 1)
        assert await store.get(TASKS, "w.a") == task("a", new=1, v=2)

    async def test_replace_may_not_take_anothers_key(self, store: DocumentStore) -> None:
        await store.insert_many(TASKS, [task("a"), task("b")])
        with pytest.raises(Conflict) as refused:
            await store.replace(TASKS, task("a", nick="b"), 1)
        assert refused.value.key == "nick"
        assert await store.get(TASKS, "w.a") == task("a", v=1)

    async def test_delete_tells_whether_there_was_one(self, store: DocumentStore) -> None:
        await store.insert(TASKS, task("a"))
        assert not await store.delete(TASKS, "w.a", version=2)
        assert await store.delete(TASKS, "w.a", version=1)
        assert not await store.delete(TASKS, "w.a")
        assert await store.get(TASKS, "w.a") is None


class TestPatch:
    async def test_set_inc_max_and_unset_reach_into_objects(self, store: DocumentStore) -> None:
        await store.insert(TASKS, task("a", info={"city": "Łódź", "zip": 1}, n=1, high=5, gone=1))
        patch = Patch(
            set={"info.city": "İzmir", "new.deep.key": [1, {"x": 2}]},
            inc={"n": 4, "counts.seen": 2},
            max={"high": 3, "peak": 7},
            unset=["gone", "info.zip", "never.there"],
        )
        changed = await store.patch(TASKS, "w.a", patch)
        expected = task(
            "a",
            v=2,
            info={"city": "İzmir"},
            new={"deep": {"key": [1, {"x": 2}]}},
            n=5,
            counts={"seen": 2},
            high=5,
            peak=7,
        )
        assert changed == expected
        assert await store.get(TASKS, "w.a") == expected

    async def test_missing_is_none(self, store: DocumentStore) -> None:
        assert await store.patch(TASKS, "w.nothing", Patch(set={"a": 1})) is None
        assert await store.get(TASKS, "w.nothing") is None

    async def test_expect_decides(self, store: DocumentStore) -> None:
        await store.insert(TASKS, task("a", load=1))
        patch = Patch(inc={"load": 1})
        assert await store.patch(TASKS, "w.a", patch, expect={"load": {"$lt": 2}, "owner": None})
        assert await store.patch(TASKS, "w.a", patch, expect={"load": {"$lt": 2}}) is None
        assert await store.patch(TASKS, "w.a", patch, expect={"owner": "somebody"}) is None
        assert await store.patch(TASKS, "w.a", patch, expect={"state": {"$in": ["closed"]}}) is None
        assert await store.patch(TASKS, "w.a", patch, expect={"v": 1}) is None
        assert await store.patch(TASKS, "w.a", patch, expect={"v": 2, "load": {"$gte": 2}})
        assert (await store.get(TASKS, "w.a") or {})["load"] == 3

    async def test_upsert_inserts_then_patches(self, store: DocumentStore) -> None:
        first = task("a", n=10, info={"city": "x"})
        patch = Patch(set={"info.zip": 1}, inc={"n": 1}, max={"high": 2})
        made = await store.patch(TASKS, "w.a", patch, upsert=first)
        assert made == task("a", n=11, info={"city": "x", "zip": 1}, high=2, v=1)
        again = await store.patch(TASKS, "w.a", patch, upsert=task("a", n=99))
        assert again == {**made, "n": 12, "v": 2}

    async def test_upsert_of_a_taken_unique_key_is_a_conflict(self, store: DocumentStore) -> None:
        await store.insert(TASKS, task("a", nick="same"))
        with pytest.raises(Conflict) as refused:
            await store.patch(TASKS, "w.b", Patch(set={"rank": 1}), upsert=task("b", nick="same"))
        assert refused.value.key == "nick"

    async def test_upsert_and_expect_exclude_each_other(self, store: DocumentStore) -> None:
        with pytest.raises(ValueError):
            await store.patch(
                TASKS, "w.a", Patch(set={"a": 1}), expect={"load": 1}, upsert=task("a")
            )
        with pytest.raises(ValueError):
            await store.patch(TASKS, "w.a", Patch(set={"a": 1}), upsert=task("b"))

    async def test_a_patch_may_not_take_anothers_key(self, store: DocumentStore) -> None:
        await store.insert_many(TASKS, [task("a"), task("b")])
        with pytest.raises(Conflict) as refused:
            await store.patch(TASKS, "w.a", Patch(set={"nick": "b"}))
        assert refused.value.key == "nick"
        assert await store.get(TASKS, "w.a") == task("a", v=1)

    @pytest.mark.parametrize(
        "patch",
        [
            Patch(set={"_id": "w.b"}),
            Patch(set={"v": 9}),
            Patch(set={"p": "other"}),
            Patch(set={"a.$b": 1}),
            Patch(set={"$a": 1}),
            Patch(set={"a..b": 1}),
            Patch(set={"": 1}),
            Patch(set={"a": {"$gt": 1}}),
            Patch(set={"a": math.nan}),
            Patch(set={"state": {"an": "object"}}),
            Patch(set={"a": 1}, inc={"a": 1}),
            Patch(set={"a": {}}, unset=["a.b"]),
            Patch(inc={"n": 1.5}),  # type: ignore[dict-item]
            Patch(inc={"word": 1}),
            Patch(inc={"n": 2**63 - 1}),
            Patch(set={"n.deep": 1}),
            Patch(set={"list.deep": 1}),
        ],
    )
    async def test_patches_that_cannot_be_are_refused(
        self, store: DocumentStore, patch: Patch
    ) -> None:
        doc = task("a", n=1, word="text", list=[1])
        await store.insert(TASKS, doc)
        with pytest.raises(ValueError):
            await store.patch(TASKS, "w.a", patch)
        assert await store.get(TASKS, "w.a") == {**doc, "v": 1}

    async def test_operators_are_not_values(self, store: DocumentStore) -> None:
        await store.insert(TASKS, task("a"))
        for condition in [{"$ne": 1}, {"$where": "1"}, {"$in": [{"$gt": ""}]}, {}, ["open"]]:
            with pytest.raises(ValueError):
                await store.patch(TASKS, "w.a", Patch(set={"hit": 1}), expect={"state": condition})
            with pytest.raises(ValueError):
                await store.find(TASKS, "w", {"state": condition})
        with pytest.raises(ValueError):
            await store.find(TASKS, "w", {"$where": "1"})
        with pytest.raises(ValueError):
            await store.find(TASKS, "w", {"undeclared": 1})


class TestApply:
    async def test_ops_run_in_order(self, store: DocumentStore) -> None:
        await store.insert(PLAIN, {"_id": "w.a", "n": 1})
        done = await store.apply(
            [
                PatchOp(PLAIN, "w.a", Patch(inc={"n": 1})),
                PatchOp(PLAIN, "w.a", Patch(inc={"n": 1}, set={"seen": True})),
                Insert(NOTES, {"_id": "w.n1", "at": 1, "title": "hello"}),
                PatchOp(NOTES, "w.n1", Patch(set={"title": "world"})),
                Insert(PLAIN, {"_id": "w.b"}),
                Delete(PLAIN, "w.b"),
                Delete(PLAIN, "w.missing"),
                PatchOp(PLAIN, "w.missing", Patch(set={"a": 1}), required=False),
                PatchOp(PLAIN, "w.a", Patch(set={"a": 1}), {"state": "x"}, required=False),
            ]
        )
        assert done == Applied(done=9)
        assert await store.get(PLAIN, "w.a") == {"_id": "w.a", "n": 3, "seen": True, "v": 3}
        assert (await store.get(NOTES, "w.n1") or {})["title"] == "world"
        assert await store.get(PLAIN, "w.b") is None

    async def test_a_repeated_insert_may_be_ignored(self, store: DocumentStore) -> None:
        batch = [
            Insert(PLAIN, {"_id": "w.a", "n": 1}, or_ignore=True),
            PatchOp(PLAIN, "w.a", Patch(set={"seen": True})),
        ]
        assert (await store.apply(batch)).failed_at is None
        assert (await store.apply(batch)).failed_at is None
        assert await store.get(PLAIN, "w.a") == {"_id": "w.a", "n": 1, "seen": True, "v": 3}

    @pytest.mark.parametrize(
        "stop",
        [
            Insert(PLAIN, {"_id": "w.there"}),
            Insert(TASKS, task("x", nick="taken"), or_ignore=True),
            PatchOp(PLAIN, "w.missing", Patch(set={"a": 1})),
            PatchOp(PLAIN, "w.there", Patch(set={"a": 1}), expect={"state": "other"}),
            PatchOp(TASKS, "w.free", Patch(set={"nick": "taken"})),
        ],
    )
    async def test_it_stops_at_the_first_that_fails(self, store: DocumentStore, stop: Any) -> None:
        await store.insert(PLAIN, {"_id": "w.there"})
        await store.insert_many(TASKS, [task("taken"), task("free")])
        batch = [
            PatchOp(PLAIN, "w.there", Patch(max={"n": 1})),
            Insert(PLAIN, {"_id": "w.new"}, or_ignore=True),
            stop,
            Insert(PLAIN, {"_id": "w.never"}),
        ]
        assert (await store.apply(batch)).failed_at == 2
        assert await store.get(PLAIN, "w.never") is None
        repaired = await store.apply([*batch[:2], batch[3]])
        assert repaired.failed_at is None
        assert (await store.get(PLAIN, "w.there") or {})["n"] == 1

    async def test_an_empty_batch_is_done(self, store: DocumentStore) -> None:
        assert await store.apply([]) == Applied(done=0)


class TestLifecycle:
    async def test_leases_can_be_taken_over_once_they_end(self, store: DocumentStore) -> None:
        lease = {"_id": "lane.7", "owner": "a", "until": 100, "epoch": 1}
        await store.insert(LEASES, lease)
        take = Patch(set={"owner": "b", "until": 300}, inc={"epoch": 1})
        taken = await store.patch(LEASES, "lane.7", take, expect={"v": 1})
        assert taken is not None
        assert (taken["epoch"], taken["until"]) == (2, 300)
        late = await store.patch(
            LEASES, "lane.7", Patch(set={"until": 400}), expect={"v": 1, "owner": "a"}
        )
        assert late is None

    async def test_close_is_idempotent(self, store: DocumentStore) -> None:
        await store.close()
        await store.close()


class TestSetMany:
    async def test_sets_fields_of_those_that_exist_and_counts_versions(
        self, store: DocumentStore
    ) -> None:
        await store.insert_many(TASKS, [task("a", state="new"), task("b", state="new")])
        before = await store.get(TASKS, "w.b")  # hot: what is remembered must not be shown again
        await store.set_many(TASKS, ["w.a", "w.b", "w.none"], {"state": "done", "note": "sağ ol"})
        docs = [await store.get(TASKS, id) for id in ("w.a", "w.b")]
        assert [(doc["state"], doc["note"], doc["v"]) for doc in docs if doc] == [
            ("done", "sağ ol", 2)
        ] * 2
        assert before is not None
        assert before["state"] == "new"
        assert await store.get(TASKS, "w.none") is None

    async def test_indexes_follow(self, store: DocumentStore) -> None:
        await store.insert_many(TASKS, [task(name, state="new") for name in "abc"])
        await store.set_many(TASKS, ["w.a", "w.c"], {"state": "done"})
        assert await store.count(TASKS, "w", {"state": "done"}) == 2
        assert await store.count(TASKS, "w", {"state": "new"}) == 1

    async def test_a_later_write_builds_on_it(self, store: DocumentStore) -> None:
        await store.insert(TASKS, task("a", state="new"))
        setting = store.set_many(TASKS, ["w.a"], {"state": "done"})
        patching = store.patch(TASKS, "w.a", Patch(set={"note": "seen"}), expect={"state": "done"})
        _, doc = await asyncio.gather(setting, patching)
        if doc is None:  # MongoDB may take them in the other order
            doc = await store.patch(TASKS, "w.a", Patch(set={"note": "seen"}))
        assert doc is not None
        assert (doc["state"], doc["note"], doc["v"]) == ("done", "seen", 3)

    @pytest.mark.parametrize("values", [{"a.b": 1}, {"_id": "x"}, {"v": 7}, {"state": None}])
    async def test_refuses_what_it_cannot_do(
        self, store: DocumentStore, values: dict[str, Any]
    ) -> None:
        await store.insert(TASKS, task("a"))
        before = await store.get(TASKS, "w.a")
        with pytest.raises(ValueError, match=r"cannot be|reserved|set"):
            await store.set_many(TASKS, ["w.a"], values)
        assert await store.get(TASKS, "w.a") == before
