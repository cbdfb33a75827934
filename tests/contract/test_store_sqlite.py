"""What only the SQLite adapter has: a file, a lock, query plans, group commit, text to feed."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from hub.errors import ConfigFault, Unavailable
from hub.model.text import text_version
from hub.ports.store import Coll, Index, Insert, Patch, PatchOp
from hub.store import sqlite_query
from hub.store.open import make_store
from hub.store.sqlite import QUEUE_JOBS, SqliteStore
from hub.store.sqlite_query import best_index, page_query
from hub.store.sqlite_schema import Table
from tests.support.clock import ManualClock
from tests.support.stores import COLLS, LEASES, NOTES, PLAIN, TASKS, opened, task


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hub.db"


@pytest.fixture
async def store(path: Path, clock: ManualClock) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(path, clock)
    async with opened(store):
        yield store


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    db = sqlite3.connect(path)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


async def test_what_reads_a_kind_is_made_before_other_threads_use_it(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two threads that made it at once ended the process."""
    made_by = []
    made = sqlite_query.msgspec.json.Decoder

    def decoder(kind: object) -> object:
        made_by.append(threading.current_thread())
        return made(kind)

    class Kind(msgspec.Struct, rename={"id": "_id"}):
        id: str

    monkeypatch.setattr(sqlite_query.msgspec.json, "Decoder", decoder)
    await store.insert_many(TASKS, [task(f"{n:03}") for n in range(300)])
    pages = await asyncio.gather(
        *(store.find_as(Kind, TASKS, "w", {}, index="by_at", limit=300) for _ in range(4))
    )
    assert [len(page.items) for page in pages] == [300] * 4
    assert made_by == [threading.main_thread()]


async def test_the_default_file_is_in_the_data_folder(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(make_store("sqlite:", tmp_path / "new", clock)):
        assert (tmp_path / "new" / "hub.db").exists()
    async with opened(make_store(f"sqlite:{tmp_path}/other.db", tmp_path, clock)):
        assert (tmp_path / "other.db").exists()
    with pytest.raises(ConfigFault):
        make_store("postgres://x", tmp_path, clock)


async def test_commits_are_synced(store: SqliteStore, path: Path) -> None:
    """R-03; the power failure itself: `tests/chaos/test_guards.py`."""
    assert store._db is not None
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_second_opener_is_told_in_one_line(
    store: SqliteStore, path: Path, clock: ManualClock
) -> None:
    second = SqliteStore(path, clock)
    with pytest.raises(ConfigFault, match="in use by another hub"):
        await second.open(COLLS)
    await store.insert(PLAIN, {"_id": "w.a"})
    await store.close()
    async with opened(second):
        assert await second.get(PLAIN, "w.a")


async def test_a_second_process_is_told_and_a_dead_one_forgotten(
    path: Path, clock: ManualClock
) -> None:
    """R-44."""
    code = (
        "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX);"
        "f.write('4711'); f.flush(); print('locked', flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", code, f"{path}.lock"], stdin=pipe, stdout=pipe
    ) as p:
        assert p.stdout is not None
        assert p.stdout.readline() == b"locked\n"
        with pytest.raises(ConfigFault, match="process 4711"):
            await SqliteStore(path, clock).open(COLLS)
        p.kill()
    async with opened(SqliteStore(path, clock)):
        pass


async def test_a_newer_file_is_refused_and_not_touched(path: Path, clock: ManualClock) -> None:
    """R-43."""
    async with opened(SqliteStore(path, clock)):
        pass
    rows_before = rows(path, "SELECT name, sql FROM sqlite_master ORDER BY name")
    db = sqlite3.connect(path)
    db.execute("UPDATE _meta SET value = '99' WHERE key = 'layout'")
    db.commit()
    db.close()
    more = Coll(name="more", fields=("x",))
    with pytest.raises(ConfigFault, match="newer Santral"):
        await SqliteStore(path, clock).open([*COLLS, more])
    assert rows(path, "SELECT name, sql FROM sqlite_master ORDER BY name") == rows_before


async def test_reopening_keeps_everything(path: Path, clock: ManualClock) -> None:
    async with opened(SqliteStore(path, clock)) as store:
        await store.insert(TASKS, task("a"))
        await store.insert(NOTES, {"_id": "w.n", "at": 1, "title": "hello"})
    async with opened(SqliteStore(path, clock)) as store:
        assert await store.get(TASKS, "w.a") == task("a", v=1)
        assert len((await store.search(NOTES, "w", "hello", {})).docs) == 1


