"""What wallboards count since midnight, of lines as they are written."""

from typing import Any

from hub.model.message import Message
from hub.services.routing.today import Today
from tests.support.timelines import line

NOON = 1_780_056_000_000  # 2026-05-29T12:00:00Z
DAY_MS = 86_400_000


def told(at: int, activity: str, **details: Any) -> Message:
    return line(at, activity=activity, details={"queue_id": "q", **details})


def test_only_what_is_of_today_counts_whenever_it_is_written() -> None:
    today = Today("Europe/Warsaw")
    midnight = NOON - 14 * 3_600_000
    assert today.note(told(NOON, "queued"), NOON)
    assert today.note(told(midnight, "queued"), NOON)
    assert not today.note(told(midnight - 1, "queued"), NOON)
    assert not today.note(told(NOON - 3 * DAY_MS, "assigned", waited_ms=5, by="routing"), NOON)
    assert (today.of("q").offered, today.of("q").answered) == (2, 0)


def test_a_new_day_begins_with_nothing() -> None:
    today = Today("Europe/Warsaw")
    assert today.note(told(NOON, "queued"), NOON)
    assert not today.turn(NOON)
    assert today.turn(NOON + DAY_MS)
    assert today.of("q").offered == 0
