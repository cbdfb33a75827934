"""A client that costs little: ready-made requests over some kept-alive connections, one in flight
on each.

Replies are only cut into heads and bodies; anything but 200 ends the run. Used by ingest and
projection.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence

from hub.bench.settings import CannotRunError

CONNECTIONS = 64
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


async def send_all(port: int, requests: Sequence[bytes], connections: int = CONNECTIONS) -> float:
    """Send all requests and wait for every reply; the seconds that took."""
    loop = asyncio.get_running_loop()
    run = Run(iter(requests), min(connections, len(requests)), loop.create_future())
    opened = [
        await loop.create_connection(lambda: Connection(run), "127.0.0.1", port)
        for _ in range(run.busy)
    ]
    began = time.perf_counter()
    for _, connection in opened:
        connection.next()
    try:
        await run.ended
    finally:
        took_s = time.perf_counter() - began
        for transport, _ in opened:
            transport.close()
    return took_s


class Run:
    """What the connections of one run share."""

    def __init__(self, requests: Iterator[bytes], busy: int, ended: asyncio.Future[None]) -> None:
        self.requests, self.busy, self.ended = requests, busy, ended

    def fail(self, why: str) -> None:
        if not self.ended.done():
            self.ended.set_exception(CannotRunError(why))


class Connection(asyncio.Protocol):
    """Sends the next request when the reply to the last one is complete."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport) or hasattr(transport, "write")
        self._write = transport.write

    def next(self) -> None:
        request = next(self._run.requests, None)
        if request is not None:
            self._write(request)
            return
        self._run.busy -= 1
        if not self._run.busy and not self._run.ended.done():
            self._run.ended.set_result(None)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        head = buffer.find(b"\r\n\r\n")
        length = _LENGTH.search(buffer, 0, head) if head > 0 else None
        if length is None or len(buffer) < head + 4 + int(length[1]):
            self._buffer = buffer
            return
        self._buffer = b""
        if buffer[9:12] == b"200":
            self.next()
        else:
            self._run.fail(f"a server answered {buffer[9:80]!r}")

    def connection_lost(self, fault: Exception | None) -> None:
        if not self._run.ended.done():
            self._run.fail("a server closed a connection")
