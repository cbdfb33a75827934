"""Desks over both stores: the last place is given away once, whoever claims it, and what holds is
what is logged.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.bus.local import LocalBus
from hub.errors import BadInput
from hub.model.desk import load_of
from hub.model.ids import new_id, new_workspace_id
from hub.ports.collections import DESKS, PRESENCE_LOG, PRESENCE_REASONS
from hub.ports.store import DocumentStore
from hub.services.browsers import GRACE_S, VOUCH_MS, Browsers
from hub.services.desks import Desks
from hub.tasks import Tasks
from tests.support.clock import ManualClock, settle
from tests.support.stores import KINDS, fresh_store

FULL = 1000


@dataclass
class Hub:
    """What one hub knows of desks."""

    desks: Desks
    browsers: Browsers
    tasks: Tasks


def make_hub(store: DocumentStore, clock: ManualClock) -> Hub:
    tasks = Tasks()
    desks = Desks(store, LocalBus(), clock)
    return Hub(desks, Browsers(desks, clock, tasks, is_alone=store.is_exclusive), tasks)


@pytest.fixture(params=KINDS)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[DocumentStore]:
    colls = (DESKS, PRESENCE_LOG, PRESENCE_REASONS)
    async with fresh_store(request.param, tmp_path, clock, colls) as store:
        yield store


@pytest.fixture
async def hub(store: DocumentStore, clock: ManualClock) -> AsyncIterator[Hub]:
    hub = make_hub(store, clock)
    yield hub
    await hub.tasks.close()


@pytest.fixture
async def agent(hub: Hub) -> str:
    """Available, with a browser."""
    agent_id = new_id(new_workspace_id())
    hub.browsers.came(agent_id)
    await hub.browsers.settle()
    await hub.desks.set_presence(agent_id, "available")
    return agent_id


def conversations(agent_id: str, count: int) -> list[str]:
    return [new_id(agent_id.split(".")[0]) for _ in range(count)]


async def test_of_many_claimers_at_two_hubs_as_many_win_as_there_is_room_for(
    store: DocumentStore, clock: ManualClock, hub: Hub, agent: str
) -> None:
    other = make_hub(store, clock)
    other.desks.here.add(agent)
    ids = conversations(agent, 16)
    claims = [
        one.desks.claim(agent, id, "chat", 250, f"{number}{id}", limit=FULL)
        for id in ids
        for number, one in enumerate((hub, other))
    ]
    won = await asyncio.gather(*claims)
    desk = await hub.desks.get(agent)
    assert sum(won) == len(desk.held) == 4
    assert load_of(desk) == FULL
    await other.tasks.close()


async def test_a_claim_takes_back_only_its_own_place(hub: Hub, agent: str) -> None:
    id = conversations(agent, 1)[0]
    assert await hub.desks.claim(agent, id, "chat", 333, "mine", limit=FULL)
    assert not await hub.desks.claim(agent, id, "chat", 333, "theirs", limit=FULL)
    await hub.desks.unclaim(agent, id, "theirs")
    assert load_of(await hub.desks.get(agent)) == 333
    await hub.desks.hold(agent, id, "chat", 333)  # assigned by hand meanwhile
    await hub.desks.unclaim(agent, id, "mine")
    assert load_of(await hub.desks.get(agent)) == 333
    await hub.desks.release(agent, id)
    assert load_of(await hub.desks.get(agent)) == 0


async def test_by_hand_there_is_always_room(hub: Hub, agent: str) -> None:
    for id in conversations(agent, 3):
        await hub.desks.hold(agent, id, "call", FULL)
    assert load_of(await hub.desks.get(agent)) == 3 * FULL


async def test_nobody_claims_from_who_is_away_or_gone(
    hub: Hub, agent: str, clock: ManualClock
) -> None:
    id = conversations(agent, 1)[0]
    await hub.desks.set_presence(agent, "away")
    assert not await hub.desks.claim(agent, id, "chat", 333, "c", limit=FULL)
    await hub.desks.set_presence(agent, "available")
    hub.browsers.went(agent)
    await clock.advance(GRACE_S + 0.1)
    await hub.browsers.settle()
    assert not await hub.desks.claim(agent, id, "chat", 333, "c", limit=FULL)


async def test_a_browser_back_within_the_grace_was_never_gone(
    hub: Hub, agent: str, clock: ManualClock
) -> None:
    hub.browsers.went(agent)
    await clock.advance(GRACE_S - 0.5)
    hub.browsers.came(agent)
    await clock.advance(60)
    await hub.browsers.settle()
    assert (await hub.desks.get(agent)).shown == "available"


async def test_browsers_of_a_hub_that_died_are_gone_when_nobody_vouches_for_them(
    store: DocumentStore, clock: ManualClock, hub: Hub, agent: str
) -> None:
    other = make_hub(store, clock)
    if not store.is_exclusive:
        assert other.desks.is_connected(await other.desks.get(agent), clock.now_ms())
        await clock.advance(VOUCH_MS / 1000 - 1)
        await hub.browsers.renew()
        await clock.advance(2)
        assert other.desks.is_connected(await other.desks.get(agent), clock.now_ms())
    await hub.tasks.close()
    await clock.advance(VOUCH_MS / 1000 + 1)
    assert not other.desks.is_connected(await other.desks.get(agent), clock.now_ms())
    assert (await other.desks.refresh(agent)).shown == "offline"
    await other.tasks.close()


async def test_every_change_of_what_holds_is_logged_once(
    store: DocumentStore, hub: Hub, agent: str, clock: ManualClock
) -> None:
    await clock.advance(60)
    reason = {"_id": new_id(agent.split(".")[0]), "name": "Lunch", "limit_minutes": 30}
    await store.insert(PRESENCE_REASONS, reason)
    away = await hub.desks.set_presence(agent, "away", reason["_id"])
    assert away.limit_until == clock.now_ms() + 30 * 60_000
    await hub.desks.set_presence(agent, "away", reason["_id"])  # says nothing new
    await clock.advance(60)
    hub.browsers.went(agent)
    await clock.advance(GRACE_S + 1)
    await hub.browsers.settle()
    await hub.desks.repair_log([await hub.desks.get(agent)])
    rows = (await store.find(PRESENCE_LOG, agent.split(".")[0], {})).docs
    assert [row["presence"] for row in rows] == ["away", "available", "away", "offline"]
    assert rows[2]["reason_id"] == reason["_id"].split(".")[1]
    with pytest.raises(BadInput):
        await hub.desks.set_presence(agent, "away", new_id(agent.split(".")[0]))


async def test_wrap_up_and_counters_of_the_day(hub: Hub, agent: str, clock: ManualClock) -> None:
    first, second = conversations(agent, 2)
    for id in (first, second):
        await hub.desks.hold(agent, id, "chat", 333)
    await hub.desks.release(agent, first, handled_ms=60_000, wrap_up_s=30)
    assert not hub.desks.is_ready(await hub.desks.get(agent), clock.now_ms())
    assert await hub.desks.end_wrap_up(agent, first)
    assert not await hub.desks.end_wrap_up(agent, first)
    assert hub.desks.is_ready(await hub.desks.get(agent), clock.now_ms())
    assert await hub.desks.release(agent, first, handled_ms=1) is None
    await clock.advance(24 * 3600)
    await hub.desks.release(agent, second, handled_ms=5_000)
    desk = await hub.desks.get(agent)
    assert (desk.handled_today, desk.talk_today_ms) == (1, 5_000)
    await settle()
