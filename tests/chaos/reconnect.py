"""Many widgets come back at once after a restart: `python -m tests.chaos.reconnect --widgets 1000`.

A real hub is killed with all their sockets open and started again; every widget does what the real
one does (random pauses that grow, its socket with its old token, on until `ready`). Says when the
last of them was back (R-29: within 60 s) and whether everybody was shown what they had written.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.chaos.ledger import Ledger
from tests.chaos.load import Load
from tests.chaos.server import Server
from tests.support.mail_sink import MailSink

#: As in inbox_ui/src/widget/backoff.ts: a random part of a time that doubles.
FIRST_S, LONGEST_S = 1.0, 30.0
WITHIN_S = 60.0
_AT_ONCE = 40


@dataclass
class Outcome:
    back_s: list[float]
    api_worst_s: float
    missing: int

    def __str__(self) -> str:
        times = sorted(self.back_s)
        middle, late = times[len(times) // 2], times[int(len(times) * 0.95)]
        return (
            f"{len(times)} widgets back: half after {middle:.1f} s, 95 % after {late:.1f} s, "
            f"the last after {times[-1]:.1f} s; {self.missing} without their message; "
            f"the API took {self.api_worst_s:.2f} s at most"
        )


class Widget:
    """One visitor's window."""

    def __init__(self, hook: str, origin: str, number: int) -> None:
        self._hook, self._number = hook, number
        self._headers = {"Origin": origin}
        self.text = f"widget-{number:05d}"
        self.token = ""
        self.messages: set[str] = set()

    async def write(self, session: aiohttp.ClientSession) -> None:
        """The first visit: a session and a message."""
        self.token = (await self._post(session, "session", {}))["token"]
        body = {"client_id": self.text, "text": self.text}
        await self._post(session, "messages", body)

    async def _post(
        self, session: aiohttp.ClientSession, path: str, body: dict[str, str]
    ) -> dict[str, str]:
        headers = {**self._headers, "Authorization": f"Bearer {self.token}"}
        while True:
            async with session.post(f"{self._hook}/{path}", json=body, headers=headers) as answer:
                if answer.status == 200:
                    found: dict[str, str] = await answer.json()
                    return found
                await asyncio.sleep(float(answer.headers.get("Retry-After", 1)))

    async def connect(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        """Open the socket and read to the end of the history."""
        ws = await session.ws_connect(f"{self._hook}/socket", headers=self._headers)
        await ws.send_json({"type": "hello", "token": self.token})
        async with asyncio.timeout(30):
            while True:
                frame = await ws.receive_json()
                if frame["type"] == "messages":
                    self.messages |= {message["text"] for message in frame["messages"]}
                if frame["type"] == "ready":
                    return ws

    async def read_own(self, session: aiohttp.ClientSession) -> None:
        """Until the message is on its timeline; accepted it was before."""
        async with asyncio.timeout(WITHIN_S):
            while self.text not in self.messages:
                await (await self.connect(session)).close()
                await asyncio.sleep(0.05)

    async def come_back(
        self, session: aiohttp.ClientSession, rnd: random.Random
    ) -> aiohttp.ClientWebSocketResponse:
        """Again and again with growing random pauses."""
        attempt = 0
        while True:
            await asyncio.sleep(rnd.random() * min(LONGEST_S, FIRST_S * 2**attempt))
            try:
                return await self.connect(session)
            except (aiohttp.ClientError, OSError, TimeoutError, TypeError):
                attempt += 1


async def run(widgets: int, folder: Path, seed: int = 1) -> Outcome:
    """Write, connect, kill, start, and wait for everybody."""
    rnd = random.Random(seed)
    server = Server(folder)
    ledger = Ledger(folder / "ledger.jsonl")
    connector = aiohttp.TCPConnector(limit=0)
    try:
        async with MailSink() as sink, aiohttp.ClientSession(connector=connector) as session:
            await server.start()
            load = Load(server, ledger, rnd, sink.port)
            await load.prepare()
            hook = f"{server.base}/hooks/webchat/{load.inboxes['webchat']}"
            everybody = [Widget(hook, server.base, number) for number in range(widgets)]
            slots = asyncio.Semaphore(_AT_ONCE)

            async def arrive(widget: Widget) -> aiohttp.ClientWebSocketResponse:
                async with slots:
                    await widget.write(session)
                    return await widget.connect(session)

            sockets = await asyncio.gather(*map(arrive, everybody))
            for widget in everybody:
                await widget.read_own(session)
            await server.kill()
            for ws in sockets:
                await ws.close()
            for widget in everybody:
                widget.messages.clear()
            return await _back(server, load, session, everybody, rnd)
    finally:
        await server.kill()
        ledger.close()


async def _back(
    server: Server,
    load: Load,
    session: aiohttp.ClientSession,
    everybody: list[Widget],
    rnd: random.Random,
) -> Outcome:
    began = time.monotonic()
    took_s: list[float] = []
    worst_s = 0.0

    async def one(widget: Widget) -> aiohttp.ClientWebSocketResponse:
        ws = await widget.come_back(session, rnd)
        took_s.append(time.monotonic() - began)
        return ws

    coming = asyncio.gather(*map(one, everybody))
    await server.start()
    while not coming.done():
        asked = time.monotonic()
        await load.api("GET", "/conversations?view=all&limit=50")
        worst_s = max(worst_s, time.monotonic() - asked)
        await asyncio.wait([coming], timeout=0.5)
    for ws in await coming:
        await ws.close()
    missing = sum(widget.text not in widget.messages for widget in everybody)
    return Outcome(took_s, worst_s, missing)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.reconnect")
    parser.add_argument("--widgets", type=int, default=1000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reconnect-") as folder:
        outcome = asyncio.run(run(args.widgets, Path(folder)))
    print(outcome)
    return 0 if max(outcome.back_s) <= WITHIN_S and not outcome.missing else 1


if __name__ == "__main__":
    sys.exit(main())
