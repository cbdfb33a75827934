"""The sample shop's people come and go in order, and are at home when the demo begins."""

import pytest

from hub.demo.people import STAFF
from hub.demo.player import Moment, week
from hub.demo.queues import SALES, SKILLS, SUPPORT
from hub.demo.script import load_talks
from hub.demo.shifts import duties

ANCHOR = 1_795_000_000_000
DAY_MS = 86_400_000


@pytest.mark.parametrize("hours", range(0, 24, 3))
def test_everybody_comes_has_lunch_and_goes(hours: int) -> None:
    anchor = ANCHOR + hours * 3_600_000
    found = duties(anchor)
    assert [duty.at for duty in found] == sorted(duty.at for duty in found)
    assert anchor - 8 * DAY_MS < found[0].at <= found[-1].at < anchor
    for who in (worker.key for worker in STAFF):
        did = [duty.what for duty in found if duty.who == who]
        assert did[:8] == ["come", "lunch", "back", "go"] * 2
        assert did[-1] == "go"


def test_a_week_is_all_talks_and_all_shifts_in_the_order_of_time() -> None:
    talks = load_talks()
    found = week(talks, ANCHOR)
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert {one.talk.key for one in found if isinstance(one, Moment)} == {t.key for t in talks}
    assert sum(not isinstance(one, Moment) for one in found) == len(duties(ANCHOR))


def test_queues_and_skills_name_people_who_work_here() -> None:
    staff = {worker.key for worker in STAFF}
    assert set(SALES) == set(SUPPORT) == staff
    assert all(levels.keys() <= staff for _, levels in SKILLS.values())
