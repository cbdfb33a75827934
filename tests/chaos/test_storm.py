"""A crowd that writes at once, and answers that get lost, in small; by hand as in `storm.py`."""

from pathlib import Path

import pytest

from tests.chaos import lost_answers, storm
from tests.chaos.storm_check import Plan
from tests.support.stores import KINDS

MESSAGES, REPEATS, LOST = 400, 5, 60

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize("store", KINDS)
async def test_each_message_is_stored_once_and_in_one_order_for_all(
    store: str, tmp_path: Path
) -> None:
    report = await storm.run(Plan(MESSAGES, REPEATS, store), tmp_path)
    print(report)
    assert report.faults == []
    assert report.rows == report.journal == MESSAGES
    assert report.waited == report.contacts == report.conversations == report.plan.people


@pytest.mark.parametrize("store", KINDS)
async def test_lost_answers_are_settled_or_stand_before_an_agent(
    store: str, tmp_path: Path
) -> None:
    """R-05."""
    outcome = await lost_answers.run(LOST, store, tmp_path)
    print(outcome)
    assert outcome.faults == []
    assert outcome.attempts == LOST
    assert outcome.accepted == LOST - outcome.fates["never"]
    assert outcome.resolved >= 0.95 * LOST
    assert outcome.stands == LOST - outcome.resolved > 0
