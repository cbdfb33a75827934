"""What each line of a timeline counts, and what it does not."""

from typing import Any

import msgspec
import pytest

from hub.model.message import Author
from hub.model.report import Family, Tally
from hub.services.docs import to_doc
from hub.services.reports.formulas import fields, measured, measures
from hub.services.reports.tally import FIELDS, Line, deltas, summed
from tests.support.timelines import WORKSPACE, key, line


def counted(**fields: Any) -> dict[tuple[str, str], dict[str, int]]:
    """By family and key, without channel and inbox."""
    message = msgspec.convert(to_doc(line(1, **fields)), Line)
    found: dict[tuple[str, str], dict[str, int]] = {}
    for family, where, counts in deltas(message):
        if family not in ("channel", "inbox"):
            into = found.setdefault((family, where), {})
            for name, number in counts.items():
                into[name] = into.get(name, 0) + number
    return found


def activity(what: str, **details: Any) -> dict[tuple[str, str], dict[str, int]]:
    return counted(activity=what, details=details)


ALL = ("total", "all")


def test_messages_by_who_wrote_them() -> None:
    agent = Author("agent", f"{WORKSPACE}.{key('ada')}")
    assert counted(direction="in") == {ALL: {"messages_in": 1}}
    assert counted(direction="in", is_auto=True) == {ALL: {"messages_auto": 1}}
    assert counted(direction="out", author=Author("bot")) == {ALL: {"messages_auto": 1}}
    assert counted(direction="out", author=agent) == {
        ALL: {"messages_out": 1}, ("agent", key("ada")): {"messages_out": 1},
    }  # fmt: skip
    assert counted(kind="note", direction="none", author=agent) == {}


def test_an_answer_counts_once_with_its_time() -> None:
    agent = Author("agent", f"{WORKSPACE}.{key('ada')}")
    details = {"answer": "first", "answer_ms": 500, "queue_id": "q"}
    found = counted(direction="out", author=agent, details=details)
    counts = {"messages_out": 1, "first_answers": 1, "first_answer_ms": 500}
    assert found == {ALL: counts, ("queue", "q"): counts, ("agent", key("ada")): counts}


def test_the_first_line_of_a_conversation_begins_it() -> None:
    assert counted(seq=1) == {ALL: {"created": 1, "messages_in": 1}}
    assert counted(seq=1, activity="created") == {ALL: {"created": 1}}


def test_a_wait_is_answered_given_up_or_moved_on() -> None:
    answered = activity(
        "assigned", queue_id="q", assignee_id="a", waited_ms=900, by="routing", is_in_level=True
    )
    counts = {"answered": 1, "in_level": 1, "wait_ms": 900, "longest_wait_ms": 900}
    assert answered == {ALL: counts, ("queue", "q"): counts, ("agent", "a"): counts}
    given_up = activity("left_line", queue_id="q", waited_ms=700, why="closed")
    assert given_up["queue", "q"] == {
        "abandoned": 1, "abandoned_wait_ms": 700, "longest_wait_ms": 700,
    }  # fmt: skip
    assert activity("left_line", queue_id="q", waited_ms=7, why="spam") == {}
    assert activity("left_line", queue_id="q", why="moved")["queue", "q"] == {"overflowed": 1}
    overflow = activity("queued", queue_id="r", why="overflow", from_queue_id="q")
    assert overflow["queue", "q"] == {"overflowed": 1}
    assert overflow["queue", "r"] == {"queued": 1}
    passed_on = activity("queued", queue_id="r", why="transfer", from_queue_id="q")
    assert ("queue", "q") not in passed_on


def test_work_passed_on_by_hand_is_no_answer_of_a_queue() -> None:
    assert activity("assigned", queue_id="q", assignee_id="a", waited_ms=0, by="supervisor") == {}
    assert activity("assigned", queue_id="", assignee_id="a", waited_ms=0, by="agent") == {}


