"""Hours of work: zones, both nights in which clocks change, holidays, exceptions."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.model.hours import DAYS, DateRule, Schedule, Span
from hub.services.hours import (
    Hours,
    add_open_time,
    is_open,
    make_hours,
    next_change,
    open_time_between,
)

ZONES = ("Europe/Warsaw", "America/New_York", "Europe/Istanbul", "UTC", "Australia/Lord_Howe")
HOUR = 3_600_000
MINUTE = 60_000


def at(text: str, zone: str = "UTC", fold: int = 0) -> int:
    """ms of a wall time like 2026-03-29T01:30."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return int(moment.timestamp() * 1000)


def office(zone: str, spans: tuple[tuple[int, int], ...] = ((540, 1020),), **more: object) -> Hours:
    """The same hours from Monday to Friday."""
    week = {day: [Span(a, b) for a, b in spans] for day in DAYS[:5]}
    holidays = more.pop("holidays", None)
    return make_hours(Schedule(id="w.s", name="s", time_zone=zone, week=week, **more), holidays)  # type: ignore[arg-type]


def always(zone: str, *spans: tuple[int, int]) -> Hours:
    week = {day: [Span(a, b) for a, b in spans] for day in DAYS}
    return make_hours(Schedule(id="w.s", name="s", time_zone=zone, week=week))


def test_nine_to_five_is_by_the_wall_clock_of_its_people() -> None:
    warsaw = office("Europe/Warsaw")
    assert is_open(warsaw, at("2026-01-05T08:00"))  # 9:00 in winter
    assert not is_open(warsaw, at("2026-01-05T07:59"))
    assert is_open(warsaw, at("2026-07-06T07:00"))  # 9:00 in summer
    assert not is_open(warsaw, at("2026-07-06T15:00"))  # 17:00
    istanbul = office("Europe/Istanbul")
    for month in ("01-05", "07-06"):
        assert is_open(istanbul, at(f"2026-{month}T06:00"))
        assert not is_open(istanbul, at(f"2026-{month}T05:59"))


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "America/New_York"])
def test_the_short_night_has_no_hour_between_two_and_three(zone: str) -> None:
    night = {"Europe/Warsaw": "2026-03-29", "America/New_York": "2026-03-08"}[zone]
    hours = always(zone, (60, 240))  # 1:00 to 4:00
    start = at(f"{night}T01:00", zone)
    assert next_change(hours, start) == start + 2 * HOUR
    assert open_time_between(hours, start, start + 10 * HOUR) == 2 * HOUR
    # 1:30 and an hour of work later it is 3:30.
    assert add_open_time(hours, start + HOUR // 2, HOUR) == at(f"{night}T03:30", zone)


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "America/New_York"])
def test_what_lies_in_the_missing_hour_is_not_worked(zone: str) -> None:
    night = {"Europe/Warsaw": "2026-03-29", "America/New_York": "2026-03-08"}[zone]
    hours = always(zone, (130, 170))  # 2:10 to 2:50
    midnight = at(f"{night}T00:00", zone)
    assert open_time_between(hours, midnight, midnight + 23 * HOUR) == 0
    next_day = midnight + 23 * HOUR
    assert next_change(hours, midnight) == next_day + 130 * MINUTE


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "America/New_York"])
def test_the_long_night_has_that_hour_twice(zone: str) -> None:
    night = {"Europe/Warsaw": "2026-10-25", "America/New_York": "2026-11-01"}[zone]
    hours = always(zone, (0, 240))
    midnight = at(f"{night}T00:00", zone)
    assert open_time_between(hours, midnight, midnight + 12 * HOUR) == 5 * HOUR
    assert next_change(hours, midnight) == midnight + 5 * HOUR == at(f"{night}T04:00", zone)


def test_a_span_within_the_repeated_hour_comes_twice() -> None:
    hours = always("Europe/Warsaw", (135, 165))  # 2:15 to 2:45
    first = at("2026-10-25T02:15", "Europe/Warsaw")
    second = at("2026-10-25T02:15", "Europe/Warsaw", fold=1)
    assert second == first + HOUR
    assert [is_open(hours, first + n * 15 * MINUTE) for n in range(8)] == [
        True, True, False, False, True, True, False, False,
    ]  # fmt: skip
    assert open_time_between(hours, first, first + 2 * HOUR) == HOUR


def test_istanbul_has_neither_night() -> None:
    hours = always("Europe/Istanbul", (0, 240))
    for night in ("2026-03-29", "2026-10-25"):
        midnight = at(f"{night}T00:00", "Europe/Istanbul")
        assert open_time_between(hours, midnight, midnight + 24 * HOUR) == 4 * HOUR


def test_hours_over_midnight_are_two_spans_that_join() -> None:
    hours = always("UTC", (1200, 1440), (0, 120))
    evening = at("2026-05-04T20:00")
    assert next_change(hours, evening) == at("2026-05-05T02:00")
    assert add_open_time(hours, evening, 5 * HOUR) == at("2026-05-05T01:00")


