"""The reader threads of the SQLite adapter, each with a read-only connection of its own.

What pages ask for in one turn of the event loop is handed over together: reading a page takes about
as long as waking a thread for it, so the homes of a view are one wake, not one each. Answers come
back as one call to the loop. Used by the SQLite adapter only.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
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


class Readers:
    """Made where blocking is fine; `ask` and `ask_together` belong to the thread of `loop`."""

    def __init__(self, path: Path, count: int, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._turn: list[Asked] = []
        self._queue: queue.SimpleQueue[list[Asked] | None] = queue.SimpleQueue()
        self._dbs = [connect(path, writer=False) for _ in range(count)]
        self._threads = [
            threading.Thread(target=self._run, args=[db], name=f"store-reader-{n}", daemon=True)
            for n, db in enumerate(self._dbs)
        ]
        for thread in self._threads:
            thread.start()

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


def _answer(work: Work, future: asyncio.Future[Any], one: One) -> Answer:
    try:
        return future, work(one), None
    except sqlite3.Error as error:
        fault = Unavailable(f"the store cannot read: {error}")
        fault.__cause__ = error
        return future, None, fault
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
