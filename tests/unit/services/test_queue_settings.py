"""Queues, teams, skills, hours and reasons: what is kept, what is refused, who is told."""

from typing import Any

import pytest

from hub.errors import BadInput, Conflict, NotFound
from hub.model.conversation import Conversation
from hub.model.events import RightsChanged, SettingsChanged
from hub.model.hours import DateRule, Span
from hub.model.ids import local, new_id
from hub.model.inbox import Inbox
from hub.model.routing import (
    Disposition,
    FormField,
    Member,
    Need,
    Outside,
    Overflow,
    Routing,
    SlaTargets,
)
from hub.ports.collections import CONVERSATIONS, INBOXES, QUEUES
from hub.services.docs import to_doc
from hub.services.queue_book import QueueBook
from tests.support.people import Town


async def refused(town: Town, workspace: str, **settings: Any) -> BadInput:
    with pytest.raises(BadInput) as fault:
        await town.people.queues.create(workspace, {"name": "q", **settings})
    assert (await town.store.dump(QUEUES)).docs == []
    return fault.value


async def test_a_queue_is_kept_with_all_its_settings(town: Town) -> None:
    workspace = await town.workspace()
    ada, ben = await town.agent(workspace, "a@b.test"), await town.agent(workspace, "b@b.test")
    people = town.people
    skill = await people.skills.create(workspace, "Billing")
    team = await people.teams.create(workspace, "Night", [ben.id, ben.id])
    hours = await people.schedules.create(workspace, {"name": "Day", "time_zone": "Europe/Warsaw"})
    other = await people.queues.create(workspace, {"name": "Other"})
    settings = {
        "name": " Sales  ",
        "members": [Member(agent_id=ada.id, tier=2)],
        "team_ids": [team.id],
        "needs": [Need(skill_id=local(skill.id), level=4, steps=[(30, 2), (60, 0)])],
        "schedule_id": hours.id,
        "outside": Outside(action="queue", queue_id=other.id, text="Until {{ queue.name }}"),
        "overflow": [Overflow(after_wait_s=60, action="queue", queue_id=other.id)],
        "sla": SlaTargets(first_answer_s=60, move_to_queue_id=other.id),
        "waiting_text": "You are number {{ place }}.",
        "dispositions": [Disposition("sold", "Sold")],
        "form": [FormField(key="size", label="Size", kind="choice", options=["S", "M"])],
    }
    queue = await people.queues.create(workspace, settings)
    assert queue.name == "Sales"
    assert people.queue_book.queue(queue.id) == await people.queues.require(workspace, queue.id)
    assert people.queue_book.members(queue) == [
        Member(agent_id=ada.id, tier=2), Member(agent_id=ben.id),
    ]  # fmt: skip
    assert people.queue_book.queue_ids_of(ben.id) == {queue.id}
    assert people.queue_book.schedule(hours.id) is not None
    changed = await people.queues.save(workspace, queue.id, {"name": "Sales", "offer_s": 12})
    assert (changed.offer_s, changed.members, changed.created_at) == (12, [], queue.created_at)
    assert [one.name for one in await people.queues.all(workspace)] == ["Other", "Sales"]
    told = [event.what for _, event in town.events if isinstance(event, SettingsChanged)]
    assert {"queues", "teams", "skills", "schedules"} <= set(told)


