"""The floors that are servers: bare aiohttp that reads a body and answers, and bare sockets that
one frame is written to.

Each is a process that imports nothing of the product: `python -m hub.bench.bare http | sockets`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from aiohttp import web

from hub.bench.obey import Answer, obey, run


async def http() -> None:
    """The body is read and answered."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="ok\n")

    app = web.Application()
    app.add_routes([web.post("/{tail:.*}", answer)])
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    await obey({"port": runner.addresses[0][1]}, {})
    await runner.cleanup()


class Subscriber(asyncio.Protocol):
    """Answers one WebSocket handshake and is written to from then on."""

    def __init__(self, all_of_them: list[Any]) -> None:
        self._all = all_of_them

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        )
        self._all.append(self._transport)


async def sockets() -> None:
    """A text frame of the size asked for, written to every transport in each turn of the loop."""
    transports: list[Any] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Subscriber(transports), "127.0.0.1", 0, backlog=1024)

    async def publish(count: str, payload_bytes: str) -> Answer:
        size = int(payload_bytes)
        frame = b"\x81\x7e" + size.to_bytes(2, "big") + b"x" * size
        for _ in range(int(count)):
            for transport in transports:
                transport.write(frame)
            await asyncio.sleep(0)
        return {}

    await obey({"port": server.sockets[0].getsockname()[1]}, {"publish": publish})
    for transport in transports:
        transport.close()
    server.close()


if __name__ == "__main__":
    run({"http": http, "sockets": sockets}, sys.argv[1:])
