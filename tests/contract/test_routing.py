"""Routing over both stores: conversations find their agents, whoever is gone is passed over, and
what happened is told completely.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.errors import BadInput, Conflict, NotAllowed
from hub.model.contact import Address
from hub.model.desk import load_of
from hub.model.ids import local
from hub.model.routing import Disposition, Overflow
from hub.services.changing import Changes
from hub.services.conversations import Reply, Route
from hub.services.reports.buckets import summed
from hub.services.reports.grains import DAY_MS, floor
from hub.services.reports.recount import recount
from hub.services.routing.verbs import Target
from tests.support.crew import Crew, running_crew
from tests.support.stores import KINDS


@pytest.fixture(params=KINDS)
async def crew(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Crew]:
    async with running_crew(request.param, tmp_path) as crew:
        yield crew


async def test_who_comes_in_by_the_door_waits_and_is_given_to_who_is_there(crew: Crew) -> None:
    ada = await crew.agent("Ada")
    queue = await crew.queue("Sales", ada, accept="auto")
    await crew.enters_by(queue)
    waiting = await crew.writes()
    await crew.route()
    assert waiting.home == queue.id
    assert waiting.routing is not None
    assert waiting.routing.state == "waiting"
    await crew.opens_browser(ada)
    await crew.services.desks.set_presence(ada.agent_id, "available")
    await crew.clock.advance(7)
    await crew.route()
    given = await crew.get(waiting)
    assert given.assignee_id == ada.agent_id
    desk = await crew.desk(ada)
    assert list(desk.held) == [local(waiting.id)]
    line = (await crew.lines(waiting))[-1]
    assert line.activity == "assigned"
    assert line.details["waited_ms"] == 7000
    assert line.details["by"] == "routing"
    assert line.details["is_in_level"] is True
    assert line.details["trace"]["chosen"] == [local(ada.agent_id)]


async def test_an_offer_that_nobody_takes_goes_to_the_next_one(crew: Crew) -> None:
    ada, bob = await crew.sits_down("Ada"), await crew.sits_down("Bob")
    await crew.enters_by(await crew.queue("Sales", ada, bob, strategy="top_down", offer_s=20))
    conversation = await crew.writes()
    await crew.route()
    offered = await crew.get(conversation)
    assert offered.routing is not None
    assert offered.routing.offer is not None
    assert offered.routing.offer.agent_ids == [ada.agent_id]
    await crew.passes(21)
    again = await crew.get(conversation)
    assert again.routing is not None
    assert again.routing.offer is not None
    assert again.routing.offer.agent_ids == [bob.agent_id]
    with pytest.raises(Conflict):
        await crew.services.routing.accept(ada, again, 1)
    taken = await crew.services.routing.accept(bob, again, again.routing.offer.number)
    assert taken.assignee_id == bob.agent_id
    assert (await crew.desk(ada)).held == {}
    told = await crew.lines(conversation)
    assert [line.activity for line in told] == [
        "queued", "offered", "offer_missed", "offered", "assigned",
    ]  # fmt: skip
    assert told[2].details["why"] == "timeout"
    assert told[4].details["offers"] == 2


async def test_two_offers_missed_in_a_row_make_an_agent_away(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    await crew.enters_by(await crew.queue("Sales", ada, offer_s=10, missed_limit=2))
    await crew.writes()
    await crew.route()
    await crew.passes(11)
    assert (await crew.desk(ada)).presence == "available"
    await crew.passes(11)  # the pause of a new round
    await crew.passes(11)
    desk = await crew.desk(ada)
    assert (desk.presence, desk.set_by) == ("away", "system")


async def test_whose_browser_is_gone_is_asked_no_more(crew: Crew) -> None:
    ada, bob = await crew.sits_down("Ada"), await crew.sits_down("Bob")
    await crew.enters_by(await crew.queue("Sales", ada, bob, strategy="top_down", offer_s=300))
    conversation = await crew.writes()
    await crew.route()
    await crew.closes_browser(ada)
    await crew.passes(2)
    still = await crew.get(conversation)
    assert still.routing is not None
    assert still.routing.offer is not None
    assert still.routing.offer.agent_ids == [ada.agent_id]
    await crew.passes(2)
    passed = await crew.get(conversation)
    assert passed.routing is not None
    assert passed.routing.offer is not None
    assert passed.routing.offer.agent_ids == [bob.agent_id]
    assert (await crew.desk(ada)).shown == "offline"


async def test_a_reloaded_page_keeps_its_offer(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    await crew.enters_by(await crew.queue("Sales", ada, offer_s=300))
    conversation = await crew.writes()
    await crew.route()
    await crew.closes_browser(ada)
    await crew.passes(2)
    await crew.opens_browser(ada)
    await crew.passes(5)
    assert (await crew.get(conversation)).routing.offer is not None  # type: ignore[union-attr]
    assert "offer_missed" not in await crew.told(conversation)


async def test_nobody_gets_more_than_fits(crew: Crew) -> None:
    ada = await crew.sits_down("Ada", capacity={"chat": 2})
    await crew.enters_by(await crew.queue("Sales", ada, accept="auto"))
    for _ in range(5):
        await crew.writes()
    await crew.route()
    desk = await crew.desk(ada)
    assert len(desk.held) == 2
    first = next(c for c in await crew.core.conversations() if local(c.id) in desk.held)
    await crew.services.conversations.change(ada, first, "close-it", Changes(state="closed"))
    await crew.route()
    desk = await crew.desk(ada)
    assert len(desk.held) == 2
    assert local(first.id) not in desk.held
    assert desk.handled_today == 1


async def test_many_claim_the_last_place_and_one_gets_it(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    desks = crew.services.desks
    ids = [f"{crew.core.workspace}.conversation{n}" for n in range(20)]
    claims = [desks.claim(ada.agent_id, id, "chat", 333, id, limit=1000) for id in ids]
    won = await asyncio.gather(*claims)
    assert sum(won) == 3
    assert load_of(await crew.desk(ada)) == 999


async def test_a_transfer_to_another_queue_carries_a_note(crew: Crew) -> None:
    ada, bob = await crew.sits_down("Ada"), await crew.sits_down("Bob")
    sales = await crew.queue("Sales", ada, accept="auto")
    service = await crew.queue("Service", bob, accept="auto")
    await crew.enters_by(sales)
    conversation = await crew.writes()
    await crew.route()
    await crew.passes(60)
    verbs = crew.services.routing
    mine = await crew.get(conversation)
    await verbs.transfer(ada, mine, "transfer-1", Target(queue_id=service.id), "A broken lamp")
    await crew.route()
    theirs = await crew.get(conversation)
    assert (theirs.home, theirs.assignee_id) == (service.id, bob.agent_id)
    assert (await crew.desk(ada)).held == {}
    told = await crew.lines(conversation)
    assert [line.activity for line in told][-3:] == ["transferred", "queued", "assigned"]
    assert told[-3].details == {
        "from_agent_id": local(ada.agent_id),
        "from_queue_id": local(sales.id),
        "queue_id": local(service.id),
        "handle_ms": 60_000,
        "note": True,
    }
    assert [note.text for note in await crew.core.messages("note")] == ["A broken lamp"]


async def test_a_team_gives_it_to_who_has_the_least_to_do(crew: Crew) -> None:
    ada, bob = await crew.sits_down("Ada"), await crew.sits_down("Bob")
    cem = await crew.sits_down("Cem")
    people = [bob.agent_id, cem.agent_id]
    team = await crew.services.teams.create(crew.core.workspace, "Lamps", people)
    busy = await crew.writes()
    await crew.services.routing.take_over(bob, busy, "take-busy")
    conversation = await crew.writes()
    target = Target(team_id=team.id)
    moved = await crew.services.routing.transfer(ada, conversation, "transfer-1", target, "")
    assert moved.assignee_id == cem.agent_id
    for scope in (bob, cem):
        await crew.services.desks.set_presence(scope.agent_id, "away")
    with pytest.raises(Conflict):
        await crew.services.routing.transfer(ada, busy, "transfer-2", target, "")


async def test_a_supervisor_takes_over_and_a_stranger_to_the_queue_may_not(crew: Crew) -> None:
    ada, bob = await crew.sits_down("Ada"), await crew.sits_down("Bob")
    boss = await crew.sits_down("Eve", "supervisor")
    await crew.enters_by(await crew.queue("Sales", ada, accept="auto"))
    conversation = await crew.writes()
    await crew.route()
    held = await crew.get(conversation)
    with pytest.raises(NotAllowed):
        await crew.services.routing.take_over(bob, held, "take-over-1")
    taken = await crew.services.routing.take_over(boss, held, "take-over-2")
    assert taken.assignee_id == boss.agent_id
    assert (await crew.desk(ada)).held == {}
    assert list((await crew.desk(boss)).held) == [local(conversation.id)]
    assert (await crew.told(conversation))[-2:] == ["taken_over", "assigned"]


async def test_what_an_answer_or_a_transfer_tells_is_not_told_again(crew: Crew) -> None:
    ada, bob = await crew.sits_down("Ada"), await crew.sits_down("Bob", "supervisor")
    chat, inboxes = crew.core.inboxes["chat"], crew.services.inboxes
    way_there = Address("visitor", "visitor1", chat.id)
    route = Route(chat, inboxes.spec(chat).capabilities, way_there)
    conversation = await crew.writes("visitor1")
    reply = Reply(client_id="answer-1", text="Hello")
    await crew.services.conversations.reply(ada, conversation, reply, route)
    mine = await crew.get(conversation)
    await crew.services.routing.transfer(ada, mine, "transfer-1", Target(agent_id=bob.agent_id), "")
    theirs = await crew.get(conversation)
    await crew.services.routing.take_over(ada, theirs, "take-over-1")
    told = [(line.activity, line.details.get("told_by")) for line in await crew.lines(conversation)]
    assert told == [
        ("assigned", "answer"),
        ("transferred", None),
        ("assigned", "transferred"),
        ("taken_over", None),
        ("assigned", "taken_over"),
    ]


async def test_whoever_answers_what_waits_has_it(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    await crew.enters_by(await crew.queue("Sales"))
    conversation = await crew.writes()
    changed = await crew.services.conversations.change(
        ada, conversation, "assign-it", Changes(assignee_id=ada.agent_id)
    )
    assert changed.routing is not None
    assert changed.routing.state == ""
    assert list((await crew.desk(ada)).held) == [local(conversation.id)]
    freed = await crew.services.conversations.change(
        ada, changed, "give-back", Changes(assignee_id="")
    )
    assert freed.routing is not None
    assert freed.routing.state == "waiting"
    assert (await crew.desk(ada)).held == {}


async def test_an_outcome_that_is_required_must_be_chosen_before_closing(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    queue = await crew.queue(
        "Sales", ada, accept="auto", wrap_up_s=30, is_disposition_required=True,
        dispositions=[Disposition("sold", "Sold")],
    )  # fmt: skip
    await crew.enters_by(queue)
    conversation = await crew.writes()
    await crew.route()
    mine, verbs = await crew.get(conversation), crew.services.routing
    closing = Changes(state="closed")
    with pytest.raises(BadInput) as refused:
        await crew.services.conversations.change(ada, mine, "close-1", closing)
    assert refused.value.field == "disposition"
    await verbs.wrap_up(ada, mine, "wrap-up-1", "sold", {}, is_finished=False)
    mine = await crew.get(conversation)
    await crew.services.conversations.change(ada, mine, "close-2", closing)
    desk = await crew.desk(ada)
    assert desk.wrap_up_until == crew.clock.now_ms() + 30_000
    await crew.clock.advance(5)
    done = await crew.get(conversation)
    await verbs.wrap_up(ada, done, "wrap-up-2", "sold", {}, is_finished=True)
    assert (await crew.desk(ada)).wrap_up_until == 0
    assert (await crew.told(conversation)).count("disposition") == 0  # closing says it
    told = {line.activity: line.details for line in await crew.lines(conversation)}
    assert told["closed"]["disposition"] == "sold"
    assert told["wrapped_up"]["wrap_up_ms"] == 5_000
    assert told["wrapped_up"]["disposition"] == "sold"


@pytest.mark.parametrize("wrap_up_s", [0, 30])
async def test_an_outcome_chosen_after_the_end_is_told_and_counted(
    crew: Crew, wrap_up_s: int
) -> None:
    ada = await crew.sits_down("Ada")
    dispositions = [Disposition("sold", "Sold"), Disposition("lost", "Lost")]
    await crew.enters_by(
        await crew.queue(
            "Sales", ada, accept="auto", wrap_up_s=wrap_up_s, dispositions=dispositions
        )
    )
    conversation = await crew.writes()
    await crew.route()
    await crew.clock.advance(60)
    mine = await crew.get(conversation)
    await crew.services.conversations.change(ada, mine, "close-1", Changes(state="closed"))
    await crew.clock.advance(10)
    verbs = crew.services.routing
    for number, outcome in enumerate(["lost", "sold", "sold"]):
        done = await crew.get(conversation)
        client_id = f"wrap-up-{number}"
        await verbs.wrap_up(ada, done, client_id, outcome, {}, is_finished=number == 2)
    told = [line for line in await crew.lines(conversation) if line.activity == "disposition"]
    assert [line.details["previous"] for line in told] == ["", "lost"]
    start, now = floor("day", crew.clock.now_ms()), crew.clock.now_ms()
    counted = summed(
        (await recount(crew.core.store, crew.core.workspace, start, start + DAY_MS, now)).values()
    )["outcome"]
    assert not any(counted["lost"].values())
    assert counted["sold"].items() >= {"closed": 1, "handled": 1, "handle_ms": 60_000}.items()
    assert counted["sold"].get("wrap_up_ms", 0) == (10_000 if wrap_up_s else 0)


async def test_a_wrap_up_ends_by_itself_and_then_the_next_one_comes(crew: Crew) -> None:
    ada = await crew.sits_down("Ada", capacity={"chat": 1})
    await crew.enters_by(await crew.queue("Sales", ada, accept="auto", wrap_up_s=30))
    first = await crew.writes()
    await crew.route()
    second = await crew.writes()
    mine = await crew.get(first)
    await crew.services.conversations.change(ada, mine, "close-1", Changes(state="closed"))
    await crew.route()
    assert (await crew.get(second)).assignee_id == ""
    await crew.passes(31)
    assert (await crew.get(second)).assignee_id == ada.agent_id
    told = {line.activity: line.details for line in await crew.lines(first)}
    assert told["wrapped_up"]["wrap_up_ms"] == 30_000


async def test_closed_while_waiting_is_given_up(crew: Crew) -> None:
    ada = await crew.sits_down("Ada", role="supervisor")
    await crew.enters_by(await crew.queue("Sales"))
    conversation = await crew.writes()
    await crew.clock.advance(90)
    await crew.services.conversations.change(ada, conversation, "close-1", Changes(state="closed"))
    told = await crew.lines(conversation)
    assert [line.activity for line in told] == ["queued", "left_line", "closed"]
    assert told[1].details["waited_ms"] == 90_000
    assert told[2].details["is_answered"] is False
    assert (await crew.get(conversation)).routing.state == ""  # type: ignore[union-attr]


async def test_opened_again_it_goes_to_its_last_agent_or_into_the_line(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    queue = await crew.queue("Sales", ada, accept="auto")
    await crew.enters_by(queue)
    conversation = await crew.writes()
    await crew.route()
    conversations = crew.services.conversations
    mine = await crew.get(conversation)
    closed = await conversations.change(ada, mine, "close-1", Changes(state="closed"))
    opened = await conversations.change(ada, closed, "open-1", Changes(state="open"))
    assert opened.assignee_id == ada.agent_id
    assert list((await crew.desk(ada)).held) == [local(conversation.id)]
    closed = await conversations.change(ada, opened, "close-2", Changes(state="closed"))
    await crew.services.desks.set_presence(ada.agent_id, "away")
    opened = await conversations.change(ada, closed, "open-2", Changes(state="open"))
    assert opened.assignee_id == ""
    assert opened.routing is not None
    assert opened.routing.state == "waiting"


async def test_who_waits_too_long_goes_on_to_another_queue_once(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    second = await crew.queue("Second", ada, accept="auto")
    rule = Overflow(after_wait_s=60, action="queue", queue_id=second.id)
    first = await crew.queue("First", overflow=[rule])
    await crew.enters_by(first)
    conversation = await crew.writes()
    await crew.passes(30)
    assert (await crew.get(conversation)).home == first.id
    await crew.passes(31)
    moved = await crew.get(conversation)
    assert (moved.home, moved.assignee_id) == (second.id, ada.agent_id)
    told = {line.activity: line.details for line in await crew.lines(conversation)}
    assert told["queued"]["why"] == "overflow"
    assert told["queued"]["from_queue_id"] == local(first.id)


async def test_when_too_many_wait_who_comes_goes_elsewhere(crew: Crew) -> None:
    second = await crew.queue("Second")
    rule = Overflow(over_length=2, action="queue", queue_id=second.id)
    first = await crew.queue("First", overflow=[rule])
    await crew.enters_by(first)
    homes = []
    for _ in range(3):
        homes.append((await crew.writes()).home)
        await crew.route()
    assert homes == [first.id, first.id, second.id]


async def test_a_crash_between_claim_and_command_leaves_no_load(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    await crew.enters_by(await crew.queue("Sales", ada, accept="auto"))
    ghost = f"{crew.core.workspace}.ghost"
    assert await crew.services.desks.claim(ada.agent_id, ghost, "chat", 333, "dead", limit=1000)
    await crew.clock.advance(31)
    room = crew.routing.router.room(crew.core.workspace)
    await room.level(crew.clock.now_ms(), is_first=True)
    assert (await crew.desk(ada)).held == {}


async def test_what_is_assigned_and_not_on_the_desk_is_found(crew: Crew) -> None:
    ada = await crew.sits_down("Ada")
    await crew.enters_by(await crew.queue("Sales", ada, accept="auto"))
    conversation = await crew.writes()
    await crew.route()
    await crew.services.desks.release(ada.agent_id, conversation.id)
    room = crew.routing.router.room(crew.core.workspace)
    await room.level(crew.clock.now_ms(), is_first=True)
    assert list((await crew.desk(ada)).held) == [local(conversation.id)]


async def test_numbers_of_a_queue_are_told(crew: Crew) -> None:
    ada = await crew.sits_down("Ada", capacity={"chat": 1})
    queue = await crew.queue("Sales", ada, accept="auto")
    await crew.enters_by(queue)
    for _ in range(3):
        await crew.writes()
    await crew.route()
    await crew.passes(1)
    state = next(s for s in await crew.services.board.all(crew.core.workspace))
    assert (state.waiting, state.agents_available, state.agents_free) == (2, 1, 0)
    assert (state.offered_today, state.answered_today, state.service_level) == (3, 1, 1.0)
    line = await crew.services.board.line(queue.id)
    assert [one.routing.entered_at for one in line if one.routing] == sorted(
        one.routing.entered_at for one in line if one.routing
    )
