"""Tasks, macros, saved views and what happened while away, on every store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.errors import BadInput, NotFound
from hub.model.agent import PERMISSIONS, Scope
from hub.model.contact import Contact
from hub.model.conversation import Access, Conversation
from hub.model.events import TaskChanged
from hub.model.ids import local, message_id, new_id
from hub.model.inbox import Inbox
from hub.model.message import Author, Message
from hub.model.saved import Step, ViewFilter
from hub.ports.collections import ACCESS, CONTACTS, CONVERSATIONS, INBOXES, MESSAGES
from hub.services.agents import scope_of
from hub.services.docs import to_doc
from hub.services.task_list import NewTask, TaskChanges
from tests.support.clock import ManualClock
from tests.support.people import Town
from tests.support.people import town as make_town
from tests.support.stores import KINDS
from tests.support.whole import all_services


@dataclass
class Place:
    """A workspace with an inbox, a contact and a conversation; three agents."""

    town: Town
    services: dict[str, Any]
    workspace: str
    ann: Scope
    bob: Scope
    #: Sees no inbox.
    eve: Scope
    inbox: Inbox
    conversation: Conversation

    def events(self) -> Iterator[TaskChanged]:
        return (e for _, e in self.town.events if isinstance(e, TaskChanged))


@pytest.fixture(params=KINDS)
async def place(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[Place]:
    async with make_town(tmp_path, clock, request.param) as town:
        services = all_services(town)
        workspace = await town.workspace()
        scopes = [
            scope_of(await town.agent(workspace, f"{name}@shop.test", homes=homes))
            for name, homes in (("ann", None), ("bob", None), ("eve", []))
        ]
        now = clock.now_ms()
        inbox = Inbox(id=new_id(workspace), channel="webchat", name="Site", is_paused=True)
        contact = Contact(id=new_id(workspace), name="Zofia", created_at=now)
        conversation = Conversation(
            id=new_id(workspace),
            contact_id=contact.id,
            contact_name="Zofia",
            home=inbox.id,
            inbox_id=inbox.id,
            channel="webchat",
            join_group="main",
            last_at=now,
            created_at=now,
        )
        for coll, one in ((INBOXES, inbox), (CONTACTS, contact), (CONVERSATIONS, conversation)):
            await town.store.insert(coll, to_doc(one))
        await services["inboxes"].load([workspace])
        yield Place(town, services, workspace, *scopes, inbox, conversation)


async def test_a_task_is_told_to_who_sees_it_and_reminds_its_assignee(place: Place) -> None:
    tasks, clock = place.services["task_list"], place.town.clock
    due = clock.now_ms() + 60_000
    wanted = NewTask(
        text=" call back ",
        assignee_id=place.bob.agent_id,
        conversation_id=place.conversation.id,
        due_at=due,
    )
    task = await tasks.create(place.ann, wanted)
    assert (task.text, task.contact_name, task.remind_at) == ("call back", "Zofia", due)
    (told,) = place.events()
    assert told.conversation is not None
    assert not told.is_due
    mine = await tasks.mine(place.bob, "open", None, 10)
    assert [doc["_id"] for doc in mine.docs] == [task.id]
    assert (await tasks.mine(place.ann, "open", None, 10)).docs == []
    of_it = await tasks.of_conversation(place.ann, place.conversation.id, None, 10)
    assert [doc["_id"] for doc in of_it.docs] == [task.id]
    await clock.advance(61)
    timers = tasks._timers
    await timers.run_due()
    assert [event.is_due for event in place.events()] == [False, True]
    assert await tasks.count_due(place.bob) == 1
    await tasks.change(place.bob, task.id, TaskChanges(is_done=True))
    assert await tasks.count_due(place.bob) == 0
    done = await tasks.mine(place.bob, "done", None, 10)
    assert [doc["done_by"] for doc in done.docs] == [place.bob.agent_id]


async def test_a_done_or_moved_task_does_not_remind_at_the_old_time(place: Place) -> None:
    tasks, clock = place.services["task_list"], place.town.clock
    due = clock.now_ms() + 60_000
    task = await tasks.create(
        place.ann, NewTask(text="x", assignee_id=place.ann.agent_id, due_at=due)
    )
    await tasks.change(place.ann, task.id, TaskChanges(due_at=due + 600_000))
    done = await tasks.create(
        place.ann, NewTask(text="y", assignee_id=place.ann.agent_id, due_at=due)
    )
    await tasks.change(place.ann, done.id, TaskChanges(is_done=True))
    await clock.advance(61)
    await tasks._timers.run_due()
    assert not [event for event in place.events() if event.is_due]
    await clock.advance(600)
    await tasks._timers.run_due()
    assert [event.task.id for event in place.events() if event.is_due] == [task.id]


async def test_a_task_that_changes_hands_leaves_the_old_list(place: Place) -> None:
    tasks = place.services["task_list"]
    task = await tasks.create(place.ann, NewTask(text="x", assignee_id=place.ann.agent_id))
    await tasks.change(place.ann, task.id, TaskChanges(assignee_id=place.bob.agent_id))
    gone = [event for event in place.events() if event.is_gone]
    assert [event.task.assignee_id for event in gone] == [place.ann.agent_id]
    assert (await tasks.mine(place.ann, "open", None, 10)).docs == []
    assert len((await tasks.mine(place.bob, "open", None, 10)).docs) == 1


async def test_who_may_not_see_the_conversation_sees_no_task_of_it(place: Place) -> None:
    tasks = place.services["task_list"]
    wanted = NewTask(text="x", conversation_id=place.conversation.id)
    task = await tasks.create(place.ann, wanted)
    with pytest.raises(NotFound):
        await tasks.require(place.eve, task.id)
    with pytest.raises(NotFound):
        await tasks.delete(place.eve, task.id)
    with pytest.raises(NotFound):
        await tasks.create(place.eve, wanted)
    with pytest.raises(BadInput):
        assignee = msgspec.structs.replace(wanted, assignee_id=place.eve.agent_id)
        await tasks.create(place.ann, assignee)
    of_contact = await tasks.of_contact(place.eve, place.conversation.contact_id, None, 10)
    assert of_contact.docs == []
    assert len((await tasks.mine(place.ann, "open", None, 10)).docs) == 0


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
async def test_a_task_without_words_is_refused_and_nothing_is_kept(place: Place, text: str) -> None:
    tasks = place.services["task_list"]
    with pytest.raises(BadInput):
        await tasks.create(place.ann, NewTask(text=text, assignee_id=place.ann.agent_id))
    assert (await tasks.mine(place.ann, "open", None, 10)).docs == []


async def test_views_are_ones_own_unless_shared_by_who_may(place: Place) -> None:
    saved = place.services["saved"]
    ruling = msgspec.structs.replace(place.bob, permissions=PERMISSIONS["supervisor"])
    own = await saved.create_view(place.ann, "Urgent", ViewFilter(priority=4), is_shared=False)
    ours = await saved.create_view(ruling, "All mail", ViewFilter(channel="email"), is_shared=True)
    assert [one.id for one in await saved.views(place.ann)] == [ours.id, own.id]
    assert [one.id for one in await saved.views(place.bob)] == [ours.id]
    with pytest.raises(BadInput):
        await saved.create_view(place.ann, "x", ViewFilter(), is_shared=True)
    with pytest.raises(NotFound):
        await saved.delete_view(place.ann, ours.id)
    with pytest.raises(NotFound):
        await saved.save_view(place.bob, own.id, "x", ViewFilter(), is_shared=False)
    await saved.delete_view(place.ann, own.id)
    assert [one.id for one in await saved.views(place.ann)] == [ours.id]


@pytest.mark.parametrize(
    "steps",
    [
        [Step(kind="priority", value="5")],
        [Step(kind="snooze", value="soon")],
        [Step(kind="snooze", value="0")],
        [Step(kind="reply", value=" ")],
        [Step(kind="add_label")],
        [Step(kind="reply", value="a"), Step(kind="reply", value="b")],
    ],
)
async def test_a_macro_that_could_not_run_is_refused(place: Place, steps: list[Step]) -> None:
    saved = place.services["saved"]
    with pytest.raises(BadInput):
        await saved.create_macro(place.workspace, "Macro", steps)
    assert await saved.macros(place.workspace) == []


async def test_who_comes_back_is_told_what_changed(place: Place) -> None:
    town, ann, talk = place.town, place.ann, place.conversation
    left = town.clock.now_ms()
    await town.clock.advance(60)
    now = town.clock.now_ms()
    mine = msgspec.structs.replace(
        talk, id=new_id(place.workspace), assignee_id=ann.agent_id, last_at=now, assigned_at=now
    )
    answered = msgspec.structs.replace(
        mine, id=new_id(place.workspace), assigned_at=left - 5, last_inbound_at=now
    )
    quiet = msgspec.structs.replace(mine, id=new_id(place.workspace), last_at=left - 5)
    for one in (mine, answered, quiet):
        await town.store.insert(CONVERSATIONS, to_doc(one))
    mention = Access(
        id=f"{talk.id}.{local(ann.agent_id)}",
        conversation_id=talk.id,
        agent_id=ann.agent_id,
        why="mention",
        at=now,
    )
    await town.store.insert(ACCESS, to_doc(mention))
    by = Author("agent", place.bob.agent_id, "Bob")
    about = (
        ("taken_over", {"from_agent_id": local(ann.agent_id)}),
        ("offer_missed", {"agent_id": local(ann.agent_id)}),
        ("offer_missed", {"agent_id": local(place.bob.agent_id)}),
    )
    for seq, (what, details) in enumerate(about, start=1):
        line = Message(
            id=message_id(talk.id, seq), conversation_id=talk.id, seq=seq, kind="activity",
            direction="none", author=by, at=now, activity=what, details=details,
        )  # fmt: skip
        await town.store.insert(MESSAGES, to_doc(line))
    found = await place.services["while_away"].since(ann, left)
    assert found.assigned == [mine.id]
    assert found.answered == [answered.id]
    assert found.mentioned == [talk.id]
    assert found.taken == [talk.id]
    assert found.missed_offers == 1
    nothing = await place.services["while_away"].since(ann, now)
    assert nothing == type(nothing)(
        assigned=[], taken=[], mentioned=[], answered=[], missed_offers=0
    )
