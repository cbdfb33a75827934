"""Counts what was there before counting began, or before it counted as it does now: a day at a time
in the background, the newest first, so that yesterday is there at once. Called by `counting`.
"""

from __future__ import annotations

from hub.model.report import Grain
from hub.ports.collections import MESSAGES, PRESENCE_LOG
from hub.ports.store import DocumentStore
from hub.services.reports.buckets import Families, fold, put_many, starts, summed
from hub.services.reports.grains import DAY_MS, KEPT_MS, Run, after, floor
from hub.services.reports.progress import Progress, advance
from hub.services.reports.recount import recount

_DAY_AND_FINER: tuple[Grain, ...] = ("quarter", "hour", "day")


async def step(store: DocumentStore, workspace: str, progress: Progress, now: int) -> Progress:
    """The next older day that holds anything, its buckets of every size, and how far it got."""
    day = await _day_before(store, workspace, progress.history_at)
    month = floor("month", progress.history_at)
    if day is None or day < month:
        await _fold_month(store, workspace, month, progress)
    if day is None:
        return await advance(store, progress, history_at=0, counted_from=0)
    await _count_day(store, workspace, day, now)
    counted_from = min(progress.counted_from, day)
    return await advance(store, progress, history_at=day, counted_from=counted_from)


async def _day_before(store: DocumentStore, workspace: str, at: int) -> int | None:
    page = await store.find(
        MESSAGES, workspace, {"at": {"$lt": at}}, index="by_at", desc=True, limit=1
    )
    found = [doc["at"] for doc in page.docs]
    bounds = {"$lt": f"{workspace}.{at:013d}"}
    page = await store.find(PRESENCE_LOG, workspace, {"_id": bounds}, desc=True, limit=1)
    found += [int(doc["_id"].split(".")[1]) for doc in page.docs]
    return floor("day", max(found)) if found else None


async def _fold_month(store: DocumentStore, workspace: str, month: int, progress: Progress) -> None:
    """A month that is not over is summed up when it is."""
    if after("month", month) <= progress.folded_until:
        await fold(store, workspace, "day", "month", month)


async def _count_day(store: DocumentStore, workspace: str, day: int, now: int) -> None:
    end = day + DAY_MS
    quarters = await recount(store, workspace, day, end, now)
    for grain in _DAY_AND_FINER:
        if grain in KEPT_MS and end < now - KEPT_MS[grain]:
            continue
        held = {
            start: _part(quarters, start, after(grain, start)) for start in starts(grain, day, end)
        }
        await put_many(store, workspace, grain, held, Run(grain, day, end))


def _part(quarters: dict[int, Families], start: int, end: int) -> Families:
    return summed(held for at, held in quarters.items() if start <= at < end)
