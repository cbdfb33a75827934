"""Queues as a workspace sets them up. The choice of agents is `hub.services.routing`; what others
know of queues at this moment is `hub.services.queue_book`. Called by handlers.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hub.clock import Clock
from hub.errors import Conflict
from hub.model.ids import local, new_id
from hub.model.routing import Queue
from hub.ports.bus import Bus
from hub.ports.collections import (
    AGENTS,
    CONVERSATIONS,
    INBOXES,
    QUEUES,
    SCHEDULES,
    SKILLS,
    TEAMS,
)
from hub.ports.store import Coll, Doc, DocumentStore
from hub.services.docs import clean_text, from_doc, to_doc
from hub.services.named import Named, a_name
from hub.services.queue_book import QueueBook
from hub.services.queue_check import Known, check_queue, without_the_gone
from hub.services.workspaces import Workspaces

MAX_QUEUES = 500
_PAGE = 500
_WAITING = {"routing.state": {"$in": ["waiting", "offered"]}}


class Queues:
    """The only writer of queues."""

    def __init__(
        self,
        store: DocumentStore,
        workspaces: Workspaces,
        book: QueueBook,
        bus: Bus,
        clock: Clock,
    ) -> None:
        self._store = store
        self._book = book
        self._clock = clock
        self._named = Named(
            store,
            workspaces,
            bus,
            clock,
            QUEUES,
            most=MAX_QUEUES,
            changed=book.refresh,
        )

    async def all(self, workspace: str) -> list[Queue]:
        """By position, then name."""
        found = [from_doc(Queue, doc) for doc in await self._named.all(workspace)]
        return sorted(found, key=lambda queue: queue.position)

    async def require(self, workspace: str, queue_id: str) -> Queue:
        return from_doc(Queue, await self._named.require(workspace, queue_id))

    async def create(self, workspace: str, settings: dict[str, Any]) -> Queue:
        """`settings` are the fields of a `Queue` but its id, with full ids. Raises `BadInput`."""
        queue = Queue(id=new_id(workspace), created_at=self._clock.now_ms(), **settings)
        queue = await self._checked(workspace, queue)
        await self._named.create(workspace, _doc(queue))
        return queue

    async def save(self, workspace: str, queue_id: str, settings: dict[str, Any]) -> Queue:
        before = await self.require(workspace, queue_id)
        queue = Queue(id=before.id, created_at=before.created_at, **settings)
        fields = _doc(await self._checked(workspace, queue))
        for kept in ("_id", "v", "created_at"):
            del fields[kept]
        return from_doc(Queue, await self._named.save(workspace, queue_id, fields))

    async def delete(self, workspace: str, queue_id: str) -> Queue:
        """Raises `Conflict` while somebody waits in it, or something leads to it. Conversations
        that have been answered stay where they are.
        """
        queue = await self.require(workspace, queue_id)
        await self._check_unused(queue)
        await self._book.forget_home(queue_id)
        return from_doc(Queue, await self._named.delete(workspace, queue_id))

    async def restore(self, workspace: str, queue_id: str) -> Queue:
        """A deleted one again, under its id: conversations, links and reports know it still. What
        it led to and has gone meanwhile is left out. Raises `NotFound`, and `Conflict` when its
        name was given away.
        """
        was = from_doc(Queue, await self._named.deleted(workspace, queue_id))
        queue = without_the_gone(was, await self._known(workspace))
        await self._named.restore(workspace, _doc(queue))
        await self._book.recall_home(queue_id)
        return queue

    async def _check_unused(self, queue: Queue) -> None:
        workspace = queue.id.partition(".")[0]
        for one in await self.all(workspace):
            if one.id != queue.id and queue.id in _targets(one):
                raise Conflict(f"The queue {one.name} leads here; change that first.", "in_use")
        for doc in await self._every(INBOXES, workspace):
            if doc.get("entry_queue_id") == queue.id:
                raise Conflict(f"The inbox {doc['name']} leads here; change that first.", "in_use")
        after: str | None = None
        while True:
            page = await self._store.find(
                CONVERSATIONS, workspace, _WAITING, index="in_line", after=after, limit=_PAGE
            )
            if any(doc["routing"]["queue_id"] == queue.id for doc in page.docs):
                raise Conflict("Somebody waits in this queue; move them first.", "queue_waits")
            after = page.next
            if after is None:
                return

    async def _checked(self, workspace: str, queue: Queue) -> Queue:
        queue = msgspec.structs.replace(
            queue,
            name=a_name(queue.name),
            script=clean_text(queue.script, 20_000),
        )
        await check_queue(queue, await self._known(workspace))
        return queue

    async def _known(self, workspace: str) -> Known:
        skills = await self._every(SKILLS, workspace)
        return Known(
            agent_ids=await self._ids(AGENTS, workspace),
            team_ids=await self._ids(TEAMS, workspace),
            skill_ids={local(doc["_id"]) for doc in skills},
            schedule_ids=await self._ids(SCHEDULES, workspace),
            queue_ids=await self._ids(QUEUES, workspace),
        )

    async def _ids(self, coll: Coll, workspace: str) -> set[str]:
        return {doc["_id"] for doc in await self._every(coll, workspace)}

    async def _every(self, coll: Coll, workspace: str) -> list[Doc]:
        found: list[Doc] = []
        after: str | None = None
        while True:
            page = await self._store.find(coll, workspace, {}, after=after, limit=_PAGE)
            found += page.docs
            after = page.next
            if after is None:
                return found


def _doc(queue: Queue) -> Doc:
    """As `to_doc`, with lists for tuples, which stores do not keep."""
    doc = to_doc(queue)
    for need in doc["needs"]:
        need["steps"] = [list(step) for step in need["steps"]]
    return doc


def _targets(queue: Queue) -> set[str]:
    """Queues that this one hands work to."""
    found = {rule.queue_id for rule in queue.overflow if rule.action == "queue"}
    if queue.outside.action == "queue":
        found.add(queue.outside.queue_id)
    return (found | {queue.sla.move_to_queue_id}) - {""}
