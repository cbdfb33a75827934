"""The conversations behind a number of a report: those in whose timelines it was counted, found by
the same function that counts (`tally`), so that list and number cannot differ. Called by
`conversation_log`.

Lines are read backwards in time; a conversation stands where its last counted line stands, once,
with how often it was counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from hub.model.conversation import Conversation
from hub.model.ids import conversation_of
from hub.ports.collections import CONVERSATIONS, MESSAGES
from hub.ports.store import DocumentStore
from hub.services.docs import from_docs
from hub.services.reports.log_entry import LogEntry, Period, Place, read_entry
from hub.services.reports.tally import Line

_PAGE = 1_000
#: Timelines read at a time.
_AT_ONCE = 50

Accepts = Callable[[Conversation], bool]


async def entries_behind(
    store: DocumentStore, workspace: str, period: Period, accepts: Accepts, before: Place | None
) -> AsyncIterator[tuple[list[LogEntry], Place]]:
    """The latest first, in parts, each with the place up to which lines have been read."""
    async for lines in _lines(store, workspace, period, before):
        hits: dict[str, Place] = {}
        for line in lines:
            if period.number.of(line):
                hits.setdefault(conversation_of(line.id), (line.at, line.id))
        places = list(hits.values())
        for at in range(0, len(places), _AT_ONCE):
            part = places[at : at + _AT_ONCE]
            yield await _entries(store, period, accepts, part), part[-1]
        yield [], (lines[-1].at, lines[-1].id)


async def _entries(
    store: DocumentStore, period: Period, accepts: Accepts, places: list[Place]
) -> list[LogEntry]:
    docs = await store.get_many(CONVERSATIONS, [conversation_of(id) for _, id in places])
    known = {one.id: one for one in from_docs(Conversation, docs)}
    wanted = [known[id] for id in (conversation_of(id) for _, id in places) if id in known]
    read = (read_entry(store, one, period) for one in wanted if accepts(one))
    hits = set(places)
    # What stands further up was listed there; what was taken back within the period is nothing.
    return [one for one in await asyncio.gather(*read) if one.last in hits and one.times]


async def _lines(
    store: DocumentStore, workspace: str, period: Period, before: Place | None
) -> AsyncIterator[list[Line]]:
    where: dict[str, Any] = {"at": {"$gte": period.start, "$lt": period.end}}
    if before is not None:
        where["at"] = {"$gte": period.start, "$lte": before[0]}
    if period.number.kind:
        where["kind"] = period.number.kind
    after: str | None = None
    while True:
        page = await store.find_as(
            Line, MESSAGES, workspace, where, index="by_at", desc=True, after=after, limit=_PAGE
        )
        lines = [one for one in page.items if before is None or (one.at, one.id) < before]
        if lines:
            yield lines
        after = page.next
        if after is None:
            return