def test_friday_evenings_promise_falls_on_monday() -> None:
    hours = office("Europe/Warsaw")
    friday = at("2026-05-08T16:30", "Europe/Warsaw")
    assert add_open_time(hours, friday, HOUR) == at("2026-05-11T09:30", "Europe/Warsaw")
    assert add_open_time(hours, friday, HOUR // 2) == at("2026-05-08T17:00", "Europe/Warsaw")


def test_a_holiday_closes_and_an_exception_goes_before_it() -> None:
    rules = [
        DateRule(date="2026-12-25", spans=[Span(600, 660)]),
        DateRule(date="2026-12-28", name="Stocktaking"),
    ]
    feasts = {"2026-12-24": "Eve", "2026-12-25": "Christmas"}
    hours = office("Europe/Warsaw", dates=rules, holidays=feasts)
    zone = "Europe/Warsaw"
    assert is_open(hours, at("2026-12-23T10:00", zone))
    assert not is_open(hours, at("2026-12-24T10:00", zone))
    assert is_open(hours, at("2026-12-25T10:30", zone))
    assert not is_open(hours, at("2026-12-25T12:00", zone))
    assert not is_open(hours, at("2026-12-28T12:00", zone))
    assert next_change(hours, at("2026-12-25T11:00", zone)) == at("2026-12-29T09:00", zone)


def test_no_schedule_is_always_open_and_an_empty_one_never() -> None:
    now = at("2026-05-08T16:30")
    assert is_open(None, now)
    assert add_open_time(None, now, 7) == now + 7
    assert open_time_between(None, now, now + 7) == 7
    assert next_change(None, now) == 0
    never = always("UTC")
    assert not is_open(never, now)
    assert next_change(never, now) == 0
    assert add_open_time(never, now, 1) == 0


def test_round_the_clock_never_changes() -> None:
    hours = always("Europe/Warsaw", (0, 1440))
    now = at("2026-05-08T16:30")
    assert next_change(hours, now) == 0
    assert add_open_time(hours, now, 400 * 24 * HOUR) == now + 400 * 24 * HOUR


# Around both nights of 2026 in both zones, to the minute.
moments = st.integers(at("2026-02-20T00:00") // MINUTE, at("2026-12-10T00:00") // MINUTE).map(
    lambda minute: minute * MINUTE
)
durations = st.integers(1, 20 * 24 * 60).map(lambda minutes: minutes * MINUTE)
bounds = st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(sorted)
spans = bounds.map(lambda b: [Span(a, z) for a, z in zip(b[::2], b[1::2], strict=False)])
weeks = st.fixed_dictionaries({"sun": spans, "mon": spans}, optional={"wed": spans})
schedules = st.builds(
    lambda zone, week: make_hours(Schedule(id="w.s", name="s", time_zone=zone, week=week)),
    st.sampled_from(ZONES),
    weeks,
)


@given(schedules, moments, durations, durations)
def test_open_time_is_monotone_additive_and_has_its_inverse(
    hours: Hours, start: int, one: int, two: int
) -> None:
    last = add_open_time(hours, start, one + two)
    assume(last)  # a minute a week does not get there in three years
    first = add_open_time(hours, start, one)
    assert start < first < last
    assert add_open_time(hours, first, two) == last
    assert open_time_between(hours, start, first) == one
    assert open_time_between(hours, start, first - MINUTE) < one


@given(schedules, moments, durations, durations)
def test_open_time_adds_up_over_a_point_between(
    hours: Hours, start: int, one: int, two: int
) -> None:
    middle, end = start + one, start + one + two
    whole = open_time_between(hours, start, end)
    parts = open_time_between(hours, start, middle) + open_time_between(hours, middle, end)
    assert whole == parts <= end - start


@given(schedules, moments)
def test_it_changes_exactly_when_it_says(hours: Hours, start: int) -> None:
    change = next_change(hours, start)
    assert change > start
    assert is_open(hours, change) != is_open(hours, start)
    assert is_open(hours, change - 1) == is_open(hours, start)
    assert open_time_between(hours, start, change) in (0, change - start)


@given(schedules, moments)
def test_it_is_open_when_the_wall_clock_says_so(hours: Hours, start: int) -> None:
    """Against a second reading of the rule, minute by minute."""
    for step in range(0, 240, 7):
        moment = start + step * MINUTE
        local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)).astimezone(
            hours.zone
        )
        minute = local.hour * 60 + local.minute
        of_day = hours.schedule.week.get(DAYS[local.weekday()], [])
        expected = any(span.start <= minute < span.end for span in of_day)
        assert is_open(hours, moment) == expected
        assert (open_time_between(hours, moment, moment + MINUTE) == MINUTE) == expected
