"""Turns of rows: as fast as the vendor allows, in the order of asking, never before a pause
ends.
"""

from __future__ import annotations

import pytest

from hub.ports.channel import Rates
from hub.services.pacing import Pacing
from tests.support.clock import ManualClock


def waits(pacing: Pacing, rates: Rates, recipients: list[str]) -> list[float]:
    return [
        round(pacing.wait_s(f"row-{n}", "inbox", to, rates), 3) for n, to in enumerate(recipients)
    ]


@pytest.fixture
def pacing(clock: ManualClock) -> Pacing:
    return Pacing(clock)


def test_without_rates_nobody_waits(pacing: Pacing) -> None:
    assert waits(pacing, Rates(), ["a"] * 50) == [0.0] * 50


def test_an_inbox_sends_at_its_rate_after_its_burst(pacing: Pacing) -> None:
    rates = Rates(per_second=10, burst=3)
    assert waits(pacing, rates, list("abcdef")) == [0, 0, 0, 0.1, 0.2, 0.3]


def test_a_recipient_has_a_rate_of_its_own(pacing: Pacing) -> None:
    rates = Rates(recipient_every_s=6, recipient_burst=2)
    assert waits(pacing, rates, ["a", "a", "a", "b", "a"]) == [0, 0, 6, 0, 12]


async def test_turns_come_in_the_order_of_asking_and_are_taken_once(
    pacing: Pacing, clock: ManualClock
) -> None:
    rates = Rates(per_second=1)
    assert waits(pacing, rates, ["a", "b", "c"]) == [0, 1, 2]
    await clock.advance(1)
    assert pacing.wait_s("row-2", "inbox", "c", rates) == pytest.approx(1)
    assert pacing.wait_s("row-1", "inbox", "b", rates) == 0
    assert pacing.wait_s("row-new", "inbox", "d", rates) == pytest.approx(2)


async def test_time_without_sending_fills_the_bucket_to_its_brim_only(
    pacing: Pacing, clock: ManualClock
) -> None:
    rates = Rates(per_second=1, burst=2)
    assert waits(pacing, rates, ["a", "a", "a"]) == [0, 0, 1]
    await clock.advance(100)
    again = [pacing.wait_s(f"again-{n}", "inbox", "a", rates) for n in range(4)]
    assert [round(s, 3) for s in again] == [0, 0, 1, 2]


async def test_a_pause_is_obeyed_to_the_second_by_all_or_by_one(
    pacing: Pacing, clock: ManualClock
) -> None:
    pacing.hold("inbox", 30, "a")
    assert waits(pacing, Rates(), ["a", "b"]) == [30, 0]
    pacing.hold("inbox", 7)
    assert pacing.wait_s("row-c", "inbox", "c", Rates()) == pytest.approx(7)
    assert pacing.wait_s("row-d", "other", "c", Rates()) == 0
    await clock.advance(6.999)
    assert pacing.wait_s("row-c", "inbox", "c", Rates()) > 0
    await clock.advance(0.001)
    assert pacing.wait_s("row-c", "inbox", "c", Rates()) == 0


def test_two_inboxes_share_nothing(pacing: Pacing) -> None:
    rates = Rates(per_second=1)
    assert pacing.wait_s("row-1", "one", "a", rates) == 0
    assert pacing.wait_s("row-2", "two", "a", rates) == 0
