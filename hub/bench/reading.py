"""What inbox and search share: the sample's store opened in this process, and queries timed in turn
with bare SQLite.

The floor is the same SQL result fetched by the standard library's `sqlite3`, undecoded, over a
connection with the hub's own settings; the garbage collector is set as `hub serve` sets it. Medians
of single queries are compared; the product's 99th percentile informs.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from hub.app.server import calm_collector
from hub.bench.report import Result, result
from hub.bench.sample import Sample, read_sample, require_sample
from hub.bench.settings import CannotRunError, Settings, say
from hub.clock import SystemClock
from hub.model.agent import AGENT_PERMISSIONS, Scope
from hub.ports.collections import ALL
from hub.ports.store import DocumentStore
from hub.services.reading import Reading
from hub.store.open import make_store
from hub.store.sqlite_file import connect

GOAL = 5.0


class Bench:
    """The opened data and the two ways to ask."""

    def __init__(self, store: DocumentStore, db: sqlite3.Connection, sample: Sample) -> None:
        self.reading = Reading(store, lambda workspace: sample.inboxes)
        self.store, self.db, self.sample = store, db, sample
        self.chance = random.Random(3)
        #: Agents who have open conversations.
        query = """SELECT DISTINCT "f.assignee_id" FROM conversations
            INDEXED BY conversations__by_assignee WHERE p = ? AND "f.state" = 'open'"""
        agents = [row[0] for row in self.rows(query, [sample.workspace]) if row[0]]
        self.agents = sorted(agents)

    def scope(self) -> Scope:
        """One of the agents, who may see everything."""
        agent = self.chance.choice(self.agents)
        return Scope(self.sample.workspace, agent, "Agent", "agent", AGENT_PERMISSIONS)

    def rows(self, query: str, params: list[Any]) -> list[Any]:
        return self.db.execute(query, params).fetchall()


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Bench]:
    """The sample of this scale, made if need be."""
    folder: Path = await require_sample(settings)
    store = make_store("sqlite:", folder, SystemClock())
    await store.open(ALL)
    db = connect(folder / "hub.db", writer=False)
    calm_collector()
    try:
        yield Bench(store, db, read_sample(folder))
    finally:
        db.close()
        await store.close()


#: Made anew for every query: the product's way, and the floor's, of answering the same; both give
#: the number of rows.
Pair = tuple[Callable[[], Awaitable[int]], Callable[[], int]]


async def compare(name: str, settings: Settings, make: Callable[[], Pair]) -> list[Result]:
    """Time pairs of queries one after the other, a warming round first."""
    values, floors, tails = [], [], []
    for number in range(settings.rounds + 1):
        ours, bare = [], []
        for _ in range(settings.scale.queries):
            product, floor = make()
            ours.append(await _timed(product))
            began = time.perf_counter()
            found = floor()
            bare.append((time.perf_counter() - began, found))
        _check(name, [n for _, n in ours], [n for _, n in bare])
        if number:
            values.append(_ms([s for s, _ in ours]))
            floors.append(_ms([s for s, _ in bare]))
            tails.append(quantiles([s for s, _ in ours], n=100)[98] * 1000)
    say(f"  {name}: {median(values):.3f} ms, bare {median(floors):.3f} ms")
    return [
        result(name, "ms", values, floors, goal=GOAL, better="lower"),
        result(f"{name}_p99", "ms", tails, better="lower"),
    ]


async def _timed(product: Callable[[], Awaitable[int]]) -> tuple[float, int]:
    began = time.perf_counter()
    found = await product()
    return time.perf_counter() - began, found


def _check(name: str, ours: list[int], bare: list[int]) -> None:
    """Two ways that find different numbers were not asked the same."""
    if ours != bare or not any(ours):
        raise CannotRunError(f"{name}: the product found {sum(ours)}, bare SQLite {sum(bare)}")


def _ms(seconds: list[float]) -> float:
    return median(seconds) * 1000
