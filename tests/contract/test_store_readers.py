"""The SQLite adapter's reads: short ones on the loop, the others in threads, those of one turn
together; each fails alone.
"""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.errors import Unavailable
from hub.store import sqlite_readers
from hub.store.sqlite_readers import TOGETHER, Haste, One, Readers


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "some.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE numbers (n)")
    db.executemany("INSERT INTO numbers VALUES (?)", [(n,) for n in range(100)])
    db.commit()
    db.close()
    return path


@pytest.fixture
async def readers(path: Path) -> AsyncIterator[Readers]:
    readers = Readers(path, 2, asyncio.get_running_loop())
    yield readers
    await readers.stop()


def number(one: One, n: int) -> int:
    return int(one("SELECT n FROM numbers WHERE n = ?", [n]))


async def test_every_read_gets_its_own_answer(readers: Readers) -> None:
    together = [readers.ask_together(lambda one, n=n: number(one, n)) for n in range(50)]  # type: ignore[misc]
    alone = [readers.ask(lambda one, n=n: number(one, n)) for n in range(50, 100)]  # type: ignore[misc]
    assert await asyncio.gather(*together, *alone) == list(range(100))


async def test_reads_of_one_turn_share_a_thread(readers: Readers) -> None:
    gate, ran = threading.Event(), threading.Event()
    held_up = readers.ask_together(lambda one: gate.wait(30))
    behind = readers.ask_together(lambda one: ran.set())
    await asyncio.sleep(0)
    await readers.ask(lambda one: None)  # by the other thread, which took nothing before it
    assert not ran.is_set()
    gate.set()
    assert await held_up
    await behind
    assert ran.is_set()


async def test_more_than_go_together_are_shared_among_the_threads(readers: Readers) -> None:
    both = threading.Barrier(2)

    def meet(one: One) -> int:
        return both.wait(30)

    rest = [readers.ask_together(lambda one: -1) for _ in range(TOGETHER - 1)]
    met = [readers.ask_together(meet) for _ in range(2)]
    assert sorted(await asyncio.gather(*met)) == [0, 1]
    assert await asyncio.gather(*rest) == [-1] * (TOGETHER - 1)


async def test_a_failing_read_fails_alone(readers: Readers) -> None:
    good = readers.ask_together(lambda one: number(one, 1))
    refused = readers.ask_together(lambda one: one("SELECT nothing FROM nowhere", []))
    broken = readers.ask_together(lambda one: int("x"))
    other = readers.ask_together(lambda one: number(one, 2))
    with pytest.raises(Unavailable) as caught:
        await refused
    assert isinstance(caught.value.__cause__, sqlite3.Error)
    with pytest.raises(ValueError, match="int"):
        await broken
    assert (await good, await other) == (1, 2)


async def test_who_gives_up_leaves_the_others_alone(readers: Readers) -> None:
    gate = threading.Event()
    given_up = readers.ask_together(lambda one: gate.wait(30))
    other = readers.ask_together(lambda one: number(one, 7))
    given_up.cancel()
    gate.set()
    assert await other == 7


async def test_stopping_answers_what_was_asked(path: Path) -> None:
    readers = Readers(path, 2, asyncio.get_running_loop())
    asked = [readers.ask_together(lambda one, n=n: number(one, n)) for n in range(9)]  # type: ignore[misc]
    await readers.stop()
    assert [one.result() for one in asked] == list(range(9))
    assert not [t for t in threading.enumerate() if t.name.startswith("store-reader")]


async def test_writes_are_refused(readers: Readers) -> None:
    with pytest.raises(Unavailable, match="readonly"):
        await readers.ask(lambda one: one("DELETE FROM numbers RETURNING n", []))


async def test_a_short_read_is_answered_where_it_is_asked(readers: Readers) -> None:
    done = readers.ask_soon(Haste(), lambda one: (threading.get_ident(), number(one, 7)))
    assert done.done()
    assert await done == (threading.get_ident(), 7)


async def test_after_a_slow_read_its_kind_takes_a_thread(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cold disk may hold the loop up once, not again and again."""
    slow, quick = Haste(), Haste()
    monkeypatch.setattr(sqlite_readers, "SLOW_S", -1.0)
    await readers.ask_soon(slow, lambda one: number(one, 1))
    monkeypatch.undo()
    here = threading.get_ident()
    assert await readers.ask_soon(slow, lambda one: threading.get_ident()) != here
    assert await readers.ask_soon(quick, lambda one: threading.get_ident()) == here


def test_the_pause_after_slow_reads_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(sqlite_readers.time, "perf_counter", lambda: now[0])
    haste, away = Haste(), []
    for _ in range(8):
        haste.note(now[0] - 1.0)
        began = now[0]
        while not haste.is_on():
            now[0] += 0.5
        away.append(now[0] - began)
    assert away == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_a_busy_database_is_waited_for_in_a_thread(readers: Readers) -> None:
    here = threading.get_ident()

    def busy_here(one: One) -> int:
        if threading.get_ident() == here:
            raise sqlite3.OperationalError("database is locked")
        return number(one, 3)

    assert await readers.ask_soon(Haste(), busy_here) == 3


async def test_a_short_read_that_fails_tells_its_caller(readers: Readers) -> None:
    with pytest.raises(Unavailable):
        await readers.ask_soon(Haste(), lambda one: one("SELECT nothing FROM nowhere", []))
    with pytest.raises(KeyError):
        await readers.ask_soon(Haste(), lambda one: {}["x"])
