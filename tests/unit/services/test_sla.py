"""Promised times as commands move them: pure."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.conversation import Conversation, SlaClock
from hub.model.hours import DAYS, Schedule, Span
from hub.model.routing import Queue, Routing, SlaTargets
from hub.services.hours import add_open_time, make_hours
from hub.services.sla import (
    LATE_MS,
    Due,
    Promises,
    clocks_after,
    due_now,
    has_promises,
    next_at,
    told,
)

T0 = 1_780_000_000_000
MINUTE = 60_000
TARGETS = SlaTargets(first_answer_s=600, next_answer_s=300, resolve_s=3600, warn_percent=80)
PROMISES = Promises(TARGETS, None)


def conversation(**facts: Any) -> Conversation:
    base = Conversation(
        id="w.c", contact_id="w.p", home="w.q", inbox_id="w.i", channel="x", join_group="main",
        routing=Routing(queue_id="w.q", state="waiting", entered_at=T0), created_at=T0,
        waiting_since=T0,
    )  # fmt: skip
    return msgspec.structs.replace(base, **facts)


def step(before: Conversation, promises: Promises | None = PROMISES, **facts: Any) -> Conversation:
    after = msgspec.structs.replace(before, **facts)
    return msgspec.structs.replace(after, sla=clocks_after(before, after, promises))


def begun(promises: Promises | None = PROMISES, **facts: Any) -> Conversation:
    new = conversation(**facts)
    return msgspec.structs.replace(new, sla=clocks_after(None, new, promises))


def dues(one: Conversation) -> tuple[int, int, int]:
    clock = one.sla or SlaClock()
    return tuple(  # type: ignore[return-value]
        due and (due - T0) // MINUTE for due in (clock.first_due, clock.next_due, clock.resolve_due)
    )


def test_the_first_answer_and_the_solution_are_promised_from_the_beginning() -> None:
    one = begun()
    assert dues(one) == (10, 0, 60)
    assert one.sla is not None
    assert one.sla.warn_at == {"first": T0 + 8 * MINUTE, "resolve": T0 + 48 * MINUTE}
    assert next_at(one.sla) == T0 + 8 * MINUTE


def test_an_answer_ends_the_wait_and_each_further_question_begins_one() -> None:
    answered = step(begun(), waiting_since=0, has_answer=True)
    assert dues(answered) == (0, 0, 60)
    asks = step(answered, waiting_since=T0 + 20 * MINUTE)
    assert dues(asks) == (0, 25, 60)
    assert dues(step(asks, last_at=T0 + 21 * MINUTE)) == (0, 25, 60)
    assert dues(step(asks, waiting_since=0)) == (0, 0, 60)


def test_closing_stops_everything_and_reopening_begins_anew() -> None:
    broken = step(begun(), sla=SlaClock(first_due=T0 + 1, broken=["first"]))
    closed = step(broken, state="closed", waiting_since=0)
    assert dues(closed) == (0, 0, 0)
    assert closed.sla is not None
    assert closed.sla.broken == ["first"]
    later = T0 + 100 * MINUTE
    again = step(closed, state="open", reopened_at=later, waiting_since=later, has_answer=False)
    assert dues(again) == (110, 0, 160)
    assert again.sla is not None
    assert again.sla.broken == []


def test_another_queue_promises_from_the_same_beginning() -> None:
    slow = Promises(SlaTargets(first_answer_s=1200), None)
    moved = step(
        begun(), slow, home="w.r", routing=Routing(queue_id="w.r", state="waiting", entered_at=T0)
    )
    assert dues(moved) == (20, 0, 0)


def test_what_was_broken_is_not_broken_again_in_the_next_queue() -> None:
    one = begun()
    assert one.sla is not None
    [breach] = [d for d in due_now(one.sla, T0 + 11 * MINUTE) if d.target == "first"]
    noted = step(one, sla=told(one.sla, [breach]))
    slow = Promises(SlaTargets(first_answer_s=1200), None)
    moved = step(
        noted, slow, home="w.r", routing=Routing(queue_id="w.r", state="waiting", entered_at=T0)
    )
    assert due_now(moved.sla, T0 + 60 * MINUTE) == []
    assert next_at(moved.sla) == 0


def test_each_wait_can_be_broken_for_itself() -> None:
    one = step(begun(), waiting_since=0, has_answer=True)
    one = step(one, waiting_since=T0 + 20 * MINUTE)
    assert one.sla is not None
    one = step(one, sla=told(one.sla, [Due("next", "broken", one.sla.next_due)]))
    one = step(one, waiting_since=0)
    assert one.sla is not None
    assert one.sla.broken == ["next"]
    one = step(one, waiting_since=T0 + 30 * MINUTE)
    assert [d.target for d in due_now(one.sla, T0 + 36 * MINUTE)] == ["next"]


def test_in_an_inbox_nothing_is_promised() -> None:
    assert begun(None).sla is None
    left = step(begun(), None, home="w.i")
    assert dues(left) == (0, 0, 0)
    assert begun(Promises(SlaTargets(), None)).sla is None
    assert not has_promises(Queue(id="w.q", name="q"))


def test_time_runs_in_the_hours_of_work_only() -> None:
    week = {day: [Span(540, 1020)] for day in DAYS}
    hours = make_hours(Schedule(id="w.s", name="s", time_zone="Europe/Warsaw", week=week))
    one = begun(Promises(TARGETS, hours))
    assert one.sla is not None
    assert one.sla.first_due == add_open_time(hours, T0, 600_000) > T0 + 600_000


def test_warnings_come_before_breaches_and_each_once() -> None:
    clock = begun().sla
    assert clock is not None
    assert due_now(clock, T0 + 7 * MINUTE) == []
    warned = due_now(clock, T0 + 8 * MINUTE)
    assert [(d.target, d.what) for d in warned] == [("first", "warned")]
    clock = told(clock, warned)
    assert due_now(clock, T0 + 9 * MINUTE) == []
    assert next_at(clock) == T0 + 10 * MINUTE
    broken = due_now(clock, T0 + 10 * MINUTE)
    assert [(d.target, d.what, d.is_late) for d in broken] == [("first", "broken", False)]
    assert next_at(told(clock, broken)) == T0 + 48 * MINUTE


@pytest.mark.parametrize(
    ("late_ms", "is_late"), [(0, False), (LATE_MS, False), (LATE_MS + 1, True)]
)
def test_what_is_noticed_late_is_silent(late_ms: int, is_late: bool) -> None:
    clock = begun().sla
    assert clock is not None
    found = due_now(clock, clock.first_due + late_ms)
    assert [(d.what, d.is_late) for d in found] == [("broken", is_late)]


facts = st.fixed_dictionaries(
    {},
    optional={
        "waiting_since": st.sampled_from([0, T0, T0 + 5 * MINUTE]),
        "has_answer": st.booleans(),
        "state": st.sampled_from(["open", "snoozed", "closed"]),
        "reopened_at": st.sampled_from([0, T0 + MINUTE]),
        "home": st.sampled_from(["w.q", "w.i"]),
        "assignee_id": st.sampled_from(["", "w.a"]),
    },
)


@given(st.lists(facts, max_size=8), st.integers(0, 4 * 60).map(lambda m: T0 + m * MINUTE))
def test_whatever_happens_the_clocks_are_sound(steps: list[dict[str, Any]], now: int) -> None:
    one = begun()
    for change in steps:
        after = msgspec.structs.replace(one, **change)
        promises = PROMISES if after.home == "w.q" else None
        one = step(one, promises, **change)
        clock = one.sla
        if clock is None:
            continue
        assert not (clock.first_due and clock.next_due)
        if one.state == "closed" or promises is None:
            assert next_at(clock) == 0
        elif one.waiting_since:
            assert clock.first_due or clock.next_due
        items = due_now(clock, now)
        one = msgspec.structs.replace(one, sla=told(clock, items))
        assert due_now(one.sla, now) == []
        assert next_at(one.sla) == 0 or next_at(one.sla) > now
