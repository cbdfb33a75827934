"""One report: a period in a zone, from the fewest buckets that cover it. Called by the web layer.

Rows and totals take the largest buckets inside the period; a chart takes, for each of its points,
those inside that point. Keys that a chart does not show are passed over unread.
"""

from __future__ import annotations

import asyncio
from itertools import chain, pairwise

import msgspec

from hub.clock import Clock
from hub.errors import BadInput
from hub.model.report import Family, Grain, Tally
from hub.ports.store import DocumentStore
from hub.services.reports.buckets import Tallied, read_runs, read_starts, starts
from hub.services.reports.grains import QUARTER_MS, Horizon, Part
from hub.services.reports.names import names_of
from hub.services.reports.progress import Progress, read_progress
from hub.services.reports.tally import ALL, Counts, summed
from hub.services.reports.zones import Step, borders, zone_of


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """`start` ≤ t < `end`; `key` narrows the chart to one row of the family."""

    family: Family
    start: int
    end: int
    zone: str
    step: Step
    key: str = ""


class Row(msgspec.Struct, frozen=True):
    key: str
    name: str
    counts: Counts


class Point(msgspec.Struct, frozen=True):
    at: int
    counts: Counts


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is later than `counted_until` or earlier than `counted_from` (0: nothing) is not in
    it yet.
    """

    wanted: Wanted
    counted_until: int
    counted_from: int
    total: Counts
    rows: list[Row]
    points: list[Point]


class Reports:
    """Reads buckets; made once."""

    def __init__(self, store: DocumentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def report(self, workspace: str, wanted: Wanted) -> Report:
        """Raises `BadInput` for a period, zone or step that makes no sense."""
        if wanted.end <= wanted.start:
            raise BadInput("the end of the period must come after its beginning", "end")
        steps = borders(wanted.start, wanted.end, wanted.step, zone_of(wanted.zone))
        progress = await read_progress(self._store, workspace)
        horizon = Horizon(
            now=self._clock.now_ms(), folded_until=progress.folded_until if progress else 0
        )
        rows, total, points, names = await asyncio.gather(
            self._rows(workspace, wanted.family, wanted, horizon),
            self._rows(workspace, "total", wanted, horizon),
            self._points(workspace, wanted, steps, horizon),
            names_of(self._store, workspace, wanted.family),
        )
        return Report(
            wanted=wanted,
            counted_until=_until(progress),
            counted_from=progress.counted_from if progress else 0,
            total=total.get(ALL, {}),
            rows=[Row(key, names.get(key, ""), counts) for key, counts in sorted(rows.items())],
            points=points,
        )

    async def _rows(
        self, workspace: str, family: Family, wanted: Wanted, horizon: Horizon
    ) -> dict[str, Counts]:
        runs = horizon.cover(horizon.snap(wanted.start), _end(horizon, wanted))
        found: dict[str, list[Tally]] = {}
        for bucket in await read_runs(self._store, Tallied, workspace, family, runs):
            for key, tally in bucket.rows.items():
                found.setdefault(key, []).append(tally)
        return {key: summed(tallies) for key, tallies in found.items()}

    async def _points(
        self, workspace: str, wanted: Wanted, steps: list[int], horizon: Horizon
    ) -> list[Point]:
        """Sums alone: what is largest within a point is not known."""
        end = _end(horizon, wanted)
        edges = [min(max(horizon.snap(at), horizon.snap(wanted.start)), end) for at in steps]
        parts = [horizon.differences(start, stop) for start, stop in pairwise(edges)]
        tallies = await self._tallies(workspace, wanted, parts)
        return [
            Point(at, _difference(point, tallies)) for at, point in zip(steps, parts, strict=False)
        ]

    async def _tallies(
        self, workspace: str, wanted: Wanted, parts: list[list[Part]]
    ) -> dict[tuple[Grain, int], Tally]:
        """Every bucket that a point is made of, read once."""
        needed: dict[Grain, set[int]] = {}
        for part in chain.from_iterable(parts):
            run = part.run
            needed.setdefault(run.grain, set()).update(starts(run.grain, run.start, run.end))
        family: Family = wanted.family if wanted.key else "total"
        kind = _of_key(wanted.key or ALL)
        found: dict[tuple[Grain, int], Tally] = {}
        for grain, begin in needed.items():
            for bucket in await read_starts(self._store, kind, workspace, family, grain, begin):
                found[grain, bucket.start] = bucket.rows.tally
        return found


def _difference(parts: list[Part], tallies: dict[tuple[Grain, int], Tally]) -> Counts:
    found: list[Tally] = []
    signs: list[int] = []
    for part in parts:
        run = part.run
        for start in starts(run.grain, run.start, run.end):
            tally = tallies.get((run.grain, start))
            if tally is not None:
                found.append(tally)
                signs.append(part.sign)
    return summed(found, signs) if found else {}


class _OneRow(msgspec.Struct, frozen=True):
    tally: Tally


class _OneKey(msgspec.Struct, frozen=True):
    start: int
    rows: _OneRow


def _of_key(key: str) -> type[_OneKey]:
    """A bucket of which only one key's tally is read."""
    row = msgspec.defstruct(
        "Row", [("tally", Tally, msgspec.field(name=key, default_factory=Tally))], frozen=True
    )
    bucket: type[_OneKey] = msgspec.defstruct(  # type: ignore[assignment]
        "Bucket", [("start", int), ("rows", row)], frozen=True
    )
    return bucket


def _end(horizon: Horizon, wanted: Wanted) -> int:
    """A quarter that has begun within the period belongs to it."""
    end = horizon.snap(wanted.end)
    return end if end >= wanted.end else horizon.snap(wanted.end + QUARTER_MS - 1)


def _until(progress: Progress | None) -> int:
    return progress.counted_until if progress else 0
