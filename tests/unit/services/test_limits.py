"""Rate limits: exact at the limit, bounded in memory (S-51)."""

import pytest

from hub.errors import TooMany
from hub.services.limits import LOGIN_ACCOUNT, Limits, Rule, ip_key
from tests.support.clock import ManualClock

RULE = Rule("test", burst=10, per_s=60)


def test_burst_passes_and_the_next_is_told_when_to_come_back(clock: ManualClock) -> None:
    limits = Limits(clock)
    for _ in range(10):
        limits.take(RULE, "a")
    with pytest.raises(TooMany) as refused:
        limits.take(RULE, "a")
    assert refused.value.retry_after_s == pytest.approx(6)
    limits.take(RULE, "b")


async def test_after_the_stated_time_exactly_one_more_passes(clock: ManualClock) -> None:
    limits = Limits(clock)
    for _ in range(10):
        limits.take(RULE, "a")
    await clock.advance(6.001)
    assert limits.try_take(RULE, "a")
    assert not limits.try_take(RULE, "a")


async def test_rate_over_a_long_time_is_the_rule_within_five_percent(clock: ManualClock) -> None:
    limits = Limits(clock)
    passed = 0
    for _ in range(1200):
        passed += limits.try_take(RULE, "a")
        await clock.advance(0.5)
    assert passed == pytest.approx(10 + 600 / 6, rel=0.05)


async def test_no_window_of_15_minutes_holds_more_than_ten_guesses(clock: ManualClock) -> None:
    limits = Limits(clock)
    guessed: list[float] = []
    for _ in range(2000):
        if limits.try_take(LOGIN_ACCOUNT, "victim"):
            guessed.append(clock.monotonic())
        await clock.advance(3)
    most = max(sum(start <= at < start + 900 for at in guessed) for start in guessed)
    assert most <= 10


def test_what_was_given_back_can_be_used_again(clock: ManualClock) -> None:
    limits = Limits(clock)
    for _ in range(1000):
        limits.take(RULE, "a")
        limits.give_back(RULE, "a")


def test_a_million_keys_are_forgotten_in_their_order(clock: ManualClock) -> None:
    limits = Limits(clock, max_keys=1000)
    for n in range(100_000):
        limits.take(RULE, f"key {n}")
    assert len(limits) == 1000


def test_a_flood_of_one_rule_does_not_wash_out_another(clock: ManualClock) -> None:
    limits = Limits(clock, max_keys=100)
    for _ in range(5):
        limits.take(LOGIN_ACCOUNT, "victim")
    for n in range(10_000):
        limits.take(RULE, str(n))
    assert not limits.try_take(LOGIN_ACCOUNT, "victim")


def test_refused_keys_stay_while_others_go(clock: ManualClock) -> None:
    limits = Limits(clock, max_keys=100)
    for _ in range(10):
        limits.take(RULE, "victim")
    for n in range(1000):
        limits.take(RULE, str(n))
        assert not limits.try_take(RULE, "victim")


def test_long_keys_take_no_more_room_than_short_ones(clock: ManualClock) -> None:
    limits = Limits(clock)
    limits.take(RULE, "x" * 1_000_000 + "\udc80")
    kept = next(iter(limits._empty_at["test"]))
    assert len(kept) == 40


@pytest.mark.parametrize(
    ("ip", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_ipv6_customers_are_counted_by_network(ip: str, key: str) -> None:
    assert ip_key(ip) == key
