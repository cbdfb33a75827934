"""Tasks: what somebody promised to do by a time, on a conversation, a contact or neither (H7).

Who sees the conversation sees its tasks; one without a conversation belongs to its assignee and its
maker. Everybody concerned is told of every change; the assignee is reminded by a timer. Called by
the API.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from hub.clock import Clock
from hub.errors import BadInput, NotFound
from hub.model.agent import Scope
from hub.model.conversation import Conversation
from hub.model.events import TaskChanged
from hub.model.ids import new_id, workspace_of
from hub.model.task import Task
from hub.ports.bus import Bus
from hub.ports.collections import CONVERSATIONS, TASKS
from hub.ports.store import DocumentStore, Page, Patch
from hub.services.contacts import Contacts
from hub.services.docs import clean_text, from_doc, to_doc
from hub.services.reading import Reading
from hub.services.timers import Timers

TIMER = "task"
TEXT_MAX = 2_000


class NewTask(msgspec.Struct, frozen=True, kw_only=True):
    """Ids are full; "" is none."""

    text: str
    assignee_id: str = ""
    conversation_id: str = ""
    contact_id: str = ""
    due_at: int = 0
    remind_at: int = 0


class TaskChanges(msgspec.Struct, frozen=True, kw_only=True):
    """UNSET ones stay as they are."""

    text: str | msgspec.UnsetType = msgspec.UNSET
    assignee_id: str | msgspec.UnsetType = msgspec.UNSET
    due_at: int | msgspec.UnsetType = msgspec.UNSET
    remind_at: int | msgspec.UnsetType = msgspec.UNSET
    is_done: bool | msgspec.UnsetType = msgspec.UNSET


#: Whether an agent works here and may see a conversation: (workspace, agent id, conversation).
CanSee = Callable[[str, str, Conversation], Awaitable[bool]]


class TaskList:
    """The only writer of tasks."""

    def __init__(
        self,
        store: DocumentStore,
        reading: Reading,
        contacts: Contacts,
        timers: Timers,
        bus: Bus,
        clock: Clock,
        can_see: CanSee,
        is_working: Callable[[str, str], Awaitable[bool]],
    ) -> None:
        self._store = store
        self._reading = reading
        self._contacts = contacts
        self._timers = timers
        self._bus = bus
        self._clock = clock
        self._can_see = can_see
        self._is_working = is_working
        timers.on(TIMER, self._remind)

    async def create(self, scope: Scope, wanted: NewTask) -> Task:
        """Raises `BadInput` for an assignee who could not see it, `NotFound` for what the caller
        may not see.
        """
        conversation = None
        contact_id, contact_name = wanted.contact_id, ""
        if wanted.conversation_id:
            conversation = await self._reading.require(scope, wanted.conversation_id)
            contact_id, contact_name = conversation.contact_id, conversation.contact_name
        elif contact_id:
            contact = await self._contacts.require(scope, contact_id)
            contact_id, contact_name = contact.id, contact.name
        await self._check_assignee(scope, wanted.assignee_id, conversation)
        task = Task(
            id=new_id(scope.workspace),
            text=_text(wanted.text),
            assignee_id=wanted.assignee_id,
            conversation_id=wanted.conversation_id,
            contact_id=contact_id,
            contact_name=contact_name,
            due_at=wanted.due_at,
            remind_at=wanted.remind_at or wanted.due_at,
            created_by=scope.agent_id,
            created_at=self._clock.now_ms(),
        )
        await self._store.insert(TASKS, to_doc(task))
        await self._set_timer(task)
        await self._tell(TaskChanged(task=task))
        return task

    async def change(self, scope: Scope, task_id: str, wanted: TaskChanges) -> Task:
        task = await self.require(scope, task_id)
        facts: dict[str, Any] = {}
        if isinstance(wanted.text, str):
            facts["text"] = _text(wanted.text)
        if isinstance(wanted.assignee_id, str) and wanted.assignee_id != task.assignee_id:
            conversation = None
            if task.conversation_id:
                conversation = await self._reading.require(scope, task.conversation_id)
            await self._check_assignee(scope, wanted.assignee_id, conversation)
            facts["assignee_id"] = wanted.assignee_id
        if isinstance(wanted.due_at, int):
            facts["due_at"] = wanted.due_at
            if task.remind_at == task.due_at:  # the reminder goes along until set apart
                facts["remind_at"] = wanted.due_at
        if isinstance(wanted.remind_at, int):
            facts["remind_at"] = wanted.remind_at
        if isinstance(wanted.is_done, bool) and wanted.is_done != (task.state == "done"):
            now = self._clock.now_ms()
            done = {"state": "done", "done_at": now, "done_by": scope.agent_id}
            facts |= done if wanted.is_done else {"state": "open", "done_at": 0, "done_by": ""}
        if not facts:
            return task
        doc = await self._store.patch(TASKS, task.id, Patch(set=facts))
        if doc is None:
            raise NotFound("this task has been deleted")
        changed = from_doc(Task, doc)
        if changed.remind_at != task.remind_at or changed.state != task.state:
            await self._set_timer(changed)
        if changed.assignee_id != task.assignee_id:
            await self._tell(TaskChanged(task=task, is_gone=True))
        await self._tell(TaskChanged(task=changed))
        return changed

    async def delete(self, scope: Scope, task_id: str) -> None:
        task = await self.require(scope, task_id)
        await self._store.delete(TASKS, task.id)
        await self._tell(TaskChanged(task=task, is_gone=True))

    async def require(self, scope: Scope, task_id: str) -> Task:
        """The task, if it concerns the caller; `NotFound` otherwise."""
        if workspace_of(task_id) == scope.workspace:
            doc = await self._store.get(TASKS, task_id)
            if doc is not None:
                task = from_doc(Task, doc)
                if await self._may_see(scope, task):
                    return task
        raise NotFound("there is no such task")

    async def mine(self, scope: Scope, state: str, after: str | None, limit: int) -> Page:
        """The caller's, by when they are due."""
        where = {"assignee_id": scope.agent_id, "state": state}
        return await self._store.find(
            TASKS,
            scope.workspace,
            where,
            index="by_assignee",
            desc=state == "done",
            after=after,
            limit=limit,
        )

    async def of_conversation(
        self, scope: Scope, conversation_id: str, after: str | None, limit: int
    ) -> Page:
        conversation = await self._reading.require(scope, conversation_id)
        where = {"conversation_id": conversation.id}
        return await self._store.find(
            TASKS, scope.workspace, where, index="by_conversation", after=after, limit=limit
        )

    async def of_contact(
        self, scope: Scope, contact_id: str, after: str | None, limit: int
    ) -> Page:
        """Only those that the caller may see: a page may be short."""
        contact = await self._contacts.require(scope, contact_id)
        page = await self._store.find(
            TASKS,
            scope.workspace,
            {"contact_id": contact.id},
            index="by_contact",
            after=after,
            limit=limit,
        )
        seen = [doc for doc in page.docs if await self._may_see(scope, from_doc(Task, doc))]
        return Page(seen, page.next)

    async def count_due(self, scope: Scope) -> int:
        """The caller's open tasks whose time has come."""
        where = {
            "assignee_id": scope.agent_id,
            "state": "open",
            "due_at": {"$gt": 0, "$lte": self._clock.now_ms()},
        }
        return await self._store.count(TASKS, scope.workspace, where, cap=99)

    async def _may_see(self, scope: Scope, task: Task) -> bool:
        if scope.agent_id and scope.agent_id in (task.assignee_id, task.created_by):
            return True
        if task.conversation_id:
            try:
                await self._reading.require(scope, task.conversation_id)
            except NotFound:
                return False
            return True
        return bool(task.contact_id) or scope.homes is None

    async def _check_assignee(
        self, scope: Scope, agent_id: str, conversation: Conversation | None
    ) -> None:
        if not agent_id:
            return
        if not await self._is_working(scope.workspace, agent_id):
            raise BadInput("this colleague does not work here", "assignee_id")
        if conversation is not None and not await self._can_see(
            scope.workspace, agent_id, conversation
        ):
            raise BadInput("this colleague may not see the conversation", "assignee_id")

    async def _set_timer(self, task: Task) -> None:
        if task.state == "open" and task.remind_at:
            await self._timers.set(TIMER, task.id, task.remind_at)

    async def _remind(self, task_id: str) -> None:
        doc = await self._store.get(TASKS, task_id)
        if doc is None:
            return
        task = from_doc(Task, doc)
        if task.state == "open" and 0 < task.remind_at <= self._clock.now_ms():
            await self._tell(TaskChanged(task=task, is_due=True))

    async def _tell(self, event: TaskChanged) -> None:
        id = event.task.conversation_id
        doc = await self._store.get(CONVERSATIONS, id) if id else None
        if doc is not None:
            event = msgspec.structs.replace(event, conversation=from_doc(Conversation, doc))
        self._bus.publish(workspace_of(event.task.id), event)


def _text(text: str) -> str:
    cleaned = clean_text(text.strip(), TEXT_MAX)
    if not cleaned:
        raise BadInput("say what is to be done", "text")
    return cleaned
