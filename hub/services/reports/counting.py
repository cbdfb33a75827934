"""Counts as it happens: the quarter of an hour that is open in memory, written whole every few
seconds; each one counted once more from what is stored when it is over, and summed up into hours,
days and months.

One hub counts a workspace: the owner of its lane. Whatever happens to it, the next one goes on from
the last final quarter and reads what came after from the messages: nothing is ever added to what is
stored. Late lines are found three ways: the overlap of each reading, the bus, and a second look an
hour later.
"""

from __future__ import annotations

import msgspec

from hub.clock import Clock
from hub.ports.store import DocumentStore
from hub.services.reports import history
from hub.services.reports.buckets import (
    FAMILIES,
    Families,
    fold,
    put,
    put_open,
    read_quarter,
    summed,
)
from hub.services.reports.grains import DAY_MS, GRAINS, QUARTER_MS, after, floor
from hub.services.reports.progress import Progress, advance, open_progress
from hub.services.reports.recount import count_line, lines, presences, recount


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """When what is looked at again; in ms."""

    #: Lines may become readable so long after their `at` without being missed.
    overlap: int = 5_000
    #: So long after its end a quarter is counted anew and final.
    grace: int = 60_000
    #: So long after its end it is counted once more.
    settle: int = 60 * 60_000
    #: Presence goes on without lines: it is brought up to date so often.
    presence: int = 60_000


