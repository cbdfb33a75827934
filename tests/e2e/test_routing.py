"""Routing as agents meet it, over HTTP and live sockets of a real hub: an offer that runs out, the
next one accepts, passes it on to another queue, a supervisor takes it over; whose browser is gone
is asked no more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.loop_channel import Wire, chat_from
from tests.support.real_hub import Api, RealHub, real_hub
from tests.support.stores import KINDS

pytestmark = pytest.mark.e2e

PASSWORD = "another-horse-battery"
#: An offer is back with the next one so soon after a browser has gone.
GONE_WITHIN_S = 8.0
PATIENCE_S = 60.0


@dataclass
class Person:
    """Somebody who works here, with an open browser."""

    api: Api
    id: str
    socket: aiohttp.ClientWebSocketResponse

    async def available(self) -> None:
        await self.api.write("PUT", "/me/presence", presence="available")


@dataclass
class Office:
    hub: RealHub
    wire: Wire
    boss: Api
    inbox_id: str
    people: dict[str, Person]
    _messages: int = 0

    async def writes(self, visitor: str) -> str:
        """A customer writes; the conversation's id."""
        self._messages += 1
        full = f"{self.workspace}.{self.inbox_id}"
        event = chat_from(full, visitor, "Hello?", f"e{self._messages}")
        await self.wire.receive(full, event)
        await self.hub.running.hub.journal.settle()
        page = await self.boss.get("/conversations", view="all")
        return str(page["items"][0]["id"])

    @property
    def workspace(self) -> str:
        return str(self.boss.me["workspace"]["id"])

    async def conversation(self, id: str) -> dict[str, Any]:
        found = await self.boss.get(f"/conversations/{id}")
        return dict(found["conversation"])

    async def offered_to(self, id: str, person: Person) -> int:
        """Wait until this person is asked; the offer's number."""

        async def is_asked() -> bool:
            offer = (await self.conversation(id))["routing"]["offer"]
            return bool(offer and offer["agent_ids"] == [person.id])

        await eventually(is_asked)
        return int((await self.conversation(id))["routing"]["offer"]["number"])


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():
            await asyncio.sleep(0.05)


async def hire(
    stack: AsyncExitStack, hub: RealHub, boss: Api, name: str, role: str, **settings: Any
) -> Person:
    email = f"{name.lower()}@shop.example"
    invited = await boss.post("/agents", email=email, name=name, role=role, **settings)
    token = invited["link"].split("token=")[1]
    jar = aiohttp.CookieJar(unsafe=True)
    session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
    api = Api(session, hub.url)
    await api.post("/auth/accept", token=token, password=PASSWORD, name=name, email=email)
    await api.sign_in(email, PASSWORD)
    socket = await session.ws_connect(f"{hub.url}/api/v1/live", headers={"Origin": hub.url})
    stack.push_async_callback(socket.close)
    return Person(api, invited["agent"]["id"], socket)


