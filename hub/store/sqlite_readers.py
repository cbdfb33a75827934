"""Reads of the SQLite adapter: short ones on the event loop, all others in reader threads, each
with a read-only connection of its own.

Waking a thread and being woken by it takes three times as long as reading a warm page, so a read
that is expected to be short runs where it is asked for. What was slow (a cold disk, a long search)
sends its kind to the threads for a while. What pages ask of the threads in one turn of the loop is
handed over together, and answers come back as one call. Used by the SQLite adapter only.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from hub.errors import Unavailable
from hub.store.sqlite_file import connect

T = TypeVar("T")
#: Runs a query of one row with one column, and gives that.
One = Callable[[str, Sequence[Any]], Any]
Work = Callable[[One], Any]
Asked = tuple[Work, "asyncio.Future[Any]"]
Answer = tuple["asyncio.Future[Any]", Any, BaseException | None]
#: Reads of one turn that are handed over together; more are shared among the threads.
TOGETHER = 4


#: A read that kept the event loop waiting for longer was too slow for it (loop lag: at most 50 ms).
SLOW_S = 0.004
_AWAY_S, _LONGEST_AWAY_S = 1.0, 60.0


class Haste:
    """Whether reads of one kind are quick now; the pause after a slow one doubles each time."""

    def __init__(self) -> None:
        self._away_until = 0.0
        self._away_s = _AWAY_S

    def is_on(self) -> bool:
        return time.perf_counter() >= self._away_until

    def note(self, began: float) -> None:
        now = time.perf_counter()
        if now - began > SLOW_S:
            self._away_until = now + self._away_s
            self._away_s = min(2 * self._away_s, _LONGEST_AWAY_S)
        else:
            self._away_s = max(_AWAY_S, 0.99 * self._away_s)


class Readers:
    """Made where blocking is fine; all `ask`s belong to the thread of `loop`."""

    def __init__(self, path: Path, count: int, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._turn: list[Asked] = []
        self._queue: queue.SimpleQueue[list[Asked] | None] = queue.SimpleQueue()
        self._dbs = [connect(path, writer=False) for _ in range(count)]
        self._loop_db = connect(path, writer=False)
        self._loop_db.execute("PRAGMA busy_timeout = 0").fetchall()
        self._threads = [
            threading.Thread(target=self._run, args=[db], name=f"store-reader-{n}", daemon=True)
            for n, db in enumerate(self._dbs)
        ]
        for thread in self._threads:
            thread.start()

    def ask_soon(self, haste: Haste, work: Callable[[One], T]) -> asyncio.Future[T]:
        """As `ask_together`, for a read of a kind that is mostly short."""
        if not haste.is_on():
            return self.ask_together(work)
        began = time.perf_counter()
        future: asyncio.Future[T] = self._loop.create_future()
        try:
            future.set_result(work(self._near))
        except sqlite3.OperationalError:  # busy: a thread can wait for it
            return self.ask_together(work)
        except sqlite3.Error as error:
            future.set_exception(_fault(error))
        except Exception as error:  # noqa: BLE001 - as in a thread: the caller gets it
            future.set_exception(error)
        haste.note(began)
        return future

    def ask(self, work: Callable[[One], T]) -> asyncio.Future[T]:
        """Run `work` in a reader thread: it sees all earlier commits."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put([(work, future)])
        return future

    def ask_together(self, work: Callable[[One], T]) -> asyncio.Future[T]:
        """As `ask`, for a short read: it may share its thread with others of the same turn."""
        future: asyncio.Future[T] = self._loop.create_future()
        if not self._turn:
            self._loop.call_soon(self._hand_over)
        self._turn.append((work, future))
        return future

    def _hand_over(self) -> None:
        turn, self._turn = self._turn, []
        for start in range(0, len(turn), TOGETHER):
            self._queue.put(turn[start : start + TOGETHER])

    async def stop(self) -> None:
        """Answer what was asked, then end the threads."""
        self._hand_over()
        for _ in self._threads:
            self._queue.put(None)
        await asyncio.to_thread(self._join)

    def _join(self) -> None:
        for thread, db in zip(self._threads, self._dbs, strict=True):
            thread.join()
            db.close()
        self._loop_db.close()

    def _near(self, query: str, params: Sequence[Any]) -> Any:
        return self._loop_db.execute(query, params).fetchone()[0]

    def _run(self, db: sqlite3.Connection) -> None:
        def one(query: str, params: Sequence[Any]) -> Any:
            return db.execute(query, params).fetchone()[0]

        while self._serve(one):
            pass

    def _serve(self, one: One) -> bool:
        """Answer what comes next; False when that is the end. Waiting keeps hold of no answer."""
        asked = self._queue.get()
        if asked is None:
            return False
        answers = [_answer(work, future, one) for work, future in asked]
        try:
            self._loop.call_soon_threadsafe(_settle, answers)
        except RuntimeError:  # the loop has ended, and with it all who waited
            return False
        return True


def _fault(error: sqlite3.Error) -> Unavailable:
    fault = Unavailable(f"the store cannot read: {error}")
    fault.__cause__ = error
    return fault


def _answer(work: Work, future: asyncio.Future[Any], one: One) -> Answer:
    try:
        return future, work(one), None
    except sqlite3.Error as error:
        return future, None, _fault(error)
    except Exception as error:  # noqa: BLE001 - the edge of the thread: the caller gets it
        return future, None, error


def _settle(answers: Sequence[Answer]) -> None:
    for future, result, error in answers:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
