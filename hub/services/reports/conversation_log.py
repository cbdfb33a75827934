"""The conversation log: every conversation that began in a period, or in which a number of a report
was counted then, with what it took. Called by the web layer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from hub.errors import BadInput
from hub.model.conversation import Conversation
from hub.model.ids import local
from hub.ports.collections import CONVERSATIONS
from hub.ports.store import DocumentStore
from hub.services.reports.behind import entries_behind
from hub.services.reports.log_entry import LogEntry, Number, Period, Place, read_entry

#: Conversations, or parts of timelines, looked through for one page; a rare filter gives a short
#: page and a cursor.
_MOST_READ = 5_000
_MOST_PARTS = 40
_CHUNK = 200


class LogFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Begun in [start, end), or, with a `number`, those in which that was counted then. "" is any.
    Ids are full ones, labels and outcomes local.
    """

    start: int
    end: int
    queue_id: str = ""
    agent_id: str = ""
    inbox_id: str = ""
    channel: str = ""
    label: str = ""
    outcome: str = ""
    state: str = ""
    number: Number | None = None

    def accepts_all(self, one: Conversation) -> bool:
        """As the store is asked for, and `accepts`."""
        return (
            (not self.agent_id or self.agent_id == one.assignee_id)
            and (not self.channel or self.channel == one.channel)
            and (not self.state or self.state == one.state)
            and self.accepts(one)
        )

    def accepts(self, one: Conversation) -> bool:
        """What the store was not asked for."""
        queue = one.routing.queue_id if one.routing else ""
        return (
            (not self.queue_id or self.queue_id == queue)
            and (not self.inbox_id or self.inbox_id == one.inbox_id)
            and (not self.label or self.label in one.labels)
            and (not self.outcome or self.outcome == one.disposition)
        )


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
        if wanted.number is not None:
            return await self._behind(workspace, wanted, place, limit)
        found: list[Conversation] = []
        read = 0
        last: Conversation | None = None
        async for chunk in self._chunks(workspace, wanted, place):
            for one in chunk:
                last, read = one, read + 1
                if wanted.accepts(one):
                    found.append(one)
                if len(found) == limit or read >= _MOST_READ:
                    return LogFound(await self._entries(found), _cursor(_place(last)))
        return LogFound(await self._entries(found), None)

    async def all(self, workspace: str, wanted: LogFilter) -> AsyncIterator[list[LogEntry]]:
        """Everything, some hundred at a time: for exports."""
        if wanted.number is not None:
            async for entries, _ in self._parts(workspace, wanted, None):
                yield entries
            return
        async for chunk in self._chunks(workspace, wanted, None):
            yield await self._entries([one for one in chunk if wanted.accepts(one)])

    async def _behind(
        self, workspace: str, wanted: LogFilter, place: Place | None, limit: int
    ) -> LogFound:
        found: list[LogEntry] = []
        parts = 0
        async for entries, upto in self._parts(workspace, wanted, place):
            found += entries
            parts += 1
            if len(found) >= limit:
                return LogFound(found[:limit], _cursor(found[limit - 1].last))
            if parts >= _MOST_PARTS:
                return LogFound(found, _cursor(upto))
        return LogFound(found, None)

    def _parts(
        self, workspace: str, wanted: LogFilter, place: Place | None
    ) -> AsyncIterator[tuple[list[LogEntry], Place]]:
        assert wanted.number is not None
        period = Period(wanted.start, wanted.end, wanted.number)
        return entries_behind(self._store, workspace, period, wanted.accepts_all, place)

    async def _chunks(
        self, workspace: str, wanted: LogFilter, place: Place | None
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
        return await asyncio.gather(*(read_entry(self._store, one) for one in conversations))


def _is_behind(one: Conversation, place: Place | None) -> bool:
    return place is None or _place(one) < place


def _place(one: Conversation) -> Place:
    return one.created_at, one.id


def _cursor(place: Place) -> str:
    return f"{place[0]}.{local(place[1])}"


def _read_cursor(text: str, workspace: str) -> Place | None:
    if not text:
        return None
    at, _, key = text.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) <= 15 and key):
        raise BadInput("this is no cursor of this list", "after")
    return int(at), f"{workspace}.{key}"
