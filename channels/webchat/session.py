"""The open sockets of an inbox's visitors: who is there, and pushing without ever waiting.

Each socket has a bounded queue and a writer task; a reader too slow to keep up is cut off and
catches up when it returns. Knows nothing of history or of the hub: `live.py` drives it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Protocol

from aiohttp import web

from hub.errors import TooMany
from hub.model.contact import Address
from hub.tasks import Tasks

BUFFER_MAX_BYTES = 1024 * 1024
SOCKETS_PER_VISITOR = 10
#: Close codes: the server restarts; too many frames or sockets; token refused.
RESTART = 1012
POLICY = 1008
_READ_MARKS_MAX = 64


class Wire(Protocol):
    """The part of a WebSocket that pushing needs."""

    async def send_str(self, data: str) -> None: ...


class Socket:
    """One browser tab. `push` never blocks; `run` writes until the socket ends."""

    def __init__(self, wire: Wire, transport: asyncio.WriteTransport | None) -> None:
        self._wire = wire
        self._transport = transport
        self._frames: deque[str] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.is_visible = True
        #: Highest number shown, by conversation: what this socket may speak about.
        self.shown: dict[str, int] = {}
        #: Answers shown whose arrival the browser has not confirmed yet.
        self.awaiting: set[tuple[str, int]] = set()

    def push(self, frame: str) -> None:
        """Queue a frame; cut the connection when more than 1 MB waits."""
        waiting = self._bytes + (self._transport.get_write_buffer_size() if self._transport else 0)
        if waiting + len(frame) > BUFFER_MAX_BYTES:
            self.abort()
            return
        self._frames.append(frame)
        self._bytes += len(frame)
        self._idle.clear()
        self._wake.set()

    def abort(self) -> None:
        """Cut the connection without a closing handshake: the other side does not read."""
        self._frames.clear()
        self._bytes = 0
        self._idle.set()
        if self._transport is not None:
            self._transport.abort()

    async def drained(self) -> None:
        """Wait until everything queued was handed to the network."""
        await self._idle.wait()

    async def run(self) -> None:
        """Write what is pushed, in order. Ends with the connection."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._flush()
        except (ConnectionError, RuntimeError):
            pass  # the reading side sees the same end and cleans up
        finally:
            self._idle.set()

    async def _flush(self) -> None:
        while self._frames:
            frame = self._frames.popleft()
            await self._wire.send_str(frame)
            self._bytes = max(0, self._bytes - len(frame))
        self._idle.set()


class Sockets:
    """All open sockets, by visitor."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._by_visitor: dict[Address, dict[Socket, web.WebSocketResponse]] = {}
        self._reads: dict[Address, dict[str, int]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_visitor.values()))

    def join(self, visitor: Address, ws: web.WebSocketResponse, request: web.Request) -> Socket:
        """Raises `TooMany` over ten sockets a visitor."""
        open_now = self._by_visitor.setdefault(visitor, {})
        if len(open_now) >= SOCKETS_PER_VISITOR:
            raise TooMany("Too many open windows.", 60)
        transport = request.transport
        socket = Socket(ws, transport if isinstance(transport, asyncio.WriteTransport) else None)
        open_now[socket] = ws
        return socket

    def leave(self, visitor: Address, socket: Socket) -> None:
        open_now = self._by_visitor.get(visitor, {})
        open_now.pop(socket, None)
        if not open_now:
            self._by_visitor.pop(visitor, None)
            self._reads.pop(visitor, None)

    def visitors(self) -> list[Address]:
        """All who have a page open."""
        return list(self._by_visitor)

    def of(self, visitor: Address) -> Iterator[Socket]:
        return iter(list(self._by_visitor.get(visitor, ())))

    def push(self, visitor: Address, frame: str) -> None:
        for socket in self.of(visitor):
            socket.push(frame)

    def is_present(self, visitor: Address) -> bool:
        """Is a page of this visitor in front of somebody?"""
        return any(socket.is_visible for socket in self.of(visitor))

    def is_news(self, visitor: Address, conversation_id: str, seq: int) -> bool:
        """False when this visitor is already known to have read that far."""
        reads = self._reads.get(visitor, {})
        return seq > reads.get(conversation_id, 0)

    def note_read(self, visitor: Address, conversation_id: str, seq: int) -> None:
        if visitor not in self._by_visitor:
            return
        reads = self._reads.setdefault(visitor, {})
        if conversation_id in reads or len(reads) < _READ_MARKS_MAX:
            reads[conversation_id] = seq

    async def close_all(self, timeout_s: float = 3.0) -> None:
        """Tell every browser that the server restarts (1012); cut those that do not answer."""
        pairs = [pair for open_now in self._by_visitor.values() for pair in open_now.items()]
        closing = [self._tasks.spawn("webchat.close", _close(ws)) for _, ws in pairs]
        if closing:
            _, late = await asyncio.wait(closing, timeout=timeout_s)
            for task in late:
                task.cancel()
        for socket, ws in pairs:
            if not ws.closed:
                socket.abort()


async def _close(ws: web.WebSocketResponse) -> None:
    await ws.close(code=RESTART, message=b"restart")
