"""The whole hub as `hub serve` runs it, in this process: real sockets, a real store, a clock that
can jump.
"""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from hub.app.build import build
from hub.app.server import Running
from hub.clock import SystemClock
from hub.config import load
from hub.ports.channel import ChannelSpec
from hub.tasks import Tasks
from tests.support.stores import drop_database, mongo_database, mongo_uri

EMAIL = "admin@shop.example"
PASSWORD = "correct-horse-battery"


class JumpingClock(SystemClock):
    """The machine's clock, moved on by `jump`; timers look at it every second."""

    def __init__(self) -> None:
        super().__init__()
        self._jumped_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self._jumped_ms

    def jump(self, seconds: float) -> None:
        self._jumped_ms += int(seconds * 1000)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class RealHub:
    running: Running
    clock: JumpingClock
    url: str
    smtp_port: int

    @property
    def services(self) -> Any:
        return self.running.hub.services


@asynccontextmanager
async def real_hub(
    kind: str, data_dir: Path, specs: dict[str, ChannelSpec] | None = None, **settings: str
) -> AsyncIterator[RealHub]:
    """A hub with an administrator who can sign in as EMAIL and PASSWORD; `specs`: other channels
    than the product's.
    """
    port, smtp_port = free_port(), free_port()
    uri, database = (mongo_uri(), f"test_{uuid.uuid4().hex[:12]}") if kind == "mongo" else ("", "")
    environment = {
        "HUB_DATA_DIR": str(data_dir),
        "HUB_LISTEN": f"127.0.0.1:{port}",
        "HUB_STORE": mongo_database(uri, database) if database else "sqlite:",
        "HUB_ADMIN_EMAIL": EMAIL,
        "HUB_ADMIN_PASSWORD": PASSWORD,
        "HUB_EGRESS_ALLOW": "127.0.0.0/8",
        "HUB_SMTP_LISTEN": f"127.0.0.1:{smtp_port}",
        **settings,
    }
    clock, tasks = JumpingClock(), Tasks()
    hub = await build(load(environment, toml=None), clock, tasks, specs=specs)
    running = Running(hub)
    await running.start()
    try:
        yield RealHub(running, clock, f"http://127.0.0.1:{port}", smtp_port)
    finally:
        await running.stop()
        if database:
            await drop_database(uri, database)


class Api:
    """A signed-in person's API."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._headers = {"Origin": url}
        self.me: dict[str, Any] = {}

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        self.me = await self.post("/auth/sign-in", email=email, password=password)
        self._headers["X-CSRF-Token"] = self.me["csrf_token"]

    async def get(self, path: str, **query: str) -> Any:
        """Asks again when told to wait."""
        while True:
            async with self._session.get(f"{self._url}/api/v1{path}", params=query) as answer:
                body = await answer.json()
                if answer.status != 429:
                    assert answer.status == 200, body
                    return body
            await asyncio.sleep(body["retry_after_s"])

    async def post(self, path: str, **body: Any) -> Any:
        return await self.write("POST", path, **body)

    async def write(self, method: str, path: str, **body: Any) -> Any:
        url = f"{self._url}/api/v1{path}"
        async with self._session.request(method, url, json=body, headers=self._headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    @asynccontextmanager
    async def live(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """The person's live socket, open."""
        url = f"{self._url}/api/v1/live"
        async with self._session.ws_connect(url, headers={"Origin": self._url}) as socket:
            yield socket


@asynccontextmanager
async def signed_in(url: str) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        api = Api(session, url)
        await api.sign_in()
        yield api
