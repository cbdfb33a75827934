"""Who is asked, by the whole hub over both stores: everybody at once, VIPs first, by language."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.errors import Conflict
from hub.model.conversation import Conversation
from hub.model.ids import local
from hub.model.routing import Offer
from tests.support.crew import Crew, running_crew
from tests.support.stores import KINDS


@pytest.fixture(params=KINDS)
async def crew(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Crew]:
    async with running_crew(request.param, tmp_path) as crew:
        yield crew


async def _offer(crew: Crew, conversation: Conversation) -> Offer:
    routing = (await crew.get(conversation)).routing
    assert routing is not None
    assert routing.offer is not None
    return routing.offer


async def test_all_who_are_free_are_rung_and_the_first_gets_it(crew: Crew) -> None:
    ada, bob = await crew.sits_down("Ada"), await crew.sits_down("Bob")
    cem = await crew.sits_down("Cem")
    await crew.services.desks.set_presence(cem.agent_id, "away")
    await crew.enters_by(await crew.queue("Sales", ada, bob, cem, strategy="ring_all"))
    conversation = await crew.writes()
    await crew.route()
    offer = await _offer(crew, conversation)
    assert set(offer.agent_ids) == {ada.agent_id, bob.agent_id}
    offered, verbs = await crew.get(conversation), crew.services.routing
    answers = await asyncio.gather(
        *(verbs.accept(scope, offered, offer.number) for scope in (ada, bob)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1
    taken = await crew.get(conversation)
    held = [list((await crew.desk(scope)).held) for scope in (ada, bob, cem)]
    assert sorted(held) == [[], [], [local(conversation.id)]]
    assert taken.assignee_id in offer.agent_ids
    trace = (await crew.lines(conversation))[-1].details["trace"]
    assert (trace["because"], trace["chosen"]) == ("accepted", [local(taken.assignee_id)])


async def test_who_declines_a_ring_leaves_it_to_the_others(crew: Crew) -> None:
    ada, bob = await crew.sits_down("Ada"), await crew.sits_down("Bob")
    await crew.enters_by(await crew.queue("Sales", ada, bob, strategy="ring_all"))
    conversation = await crew.writes()
    await crew.route()
    offer = await _offer(crew, conversation)
    await crew.services.routing.decline(ada, await crew.get(conversation), offer.number)
    still = await _offer(crew, conversation)
    assert (still.number, still.agent_ids) == (offer.number, [bob.agent_id])
    taken = await crew.services.routing.accept(bob, await crew.get(conversation), offer.number)
    assert taken.assignee_id == bob.agent_id


async def test_a_vip_is_served_before_who_came_a_little_earlier(crew: Crew) -> None:
    """But not before who has waited for longer than the boost: nobody starves."""
    ada = await crew.agent("Ada", capacity={"chat": 1})
    queue = await crew.queue("Sales", ada, accept="auto", vip_boost_s=600)
    await crew.enters_by(None)
    known = await crew.writes("vera")
    await crew.services.contacts.change(ada, known.contact_id, {"is_vip": True})
    await crew.enters_by(queue)
    patient = await crew.writes("pat")
    await crew.later(700)
    earlier = await crew.writes("eva")
    await crew.later(60)
    closed = await crew.services.routing.move(ada, known, "into-line", queue.id)
    assert closed.routing is not None
    assert closed.routing.is_vip
    await crew.route()
    line = [one.id for one in await crew.services.board.line(queue.id)]
    assert line == [patient.id, known.id, earlier.id]
    await crew.opens_browser(ada)
    await crew.services.desks.set_presence(ada.agent_id, "available")
    served = []
    for number in range(3):
        await crew.route()
        [key] = (await crew.desk(ada)).held
        served.append(f"{crew.core.workspace}.{key}")
        await crew.services.routing.move(
            ada, await crew.get_id(served[-1]), f"put-back-{number}", ""
        )
    assert served == line


async def test_who_speaks_the_language_is_asked_first_and_others_after_a_while(crew: Crew) -> None:
    workspace = crew.core.workspace
    turkish = await crew.services.skills.create(workspace, "Türkçe", "tr")
    ada = await crew.sits_down("Ada")
    cem = await crew.sits_down("Cem", skills={local(turkish.id): 3}, capacity={"chat": 1})
    queue = await crew.queue(
        "Sales", ada, cem, accept="auto", strategy="top_down", match_language=True,
        language_relax_s=60,
    )  # fmt: skip
    await crew.enters_by(queue)
    english = await crew.writes(language="en")
    first, second = await crew.writes(language="tr-TR"), await crew.writes(language="tr")
    await crew.route()
    assert (await crew.get(english)).assignee_id == ada.agent_id
    assert (await crew.get(first)).assignee_id == cem.agent_id
    assert (await crew.get(second)).assignee_id == ""
    await crew.passes(61)
    assert (await crew.get(second)).assignee_id == ada.agent_id
    trace = (await crew.lines(second))[-1].details["trace"]
    assert trace["relaxed"] == [local(turkish.id)]
