"""A right that ends while its holder is connected (S-15): within five seconds the socket of a real
hub carries nothing more of it, whichever way the right went; and a client can publish nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.mail_hub import SUPPORT, MailHub, mail_hub, open_inbox
from tests.support.real_hub import Api

pytestmark = pytest.mark.e2e

AGENT = "bea@shop.example"
SALES = "sales@acme.example"
PASSWORD = "another-horse-battery"
GRACE_S = 5.0
CANARY = "canary-4711"


@dataclass
class Listener:
    """A colleague's open socket; `frames` are all that came, as text."""

    socket: aiohttp.ClientWebSocketResponse
    api: Api
    agent_id: str
    frames: list[str] = field(default_factory=list)

    async def read(self) -> None:
        async for message in self.socket:
            self.frames.append(str(message.data))

    def heard(self, word: str) -> bool:
        return any(word in frame for frame in self.frames)


async def mail(hub: MailHub, text: str, number: int) -> None:
    raw = (
        f"From: Ann <ann@customer.example>\r\nTo: {SUPPORT}\r\nSubject: {text}\r\n"
        f"Message-ID: <live-{number}@customer.example>\r\n\r\n{text}\r\n"
    )
    await hub.deliver(raw.encode())
    await hub.settle()


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[MailHub]:
    async with mail_hub("sqlite", tmp_path) as hub:
        yield hub


@pytest.fixture
async def listener(hub: MailHub) -> AsyncIterator[Listener]:
    """Bea may see the inbox that mail comes to, and another one; she hears the first mail."""
    other = await open_inbox(hub.api, hub.sink, SALES)
    invited = await hub.api.post(
        "/agents", email=AGENT, name="Bea", role="agent", homes=[hub.inbox_id, other]
    )
    token = invited["link"].split("token=")[1]
    async with AsyncExitStack() as stack:
        jar = aiohttp.CookieJar(unsafe=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        api = Api(session, hub.hub.url)
        await api.post("/auth/accept", token=token, password=PASSWORD, name="Bea", email=AGENT)
        await api.sign_in(AGENT, PASSWORD)
        url = f"{hub.hub.url}/api/v1/live"
        socket = await session.ws_connect(url, headers={"Origin": hub.hub.url})
        stack.push_async_callback(socket.close)
        listener = Listener(socket, api, invited["agent"]["id"])
        reading = asyncio.create_task(listener.read())
        stack.callback(reading.cancel)
        await mail(hub, "welcome-mail", 0)
        async with asyncio.timeout(90):
            while not listener.heard("welcome-mail"):
                await asyncio.sleep(0.02)
        yield listener


async def fewer_homes(hub: MailHub, agent: str) -> None:
    inboxes = await hub.api.get("/inboxes")
    other = next(i["id"] for i in inboxes if i["address"] == SALES)
    await hub.api.write("PATCH", f"/agents/{agent}", homes=[other])


async def deactivated(hub: MailHub, agent: str) -> None:
    await hub.api.write("PATCH", f"/agents/{agent}", is_active=False)


Revoke = Callable[[MailHub, str], Awaitable[None]]


@pytest.mark.parametrize("revoke", [fewer_homes, deactivated])
async def test_nothing_comes_after_a_right_has_ended(
    hub: MailHub, listener: Listener, revoke: Revoke
) -> None:
    await revoke(hub, listener.agent_id)
    await asyncio.sleep(GRACE_S)  # the promise is about time
    for number in range(1, 6):
        await mail(hub, f"{CANARY}-{number}", number)
    listed = (await hub.api.get("/conversations", view="all"))["items"]
    path = f"/conversations/{listed[0]['id']}"
    for number in range(3):
        await hub.api.post(
            f"{path}/messages", client_id=f"canary-{number:06d}", text=f"{CANARY} answer {number}"
        )
    await hub.settle()
    assert await _flushed(hub, listener) is (revoke is fewer_homes)
    assert not listener.heard(CANARY)


async def _flushed(hub: MailHub, listener: Listener) -> bool:
    """A mail to the inbox that is still hers came after it all; False when she is cut off."""
    head = b"From: bob@customer.example\r\nSubject: still-hers\r\nMessage-ID: <b@x.example>"
    await hub.deliver(head + b"\r\n\r\nx\r\n", SALES)
    await hub.settle()
    async with asyncio.timeout(90):
        while not listener.socket.closed and not listener.heard("still-hers"):
            await asyncio.sleep(0.02)
    return not listener.socket.closed


async def test_ending_a_session_ends_its_socket(hub: MailHub, listener: Listener) -> None:
    await listener.api.post("/auth/sign-out")
    async with asyncio.timeout(GRACE_S):
        while not listener.socket.closed:
            await asyncio.sleep(0.02)
    await mail(hub, CANARY, 1)
    assert not listener.heard(CANARY)


async def test_a_client_publishes_nothing(hub: MailHub, listener: Listener) -> None:
    forged: dict[str, Any] = {"type": "events", "cursor": "x.1", "events": [{"text": CANARY}]}
    await listener.socket.send_str(json.dumps(forged))
    await mail(hub, "after-the-forgery", 1)
    async with asyncio.timeout(90):
        while not listener.heard("after-the-forgery") and not listener.socket.closed:
            await asyncio.sleep(0.02)
    assert not listener.heard(CANARY)