async def test_declarations_may_change(path: Path, clock: ManualClock) -> None:
    before = Coll(
        name="things", fields=("a", "b"), indexes=(Index("by", ("a",)), Index("old", ("b",)))
    )
    after = Coll(name="things", fields=("a", "b"), indexes=(Index("by", ("b", "a")),), expires="e")
    async with opened(SqliteStore(path, clock), [before]) as store:
        await store.insert(before, {"_id": "w.1", "a": 1, "b": 2})
        await store.insert(before, {"_id": "w.2", "a": 2, "b": 1, "e": 1})
    async with opened(SqliteStore(path, clock), [after]) as store:
        page = await store.find(after, "w", {}, index="by")
        assert [doc["_id"] for doc in page.docs] == ["w.2", "w.1"]
    names = rows(path, "SELECT name FROM sqlite_master WHERE type = 'index' AND sql NOTNULL")
    assert sorted(names) == [("things__by",), ("things__expires",)]


@pytest.mark.parametrize("coll", COLLS, ids=lambda coll: coll.name)
async def test_every_page_is_read_from_its_index_without_sorting(
    store: SqliteStore, path: Path, coll: Coll
) -> None:
    """R-39: no page depends on how much there is; its times: `hub bench inbox --scale full`."""
    db = sqlite3.connect(path)
    for index in [*coll.indexes, best_index((), {})]:
        table = Table(coll)
        wheres = [index.where or {}]
        wheres += [
            {**wheres[0], field: "x"} for field in index.fields[:1] if field not in wheres[0]
        ]
        for where in wheres:
            query, params = page_query(table, "w", index, where, True, None, 10)
            plan = " / ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", params))
            assert "TEMP B-TREE" not in plan, plan
            name = table.index_name(index) if index.name != "_id" else "PRIMARY KEY"
            assert name in plan or "autoindex" in plan, plan
            assert f"SCAN {coll.name}" not in plan, plan
    db.close()


async def test_counts_use_the_best_index() -> None:
    assert best_index(TASKS.indexes, {"state": "open"}).name == "by_state"
    assert best_index(TASKS.indexes, {"state": {"$in": ["open", "waiting"]}}).name == "by_state"
    assert best_index(TASKS.indexes, {"at": 5, "state": "open"}).name == "open"
    assert best_index(TASKS.indexes, {"at": 5}).name == "by_at"
    assert best_index(TASKS.indexes, {"owner": "x"}).name == "_id"


async def test_waiting_writes_share_one_commit(path: Path, clock: ManualClock) -> None:
    store = SqliteStore(path, clock, commit_delay_s=0.05)
    async with opened(store):
        commits = 0
        assert store._writer is not None
        settle = store._writer._settle

        def counted(outcomes: object) -> None:
            nonlocal commits
            commits += 1
            settle(outcomes)  # type: ignore[arg-type]

        store._writer._settle = counted
        await asyncio.gather(*(store.insert(PLAIN, {"_id": f"w.{i}"}) for i in range(200)))
        assert commits <= 3


async def test_patches_of_one_document_in_a_group_write_one_row(
    store: SqliteStore, path: Path
) -> None:
    """Re-sorting the indexes of a row is the dearest write of all."""
    await store.insert(PLAIN, {"_id": "w.a", "state": "x", "at": 0})
    assert store._db is not None
    before = store._db.total_changes
    held = threading.Event()
    blocked = store._write(_Hold(held))
    patches = [store.patch(PLAIN, "w.a", Patch(inc={"at": 1})) for _ in range(50)]
    waiting = asyncio.gather(blocked, *patches)
    await asyncio.sleep(0)
    held.set()
    docs = (await waiting)[1:]
    assert [doc["at"] for doc in docs if doc] == list(range(1, 51))
    assert store._db.total_changes - before == 1