class WorkspaceCount:
    """The counting of one workspace by this process; thrown away when anything goes wrong."""

    def __init__(
        self, store: DocumentStore, workspace: str, clock: Clock, timing: Timing | None = None
    ) -> None:
        self._store, self._workspace, self._clock = store, workspace, clock
        self._timing = timing or Timing()
        self._progress: Progress | None = None
        #: Quarters that are not final, as far as lines make them, and their agents' presence.
        self._open: dict[int, Families] = {}
        self._presence: dict[int, Families] = {}
        self._presence_at = 0
        #: Up to where lines were read, and those that may be read again.
        self._cursor = 0
        self._seen: dict[str, int] = {}
        self._late: set[int] = set()

    def note_late(self, at: int) -> None:
        """A line became known long after its time: count its quarter again."""
        self._late.add(floor("quarter", at))

    @property
    def has_history(self) -> bool:
        """Whether older days wait to be counted."""
        return self._progress is None or self._progress.history_at > 0

    async def step(self) -> None:
        """Bring everything up to now. Raises `Unavailable`; begin with a new object then."""
        now = self._clock.now_ms()
        if self._progress is None:
            self._progress = await open_progress(self._store, self._workspace, now)
            self._cursor = self._progress.folded_until
        await self._close_quarters(now)
        await self._take_late(now)
        await self._settle(now)
        await self._read_on(now)

    async def count_history(self) -> None:
        """One more day of what was there before."""
        if self._progress is not None and self._progress.history_at:
            now = self._clock.now_ms()
            self._progress = await history.step(self._store, self._workspace, self._progress, now)

    async def _read_on(self, now: int) -> None:
        """New lines into the open quarters, and those into the store."""
        progress = self._known()
        start = max(self._cursor - self._timing.overlap, progress.folded_until)
        changed: set[int] = set()
        latest = self._cursor
        async for page in lines(self._store, self._workspace, start):
            for line in page:
                if line.id not in self._seen:
                    self._seen[line.id] = line.at
                    count_line(self._open, line)
                    changed.add(floor("quarter", line.at))
                latest = max(latest, line.at)
        self._cursor = min(latest, now)
        self._forget_seen()
        is_presence_due = now - self._presence_at >= self._timing.presence
        if is_presence_due:
            changed |= await self._read_presence(progress.folded_until, now)
        for quarter in sorted(changed):
            held = summed([self._open.get(quarter, {}), self._presence.get(quarter, {})])
            await put_open(self._store, self._workspace, quarter, held)
        if changed or is_presence_due:
            self._progress = await advance(self._store, progress, counted_until=now)

    async def _read_presence(self, start: int, now: int) -> set[int]:
        end = floor("quarter", now) + QUARTER_MS
        found = await presences(self._store, self._workspace, start, end, now)
        changed = {at for at, held in found.items() if self._presence.get(at) != held}
        self._presence, self._presence_at = found, now
        return changed

    def _forget_seen(self) -> None:
        oldest = self._cursor - self._timing.overlap
        self._seen = {id: at for id, at in self._seen.items() if at >= oldest}

    async def _close_quarters(self, now: int) -> None:
        """Final are those that ended long enough ago; each is a step that may be repeated."""
        while True:
            progress = self._known()
            start, end = progress.folded_until, progress.folded_until + QUARTER_MS
            if end + self._timing.grace > now:
                return
            held = await self._count_anew(start, now)
            await self._fold(start, end)
            await put(self._store, self._workspace, "quarter", start, held, is_final=True)
            to = {"folded_until": end}
            if progress.settled_until == start and end + self._timing.settle <= now:
                to["settled_until"] = end
            self._progress = await advance(self._store, progress, **to)
            self._open.pop(start, None)
            self._presence.pop(start, None)
            self._late.discard(start)

    async def _take_late(self, now: int) -> None:
        late, self._late = sorted(self._late), set()
        for quarter in late:
            progress = self._known()
            if quarter >= progress.folded_until:
                self._begin_again(progress)
            elif quarter >= progress.history_at:
                if now - DAY_MS < quarter < progress.settled_until:
                    # Should this process die now, the second look is taken again from there.
                    self._progress = await advance(self._store, progress, settled_until=quarter)
                await self._look_again(quarter, now)

    async def _settle(self, now: int) -> None:
        """The second look: a line may have hung in a slow store for minutes."""
        while True:
            progress = self._known()
            quarter, end = progress.settled_until, progress.settled_until + QUARTER_MS
            if end > progress.folded_until or end + self._timing.settle > now:
                return
            await self._look_again(quarter, now)
            self._progress = await advance(self._store, progress, settled_until=end)

    async def _look_again(self, quarter: int, now: int) -> None:
        """Correct a final quarter and what it belongs to. It is not final meanwhile, so that
        whoever comes after a crash does the same.
        """
        held = await self._count_anew(quarter, now)
        if held:
            await self._fold(quarter, self._known().folded_until)
            await put(self._store, self._workspace, "quarter", quarter, held, is_final=True)

    async def _count_anew(self, quarter: int, now: int) -> Families:
        """Make a quarter equal to its lines; the families that were not, or are not final yet."""
        end = quarter + QUARTER_MS
        counted = await recount(self._store, self._workspace, quarter, end, now)
        held = counted.get(quarter, {})
        stored = await read_quarter(self._store, self._workspace, quarter)
        wrong: Families = {}
        for family in FAMILIES:
            rows, known = held.get(family, {}), stored.get(family)
            if rows != (known.rows if known else {}) or (known and not known.is_final):
                wrong[family] = rows
        await put(self._store, self._workspace, "quarter", quarter, wrong, is_final=False)
        return wrong

    async def _fold(self, quarter: int, folded_until: int) -> None:
        """Sum up what the end of `quarter` completes, or what it belongs to."""
        for finer, grain in zip(GRAINS[:0:-1], GRAINS[-2::-1], strict=True):
            start = floor(grain, quarter)
            end = after(grain, start)
            if end > folded_until:
                return
            if grain == "month" and start < self._known().history_at:
                return  # history comes to its older days, and sums it up then
            await fold(self._store, self._workspace, finer, grain, start)

    def _begin_again(self, progress: Progress) -> None:
        """Read the open quarters from their beginning."""
        self._cursor = progress.folded_until
        self._open.clear()
        self._seen.clear()

    def _known(self) -> Progress:
        if self._progress is None:
            raise RuntimeError("counting has not begun")
        return self._progress
