"""How long agents were available and away, from the log of their changes. Called by `recount`.

A state counts until the next change, and for `STAY_MS` at most: a browser that was left open for
days is nobody's work.
"""

from __future__ import annotations

import msgspec

from hub.ports.collections import PRESENCE_LOG
from hub.ports.store import DocumentStore
from hub.services.reports.grains import QUARTER_MS, floor
from hub.services.reports.tally import Counts

STAY_MS = 36 * 60 * 60_000
_PAGE = 2_000
_FIELDS = {"available": "available_ms", "away": "away_ms"}


class Change(msgspec.Struct, frozen=True, rename={"id": "_id"}):
    """A row of the log: `<ws>.<at, 13 digits>.<agent key>`."""

    id: str
    presence: str

    @property
    def at(self) -> int:
        return int(self.id.split(".", 2)[1])

    @property
    def agent(self) -> str:
        return self.id.split(".", 2)[2]


async def changes(store: DocumentStore, workspace: str, start: int, end: int) -> list[Change]:
    """What bears on [start, end), in the order of time."""
    first = max(0, start - STAY_MS)
    bounds = {"$gte": f"{workspace}.{first:013d}", "$lt": f"{workspace}.{end:013d}"}
    found: list[Change] = []
    after: str | None = None
    while True:
        page = await store.find_as(
            Change, PRESENCE_LOG, workspace, {"_id": bounds}, after=after, limit=_PAGE
        )
        found += page.items
        after = page.next
        if after is None:
            return found


def spent(log: list[Change], start: int, end: int) -> dict[int, dict[str, Counts]]:
    """By quarter and agent: milliseconds in each state within [start, end)."""
    found: dict[int, dict[str, Counts]] = {}
    since: dict[str, Change] = {}
    for change in log:
        before = since.get(change.agent)
        if before is not None:
            _spread(found, before, min(change.at, end), start)
        since[change.agent] = change
    for last in since.values():
        _spread(found, last, end, start)
    return found


def _spread(found: dict[int, dict[str, Counts]], state: Change, until: int, start: int) -> None:
    field = _FIELDS.get(state.presence)
    at, until = max(state.at, start), min(until, state.at + STAY_MS)
    while field is not None and at < until:
        quarter = floor("quarter", at)
        stop = min(until, quarter + QUARTER_MS)
        counts = found.setdefault(quarter, {}).setdefault(state.agent, {})
        counts[field] = counts.get(field, 0) + stop - at
        at = stop
