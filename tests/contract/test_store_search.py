"""What every store finds by words."""

import pytest

from hub.ports.store import Coll, Delete, Doc, DocumentStore, Insert, Patch, PatchOp
from tests.support.stores import NOTES, TASKS


def note(name: str, text: str, at: int = 0, **fields: object) -> Doc:
    return {"_id": f"w.{name}", "at": at, "body": {"text": text}, **fields}


async def hits(store: DocumentStore, text: str, partition: str = "w", **where: object) -> list[str]:
    page = await store.search(NOTES, partition, text, where)
    return [doc["_id"].partition(".")[2] for doc in page.docs]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Kırmızı araba", "KIRMIZI"),
        ("KIRMIZI ARABA", "kırmızı"),
        ("İstanbul'da görüşelim", "istanbul GÖRÜŞELİM"),
        ("Jadę do Łodzi, miasto Łódź", "lodz"),
        ("zażółć gęślą jaźń", "ZAZOLC gesla"),
        ("Straße", "strasse"),
        ("Ærø og Ørsted", "orsted"),
        ("我想退货，请帮忙", "退货"),
        ("我想退货", "货"),
        ("私はコーヒーが好き", "コーヒー"),
        ("ผมต้องการคืนสินค้า", "คืนสินค้า"),
        ("मुझे हिन्दी पसंद है", "हिन्दी"),
        ("Привет, Мир: ёлка", "елка"),
        ("שָׁלוֹם", "שלום"),
        ("order AB-1234/x", "ab-1234"),
        ("mail ayse@example.com please", "ayse@example.com"),
        ("naïve café", "cafe NAIVE"),
        ("ﬁne ﬀ ligatures ２０２６", "fine 2026"),
        ("invoices", "invo"),
    ],
)
async def test_words_are_found_however_they_are_spelled(
    store: DocumentStore, text: str, query: str
) -> None:
    await store.insert_many(NOTES, [note("hit", text), note("miss", "something else")])
    assert await hits(store, query) == ["hit"]


async def test_all_words_must_be_there_and_only_the_last_may_be_a_prefix(
    store: DocumentStore,
) -> None:
    await store.insert_many(
        NOTES, [note("a", "red apple pie", 1), note("b", "red car", 2), note("c", "reddish app", 3)]
    )
    assert await hits(store, "red app") == ["a"]
    assert await hits(store, "red") == ["c", "b", "a"]
    assert await hits(store, "app red") == ["c"]
    assert await hits(store, "red car pie") == []


