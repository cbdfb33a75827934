"""Counts a stretch of time from what is stored: the truth that every bucket must equal. Called by
`counting` for quarters, by `history` for days, and by tests.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from hub.ports.collections import MESSAGES
from hub.ports.store import DocumentStore
from hub.services.reports import presence
from hub.services.reports.buckets import Families, add_delta
from hub.services.reports.grains import QUARTER_MS, floor
from hub.services.reports.tally import ALL, Line, deltas

_PAGE = 2_000


async def lines(
    store: DocumentStore, workspace: str, start: int, end: int | None = None
) -> AsyncIterator[list[Line]]:
    """What stands on all timelines in [start, end), a page at a time, in the order of `at`."""
    bounds = {"$gte": start} if end is None else {"$gte": start, "$lt": end}
    after: str | None = None
    while True:
        page = await store.find_as(
            Line, MESSAGES, workspace, {"at": bounds}, index="by_at", after=after, limit=_PAGE
        )
        yield page.items
        after = page.next
        if after is None:
            return


def count_line(into: dict[int, Families], line: Line) -> None:
    """Add a line to its quarter."""
    found = deltas(line)
    if found:
        held = into.setdefault(floor("quarter", line.at), {})
        for family, key, counts in found:
            add_delta(held, family, key, counts)


async def recount(
    store: DocumentStore, workspace: str, start: int, end: int, now: int
) -> dict[int, Families]:
    """By quarter, from messages and presence log alone; both bounds are quarters' borders. Time
    that has not passed yet by `now` is nobody's.
    """
    found: dict[int, Families] = {}
    async for page in lines(store, workspace, start, end):
        for line in page:
            count_line(found, line)
    for quarter, held in (await presences(store, workspace, start, end, now)).items():
        into = found.setdefault(quarter, {})
        for family, rows in held.items():
            for key, counts in rows.items():
                add_delta(into, family, key, counts)
    return found


async def presences(
    store: DocumentStore, workspace: str, start: int, end: int, now: int
) -> dict[int, Families]:
    """By quarter: how long each agent, and all of them, were available and away."""
    until = min(end, max(now, start))
    log = await presence.changes(store, workspace, start, until)
    found: dict[int, Families] = {}
    for quarter, agents in presence.spent(log, start, until).items():
        held = found.setdefault(quarter, {})
        for agent, counts in agents.items():
            add_delta(held, "agent", agent, counts)
            add_delta(held, "total", ALL, counts)
    return found


def quarters(start: int, end: int) -> range:
    return range(start, end, QUARTER_MS)
