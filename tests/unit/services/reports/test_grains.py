"""Periods are covered by whole buckets, without a gap and without an overlap."""

import random

import pytest

from hub.errors import BadInput
from hub.services.reports.grains import DAY_MS, HOUR_MS, QUARTER_MS, Horizon, bucket_id, floor
from hub.services.reports.zones import borders, zone_of

NOW = 1_780_000_000_000
FINE = Horizon(now=NOW, folded_until=floor("quarter", NOW))


def test_ids_sort_as_time_does() -> None:
    assert bucket_id("ws", "queue", "hour", 1_767_225_600_000) == "ws.queue.hour.202601010000"


@pytest.mark.parametrize("seed", range(50))
def test_a_cover_has_no_gap_and_no_overlap(seed: int) -> None:
    chance = random.Random(seed)
    start = FINE.snap(NOW - chance.randrange(80 * DAY_MS))
    end = FINE.snap(start + chance.randrange(1, 80 * DAY_MS))
    runs = FINE.cover(start, end)
    assert [run.start for run in runs[1:]] == [run.end for run in runs[:-1]]
    if runs:
        assert (runs[0].start, runs[-1].end) == (start, end)


@pytest.mark.parametrize("seed", range(50))
def test_differences_are_the_same_time(seed: int) -> None:
    """Also where the period goes on into the future."""
    chance = random.Random(seed)
    start = FINE.snap(NOW - chance.randrange(80 * DAY_MS))
    end = FINE.snap(start + chance.randrange(1, 80 * DAY_MS))
    parts = FINE.differences(start, end)
    assert all(p.run.grain == "quarter" or p.run.end <= FINE.folded_until for p in parts)
    quarters: dict[int, int] = {}
    for part in parts:
        for at in range(part.run.start, part.run.end, QUARTER_MS):
            quarters[at] = quarters.get(at, 0) + part.sign
    counted = {at for at, times in quarters.items() if times}
    assert set(quarters.values()) <= {0, 1}
    assert counted == set(range(start, end, QUARTER_MS))


def test_a_year_is_few_buckets() -> None:
    start = 1_767_225_600_000 - 3 * HOUR_MS
    late = Horizon(now=NOW + 400 * DAY_MS, folded_until=NOW + 400 * DAY_MS)
    parts = late.differences(start, start + 365 * DAY_MS)
    assert sum((part.run.end - part.run.start) // HOUR_MS < 24 for part in parts) <= 2
    assert len(parts) <= 3


def test_what_is_not_summed_up_yet_is_read_from_quarters() -> None:
    behind = Horizon(now=NOW, folded_until=floor("day", NOW))
    runs = behind.cover(floor("day", NOW), floor("day", NOW) + DAY_MS)
    assert {run.grain for run in runs} == {"quarter"}


def test_borders_that_have_vanished_are_rounded() -> None:
    old = NOW - 1000 * DAY_MS
    assert FINE.snap(floor("day", old) + 21 * HOUR_MS) == floor("day", old) + DAY_MS
    of_last_year = floor("day", NOW - 200 * DAY_MS)
    assert FINE.snap(of_last_year + 2 * QUARTER_MS) == of_last_year + HOUR_MS


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Warsaw", 1_774_738_800_000, 23),  # 2026-03-29
        ("Europe/Warsaw", 1_792_879_200_000, 25),  # 2026-10-25
        ("America/New_York", 1_772_946_000_000, 23),  # 2026-03-08
        ("Europe/Istanbul", 1_774_731_600_000, 24),
        ("Asia/Kathmandu", 1_774_721_700_000, 24),
    ],
)
def test_days_follow_the_clock_on_the_wall(zone: str, day: int, hours: int) -> None:
    found = borders(day + 5 * HOUR_MS, day + 6 * HOUR_MS, "day", zone_of(zone))
    assert found == [day, day + hours * HOUR_MS]


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    zone = zone_of("Europe/Warsaw")
    at = 1_774_738_800_000  # Sunday, 2026-03-29
    weeks = borders(at, at + 7 * DAY_MS, "week", zone)
    assert [round((one - at) / HOUR_MS) for one in weeks] == [-144, 23, 23 + 168]
    months = borders(at, at + 32 * DAY_MS, "month", zone)
    assert [round((one - at) / HOUR_MS) for one in months] == [-28 * 24, 3 * 24 - 1, 33 * 24 - 1]


def test_too_many_points_and_unknown_zones_are_refused() -> None:
    with pytest.raises(BadInput):
        borders(0, 100 * DAY_MS, "hour", zone_of("UTC"))
    for name in ("Mars/Olympus", "../etc/passwd", "", "a" * 200):
        with pytest.raises(BadInput):
            zone_of(name)
