"""Negative controls (R-03, R-52): with a guard taken away the oracle must turn red, or it sees
nothing.

Each guard is removed in the child by `faults.py`; the same run with all guards is green.
"""

import shutil

import pytest

from tests.chaos.run import Plan, Report, run

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
SEED = 7
#: The kill comes with the fifth acknowledgement of a life, so that there is something to lose.
AT_ONCE = (0.0, 0.0)


def _has(report: Report, *beginnings: str) -> bool:
    return any(fault.startswith(beginnings) for fault in report.faults)


async def test_without_the_journals_key_messages_double() -> None:
    plan = Plan(kills=1, seed=SEED, without="journal_key", repeats=0.8, again="chat")
    report = await run(plan)
    assert _has(report, "doubled: inbound"), report.faults


async def test_without_the_commands_ref_answers_double() -> None:
    plan = Plan(kills=1, seed=SEED, without="command_ref", repeats=0.8, again="reply")
    report = await run(plan)
    assert _has(report, "doubled: reply"), report.faults


async def test_answering_before_the_commit_loses_messages() -> None:
    plan = Plan(kills=2, seed=SEED, without="commit_before_answer", live_s=AT_ONCE, acks=5)
    report = await run(plan)
    assert _has(report, "lost: inbound"), report.faults


async def test_answering_after_the_commit_loses_nothing_on_a_slow_disk() -> None:
    report = await run(Plan(kills=1, seed=SEED, env={"CHAOS_SLOW_DISK_S": "0.06"}))
    assert report.faults == []


async def test_sending_unknown_rows_again_sends_twice() -> None:
    report = await run(Plan(kills=0, seed=SEED, without="unknown", points=("after_acceptance",)))
    assert _has(report, "accepted ×2"), report.faults


async def test_after_acceptance_the_row_is_unknown_and_nothing_is_sent_again() -> None:
    report = await run(Plan(kills=0, seed=SEED, points=("after_acceptance",)))
    assert report.faults == []
    assert report.points == {"after_acceptance": True}


needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc: cannot cut the power")


@needs_gcc
async def test_a_power_failure_takes_nothing_that_was_promised() -> None:
    report = await run(Plan(kills=3, seed=SEED, cuts_power=True))
    assert report.faults == []


@needs_gcc
@pytest.mark.parametrize("level", ["full", "normal"])
async def test_without_full_a_power_failure_loses_promises(level: str) -> None:
    """`full` removed is synchronous OFF."""
    plan = Plan(kills=2, seed=SEED, cuts_power=True, without=level, live_s=AT_ONCE, acks=5)
    report = await run(plan)
    assert _has(report, "lost: inbound"), report.faults