async def test_newest_first_in_pages(store: DocumentStore) -> None:
    docs = [note(f"{i:02}", "same words", at=(i * 7) % 25 // 2) for i in range(25)]
    await store.insert_many(NOTES, docs)
    found: list[Doc] = []
    after = None
    while True:
        page = await store.search(NOTES, "w", "same", {}, after=after, limit=4)
        found += page.docs
        after = page.next
        if after is None:
            break
        assert len(page.docs) == 4
    assert sorted(doc["_id"] for doc in found) == [doc["_id"] for doc in docs]
    assert [doc["at"] for doc in found] == sorted((doc["at"] for doc in docs), reverse=True)


async def test_several_fields_are_searched_together(store: DocumentStore) -> None:
    await store.insert(NOTES, note("a", "in the body", title="in the title"))
    assert await hits(store, "title body") == ["a"]


async def test_filters(store: DocumentStore) -> None:
    await store.insert_many(
        NOTES,
        [
            note("a", "hello", 1, home="q1", kind="note"),
            note("b", "hello", 2, home="q2", kind="message"),
            note("c", "hello", 3, home="q3", kind="message"),
            note("d", "hello", 4),
        ],
    )
    assert await hits(store, "hello", home={"$in": ["q1", "q2"]}) == ["b", "a"]
    assert await hits(store, "hello", home={"$in": ["q1", "q2"]}, kind="note") == ["a"]
    assert await hits(store, "hello", home={"$in": []}) == []
    assert await hits(store, "hello", home=None) == ["d"]
    await store.patch(NOTES, "w.a", Patch(set={"home": "q9"}))
    assert await hits(store, "hello", home="q9") == ["a"]
    assert await hits(store, "hello", home="q1") == []


@pytest.mark.parametrize("text", ["", "   ", '"', "*", "()", "!?", "-", "\u200b", "\u0301"])
async def test_no_words_find_nothing(store: DocumentStore, text: str) -> None:
    await store.insert(NOTES, note("a", "hello"))
    assert await hits(store, text) == []


@pytest.mark.parametrize(
    "text",
    ['hello" OR "a', "hello OR nothing", "hello*x", "body:hello NOT x", "NEAR(hello x)", "^hello$"],
)
async def test_operators_are_only_words(store: DocumentStore, text: str) -> None:
    await store.insert_many(NOTES, [note("a", "hello"), note("b", "nothing")])
    assert await hits(store, text) in ([], ["a"])


async def test_tenants_do_not_find_each_other(store: DocumentStore) -> None:
    for partition in ("w", "W", "w2", "ww", "w_", "w-x", "ws_w", "İ"):
        await store.insert(NOTES, note("a", "secret word") | {"_id": f"{partition}.a"})
    for partition in ("w", "W", "w2", "w_", "w-x", "İ"):
        page = await store.search(NOTES, partition, "secret wor", {})
        assert [doc["_id"] for doc in page.docs] == [f"{partition}.a"]
    assert await hits(store, "secret", "nobody") == []
    assert await hits(store, "a_secret", "w") == []


async def test_changes_are_found_under_their_new_words_only(store: DocumentStore) -> None:
    await store.insert_many(NOTES, [note("a", "first words", 5), note("b", "first words", 4)])
    assert await hits(store, "first") == ["a", "b"]
    await store.replace(NOTES, note("a", "second words", 5), 1)
    await store.patch(NOTES, "w.b", Patch(set={"body.text": "third words"}))
    assert await hits(store, "first") == []
    assert await hits(store, "second") == ["a"]
    assert await hits(store, "third") == ["b"]
    assert await hits(store, "words") == ["a", "b"]
    await store.patch(NOTES, "w.b", Patch(set={"at": 9}))
    assert await hits(store, "words") == ["b", "a"]
    await store.patch(NOTES, "w.b", Patch(set={"seen": True}))
    assert await hits(store, "words") == ["b", "a"]
    await store.patch(NOTES, "w.b", Patch(unset=["body"]))
    assert await hits(store, "words") == ["a"]
    await store.delete(NOTES, "w.a")
    assert await hits(store, "words") == []
    await store.insert(NOTES, note("a", "fourth words", 1))
    assert await hits(store, "words") == ["a"]
    assert await hits(store, "second") == []


async def test_batches_are_found(store: DocumentStore) -> None:
    await store.apply(
        [
            Insert(NOTES, note("a", "one")),
            Insert(NOTES, note("b", "two")),
            PatchOp(NOTES, "w.a", Patch(set={"body.text": "three"})),
            Delete(NOTES, "w.b"),
        ]
    )
    assert await hits(store, "one") == []
    assert await hits(store, "two") == []
    assert await hits(store, "three") == ["a"]


async def test_a_prefix_of_very_many_words(store: DocumentStore) -> None:
    docs = [note(f"{i:03}", f"word{i:03} common", i) for i in range(150)]
    await store.insert_many(NOTES, docs)
    page = await store.search(NOTES, "w", "common word", {}, limit=200)
    assert len(page.docs) == 150
    assert await hits(store, "common word14") == [f"14{i}" for i in range(9, -1, -1)]


async def test_only_declared_filters(store: DocumentStore) -> None:
    with pytest.raises(ValueError):
        await store.search(NOTES, "w", "x", {"at": 1})
    with pytest.raises(ValueError):
        await store.search(NOTES, "w", "x", {"home": {"$gt": "a"}})
    with pytest.raises(ValueError):
        await store.search(NOTES, "w", "x", {"home": {"$ne": 1}})
    with pytest.raises(ValueError):
        await store.search(TASKS, "w", "x", {})
    with pytest.raises(ValueError):
        await store.search(Coll(name="other", text=("a",), text_time="at"), "w", "x", {})


async def test_lists_of_texts_are_searched_too(store: DocumentStore) -> None:
    await store.insert(NOTES, note("a", "plain", title=["ann@shop.example", "+48600100200"]))
    assert await hits(store, "ann") == await hits(store, "4860") == ["a"]
