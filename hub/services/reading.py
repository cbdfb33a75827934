"""The read side of conversations: views, timelines and search, each under the caller's scope.

A conversation is visible through its home, or by a row in `access` (mentioned, participant).
Everything else is `NotFound`. A view is one index page, or a k-way merge of one for each home.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from hub.errors import BadInput, NotFound
from hub.model.agent import Scope
from hub.model.conversation import Access, Conversation, ReadMark, is_with
from hub.model.ids import conversation_of, local, message_id, message_range, workspace_of
from hub.model.message import Message
from hub.ports.collections import ACCESS, CONVERSATIONS, DRAFTS, MESSAGES, READ_MARKS
from hub.ports.store import Doc, DocumentStore, Page, PageOf
from hub.services.docs import from_doc, from_docs
from hub.services.merging import Place, Run, merged, place_of

COUNT_CAP = 999
#: How many conversations a filtered page looks at before it answers with what it has.
_SCAN = 2_000
_BATCH = 100


HomesOf = Callable[[str], Sequence[str]]
Accepts = Callable[[Conversation, Message], bool]


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which conversations: a view and what further narrows it. Ids are full."""

    view: str = "all"
    inbox_id: str = ""
    queue_id: str = ""
    label: str = ""
    channel: str = ""
    assignee_id: str = ""
    priority: int | None = None
    unread: bool = False

    def is_picky(self) -> bool:
        """Does it pass over conversations of its view, so that more than a page must be read?"""
        narrows = bool(self.label or self.channel or self.unread or self.inbox_id)
        return narrows or self.priority is not None or self.view == "spam"

    def accepts(self, conversation: Conversation) -> bool:
        """What can be told by the conversation alone."""
        if conversation.is_spam != (self.view == "spam"):
            return False
        if self.inbox_id and self.inbox_id not in (conversation.home, conversation.inbox_id):
            return False
        if self.label and self.label not in conversation.labels:
            return False
        if self.channel and self.channel not in conversation.channels:
            return False
        if self.priority is not None and conversation.priority != self.priority:
            return False
        return not self.assignee_id or conversation.assignee_id == self.assignee_id


class Found(msgspec.Struct, frozen=True):
    """A page of conversations, newest first."""

    conversations: list[Conversation]
    next: str | None


class Source(msgspec.Struct, frozen=True):
    """What one run of a view reads, and by which index."""

    index: str
    where: dict[str, Any]


class Personal(msgspec.Struct, frozen=True):
    """What belongs to one agent about one conversation."""

    read_seq: int
    has_draft: bool