@pytest.fixture(params=KINDS)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    wire = Wire()
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(real_hub(request.param, tmp_path, wire.specs()))
        jar = aiohttp.CookieJar(unsafe=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        boss = Api(session, hub.url)
        await boss.sign_in()
        inbox = (await boss.post("/inboxes", channel="chat", name="Chat", config={}))["inbox"]
        office = Office(hub, wire, boss, inbox["id"], {})

        async def is_up() -> bool:
            return f"{office.workspace}.{inbox['id']}" in wire.adapters

        await eventually(is_up)
        for name, role in (("Ada", "agent"), ("Bob", "agent"), ("Eve", "supervisor")):
            office.people[name] = await hire(stack, hub, boss, name, role)
        yield office


async def test_an_offer_runs_out_the_next_one_accepts_transfers_and_is_taken_over(
    office: Office,
) -> None:
    ada, bob, eve = (office.people[name] for name in ("Ada", "Bob", "Eve"))
    members = [{"agent_id": one.id} for one in (ada, bob)]
    sales = await office.boss.post(
        "/queues", name="Sales", strategy="top_down", offer_s=5, members=members
    )
    service = await office.boss.post("/queues", name="Service", members=[])
    await office.boss.write("PATCH", f"/inboxes/{office.inbox_id}", entry_queue_id=sales["id"])
    for person in (ada, bob):
        await person.available()
    id = await office.writes("visitor-1")
    await office.offered_to(id, ada)
    office.hub.clock.jump(6)
    number = await office.offered_to(id, bob)
    taken = await bob.api.post(f"/conversations/{id}/offer/accept", number=number)
    assert taken["assignee_id"] == bob.id
    moved = await bob.api.post(
        f"/conversations/{id}/transfer", client_id="transfer-1", queue_id=service["id"],
        note="Knows nothing of lamps",
    )  # fmt: skip
    assert moved["routing"]["queue_id"] == service["id"]
    assert moved["assignee_id"] == ""
    mine = await eve.api.post(f"/conversations/{id}/take", client_id="take-over-1")
    assert mine["assignee_id"] == eve.id
    desks = {desk["agent_id"]: desk for desk in await office.boss.get("/desks")}
    assert [held["conversation_id"] for held in desks[eve.id]["held"]] == [id]
    assert desks[bob.id]["held"] == []
    line = await office.boss.get(f"/queues/{service['id']}/line")
    assert line == []


async def test_who_passes_work_on_sees_how_the_other_queue_stands(office: Office) -> None:
    """Its numbers, though neither its line nor what lies in it."""
    ada = office.people["Ada"]
    sales = await office.boss.post("/queues", name="Sales", members=[{"agent_id": ada.id}])
    await office.boss.post("/queues", name="Empty", position=1)
    await office.boss.write("PATCH", f"/inboxes/{office.inbox_id}", entry_queue_id=sales["id"])
    async with AsyncExitStack() as stack:
        cem = await hire(stack, office.hub, office.boss, "Cem", "agent", homes=[])

        async def seen() -> list[tuple[bool, int, int, int]]:
            names = ("is_mine", "waiting", "agents_available", "agents_free")
            return [tuple(one[name] for name in names) for one in await cem.api.get("/queues")]

        assert await seen() == [(False, 0, 0, 0)] * 2
        await ada.available()
        await office.offered_to(await office.writes("visitor-1"), ada)
        await eventually(lambda: _is(seen(), [(False, 1, 1, 1), (False, 0, 0, 0)]))
        number = await office.offered_to(await office.writes("visitor-1"), ada)
        [item] = (await office.boss.get("/conversations", view="all"))["items"]
        await ada.api.post(f"/conversations/{item['id']}/offer/accept", number=number)
        await eventually(lambda: _is(seen(), [(False, 0, 1, 1), (False, 0, 0, 0)]))
        assert (await cem.api.get("/me/queues"))["queues"] == []
        assert (await cem.api.get("/conversations", view="all"))["items"] == []


async def _is(found: Awaitable[object], wanted: object) -> bool:
    return await found == wanted


async def test_whose_browser_dies_is_asked_no_more_within_seconds(office: Office) -> None:
    ada, bob = office.people["Ada"], office.people["Bob"]
    members = [{"agent_id": one.id} for one in (ada, bob)]
    sales = await office.boss.post(
        "/queues", name="Sales", strategy="top_down", offer_s=300, members=members
    )
    await office.boss.write("PATCH", f"/inboxes/{office.inbox_id}", entry_queue_id=sales["id"])
    for person in (ada, bob):
        await person.available()
    id = await office.writes("visitor-1")
    await office.offered_to(id, ada)
    began = time.monotonic()
    await ada.socket.close()
    await office.offered_to(id, bob)
    took_s = time.monotonic() - began
    assert took_s <= GONE_WITHIN_S
    board = await office.people["Eve"].api.get("/wallboard")
    shown = {desk["agent_id"]: desk["presence"] for desk in board["desks"]}
    assert shown[ada.id] == "offline"
    assert shown[bob.id] == "available"
