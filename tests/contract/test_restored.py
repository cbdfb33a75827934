"""A deleted queue, skill, label or reason comes back under its id over both stores: whatever knew
it knows it again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from hub.errors import Conflict, NotFound
from hub.model.ids import local
from hub.model.routing import Disposition, Member, Need, Outside, Overflow, Queue, SlaTargets
from hub.services.changing import Changes
from hub.services.reports.names import names_of
from tests.support.crew import Crew, running_crew
from tests.support.stores import KINDS


@pytest.fixture(params=KINDS)
async def crew(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Crew]:
    async with running_crew(request.param, tmp_path) as crew:
        yield crew


async def _deleted(crew: Crew, queue: Queue) -> None:
    await crew.enters_by(None)
    await crew.services.queues.delete(crew.core.workspace, queue.id)


async def test_it_is_the_same_queue_with_its_people_and_conversations(crew: Crew) -> None:
    workspace, book = crew.core.workspace, crew.services.queue_book
    ada = await crew.sits_down("Ada")
    queue = await crew.queue("Sales", ada, accept="auto", dispositions=[Disposition("won", "Won")])
    await crew.enters_by(queue)
    conversation = await crew.writes()
    await crew.route()
    mine = await crew.get(conversation)
    await crew.services.conversations.change(ada, mine, "close-it", Changes(state="closed"))
    await _deleted(crew, queue)
    assert await crew.services.queues.all(workspace) == []
    assert book.queue_ids_of(ada.agent_id) == frozenset()
    assert await names_of(crew.core.store, workspace, "queue") == {local(queue.id): "Sales"}
    assert await names_of(crew.core.store, workspace, "outcome") == {"won": "Won"}
    back = await crew.services.queues.restore(workspace, queue.id)
    assert back == queue
    assert await crew.services.queues.all(workspace) == [queue]
    assert book.queue_ids_of(ada.agent_id) == {queue.id}
    assert book.home_ids(workspace).count(queue.id) == 1
    assert (await crew.get(conversation)).home == queue.id
    await crew.enters_by(queue)
    again = await crew.writes()
    await crew.route()
    assert (await crew.get(again)).assignee_id == ada.agent_id


async def test_it_comes_back_once_and_only_where_it_was(crew: Crew) -> None:
    queues, workspace = crew.services.queues, crew.core.workspace
    queue = await crew.queue("Sales")
    for bad in (queue.id, f"{workspace}.{'a' * 26}", f"{'b' * 8}.{local(queue.id)}"):
        with pytest.raises(NotFound):
            await queues.restore(workspace, bad)
    await _deleted(crew, queue)
    await queues.restore(workspace, queue.id)
    with pytest.raises(NotFound):
        await queues.restore(workspace, queue.id)
    await _deleted(crew, queue)
    assert await queues.restore(workspace, queue.id) == queue


async def test_a_name_that_was_given_away_is_not_taken_back(crew: Crew) -> None:
    queues, workspace = crew.services.queues, crew.core.workspace
    queue = await crew.queue("Sales")
    await _deleted(crew, queue)
    other = await crew.queue("sales")
    with pytest.raises(Conflict):
        await queues.restore(workspace, queue.id)
    await queues.delete(workspace, other.id)
    assert (await queues.restore(workspace, queue.id)).name == "Sales"


async def test_what_has_gone_meanwhile_is_left_out_and_it_can_be_saved(crew: Crew) -> None:
    workspace, services = crew.core.workspace, crew.services
    ada, bob = await crew.agent("Ada"), await crew.agent("Bob")
    team = await services.teams.create(workspace, "Lamps", [bob.agent_id])
    skill = await services.skills.create(workspace, "Lamps", "")
    hours = {"name": "Office", "time_zone": "UTC", "week": {}}
    schedule = await services.schedules.create(workspace, hours)
    second = await crew.queue("Second")
    queue = await crew.queue(
        "Sales", ada, team_ids=[team.id], schedule_id=schedule.id,
        needs=[Need(skill_id=local(skill.id))],
        outside=Outside(action="queue", queue_id=second.id, text="Later."),
        overflow=[
            Overflow(after_wait_s=60, action="queue", queue_id=second.id),
            Overflow(after_wait_s=90, action="inbox"),
        ],
        sla=SlaTargets(first_answer_s=60, move_to_queue_id=second.id),
    )  # fmt: skip
    await _deleted(crew, queue)
    await services.teams.delete(workspace, team.id)
    await services.skills.delete(workspace, skill.id)
    await services.schedules.delete(workspace, schedule.id)
    await services.queues.delete(workspace, second.id)
    back = await services.queues.restore(workspace, queue.id)
    assert back == msgspec.structs.replace(
        queue,
        members=[Member(agent_id=ada.agent_id)],
        team_ids=[],
        schedule_id="",
        needs=[],
        outside=Outside(action="wait", text="Later."),
        overflow=[Overflow(after_wait_s=90, action="inbox")],
        sla=SlaTargets(first_answer_s=60),
    )
    await crew.change_queue(back, position=3)


async def test_a_skill_comes_back_to_those_who_had_it(crew: Crew) -> None:
    skills, workspace = crew.services.skills, crew.core.workspace
    ada = await crew.sits_down("Ada")
    polish = await skills.create(workspace, "Polish", "pl")
    await skills.set_levels(workspace, ada.agent_id, {local(polish.id): 4}, {})
    await skills.delete(workspace, polish.id)
    assert await skills.counts(workspace) == {local(polish.id): 1}
    assert crew.services.queue_book.language_skill(workspace, "pl") == ""
    other = await skills.create(workspace, "Polski", "pl")
    with pytest.raises(Conflict):
        await skills.restore(workspace, polish.id)
    await skills.delete(workspace, other.id)
    assert await skills.restore(workspace, polish.id) == polish
    assert await skills.all(workspace) == [polish]
    assert crew.services.queue_book.language_skill(workspace, "pl") == local(polish.id)
    assert (await skills.counts(workspace))[local(polish.id)] == 1
    with pytest.raises(NotFound):
        await skills.restore(workspace, polish.id)


async def test_labels_and_reasons_come_back_unless_their_name_was_given_away(crew: Crew) -> None:
    settings, reasons = crew.services.settings, crew.services.presence_reasons
    workspace = crew.core.workspace
    label = await settings.create_label(workspace, "Urgent", "red")
    await settings.delete_label(workspace, label.id)
    assert await settings.restore_label(workspace, label.id) == label
    assert await settings.labels(workspace) == [label]
    lunch = await reasons.create(workspace, "Lunch", 30)
    await reasons.delete(workspace, lunch.id)
    with pytest.raises(NotFound):
        await settings.restore_label(workspace, lunch.id)
    second = await reasons.create(workspace, "lunch")
    with pytest.raises(Conflict):
        await reasons.restore(workspace, lunch.id)
    assert await reasons.all(workspace) == [second]
    await reasons.delete(workspace, second.id)
    assert await reasons.restore(workspace, lunch.id) == lunch
