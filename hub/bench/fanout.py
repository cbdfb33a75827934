"""One event to 500 agents' sockets: the hub's live socket against bare uvloop sockets that write a
frame built once.

Both sides send the same number of bytes to a client that only counts them. Every event gets a turn
of the loop, so that nothing is put together into one frame.
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Iterator

from hub.bench.child import Child, on_client_core, server
from hub.bench.report import Result, result
from hub.bench.sample import fill
from hub.bench.settings import SMALL, CannotRunError, Settings, say
from hub.web.live import text_frame

GOAL = 0.65
SOCKETS = 500
#: What the hub wants to hear now and then: a text frame, masked with zeros.
PONG = b"\x81\x8f\0\0\0\0" + b'{"type":"pong"}'
_QUIET_S = 0.3
_WAIT_S = 60.0


async def run(settings: Settings) -> list[Result]:
    rates, floors, cpu, bare_cpu = [], [], [], []
    events = settings.scale.fan_out_events
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(settings.scratch())
        await fill(folder, SMALL)
        hub = await stack.enter_async_context(server("hub", str(folder)))
        bare = await stack.enter_async_context(server("sockets"))
        stack.enter_context(on_client_core())
        key = f"Authorization: Bearer {hub.ready['key']}\r\n"
        ours = stack.enter_context(contextlib.closing(Audience(hub, "/api/v1/live", key, PONG)))
        theirs = stack.enter_context(contextlib.closing(Audience(bare, "/", "")))
        for number in range(settings.rounds + 1):
            took_s, used_s, received = await _round(hub, ours, events)
            size = received // events - len(text_frame(bytes(200))) + 200
            floor_s, floor_used_s, _ = await _round(bare, theirs, events, size)
            if number:
                deliveries = events * SOCKETS
                rates.append(deliveries / took_s)
                floors.append(deliveries / floor_s)
                cpu.append(used_s / deliveries * 1e6)
                bare_cpu.append(floor_used_s / deliveries * 1e6)
                say(f"  round {number}: {rates[-1]:.0f}/s, bare {floors[-1]:.0f}/s")
    return [
        result("deliveries", "frames/s", rates, floors, goal=GOAL),
        result("deliveries_cpu", "us/frame", cpu, bare_cpu, better="lower"),
    ]


async def _round(
    child: Child, audience: Audience, events: int, *size: int
) -> tuple[float, float, int]:
    """Seconds until the last socket had everything, the server's processor time, bytes a socket."""
    audience.wait_for_quiet()
    before = await child.cpu_s()
    began = time.perf_counter()
    child.tell("publish", events, *size)
    received = audience.receive(events)
    took_s = time.perf_counter() - began
    await child.answer()
    return took_s, await child.cpu_s() - before, received


class Audience:
    """Connected WebSocket clients that count what they get."""

    def __init__(self, child: Child, path: str, header: str, pong: bytes = b"") -> None:
        self._pong = pong
        self._poll = select.epoll()
        self._sockets = list(_connect(child.port, path, header))
        for one in self._sockets:
            self._poll.register(one, select.EPOLLIN)

    def close(self) -> None:
        for one in self._sockets:
            one.close()
        self._poll.close()

    def wait_for_quiet(self) -> None:
        """Read what is left of the greeting, until nothing comes any more, and show to be alive."""
        by_fd = {one.fileno(): one for one in self._sockets}
        while ready := self._poll.poll(_QUIET_S):
            for fd, _ in ready:
                _some(by_fd[fd])
        for one in self._sockets:
            one.sendall(self._pong)

    def receive(self, frames: int) -> int:
        """Until every socket has as many bytes as that many frames are; how many bytes.

        All get the same bytes, so only the first socket's are cut into frames.
        """
        counts = {one.fileno(): 0 for one in self._sockets}
        by_fd = {one.fileno(): one for one in self._sockets}
        first = self._sockets[0].fileno()
        stream, wanted, waiting = bytearray(), 0, len(counts)
        while waiting:
            ready = self._poll.poll(_WAIT_S)
            if not ready:
                raise CannotRunError("a server sent less than it was asked for")
            for fd, _ in ready:
                data = _some(by_fd[fd])
                counts[fd] += len(data)
                if fd == first and not wanted:
                    stream += data
                    wanted = _bytes_of(stream, frames)
            if wanted:
                waiting = sum(1 for count in counts.values() if count < wanted)
        return wanted


def _some(one: socket.socket) -> bytes:
    data = one.recv(1 << 16)
    if not data:
        raise CannotRunError("a server closed a socket")
    return data


def _bytes_of(stream: bytearray, frames: int) -> int:
    """How many bytes the first `frames` unmasked frames are; 0 while the stream is too short."""
    at = 0
    for _ in range(frames):
        if len(stream) < at + 4:
            return 0
        size = stream[at + 1]
        head = 2
        if size == 126:
            size, head = int.from_bytes(stream[at + 2 : at + 4], "big"), 4
        at += head + size
    return at if len(stream) >= at else 0


def _connect(port: int, path: str, header: str) -> Iterator[socket.socket]:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{header}\r\n"
    )
    for _ in range(SOCKETS):
        one = socket.create_connection(("127.0.0.1", port), timeout=_WAIT_S)
        one.sendall(request.encode())
        if not one.recv(1 << 12).startswith(b"HTTP/1.1 101"):
            raise CannotRunError("a server refused a socket")
        yield one