@pytest.mark.parametrize(
    ("settings", "field", "why"),
    [
        ({"members": [Member(agent_id="w.nobody")]}, "members.0.agent_id", "no_agent"),
        ({"team_ids": ["w.none"]}, "team_ids.0", "no_team"),
        ({"needs": [Need(skill_id="none")]}, "needs.0.skill_id", "no_skill"),
        ({"schedule_id": "w.none"}, "schedule_id", "no_schedule"),
        (
            {"outside": Outside(action="queue", queue_id="w.none")},
            "outside.queue_id",
            "no_queue",
        ),
        ({"overflow": [Overflow(action="inbox")]}, "overflow.0", "no_condition"),
        (
            {"overflow": [Overflow(after_wait_s=1, action="message")]},
            "overflow.0.text",
            "no_text",
        ),
        (
            {"dispositions": [Disposition("a", "A"), Disposition("a", "B")]},
            "dispositions",
            "disposition_twice",
        ),
        (
            {"dispositions": [Disposition("a", "Satış"), Disposition("b", "SATIŞ")]},
            "dispositions",
            "disposition_twice",
        ),
        ({"is_disposition_required": True}, "dispositions", "no_disposition"),
        (
            {"form": [FormField(key="a", label="A"), FormField(key="a", label="B")]},
            "form",
            "form_key_twice",
        ),
        ({"form": [FormField(key="a.b", label="A")]}, "form.0.key", "key"),
        ({"form": [FormField(key="a", label="A", kind="choice")]}, "form.0.options", "no_options"),
        ({"form": [FormField(key="a", label=" ")]}, "form.0.label", "empty"),
        ({"sla": SlaTargets(first_answer_s=-1)}, "sla.first_answer_s", "range"),
        ({"sla": SlaTargets(warn_percent=100)}, "sla.warn_percent", "range"),
        ({"sla": SlaTargets(move_to_queue_id="w.none")}, "sla.move_to_queue_id", "no_queue"),
        ({"waiting_text": "{{ places }}"}, "waiting_text", "template_name"),
        ({"waiting_text": "{% for x in y %}{% endfor %}"}, "waiting_text", "template_kind"),
        ({"waiting_text": "{{ place "}, "waiting_text", "template"),
        ({"outside": Outside(text="{{ place }}")}, "outside.text", "template_name"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(
    town: Town, settings: dict[str, Any], field: str, why: str
) -> None:
    fault = await refused(town, await town.workspace(), **settings)
    assert (fault.field, fault.why) == (field, why)


@pytest.mark.parametrize("steps", [[(60, 3)], [(60, 1), (30, 0)], [(60, 1), (90, 1)], [(0, 1)]])
async def test_needs_are_relaxed_in_their_order(town: Town, steps: list[tuple[int, int]]) -> None:
    workspace = await town.workspace()
    skill = await town.people.skills.create(workspace, "Billing")
    need = Need(skill_id=local(skill.id), level=3, steps=steps)
    assert (await refused(town, workspace, needs=[need])).why == "steps"


async def test_people_of_another_workspace_do_not_exist(town: Town) -> None:
    workspace, other = await town.workspace(), await town.workspace()
    stranger = await town.agent(other, "s@o.test")
    fault = await refused(town, workspace, members=[Member(agent_id=stranger.id)])
    assert fault.why == "no_agent"
    with pytest.raises(BadInput):
        await town.people.teams.create(workspace, "t", [stranger.id])


async def test_a_queue_cannot_lead_to_itself(town: Town) -> None:
    workspace = await town.workspace()
    queue = await town.people.queues.create(workspace, {"name": "q"})
    rule = Overflow(after_wait_s=1, action="queue", queue_id=queue.id)
    for settings in (
        {"overflow": [rule]},
        {"outside": Outside(action="queue", queue_id=queue.id)},
        {"sla": SlaTargets(move_to_queue_id=queue.id)},
    ):
        with pytest.raises(BadInput) as fault:
            await town.people.queues.save(workspace, queue.id, {"name": "q", **settings})
        assert fault.value.why == "to_itself"


async def test_names_are_unique_in_any_spelling(town: Town) -> None:
    workspace = await town.workspace()
    first = await town.people.queues.create(workspace, {"name": "Satış"})
    with pytest.raises(Conflict):
        await town.people.queues.create(workspace, {"name": "SATIS"})
    await town.people.queues.save(workspace, first.id, {"name": "Other"})
    await town.people.queues.create(workspace, {"name": "satis"})


async def test_what_is_used_cannot_be_deleted(town: Town) -> None:
    workspace, people = await town.workspace(), town.people
    skill = await people.skills.create(workspace, "s")
    team = await people.teams.create(workspace, "t", [])
    hours = await people.schedules.create(workspace, {"name": "h", "time_zone": "UTC"})
    end = await people.queues.create(workspace, {"name": "end"})
    settings = {
        "name": "q",
        "needs": [Need(skill_id=local(skill.id))],
        "team_ids": [team.id],
        "schedule_id": hours.id,
        "overflow": [Overflow(after_wait_s=1, action="queue", queue_id=end.id)],
    }
    queue = await people.queues.create(workspace, settings)
    for delete in (
        people.skills.delete(workspace, skill.id),
        people.teams.delete(workspace, team.id),
        people.schedules.delete(workspace, hours.id),
        people.queues.delete(workspace, end.id),
    ):
        with pytest.raises(Conflict) as fault:
            await delete
        assert fault.value.key == "in_use"
    await people.queues.delete(workspace, queue.id)
    await people.queues.delete(workspace, end.id)
    await people.schedules.delete(workspace, hours.id)
    with pytest.raises(NotFound):
        await people.queues.require(workspace, queue.id)


async def test_a_queue_in_which_somebody_waits_stays(town: Town) -> None:
    workspace, queues = await town.workspace(), town.people.queues
    queue = await queues.create(workspace, {"name": "q"})
    waiting = Conversation(
        id=new_id(workspace), contact_id="c", home=queue.id, inbox_id="i", channel="x",
        join_group="main", routing=Routing(queue_id=queue.id, state="waiting", entered_at=1),
    )  # fmt: skip
    await town.store.insert(CONVERSATIONS, to_doc(waiting))
    with pytest.raises(Conflict) as fault:
        await queues.delete(workspace, queue.id)
    assert fault.value.key == "queue_waits"
    await town.store.delete(CONVERSATIONS, waiting.id)
    await queues.delete(workspace, queue.id)
    assert queue.id in town.people.queue_book.home_ids(workspace)


async def test_a_queue_that_an_inbox_leads_to_stays(town: Town) -> None:
    workspace, queues = await town.workspace(), town.people.queues
    queue = await queues.create(workspace, {"name": "q"})
    inbox = Inbox(id=new_id(workspace), channel="x", name="i", entry_queue_id=queue.id)
    await town.store.insert(INBOXES, to_doc(inbox))
    with pytest.raises(Conflict) as fault:
        await queues.delete(workspace, queue.id)
    assert fault.value.key == "in_use"


async def test_whose_queues_change_see_other_conversations_at_once(town: Town) -> None:
    workspace, people = await town.workspace(), town.people
    ada = await town.agent(workspace, "a@b.test")
    team = await people.teams.create(workspace, "t", [])
    queue = await people.queues.create(workspace, {"name": "q", "team_ids": [team.id]})
    town.events.clear()
    await people.teams.save(workspace, team.id, "t", [ada.id])
    rights = [event for _, event in town.events if isinstance(event, RightsChanged)]
    assert [event.agent_id for event in rights] == [ada.id]
    assert people.queue_book.queue_ids_of(ada.id) == {queue.id}
    # Told only when the book knows it.
    assert [type(event) for _, event in town.events] == [RightsChanged, SettingsChanged]


async def test_who_leaves_works_in_no_queue(town: Town) -> None:
    workspace, people = await town.workspace(), town.people
    ada = await town.agent(workspace, "a@b.test")
    settings = {"name": "q", "members": [Member(agent_id=ada.id)]}
    queue = await people.queues.create(workspace, settings)
    await people.agents.change(workspace, ada.id, is_active=False)
    await town.background()
    assert people.queue_book.members(queue) == []
    assert people.queue_book.queue_ids_of(ada.id) == frozenset()


async def test_another_hub_sees_it_without_a_bus(town: Town) -> None:
    """Re-read every five seconds: what was written elsewhere and not told."""
    workspace = await town.workspace()
    other = QueueBook(town.store, town.people.workspaces, town.bus, town.clock, town.tasks)
    await other.load()
    runs = town.tasks.spawn("other hub", other.run())
    queue = await town.people.queues.create(workspace, {"name": "q"})
    await town.store.delete(QUEUES, queue.id)
    while len(town.tasks) > 1:
        await town.clock.advance(0)
    assert other.queue(queue.id) is not None or other.queues(workspace) == []
    await town.clock.advance(5)
    while other.queues(workspace):
        await town.clock.advance(0)
    assert other.queue(queue.id) is None
    runs.cancel()


@pytest.mark.parametrize(
    ("settings", "field", "why"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone", ""),
        ({"week": {"mon": [Span(60, 60)]}}, "week.mon", "span"),
        ({"week": {"mon": [Span(60, 1441)]}}, "week.mon", "span"),
        ({"week": {"mon": [Span(90, 120), Span(60, 91)]}}, "week.mon", "overlap"),
        ({"dates": [DateRule(date="2026-02-30")]}, "dates.0.date", "date"),
        ({"dates": [DateRule(date="2026-02-03")] * 2}, "dates", "date_twice"),
        (
            {"dates": [DateRule(date="2026-02-03", spans=[Span(5, 4)])]},
            "dates.0.spans",
            "span",
        ),
        ({"holidays_country": "XX"}, "holidays_country", "country"),
        ({"holidays_country": "DE", "holidays_region": "QQ"}, "holidays_region", "region"),
    ],
)
async def test_hours_that_cannot_be_are_refused(
    town: Town, settings: dict[str, Any], field: str, why: str
) -> None:
    workspace = await town.workspace()
    with pytest.raises(BadInput) as fault:
        given = {"name": "h", "time_zone": "UTC", **settings}
        await town.people.schedules.create(workspace, given)
    assert (fault.value.field, fault.value.why) == (field, why)


async def test_public_holidays_close(town: Town) -> None:
    workspace = await town.workspace()
    week = {"fri": [Span(540, 1020)]}
    given = {"name": "h", "time_zone": "Europe/Warsaw", "week": week, "holidays_country": "pl"}
    schedule = await town.people.schedules.create(workspace, given)
    hours = town.people.queue_book.schedule(schedule.id)
    assert schedule.holidays_country == "PL"
    assert hours is not None
    assert "2026-11-11" in hours.holidays
    assert "2026-12-25" in hours.holidays


async def test_a_language_is_one_skill(town: Town) -> None:
    workspace, skills = await town.workspace(), town.people.skills
    turkish = await skills.create(workspace, "Türkçe", "TR")
    assert turkish.language == "tr"
    assert town.people.queue_book.language_skill(workspace, "tr-TR") == local(turkish.id)
    assert town.people.queue_book.language_skill(workspace, "pl") == ""
    with pytest.raises(Conflict):
        await skills.create(workspace, "Turkish", "tr")
    with pytest.raises(BadInput):
        await skills.create(workspace, "Elvish", "elvish!")
    await skills.save(workspace, turkish.id, "Turkish", "tr")


async def test_an_agents_levels_are_of_skills_that_exist(town: Town) -> None:
    workspace, skills = await town.workspace(), town.people.skills
    ada = await town.agent(workspace, "a@b.test")
    skill = await skills.create(workspace, "Billing")
    agent = await skills.set_levels(workspace, ada.id, {local(skill.id): 3}, {"chat": 5})
    assert (agent.skills, agent.capacity) == ({local(skill.id): 3}, {"chat": 5})
    assert await skills.counts(workspace) == {local(skill.id): 1}
    for levels in ({"none": 3}, {local(skill.id): 6}):
        with pytest.raises(BadInput):
            await skills.set_levels(workspace, ada.id, levels, {})


async def test_reasons_for_being_away(town: Town) -> None:
    workspace, reasons = await town.workspace(), town.people.presence_reasons
    lunch = await reasons.create(workspace, "Lunch", 45, 2)
    await reasons.create(workspace, "Meeting", 0, 1)
    assert [one.name for one in await reasons.all(workspace)] == ["Meeting", "Lunch"]
    assert (await reasons.save(workspace, lunch.id, "Break", 15, 0)).limit_minutes == 15
    await reasons.delete(workspace, lunch.id)
    assert [one.name for one in await reasons.all(workspace)] == ["Meeting"]
