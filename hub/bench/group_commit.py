"""Group commit against a commit for each write, on a disk that needs 2 ms (a sleep at every COMMIT,
DESIGN §11).
"""

from __future__ import annotations

import asyncio
import itertools
import time
from contextlib import closing
from pathlib import Path

import msgspec

from hub.bench.report import Result, result
from hub.bench.settings import Settings
from hub.clock import SystemClock
from hub.ports.collections import JOURNAL
from hub.ports.store import Doc
from hub.store.sqlite import SqliteStore
from hub.store.sqlite_file import connect

GOAL = 15.0
DELAY_S = 0.002
CALLERS = 256
_EACH = 20
_NAIVE = 300


async def run(settings: Settings) -> list[Result]:
    rates, floors = [], []
    with settings.scratch() as folder:
        for number in range(settings.rounds):
            rates.append(await _grouped(folder / f"group{number}.db"))
            floors.append(_one_by_one(folder / f"naive{number}.db"))
    unit = "commits/s"
    return [result("group_commit_2ms", unit, rates, floors, goal=GOAL)]


async def _grouped(path: Path) -> float:
    """Journal rows of many callers, each waiting for its own to be on disk."""
    store = SqliteStore(path, SystemClock(), commit_delay_s=DELAY_S)
    await store.open([JOURNAL])
    numbers = itertools.count()

    async def call() -> None:
        for _ in range(_EACH):
            await store.insert(JOURNAL, _row(next(numbers)))

    began = time.perf_counter()
    await asyncio.gather(*(call() for _ in range(CALLERS)))
    took_s = time.perf_counter() - began
    await store.close()
    return CALLERS * _EACH / took_s


def _one_by_one(path: Path) -> float:
    """The same rows, each committed by itself into a plain table."""
    with closing(connect(path, writer=True)) as db:
        db.execute("CREATE TABLE journal (_id TEXT PRIMARY KEY, doc TEXT NOT NULL)")
        began = time.perf_counter()
        for number in range(_NAIVE):
            doc = _row(number)
            db.execute("BEGIN IMMEDIATE")
            text = msgspec.json.encode(doc).decode()
            db.execute("INSERT INTO journal VALUES (?, ?)", (doc["_id"], text))
            db.execute("COMMIT")
            time.sleep(DELAY_S)
        return _NAIVE / (time.perf_counter() - began)


def _row(number: int) -> Doc:
    event = {"type": "message", "event_id": f"e{number}", "text": "x" * 300}
    return {
        "_id": f"l00.{number:026d}",
        "event": event,
        "state": "new",
        "at": number,
        "expires_at": 0,
    }