class _Hold:
    """A job that keeps the writer busy until the test lets go."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event

    def keys(self) -> list[tuple[str, str]]:
        return []

    def run(self, work: object) -> None:
        assert self._event.wait(30)


async def test_close_drains_what_is_queued(path: Path, clock: ManualClock) -> None:
    store = SqliteStore(path, clock)
    await store.open(COLLS)
    writes = asyncio.gather(*(store.insert(PLAIN, {"_id": f"w.{i}"}) for i in range(300)))
    await asyncio.sleep(0)
    await store.close()
    await writes
    assert rows(path, "SELECT count(*) FROM plain") == [(300,)]
    with pytest.raises(Unavailable):
        await store.insert(PLAIN, {"_id": "w.late"})
    with pytest.raises(Unavailable):
        await store.get(PLAIN, "w.1")


async def test_callers_beyond_the_queue_wait_and_are_not_dropped(store: SqliteStore) -> None:
    count = QUEUE_JOBS + 500
    held = threading.Event()
    calls = [store._write(_Hold(held))]
    calls += [store.insert(PLAIN, {"_id": f"w.{i}"}) for i in range(count)]
    waiting = asyncio.gather(*calls)
    await asyncio.sleep(0)
    assert store._writer is not None
    assert store._writer._queue.qsize() <= QUEUE_JOBS
    held.set()
    await waiting
    assert await store.count(PLAIN, "w", {}, cap=10_000) == count


async def test_a_lock_by_another_program_is_unavailable_and_passes(
    store: SqliteStore, path: Path
) -> None:
    """R-18; seen from outside: `tests/e2e/test_webhooks.py`."""
    assert store._db is not None
    store._db.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        await store.insert(PLAIN, {"_id": "w.a"})
    assert await store.get(PLAIN, "w.a") is None
    other.execute("ROLLBACK")
    other.close()
    await store.insert(PLAIN, {"_id": "w.a"})


async def test_a_full_disk_is_unavailable_and_passes(store: SqliteStore, path: Path) -> None:
    """R-19."""
    await store.insert(PLAIN, {"_id": "w.kept", "n": 1})
    assert store._db is not None
    (pages,) = store._db.execute("PRAGMA page_count").fetchone()
    store._db.execute(f"PRAGMA max_page_count = {pages + 8}")
    acknowledged = ["w.kept"]
    refused = 0
    for i in range(30):
        try:
            await store.insert(PLAIN, {"_id": f"w.{i:02}", "x": "x" * 3000})
            acknowledged.append(f"w.{i:02}")
        except Unavailable:
            refused += 1
    assert refused
    assert await store.patch(PLAIN, "w.kept", Patch(inc={"n": 1}))
    store._db.execute("PRAGMA max_page_count = 1000000")
    await store.insert(PLAIN, {"_id": "w.after"})
    found = [doc["_id"] for doc in (await store.dump(PLAIN)).docs]
    assert found == sorted([*acknowledged, "w.after"])
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


async def test_one_bad_job_does_not_fail_its_neighbours(store: SqliteStore) -> None:
    await store.insert(TASKS, task("taken"))
    good = [store.insert(TASKS, task(f"{i}")) for i in range(20)]
    bad = store.insert(TASKS, task("x", nick="taken"))
    batch = store.apply(
        [Insert(TASKS, task("y")), PatchOp(TASKS, "w.y", Patch(set={"nick": "taken"}))]
    )
    results = await asyncio.gather(*good[:10], bad, batch, *good[10:], return_exceptions=True)
    assert [type(r).__name__ for r in results if r is not None] == ["Conflict", "Applied"]
    assert await store.count(TASKS, "w", {}) == 21


async def test_a_failed_batch_leaves_nothing(store: SqliteStore) -> None:
    await store.insert(PLAIN, {"_id": "w.a", "n": 1})
    failed = await store.apply(
        [
            PatchOp(PLAIN, "w.a", Patch(inc={"n": 1})),
            Insert(PLAIN, {"_id": "w.b"}),
            PatchOp(PLAIN, "w.missing", Patch(inc={"n": 1})),
        ]
    )
    assert (failed.done, failed.failed_at) == (0, 2)
    assert await store.get(PLAIN, "w.a") == {"_id": "w.a", "n": 1, "v": 1}
    assert await store.get(PLAIN, "w.b") is None


async def test_expired_documents_are_swept(store: SqliteStore, clock: ManualClock) -> None:
    now = clock.now_ms()
    ends = {"old": now - 1, "new": now + 60_000, "never": None}
    for name, until in ends.items():
        await store.insert(LEASES, {"_id": f"w.{name}", "until": until})
    assert await store.sweep() == 1
    assert await store.get(LEASES, "w.old") is None
    assert await store.sweep() == 0
    await clock.advance(61)
    await store.sweep()
    assert [doc["_id"] for doc in (await store.dump(LEASES)).docs] == ["w.never"]


async def test_texts_are_fed_by_themselves(store: SqliteStore, path: Path) -> None:
    await store.insert(NOTES, {"_id": "w.a", "at": 1, "title": "hello"})
    while rows(path, "SELECT count(*) FROM notes__todo") != [(0,)]:
        await asyncio.sleep(0.01)
    assert rows(path, "SELECT count(*) FROM notes__map") == [(1,)]
    assert len((await store.search(NOTES, "w", "hello", {})).docs) == 1


async def test_new_rules_for_words_make_the_text_index_anew(path: Path, clock: ManualClock) -> None:
    async with opened(SqliteStore(path, clock)) as store:
        await store.insert(NOTES, {"_id": "w.a", "at": 1, "title": "hello"})
    db = sqlite3.connect(path)
    assert (
        text_version()
        in db.execute("SELECT value FROM _meta WHERE key = 'text:notes'").fetchone()[0]
    )
    db.execute("UPDATE _meta SET value = 'of an older release' WHERE key = 'text:notes'")
    db.execute("INSERT INTO notes__fts (notes__fts) VALUES ('delete-all')")
    db.commit()
    db.close()
    async with opened(SqliteStore(path, clock)) as store:
        assert len((await store.search(NOTES, "w", "hello", {})).docs) == 1
