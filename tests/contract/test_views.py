"""A view's pages, put together, are what a filter over all conversations gives, in order, whoever
asks; its count counts them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hub.model.agent import Scope
from hub.model.conversation import Conversation
from hub.ports.collections import CONVERSATIONS
from hub.ports.store import DocumentStore
from hub.services.docs import to_doc
from hub.services.reading import Filter, Reading
from tests.support.clock import ManualClock
from tests.support.stores import KINDS, fresh_store

INBOXES, QUEUES = ["w.i1", "w.i2"], [f"w.q{number}" for number in range(5)]
AGENTS = ["w.ada", "w.bea"]
STATES = {"snoozed": "snoozed", "closed": "closed", "spam": "closed"}


@pytest.fixture(params=KINDS)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[DocumentStore]:
    async with fresh_store(request.param, tmp_path, clock, [CONVERSATIONS]) as store:
        yield store


def one(rnd: Random, number: int) -> Conversation:
    state = rnd.choice(["open", "open", "open", "snoozed", "closed"])
    home = rnd.choice([*INBOXES, *QUEUES])
    return Conversation(
        id=f"w.c{number:03}",
        contact_id="w.x",
        home=home,
        inbox_id=home if home in INBOXES else rnd.choice(INBOXES),
        channel="loop",
        join_group="j",
        state=state,  # type: ignore[arg-type]
        is_spam=state == "closed" and rnd.random() < 0.3,
        assignee_id=rnd.choice(["", "", *AGENTS]),
        priority=rnd.choice([0, 4]),
        last_at=rnd.randrange(40),
    )


def shown(scope: Scope, wanted: Filter, c: Conversation) -> bool:
    """The rule, without an index."""
    assignee = {"mine": scope.agent_id, "unassigned": ""}.get(wanted.view, wanted.assignee_id)
    is_narrowed = wanted.view in ("mine", "unassigned") or assignee
    return (
        (wanted.view == "mine" or scope.sees_home(c.home))
        and c.state == STATES.get(wanted.view, "open")
        and (not is_narrowed or c.assignee_id == assignee)
        and wanted.queue_id in ("", c.home)
        and wanted.accepts(c)
    )


async def pages(reading: Reading, scope: Scope, wanted: Filter, size: int) -> list[str]:
    found: list[str] = []
    after: str | None = None
    while True:
        page = await reading.find(scope, wanted, after, size)
        assert len(page.conversations) <= size
        found += [c.id for c in page.conversations]
        after = page.next
        if after is None:
            return found


def wishes(rnd: Random) -> Filter:
    view = rnd.choice(["all", "mine", "unassigned", "snoozed", "closed", "spam"])
    more: dict[str, Any] = {}
    if rnd.random() < 0.3:
        more["queue_id"] = rnd.choice(QUEUES)
    if rnd.random() < 0.2:
        more["inbox_id"] = rnd.choice(INBOXES)
    if view == "all" and rnd.random() < 0.5:
        more["assignee_id"] = rnd.choice(AGENTS)
    if rnd.random() < 0.2:
        more["priority"] = 4
    return Filter(view=view, **more)


async def test_every_view_is_what_a_filter_over_all_gives(store: DocumentStore) -> None:
    rnd = Random(20)
    every = [one(rnd, number) for number in range(150)]
    assert await store.insert_many(CONVERSATIONS, [to_doc(c) for c in every]) == []
    reading = Reading(store, lambda _: INBOXES, lambda _: QUEUES)
    sorts: set[tuple[str, bool]] = set()
    for _ in range(80):
        homes = rnd.choice([None, frozenset(rnd.sample([*INBOXES, *QUEUES], 3))])
        scope = Scope("w", AGENTS[0], "Ada", "agent", frozenset(), homes)
        wanted = wishes(rnd)
        right = [c for c in every if shown(scope, wanted, c)]
        right.sort(key=lambda c: (c.last_at, c.id), reverse=True)
        told = await pages(reading, scope, wanted, rnd.choice([1, 7, 50]))
        assert told == [c.id for c in right], (homes, wanted)
        if right:
            sorts.add((wanted.view, homes is None))
    assert len(sorts) == 12


@pytest.mark.parametrize("homes", [None, frozenset(["w.i1", "w.q3"])])
async def test_a_views_count_is_how_many_it_holds(
    store: DocumentStore, homes: frozenset[str] | None
) -> None:
    rnd = Random(21)
    every = [one(rnd, number) for number in range(150)]
    await store.insert_many(CONVERSATIONS, [to_doc(c) for c in every])
    reading = Reading(store, lambda _: INBOXES, lambda _: QUEUES)
    scope = Scope("w", AGENTS[0], "Ada", "agent", frozenset(), homes)
    for view in ("all", "mine", "unassigned", "snoozed"):
        right = [c for c in every if shown(scope, Filter(view=view), c)]
        assert right
        assert await reading.count(scope, view) == len(right)
