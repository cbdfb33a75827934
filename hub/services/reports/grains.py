"""Buckets of time in UTC: where they begin and end, their ids, and how a period is covered by the
largest of them. Pure; used by everything that writes or reads buckets.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from hub.model.report import Family, Grain

QUARTER_MS = 15 * 60_000
HOUR_MS = 60 * 60_000
DAY_MS = 24 * HOUR_MS
#: From the largest to the smallest.
GRAINS: tuple[Grain, ...] = ("month", "day", "hour", "quarter")
#: How long buckets of a grain are kept; the others are for ever.
KEPT_MS: dict[Grain, int] = {"quarter": 90 * DAY_MS, "hour": 731 * DAY_MS}
#: Readers stop this long before a bucket vanishes: a period must not lose its edge meanwhile.
_MARGIN_MS = 2 * DAY_MS
_WIDTH_MS: dict[Grain, int] = {"quarter": QUARTER_MS, "hour": HOUR_MS, "day": DAY_MS}


def floor(grain: Grain, at: int) -> int:
    """The beginning of the bucket that holds `at`."""
    width = _WIDTH_MS.get(grain)
    if width is not None:
        return at - at % width
    day = datetime.fromtimestamp(at // 1000, UTC)
    return _ms(day.replace(day=1, hour=0, minute=0, second=0))


def after(grain: Grain, start: int) -> int:
    """The beginning of the next bucket; `start` is one itself."""
    width = _WIDTH_MS.get(grain)
    return start + width if width is not None else floor("month", start + 32 * DAY_MS)


def ceiling(grain: Grain, at: int) -> int:
    start = floor(grain, at)
    return at if start == at else after(grain, start)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def bucket_id(workspace: str, family: Family, grain: Grain, start: int) -> str:
    return f"{workspace}.{family}.{grain}.{datetime.fromtimestamp(start // 1000, UTC):%Y%m%d%H%M}"


class Run(msgspec.Struct, frozen=True):
    """Buckets of one grain, one after the other, that fill [start, end)."""

    grain: Grain
    start: int
    end: int


class Part(msgspec.Struct, frozen=True):
    """A run that is added (`sign` 1) or taken away (-1)."""

    sign: int
    run: Run


class Horizon(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to read: larger buckets exist up to `folded_until`; small ones no longer when
    they are too old.
    """

    now: int
    folded_until: int

    def snap(self, at: int) -> int:
        """`at`, or the nearest border that can still be told apart."""
        for grain, coarser in (("hour", "day"), ("quarter", "hour")):
            if at < self._kept_from(grain):  # type: ignore[arg-type]
                return floor(coarser, at + _WIDTH_MS[coarser] // 2)  # type: ignore[arg-type,index]
        return floor("quarter", at)

    def cover(self, start: int, end: int) -> list[Run]:
        """[start, end), both snapped, by the largest buckets inside it, in their order."""
        return self._cover(start, end, GRAINS)

    def _cover(self, start: int, end: int, grains: tuple[Grain, ...]) -> list[Run]:
        if start >= end:
            return []
        grain, finer = grains[0], grains[1:]
        if not finer:
            return [Run(grain, start, end)]
        first = ceiling(grain, start)
        last = floor(grain, min(end, self.folded_until))
        if first >= last:
            return self._cover(start, end, finer)
        whole = Run(grain, first, last)
        return [*self._cover(start, first, finer), whole, *self._cover(last, end, finer)]

    def differences(self, start: int, end: int) -> list[Part]:
        """[start, end), both snapped, by the fewest buckets: a day that begins three hours before
        midnight UTC is a day of UTC, three hours more and three less. Right for sums only.
        """
        return self._differences(start, end, GRAINS)

    def _differences(self, start: int, end: int, grains: tuple[Grain, ...]) -> list[Part]:
        if start > end:
            turned = self._differences(end, start, grains)
            return [Part(-part.sign, part.run) for part in turned]
        if start == end:
            return []
        grain, finer = grains[0], grains[1:]
        if not finer:
            return [Part(1, Run(grain, start, end))]
        first, last = self._nearest(grain, start), self._nearest(grain, end)
        if first >= last:
            return self._differences(start, end, finer)
        return [
            *self._differences(start, first, finer),
            Part(1, Run(grain, first, last)),
            *self._differences(last, end, finer),
        ]

    def _nearest(self, grain: Grain, at: int) -> int:
        before = floor(grain, min(at, self.folded_until))
        behind = ceiling(grain, at)
        is_there = behind <= self.folded_until
        return behind if is_there and behind - at < at - before else before

    def _kept_from(self, grain: Grain) -> int:
        return self.now - KEPT_MS[grain] + _MARGIN_MS
