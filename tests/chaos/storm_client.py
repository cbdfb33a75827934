"""An inbox that stays open through a storm: reads its socket at once, applies frames one by one,
and remembers in which order it heard of messages.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict

import aiohttp

from hub.ports.store import Doc
from tests.support.live_client import LiveClient
from tests.support.web import Browser


class Drained:
    """A socket that is read at once, as browsers do, however slowly its frames are applied."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self._frames: asyncio.Queue[Doc | None] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._ws:
            frame = message.json()
            if frame["type"] == "ping":
                await self._ws.send_json({"type": "pong"})
            else:
                self._frames.put_nowait(frame)
        self._frames.put_nowait(None)

    async def receive_json(self) -> Doc:
        frame = await self._frames.get()
        if frame is None:
            raise ConnectionError(f"the hub closed the socket: {self._ws.close_code}")
        return frame

    async def close(self) -> None:
        await self._ws.close()
        await self._reading


class Watcher(LiveClient):
    """Stays connected, and notes in which order it first heard of messages."""

    def __init__(self, browser: Browser) -> None:
        super().__init__(browser)
        self.heard: dict[str, list[int]] = defaultdict(list)

    async def come_back(self) -> None:
        await super().come_back()
        assert self._ws is not None
        self._ws = Drained(self._ws)  # type: ignore[assignment]

    async def _on_message(self, event: Doc) -> None:
        message = event["message"]
        heard = self.heard[message["conversation_id"]]
        if message["seq"] not in heard:
            heard.append(message["seq"])
        await super()._on_message(event)