class Reading:
    """Reads only. Homes are full ids of the workspace: its inboxes, and its queues with whatever
    else holds conversations.
    """

    def __init__(
        self, store: DocumentStore, inboxes_of: HomesOf, queues_of: HomesOf = lambda workspace: ()
    ) -> None:
        self._store = store
        self._inboxes_of = inboxes_of
        self._queues_of = queues_of

    async def require(self, scope: Scope, conversation_id: str) -> Conversation:
        """The conversation, if the caller may see it; `NotFound` otherwise."""
        if workspace_of(conversation_id) == scope.workspace:
            doc = await self._store.get(CONVERSATIONS, conversation_id)
            if doc is not None:
                conversation = from_doc(Conversation, doc)
                if await self.may_see(scope, conversation):
                    return conversation
        raise NotFound("there is no such conversation")

    async def may_see(self, scope: Scope, conversation: Conversation) -> bool:
        if scope.sees_home(conversation.home) or is_with(conversation, scope.agent_id):
            return True
        return await self.has_access(scope.agent_id, conversation.id)

    async def has_access(self, agent_id: str, conversation_id: str) -> bool:
        row = f"{conversation_id}.{local(agent_id)}"
        return bool(agent_id) and await self._store.get(ACCESS, row) is not None

    async def participants(self, conversation_id: str) -> list[str]:
        """Agent ids with an access row."""
        page = await self._store.find(
            ACCESS,
            workspace_of(conversation_id),
            {"_id": message_range(conversation_id)},
            limit=200,
        )
        return [doc["agent_id"] for doc in page.docs]

    async def find(self, scope: Scope, wanted: Filter, after: str | None, limit: int) -> Found:
        """One page of a view; `after` is the `next` of the page before."""
        if wanted.view == "mentions":
            return await self._mentions(scope, after, limit)
        sources = self._sources(scope, wanted)
        size = max(limit, _BATCH) if wanted.is_picky() else limit
        bound = _read_cursor(after)
        found: list[Conversation] = []
        looked_at = 0
        while len(found) < limit and looked_at < _SCAN:
            batch = await merged([self._run(scope, source, bound) for source in sources], size)
            looked_at += len(batch)
            for conversation in batch:
                bound = place_of(conversation)
                if await self._matches(scope, wanted, conversation):
                    found.append(conversation)
                    if len(found) == limit:
                        break
            else:
                if len(batch) < size:
                    return Found(found, None)
        return Found(found, _cursor(bound))

    def _sources(self, scope: Scope, wanted: Filter) -> list[Source]:
        """What to read for a view; `_matches` leaves out what it does not show of that."""
        state, assignee = _state_of(wanted.view), _assignee_of(scope, wanted)
        is_everywhere = scope.homes is None and not wanted.queue_id and not wanted.inbox_id
        if assignee or (assignee == "" and is_everywhere):
            where = {"assignee_id": assignee, "state": state}
            if wanted.queue_id:
                where["home"] = wanted.queue_id
            return [Source("by_assignee", where)]
        homes = self._homes(scope, wanted)
        if assignee == "":
            nobodys = {"assignee_id": "", "state": state}
            return [Source("unassigned", {"home": home, **nobodys}) for home in homes]
        return [Source("by_home", {"home": home, "state": state}) for home in homes]

    def _homes(self, scope: Scope, wanted: Filter) -> list[str]:
        inboxes = self._inboxes_of(scope.workspace)
        queues = [home for home in self._queues_of(scope.workspace) if home not in inboxes]
        if wanted.inbox_id:
            # What came in there may wait, or have been answered, in any queue.
            inboxes = [home for home in inboxes if home == wanted.inbox_id]
        homes = [*inboxes, *queues]
        if wanted.queue_id:
            homes = [home for home in queues if home == wanted.queue_id]
        return [home for home in homes if scope.sees_home(home)]

    def _run(self, scope: Scope, source: Source, bound: Place | None) -> Run:
        where = source.where if bound is None else {**source.where, "last_at": {"$lte": bound[0]}}

        def ask(after: str | None, limit: int) -> Awaitable[PageOf[Conversation]]:
            return self._store.find_as(
                Conversation,
                CONVERSATIONS,
                scope.workspace,
                where,
                index=source.index,
                desc=True,
                after=after,
                limit=limit,
            )

        return Run(ask, bound)

    async def _matches(self, scope: Scope, wanted: Filter, conversation: Conversation) -> bool:
        if not wanted.accepts(conversation):
            return False
        # What is assigned to the caller is theirs to see in whatever home it is.
        if wanted.view != "mine" and not scope.sees_home(conversation.home):
            return False
        if wanted.unread:
            mine = (await self.personal(scope, [conversation.id]))[conversation.id]
            return conversation.inbound_seq > mine.read_seq
        return True

    async def _mentions(self, scope: Scope, after: str | None, limit: int) -> Found:
        page = await self._store.find(
            ACCESS,
            scope.workspace,
            {"agent_id": scope.agent_id},
            index="by_agent",
            desc=True,
            after=after,
            limit=limit,
        )
        rows = [from_doc(Access, doc) for doc in page.docs if doc["why"] == "mention"]
        docs = await self._store.get_many(CONVERSATIONS, [row.conversation_id for row in rows])
        by_id = {doc["_id"]: from_doc(Conversation, doc) for doc in docs}
        ordered = [by_id[r.conversation_id] for r in rows if r.conversation_id in by_id]
        return Found(ordered, page.next)

    async def recent_of(self, contact_id: str, limit: int) -> list[Conversation]:
        """A contact's conversations, the newest first; for callers that check rights themselves."""
        page = await self._store.find(
            CONVERSATIONS,
            workspace_of(contact_id),
            {"contact_id": contact_id},
            index="by_contact",
            desc=True,
            limit=limit,
        )
        return [from_doc(Conversation, doc) for doc in page.docs]

    async def of_contact(self, scope: Scope, contact_id: str, limit: int = 50) -> Found:
        """A contact's conversations that the caller may see, the newest first."""
        recent = await self.recent_of(contact_id, limit)
        return Found([c for c in recent if await self.may_see(scope, c)], None)

    async def count(self, scope: Scope, view: str) -> int:
        """How many a view holds, counted no further than 999. Spam is not taken out of open views'
        counts.
        """
        if view == "mentions":
            mine = {"agent_id": scope.agent_id}
            return await self._store.count(ACCESS, scope.workspace, mine, cap=COUNT_CAP)
        total = 0
        for source in self._sources(scope, Filter(view=view)):
            total += await self._store.count(
                CONVERSATIONS, scope.workspace, source.where, cap=COUNT_CAP - total
            )
            if total >= COUNT_CAP:
                break
        return total

    async def personal(self, scope: Scope, conversation_ids: Sequence[str]) -> dict[str, Personal]:
        """Read position and draft of the caller for each conversation."""
        agent = local(scope.agent_id) if scope.agent_id else "-"
        rows = [f"{id}.{agent}" for id in conversation_ids]
        found = await asyncio.gather(
            self._store.get_many(READ_MARKS, rows), self._store.get_many(DRAFTS, rows)
        )
        marks, drafts = ({doc["_id"]: doc for doc in docs} for docs in found)
        return {
            id: Personal(
                from_doc(ReadMark, marks[row]).seq if row in marks else 0,
                row in drafts,
            )
            for id, row in zip(conversation_ids, rows, strict=True)
        }

    async def messages(
        self, conversation_id: str, *, before: int = 0, after: int = 0, limit: int = 50
    ) -> list[Message]:
        """Oldest first: the latest, those below `before`, or those above `after`. The caller
        checked the right.
        """
        bounds: dict[str, Any] = dict(message_range(conversation_id))
        if before:
            bounds["$lt"] = message_id(conversation_id, before)
        if after:
            del bounds["$gte"]
            bounds["$gt"] = message_id(conversation_id, after)
        page = await self._store.find_as(
            Message,
            MESSAGES,
            workspace_of(conversation_id),
            {"_id": bounds},
            desc=not after,
            limit=limit,
        )
        return page.items if after else page.items[::-1]

    async def search(
        self,
        scope: Scope,
        text: str,
        *,
        kind: str,
        accepts: Accepts,
        after: str | None,
        limit: int,
    ) -> tuple[list[tuple[Conversation, Message]], str | None]:
        """Messages that hold all words, newest first, in conversations that the caller may see.

        `accepts(conversation, message)` narrows further. A page may be short and still have a next
        one.
        """
        where = {"kind": kind} if kind else {"kind": {"$in": ["message", "note", "call"]}}
        hits: list[tuple[Conversation, Message]] = []
        looked_at = 0
        while len(hits) < limit and looked_at < _SCAN:
            page: Page = await self._store.search(
                MESSAGES, scope.workspace, text, where, after=after, limit=limit - len(hits)
            )
            looked_at += max(1, len(page.docs))
            hits += await self._visible(scope, page.docs, accepts)
            after = page.next
            if after is None:
                break
        return hits, after

    async def _visible(
        self, scope: Scope, docs: Sequence[Doc], accepts: Accepts
    ) -> list[tuple[Conversation, Message]]:
        ids = list({conversation_of(doc["_id"]) for doc in docs})
        found = from_docs(Conversation, await self._store.get_many(CONVERSATIONS, ids))
        conversations = {conversation.id: conversation for conversation in found}
        seen: dict[str, bool] = {}
        hits = []
        for message in from_docs(Message, docs):
            conversation = conversations.get(message.conversation_id)
            if conversation is None:
                continue
            if conversation.id not in seen:
                seen[conversation.id] = await self.may_see(scope, conversation)
            if seen[conversation.id] and accepts(conversation, message):
                hits.append((conversation, message))
        return hits


def _state_of(view: str) -> str:
    return {"snoozed": "snoozed", "closed": "closed", "spam": "closed"}.get(view, "open")


def _assignee_of(scope: Scope, wanted: Filter) -> str | None:
    if wanted.view == "mine":
        return scope.agent_id
    if wanted.view == "unassigned":
        return ""
    return wanted.assignee_id or None


def _cursor(bound: Place | None) -> str | None:
    return None if bound is None else f"{bound[0]}:{local(bound[1])}:{workspace_of(bound[1])}"


def _read_cursor(text: str | None) -> Place | None:
    if not text:
        return None
    at, _, rest = text.partition(":")
    key, _, workspace = rest.partition(":")
    if not (at.isascii() and at.isdigit() and len(at) < 16 and key and workspace):
        raise BadInput("this page marker is not one of ours; load the list again", "after")
    return int(at), f"{workspace}.{key}"
