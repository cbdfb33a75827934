"""The list behind a number of a report makes up that number: for every row and field, over both
stores, a page at a time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.errors import BadInput
from hub.model.conversation import Conversation
from hub.model.ids import conversation_of
from hub.model.report import Family
from hub.ports.collections import ALL, CONVERSATIONS
from hub.ports.store import DocumentStore
from hub.services.docs import to_doc
from hub.services.reports.buckets import summed
from hub.services.reports.conversation_log import ConversationLog, LogFilter
from hub.services.reports.grains import QUARTER_MS, floor
from hub.services.reports.log_entry import LogEntry, number_of
from hub.services.reports.recount import recount
from tests.support.clock import START_MS, ManualClock
from tests.support.stores import KINDS, fresh_store
from tests.support.timelines import WORKSPACE, Days, line

START = floor("day", START_MS)
END = START + 8 * QUARTER_MS


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DocumentStore]:
    async with fresh_store(request.param, tmp_path, ManualClock(), ALL) as store:
        yield store


async def _talks(store: DocumentStore, seed: int) -> Days:
    """Four conversations, and things that happened in them before, in and after the period."""
    days = Days(store, seed)
    for talk in "pqrs":
        one = Conversation(
            id=conversation_of(line(0, talk=talk).id), contact_id="x", home="h", inbox_id="i",
            channel="email", join_group="main", created_at=START,
        )  # fmt: skip
        await store.insert(CONVERSATIONS, to_doc(one))
    for _ in range(150):
        await days.happen(START + days.chance.randrange(-QUARTER_MS, END - START + QUARTER_MS))
    return days


async def _listed(
    store: DocumentStore, family: Family, key: str, field: str, limit: int = 2, **more: str
) -> list[LogEntry]:
    number = number_of(family, key, field)
    wanted = LogFilter(start=START, end=END, number=number, **more)
    log, found, after = ConversationLog(store), [], ""
    while True:
        page = await log.page(WORKSPACE, wanted, after, limit)
        found += page.entries
        if page.next is None:
            break
        after = page.next
    every = [entry async for part in log.all(WORKSPACE, wanted) for entry in part]
    assert every == found
    return found


@pytest.mark.parametrize("seed", range(2))
async def test_a_list_adds_up_to_its_number(store: DocumentStore, seed: int) -> None:
    await _talks(store, seed)
    counted = summed((await recount(store, WORKSPACE, START, END, END)).values())
    checked = 0
    for family, rows in counted.items():
        for key, counts in rows.items():
            for field, number in counts.items():
                if field.endswith("_ms"):
                    continue
                listed = await _listed(store, family, key, field)
                assert sum(entry.times for entry in listed) == number, (key, field)
                assert len({entry.conversation.id for entry in listed}) == len(listed)
                assert [e.last for e in listed] == sorted((e.last for e in listed), reverse=True)
                checked += 1
    assert checked > 50


async def test_further_filters_narrow_it(store: DocumentStore) -> None:
    await _talks(store, 1)
    assert await _listed(store, "total", "", "closed")
    assert await _listed(store, "total", "", "closed", state="closed") == []
    assert await _listed(store, "total", "", "closed", channel="sms") == []


async def test_what_was_corrected_away_is_not_listed(store: DocumentStore) -> None:
    days = await _talks(store, 1)
    at, where = END - 10, {"talk": "p"}
    await days.write(
        line(at, seq=900, activity="closed", details={"disposition": "odd"}, **where),
        line(
            at + 1,
            seq=901,
            activity="disposition",
            details={"disposition": "fair", "previous": "odd"},
            **where,
        ),
    )
    assert await _listed(store, "outcome", "odd", "closed") == []
    [entry] = await _listed(store, "outcome", "fair", "closed")
    assert (entry.conversation.id, entry.times) == (line(0, talk="p").conversation_id, 1)


@pytest.mark.parametrize("field", ["wait_ms", "available_ms", "nothing", "_id", ""])
def test_what_is_no_number_of_conversations_is_refused(field: str) -> None:
    with pytest.raises(BadInput):
        number_of("queue", "q", field)
