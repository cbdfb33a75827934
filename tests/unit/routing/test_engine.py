"""The engine piece by piece: preference, declining, relaxing, ringing, and what a change of queues
or agents does to work that is already promised.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from hub.model.routing import Member, Need, Queue
from hub.services.routing.engine import Engine
from hub.services.routing.work import Seat, Work

T = 1_000_000


def make(agents: int = 3, **queue: Any) -> Engine:
    engine = Engine(Random(1))
    members = [Member(agent_id=f"a{n}") for n in range(agents)]
    engine.set_queue(Queue(id="q", name="Q", **queue), members)
    for number, one in enumerate(members):
        engine.set_seat(Seat(agent_id=one.agent_id, is_ready=True, idle_since=number))
    return engine


def work(id: str = "w", **about: Any) -> Work:
    return Work(**{"id": id, "queue_id": "q", "entered_at": T, **about})


def chosen(engine: Engine, now: int = T) -> list[list[str]]:
    return [decision.agent_ids for decision in engine.decide(now)]


def test_who_looks_at_an_offer_is_asked_nothing_else() -> None:
    engine = make(agents=1)
    engine.set_work(work("w1"))
    engine.set_work(work("w2"))
    assert chosen(engine) == [["a0"]]
    assert chosen(engine) == []
    engine.drop_work("w1")
    assert chosen(engine) == [["a0"]]


def test_automatic_acceptance_fills_an_agent_up_to_capacity() -> None:
    engine = make(agents=1, accept="auto")
    for number in range(5):
        engine.set_work(work(f"w{number}"))
    assert chosen(engine) == [["a0"]] * 3
    assert engine.line("q") == [f"w{number}" for number in range(5)]


def test_a_call_needs_the_whole_agent_and_lets_no_chat_in() -> None:
    engine = make(agents=1, accept="auto")
    engine.set_work(work("chat"))
    engine.set_work(work("call", kind="call", entered_at=T - 5))
    assert [d.work.id for d in engine.decide(T)] == ["call"]
    engine.drop_work("call")
    engine.set_seat(Seat(agent_id="a0", is_ready=True, load=1000))
    assert chosen(engine) == []
    engine.set_seat(Seat(agent_id="a0", is_ready=True, load=0))
    assert [d.work.id for d in engine.decide(T)] == ["chat"]


def test_the_preferred_agent_is_waited_for_and_then_anybody_serves() -> None:
    engine = make(preferred_wait_s=20)
    engine.set_seat(Seat(agent_id="a2", is_ready=True, load=1000))
    engine.set_work(work(preferred_id="a2"))
    assert chosen(engine) == []
    assert engine.next_at(T) == T + 20_000
    assert chosen(engine, T + 19_999) == []
    (decision,) = engine.decide(T + 20_000)
    assert decision.agent_ids == ["a0"]


def test_the_preferred_agent_is_not_waited_for_when_away() -> None:
    engine = make(preferred_wait_s=20)
    engine.set_seat(Seat(agent_id="a2", is_ready=False, why_not="away"))
    engine.set_work(work(preferred_id="a2"))
    (decision,) = engine.decide(T)
    assert decision.agent_ids == ["a0"]
    told = {one.agent_id: one.why for one in decision.trace().passed}
    assert told == {"a1": "later", "a2": "away"}


def test_a_preferred_agent_who_comes_back_is_told_as_the_reason() -> None:
    engine = make()
    engine.set_work(work(preferred_id="a2"))
    (decision,) = engine.decide(T)
    assert decision.agent_ids == ["a2"]
    trace = decision.trace()
    assert trace.because == "preferred"
    assert {one.why for one in trace.passed} == {"not_preferred"}


def test_who_declined_is_asked_again_only_after_all_others_and_a_pause() -> None:
    engine = make(agents=2)
    engine.set_work(work(passed_by=("a0",), passed_at=T))
    assert chosen(engine) == [["a1"]]
    engine.set_work(work(passed_by=("a0", "a1"), passed_at=T))
    assert chosen(engine) == []
    assert engine.next_at(T) == T + 10_000
    assert chosen(engine, T + 10_000) == [["a0"]]


def test_who_declined_is_asked_again_when_the_last_other_one_goes() -> None:
    engine = make(agents=2)
    engine.set_seat(Seat(agent_id="a1", is_ready=True, load=1000))
    engine.set_work(work(passed_by=("a0",), passed_at=T - 60_000))
    assert chosen(engine) == []
    engine.set_seat(Seat(agent_id="a1", is_ready=False, why_not="offline"))
    assert chosen(engine) == [["a0"]]


def test_needs_relax_step_by_step_and_the_trace_says_so() -> None:
    steps = [(30, 2), (60, 0)]
    engine = make(agents=2, needs=[Need(skill_id="s", level=4, steps=steps)])
    engine.set_seat(Seat(agent_id="a1", is_ready=True, skills={"s": 2}))
    engine.set_work(work())
    assert chosen(engine) == []
    assert engine.next_at(T) == T + 30_000
    (decision,) = engine.decide(T + 30_000)
    assert decision.agent_ids == ["a1"]
    trace = decision.trace()
    assert trace.relaxed == ["s"]
    assert trace.because == "only_one"
    assert [(one.agent_id, one.why) for one in trace.passed] == [("a0", "skill")]
    engine.set_work(work(passed_by=("a1",), passed_at=T))
    assert chosen(engine, T + 60_000) == [["a0"]]


def test_a_language_is_given_up_after_its_time() -> None:
    engine = make(agents=1, match_language=True, language_relax_s=45)
    engine.set_work(work(language="pl"))
    assert chosen(engine) == []
    assert chosen(engine, T + 45_000) == [["a0"]]


def test_progressive_ringing_asks_one_more_at_each_step() -> None:
    engine = make(strategy="ring_progressively", ring_step_s=10)
    engine.set_work(work())
    assert chosen(engine) == [["a0"]]
    assert engine.next_at(T) == T + 10_000
    (more,) = engine.decide(T + 10_000)
    assert more.is_more
    assert more.agent_ids == ["a0", "a1"]
    assert chosen(engine, T + 20_000) == [["a0", "a1", "a2"]]
    assert chosen(engine, T + 30_000) == []
    engine.drop_work("w")
    assert engine.next_at(T) == 0


def test_a_cancelled_decision_is_made_again_with_what_is_known_now() -> None:
    engine = make(agents=2)
    engine.set_work(work())
    assert chosen(engine) == [["a0"]]
    engine.set_seat(Seat(agent_id="a0", is_ready=False, why_not="away"))
    engine.cancel("w")
    assert chosen(engine) == [["a1"]]


def test_changing_a_queue_keeps_what_is_promised_and_moves_what_waits() -> None:
    engine = make(agents=1)
    engine.set_work(work("w1"))
    engine.set_work(work("w2"))
    assert chosen(engine) == [["a0"]]
    members = [Member(agent_id="a0"), Member(agent_id="a9")]
    engine.set_seat(Seat(agent_id="a9", is_ready=True))
    engine.set_queue(Queue(id="q", name="Q", priority_step_s=1), members)
    assert engine.line("q") == ["w1", "w2"]
    assert [(d.work.id, d.agent_ids) for d in engine.decide(T)] == [("w2", ["a9"])]


def test_a_paused_queue_gives_nothing_out_and_goes_on_later() -> None:
    engine = make(is_paused=True)
    engine.set_work(work())
    assert chosen(engine) == []
    engine.set_queue(Queue(id="q", name="Q"), [Member(agent_id="a1")])
    assert chosen(engine) == [["a1"]]


def test_an_agent_in_two_queues_gets_what_waits_longest_but_for_weight_and_position() -> None:
    engine = make(agents=1)
    heavy = Queue(id="r", name="R", position=1, weight_s=60)
    engine.set_queue(heavy, [Member(agent_id="a0")])
    engine.set_work(work("old", entered_at=T - 50_000))
    engine.set_work(work("heavy", queue_id="r"))
    assert [d.work.id for d in engine.decide(T)] == ["heavy"]
    engine.drop_work("heavy")
    assert [d.work.id for d in engine.decide(T)] == ["old"]


def test_places_follow_the_order_of_service() -> None:
    engine = make(agents=0)
    engine.set_work(work("second"))
    engine.set_work(work("vip", is_vip=True, entered_at=T + 1_000))
    engine.set_work(work("urgent", priority=4, entered_at=T + 500_000))
    assert engine.line("q") == ["vip", "urgent", "second"]
    assert [engine.place(id) for id in ("vip", "urgent", "second", "gone")] == [1, 2, 3, 0]
    assert engine.waiting("q") == 3


def test_work_of_an_unknown_queue_is_refused() -> None:
    with pytest.raises(KeyError):
        make().set_work(work(queue_id="nowhere"))


def test_learning_a_skill_counts_at_once_and_forgetting_it_too() -> None:
    engine = make(agents=1)
    engine.set_work(work(needs={"s": 3}))
    assert chosen(engine) == []
    engine.set_seat(Seat(agent_id="a0", is_ready=True, skills={"s": 3}))
    assert chosen(engine) == [["a0"]]
    engine.set_seat(Seat(agent_id="a0", is_ready=True, skills={"s": 2}))
    engine.cancel("w")
    assert chosen(engine) == []
