"""Ten thousand mixed conversations and calls through each strategy, every decision checked."""

from __future__ import annotations

from random import Random
from typing import get_args

import pytest

from hub.model.routing import Member, Queue, Strategy
from hub.services.routing.engine import Engine
from hub.services.routing.work import Seat, Work
from tests.unit.routing import oracle
from tests.unit.routing.simulator import Simulator

ARRIVALS = 10_000
NEVER = 10**9


@pytest.mark.parametrize("strategy", get_args(Strategy))
def test_a_day_keeps_every_promise_of_its_strategy(strategy: Strategy) -> None:
    day = Simulator(strategy, seed=20, arrivals=ARRIVALS, check_every=7)
    day.run()
    assert len(day.given) + day.abandoned == ARRIVALS
    assert not day.waiting
    # There was something to decide: people waited, some gave up, every member had work.
    waited = [at - work.entered_at for work, _, at in day.order]
    assert sum(wait > 0 for wait in waited) > ARRIVALS // 10
    assert 0 < day.abandoned < ARRIVALS // 2
    staff = {one.agent_id for members in day.members.values() for one in members}
    assert set(day.by_agent) == staff
    if strategy == "ring_progressively":
        assert day.most_rung > 2


def test_the_order_is_that_of_virtual_arrival_and_so_ageing_is_bounded() -> None:
    """Of two that wait for the same agents the one with the earlier virtual arrival is served
    first: VIPs before others, and nobody behind later comers for longer than the boosts.
    """
    day = Simulator("longest_idle", seed=7, arrivals=ARRIVALS, gap_ms=3_000, check_every=NEVER)
    day.run()
    queue = day.queues["q2"]  # no skills, no languages: its work differs by kind alone
    served = [
        (work, at) for work, _, at in day.order if work.queue_id == "q2" and not work.needs
    ]  # fmt: skip
    overtook = vips_first = 0
    for position, (first, at) in enumerate(served):
        for second, _ in served[position + 1 : position + 200]:
            if second.kind != first.kind or second.entered_at > at:
                continue  # for others, or not here yet
            assert oracle.turn(first, queue) < oracle.turn(second, queue)
            later_by = first.entered_at - second.entered_at
            assert later_by <= oracle.longest_boost_ms(queue)
            overtook += later_by > 0
            vips_first += first.is_vip and not second.is_vip and later_by > 0
    assert overtook > 50
    assert vips_first > 10


@pytest.mark.parametrize(("strategy", "bound"), [("round_robin", 1), ("fewest_handled", 1)])
def test_work_is_spread_evenly_over_equals(strategy: Strategy, bound: int) -> None:
    engine = Engine(Random(1))
    members = [Member(agent_id=f"a{n}") for n in range(7)]
    engine.set_queue(Queue(id="q", name="Q", strategy=strategy, accept="auto"), members)
    handled = dict.fromkeys((one.agent_id for one in members), 0)
    for one in members:
        engine.set_seat(Seat(agent_id=one.agent_id, is_ready=True))
    for number in range(700):
        engine.set_work(Work(id=f"w{number:04d}", queue_id="q", entered_at=number))
        (decision,) = engine.decide(number)
        (agent_id,) = decision.agent_ids
        handled[agent_id] += 1
        engine.drop_work(decision.work.id)
        engine.set_seat(Seat(agent_id=agent_id, is_ready=True, handled=handled[agent_id]))
        assert max(handled.values()) - min(handled.values()) <= bound


def test_random_gives_everybody_a_fair_share() -> None:
    engine = Engine(Random(5))
    members = [Member(agent_id=f"a{n:02d}") for n in range(20)]
    engine.set_queue(Queue(id="q", name="Q", strategy="random", accept="auto"), members)
    for one in members:
        engine.set_seat(Seat(agent_id=one.agent_id, is_ready=True))
    handled = dict.fromkeys((one.agent_id for one in members), 0)
    for number in range(10_000):
        engine.set_work(Work(id=f"w{number:05d}", queue_id="q", entered_at=number))
        (decision,) = engine.decide(number)
        handled[decision.agent_ids[0]] += 1
        engine.drop_work(decision.work.id)
    # 500 each expected, deviation 22: five deviations are never chance with this seed.
    assert all(390 < count < 610 for count in handled.values())