def test_offers_count_each_agent_who_is_newly_asked() -> None:
    found = activity("offered", queue_id="q", agent_ids=["a", "b"], added=["b"])
    assert found == {
        ALL: {"offers": 1},
        ("queue", "q"): {"offers": 1},
        ("agent", "b"): {"offers": 1},
    }
    assert activity("offer_missed", queue_id="q", agent_id="a", why="timeout")["agent", "a"] == {
        "missed": 1
    }
    assert activity("offer_missed", queue_id="q", agent_id="a", why="declined")["queue", "q"] == {
        "declined": 1
    }
    assert activity("offer_missed", queue_id="q", agent_id="a", why="cancelled") == {}


@pytest.mark.parametrize(
    ("what", "who"),
    [
        ("unassigned", "previous_id"),
        ("transferred", "from_agent_id"),
        ("taken_over", "from_agent_id"),
    ],
)
def test_an_agents_part_ends_once(what: str, who: str) -> None:
    queue = "from_queue_id" if what == "transferred" else "queue_id"
    found = activity(what, **{who: "a", queue: "q", "handle_ms": 50})
    assert found["agent", "a"].items() >= {"handled": 1, "handle_ms": 50}.items()
    assert found["queue", "q"]["handled"] == 1
    assert found["agent", "a"].get("transfers", 0) == int(what == "transferred")


def test_closing_counts_for_labels_and_outcomes_too() -> None:
    found = activity(
        "closed", queue_id="q", agent_id="a", labels=["vip"], disposition="sold", handle_ms=50,
        resolve_ms=90,
    )  # fmt: skip
    counts = {"closed": 1, "handled": 1, "handle_ms": 50, "resolutions": 1, "resolve_ms": 90}
    assert found["label", "vip"] == found["outcome", "sold"] == found[ALL] == counts
    assert activity("closed") == {ALL: {"closed": 1}}
    after = activity("wrapped_up", queue_id="q", agent_id="a", wrap_up_ms=5, disposition="sold")
    assert after["outcome", "sold"] == after["agent", "a"] == {"wrap_up_ms": 5}


def test_an_outcome_chosen_after_the_end_counts_as_if_it_had_been_chosen_then() -> None:
    late = activity(
        "disposition", disposition="sold", previous="", queue_id="q", agent_id="a", handle_ms=50,
        resolve_ms=90,
    )  # fmt: skip
    counts = {"closed": 1, "handled": 1, "handle_ms": 50, "resolutions": 1, "resolve_ms": 90}
    assert late == {("outcome", "sold"): counts}
    other = activity("disposition", disposition="lost", previous="sold")
    assert other == {("outcome", "lost"): {"closed": 1}, ("outcome", "sold"): {"closed": -1}}
    assert activity("disposition", disposition="", previous="") == {}


def test_a_correction_takes_nothing_from_what_is_not_there() -> None:
    assert summed([Tally(closed=1), Tally(closed=-1)]) == {}
    assert summed([Tally(closed=-1, handled=2)]) == {"handled": 2}


@pytest.mark.parametrize("bad", ["a.b", "$x", "", 5, None, "x" * 65, "a\0"])
def test_foreign_details_make_no_rows(bad: Any) -> None:
    found = activity("closed", queue_id=bad, agent_id=bad, labels=[bad], disposition=bad)
    assert found == {ALL: {"closed": 1}}
    assert activity("unassigned", previous_id="a", handle_ms=-5)["agent", "a"] == {"handled": 1}


def test_sums_and_differences() -> None:
    one, two = Tally(closed=3, longest_wait_ms=9), Tally(closed=2, longest_wait_ms=5)
    assert summed([one, two]) == {"closed": 5, "longest_wait_ms": 9}
    assert summed([one, two], [1, -1]) == {"closed": 1}


@pytest.mark.parametrize("family", ["total", "queue", "agent", "channel", "inbox", "label"])
def test_formulas_say_what_is_calculated(family: Family) -> None:
    counts = {name: number + 2 for number, name in enumerate(FIELDS)}
    found = measured(family, counts)
    assert set(fields(family)) <= set(FIELDS)
    for one in measures(family):
        assert found[one.name] == pytest.approx(eval(one.formula, {}, counts))
    assert set(measured(family, {}).values()) == {None}
