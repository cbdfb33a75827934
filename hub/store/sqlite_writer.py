"""The one thread that writes to SQLite: group commit.

What queues up while one group is being synced is the next group, so callers share the price of the
disk without waiting for a timer. Callers are answered after COMMIT, a whole group with one wake-up
of the event loop. An engine error (disk full, locked by another program) fails the group as
`Unavailable`; the next group simply tries again.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub import log
from hub.errors import Conflict, Unavailable
from hub.store.sqlite_cache import Cache
from hub.store.sqlite_jobs import Job
from hub.store.sqlite_schema import Table
from hub.store.sqlite_text import TextIndex
from hub.store.sqlite_work import Work

_log = log.get("hub.store")

GROUP_JOBS = 512
FEED_BATCH = 256
FEED_EVERY_S = 0.5
#: Errors of the moment, for which nobody in the group is to blame.
_PASSING = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
    )
)

Waiting = tuple[Job, "asyncio.Future[Any]"]
Outcome = tuple["asyncio.Future[Any]", Any, Exception | None]


class Writer:
    """Runs jobs in groups; `settle` is called on the event loop with the outcomes of each group."""

    def __init__(
        self,
        db: sqlite3.Connection,
        tables: Mapping[str, Table],
        texts: Mapping[str, TextIndex],
        cache: Cache,
        settle: Callable[[Sequence[Outcome]], None],
        commit_delay_s: float = 0.0,
    ) -> None:
        self._db, self._tables, self._texts, self._cache = db, tables, texts, cache
        self._loop = asyncio.get_running_loop()
        self._settle = settle
        self._commit_delay_s = commit_delay_s
        self._turn: list[Waiting] = []
        self._queue: queue.SimpleQueue[list[Waiting] | None] = queue.SimpleQueue()
        self._fed_at = 0.0
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, job: Job, future: asyncio.Future[Any]) -> None:
        """Queue a job. What is put in one turn of the event loop is handed over together: the
        thread that woke for the first would take the interpreter from those who make the next.
        """
        if not self._turn:
            self._loop.call_soon(self._hand_over)
        self._turn.append((job, future))

    def _hand_over(self) -> None:
        turn, self._turn = self._turn, []
        for start in range(0, len(turn), GROUP_JOBS):
            self._queue.put(turn[start : start + GROUP_JOBS])

    async def stop(self) -> None:
        """Finish what is queued and end the thread."""
        self._hand_over()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        going = True
        while going:
            group, going = self._take()
            if group or self._feed_due():
                self._commit(group)
        self._fed_at = -FEED_EVERY_S
        while self._waiting_texts() and self._commit([]):
            self._fed_at = -FEED_EVERY_S

    def _take(self) -> tuple[list[Waiting], bool]:
        """The next group (empty when only texts wait) and whether to go on after it."""
        group: list[Waiting] = []
        try:
            jobs = self._queue.get(timeout=FEED_EVERY_S / 2 if self._waiting_texts() else None)
            while jobs is not None:
                group += jobs
                if len(group) >= GROUP_JOBS:
                    return group, True
                jobs = self._queue.get_nowait()
        except queue.Empty:
            return group, True
        return group, False

    def _commit(self, group: list[Waiting]) -> bool:
        """One transaction for the group; a careful second one where one job was at fault."""
        try:
            outcomes = self._transact(group, careful=False)
        except sqlite3.Error as error:
            self._give_up()
            outcomes = self._failed(group, error) if _is_passing(error) else self._carefully(group)
        except Exception as error:  # noqa: BLE001 - the edge of the thread: it must live on
            self._give_up()
            outcomes = self._failed(group, error)
        if outcomes:
            self._answer(outcomes)
        return not outcomes or outcomes[0][2] is None

    def _carefully(self, group: list[Waiting]) -> list[Outcome]:
        try:
            return self._transact(group, careful=True)
        except Exception as error:  # noqa: BLE001 - as above
            self._give_up()
            return self._failed(group, error)

    def _transact(self, group: list[Waiting], careful: bool) -> list[Outcome]:
        self._db.execute("BEGIN IMMEDIATE")
        work = Work(self._db, self._tables, self._texts, self._cache, careful=careful)
        work.load(key for job, _ in group for key in job.keys())  # noqa: SIM118 - not a dict
        outcomes = [self._outcome(work, job, future) for job, future in group]
        work.flush()
        if self._feed_due():
            self._feed()
        self._db.execute("COMMIT")
        if self._commit_delay_s:
            time.sleep(self._commit_delay_s)
        work.remember()
        return outcomes

    def _outcome(self, work: Work, job: Job, future: asyncio.Future[Any]) -> Outcome:
        try:
            return future, work.attempt(lambda: job.run(work)), None
        except (Conflict, ValueError) as refused:
            return future, None, refused
        except sqlite3.Error as error:
            if not work.careful or _is_passing(error) or not self._db.in_transaction:
                raise
            _log.error("SQLite refused a write", error=error)
            return future, None, Unavailable(f"the store refused this write: {error}")

    def _failed(self, group: list[Waiting], error: Exception) -> list[Outcome]:
        _log.error("a group of writes failed", error=error, writes=len(group))
        return [
            (future, None, Unavailable(f"the store cannot write: {error}")) for _, future in group
        ]

    def _give_up(self) -> None:
        """Back to what is on disk; SQLite has often rolled back by itself."""
        self._cache.clear()
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            for text in self._texts.values():
                text.recount()
        except sqlite3.Error as error:
            _log.error("rolling back failed", error=error)

    def _answer(self, outcomes: list[Outcome]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._settle, outcomes)
        except RuntimeError:
            _log.warning("the event loop ended before writes were answered", writes=len(outcomes))

    def _waiting_texts(self) -> int:
        return sum(text.pending for text in self._texts.values())

    def _feed_due(self) -> bool:
        waiting = self._waiting_texts()
        late = time.monotonic() - self._fed_at > FEED_EVERY_S
        return waiting >= FEED_BATCH or (waiting > 0 and late)

    def _feed(self) -> None:
        self._fed_at = time.monotonic()
        for text in self._texts.values():
            if text.pending:
                text.feed(FEED_BATCH)


def _is_passing(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _PASSING
