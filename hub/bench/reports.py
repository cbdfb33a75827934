"""Reports over a year, from the buckets that ten million messages leave: 200 agents, 20 queues, 10
channels, 60 labels.

The goal is one for the time until a report is ready in this process, by the way that the API goes:
a supervisor who opens it must not wait. What is made is a year of closed buckets, as counting
leaves them; how they came about is not measured here.
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from statistics import median

import msgspec

from hub.app.server import calm_collector
from hub.bench.report import Result, result
from hub.bench.settings import CannotRunError, Settings, say
from hub.clock import SystemClock
from hub.model.ids import new_key
from hub.model.report import Family, Grain
from hub.ports.collections import ALL, BUCKETS, COUNTED
from hub.ports.store import Doc, DocumentStore
from hub.services.docs import to_doc
from hub.services.reports.buckets import Rows
from hub.services.reports.grains import DAY_MS, HOUR_MS, KEPT_MS, after, bucket_id, floor
from hub.services.reports.progress import Progress
from hub.services.reports.report import Reports, Wanted
from hub.services.reports.tally import FIELDS
from hub.store.open import make_store

GOAL_MS = 300.0
_WORKSPACE = "reportsx"
_KEYS: dict[Family, int] = {
    "total": 1, "queue": 20, "agent": 200, "channel": 10, "inbox": 10, "label": 60, "outcome": 20,
}  # fmt: skip
#: 2026-01-01, and a year of its own on each side of the period.
_START = 1_767_225_600_000
_DAYS = 365
_ZONE = "Europe/Istanbul"
#: What the pages of the product ask for: name, family, step of the chart, key.
_ASKED: tuple[tuple[str, Family, str, bool], ...] = (
    ("year_total_by_month", "total", "month", False),
    ("year_total_by_day", "total", "day", False),
    ("year_queues_by_week", "queue", "week", False),
    ("year_agents_by_month", "agent", "month", False),
    ("year_one_agent_by_month", "agent", "month", True),
    ("year_labels_by_month", "label", "month", False),
)


async def run(settings: Settings) -> list[Result]:
    rows = []
    with tempfile.TemporaryDirectory(prefix="santral-bench-") as folder:
        store = make_store("sqlite:", Path(folder), SystemClock())
        await store.open(ALL)
        try:
            keys = await _fill(store)
            calm_collector()
            clock = _AtTheEnd()
            reports = Reports(store, clock)
            for name, family, step, has_key in _ASKED:
                key = keys[family][0] if has_key else ""
                wanted = msgspec.convert(
                    {
                        "family": family, "start": _START - 3 * HOUR_MS, "zone": _ZONE,
                        "end": _START + _DAYS * DAY_MS - 3 * HOUR_MS, "step": step, "key": key,
                    },
                    Wanted,
                )  # fmt: skip
                rows.append(await _measured(name, reports, wanted, settings))
        finally:
            await store.close()
    return rows


class _AtTheEnd(SystemClock):
    """The day after the year."""

    def now_ms(self) -> int:
        return _START + (_DAYS + 1) * DAY_MS


async def _measured(name: str, reports: Reports, wanted: Wanted, settings: Settings) -> Result:
    times = []
    for number in range(settings.rounds + 1):
        began = time.perf_counter()
        report = await reports.report(_WORKSPACE, wanted)
        took = (time.perf_counter() - began) * 1000
        if len(report.rows) != _KEYS[wanted.family] or not report.points:
            raise CannotRunError(f"{name}: {len(report.rows)} rows, {len(report.points)} points")
        if number:
            times.append(took)
    say(f"  {name}: {median(times):.0f} ms")
    return result(name, "ms", times, goal=GOAL_MS, better="lower")


async def _fill(store: DocumentStore) -> dict[Family, list[str]]:
    """Buckets of every family and size; most agents work in a third of the hours."""
    chance = random.Random(11)
    keys: dict[Family, list[str]] = {
        family: ["all"] if family == "total" else [new_key() for _ in range(count)]
        for family, count in _KEYS.items()
    }
    end = _START + (_DAYS + 1) * DAY_MS
    for family in _KEYS:
        samples = [_rows(chance, keys[family], share) for share in (0.35, 1.0) for _ in range(20)]
        for grain, share in (("quarter", 0), ("hour", 0), ("day", 20), ("month", 20)):
            first = max(_START - DAY_MS, end - KEPT_MS.get(grain, end))  # type: ignore[call-overload]
            docs = []
            at = floor(grain, first)  # type: ignore[arg-type]
            while at < end:
                rows = samples[share + chance.randrange(20)]
                docs.append(_doc(family, grain, at, rows))  # type: ignore[arg-type]
                at = after(grain, at)  # type: ignore[arg-type]
                if len(docs) >= 500:
                    await store.insert_many(BUCKETS, docs)
                    docs = []
            await store.insert_many(BUCKETS, docs)
    progress = Progress(
        id=f"{_WORKSPACE}.reports",
        folded_until=end,
        settled_until=end,
        counted_until=end,
        counted_from=0,
        history_at=0,
    )
    await store.insert(COUNTED, to_doc(progress))
    return keys


def _rows(chance: random.Random, keys: list[str], share: float) -> Rows:
    """Each key with as many numbers as a busy one has."""
    return {
        key: {name: chance.randrange(1, 1_000_000) for name in FIELDS[:26]}
        for key in keys
        if len(keys) == 1 or chance.random() < share
    }


def _doc(family: Family, grain: Grain, at: int, rows: Rows) -> Doc:
    id = bucket_id(_WORKSPACE, family, grain, at)
    return {"_id": id, "start": at, "rows": rows, "is_final": True, "expires_at": 0}
