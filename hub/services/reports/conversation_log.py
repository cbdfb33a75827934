"""The conversation log: every conversation that began in a period, with what it took; what lies
behind the numbers of a report. Called by the web layer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from hub.errors import BadInput
from hub.model.conversation import Conversation
from hub.model.ids import local, message_range
from hub.ports.collections import CONVERSATIONS, MESSAGES
from hub.ports.store import DocumentStore
from hub.services.reports.tally import Line

#: Conversations looked through for one page; a rare filter gives a short page and a cursor.
_MOST_READ = 5_000
_CHUNK = 200
_TIMELINE_PAGE = 500


class LogFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Begun in [start, end); "" is any. Ids are full ones, labels and outcomes local."""

    start: int
    end: int
    queue_id: str = ""
    agent_id: str = ""
    inbox_id: str = ""
    channel: str = ""
    label: str = ""
    outcome: str = ""
    state: str = ""

    def accepts(self, one: Conversation) -> bool:
        """What the store was not asked for."""
        queue = one.routing.queue_id if one.routing else ""
        return (
            (not self.queue_id or self.queue_id == queue)
            and (not self.inbox_id or self.inbox_id == one.inbox_id)
            and (not self.label or self.label in one.labels)
            and (not self.outcome or self.outcome == one.disposition)
        )


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`waited_ms` in its last queue; `first_answer_ms` from the customer's first message to ours;
    0 where there was none.
    """

    conversation: Conversation
    waited_ms: int
    first_answer_ms: int
    messages: int


class LogFound(msgspec.Struct, frozen=True):
    entries: list[LogEntry]
    next: str | None


class ConversationLog:
    """Made once."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    async def page(self, workspace: str, wanted: LogFilter, after: str, limit: int) -> LogFound:
        """The latest first. `after` is the `next` of the page before."""
        place = _read_cursor(after, workspace)
        found: list[Conversation] = []
        read = 0
        last: Conversation | None = None
        async for chunk in self._chunks(workspace, wanted, place):
            for one in chunk:
                last, read = one, read + 1
                if wanted.accepts(one):
                    found.append(one)
                if len(found) == limit or read >= _MOST_READ:
                    return LogFound(await self._entries(found), _cursor(last))
        return LogFound(await self._entries(found), None)

    async def all(self, workspace: str, wanted: LogFilter) -> AsyncIterator[list[LogEntry]]:
        """Everything, some hundred at a time: for exports."""
        async for chunk in self._chunks(workspace, wanted, None):
            yield await self._entries([one for one in chunk if wanted.accepts(one)])

    async def _chunks(
        self, workspace: str, wanted: LogFilter, place: tuple[int, str] | None
    ) -> AsyncIterator[list[Conversation]]:
        where: dict[str, Any] = {"created_at": {"$gte": wanted.start, "$lt": wanted.end}}
        if place is not None:
            where["created_at"] = {"$gte": wanted.start, "$lte": place[0]}
        asked = {
            "assignee_id": wanted.agent_id, "channel": wanted.channel, "state": wanted.state
        }  # fmt: skip
        where |= {field: value for field, value in asked.items() if value}
        after: str | None = None
        while True:
            page = await self._store.find_as(
                Conversation,
                CONVERSATIONS,
                workspace,
                where,
                index="by_created",
                desc=True,
                after=after,
                limit=_CHUNK,
            )
            yield [one for one in page.items if _is_behind(one, place) and one.state != "merged"]
            after = page.next
            if after is None:
                return

    async def _entries(self, conversations: list[Conversation]) -> list[LogEntry]:
        return await asyncio.gather(*map(self._entry, conversations))

    async def _entry(self, one: Conversation) -> LogEntry:
        first_in = first_out = messages = 0
        after: str | None = None
        while True:
            page = await self._store.find_as(
                Line,
                MESSAGES,
                one.id.split(".")[0],
                {"_id": message_range(one.id), "kind": "message"},
                after=after,
                limit=_TIMELINE_PAGE,
            )
            for line in page.items:
                messages += 1
                if line.direction == "in":
                    first_in = first_in or line.at
                elif first_in and line.author.kind == "agent" and not line.is_auto:
                    first_out = first_out or line.at
            after = page.next
            if after is None:
                break
        return LogEntry(
            conversation=one,
            waited_ms=_waited(one),
            first_answer_ms=max(0, first_out - first_in) if first_out else 0,
            messages=messages,
        )


def _waited(one: Conversation) -> int:
    """Until somebody got it, or it was closed without."""
    if one.routing is None or not one.routing.entered_at:
        return 0
    until = one.routing.assigned_at or one.closed_at
    return max(0, until - one.routing.entered_at) if until else 0


def _is_behind(one: Conversation, place: tuple[int, str] | None) -> bool:
    return place is None or (one.created_at, one.id) < place


def _cursor(last: Conversation) -> str:
    return f"{last.created_at}.{local(last.id)}"


def _read_cursor(text: str, workspace: str) -> tuple[int, str] | None:
    if not text:
        return None
    at, _, key = text.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) <= 15 and key):
        raise BadInput("this is no cursor of this list", "after")
    return int(at), f"{workspace}.{key}"
