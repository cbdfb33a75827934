"""A vendor's server at its worst, one way at a time: for the matrix of faults that every channel's
`send` must survive (R-24). Speaks just enough HTTP to read a whole request and count it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from hub.errors import (
    AuthFailed,
    ContentRejected,
    OptedOut,
    OutcomeUnknown,
    OutsideWindow,
    RateLimited,
    RecipientUnreachable,
    SendError,
    TransientFailure,
)

RETRY_AFTER_S = 7
_REFUSALS = frozenset({ContentRejected, RecipientUnreachable, OptedOut, OutsideWindow})

#: What happens → the errors that reliability.md §2 permits for it. `after` means: once the request
#: has been written.
PERMITTED: dict[str, frozenset[type[SendError]]] = {
    "refused": frozenset({TransientFailure}),
    "dns": frozenset({TransientFailure}),
    "tls": frozenset({TransientFailure}),
    "timeout_before": frozenset({TransientFailure}),
    "timeout_after": frozenset({OutcomeUnknown}),
    "dropped_after": frozenset({OutcomeUnknown}),
    "half_an_answer": frozenset({OutcomeUnknown}),
    "garbage": frozenset({OutcomeUnknown}),
    "400": _REFUSALS,
    "401": frozenset({AuthFailed}),
    "403": _REFUSALS | {AuthFailed},
    "404": _REFUSALS | {AuthFailed},
    "429": frozenset({RateLimited}),
    "500": frozenset({OutcomeUnknown}),
    "503": frozenset({OutcomeUnknown}),
}
#: Cells whose request never arrives whole.
UNSEEN = frozenset({"refused", "dns", "tls", "timeout_before"})


@dataclass
class HostileVendor:
    """`base` is its address; `requests` counts what arrived whole, `posts` those that may change
    something.
    """

    how: str
    base: str = ""
    requests: int = 0
    posts: int = 0
    error: Callable[[int], bytes] = lambda status: b"{}"
    #: A request has been read whole.
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            if self.how == "tls":
                writer.write(b"HTTP/1.1 400 this is no TLS\r\n\r\n")
            elif self.how == "timeout_before":
                await asyncio.Event().wait()
            else:
                method = await _read_request(reader)
                self.requests += 1
                self.posts += method == b"POST"
                self.arrived.set()
                await self._reply(writer)
        self._open.discard(writer)
        writer.close()

    async def _reply(self, writer: asyncio.StreamWriter) -> None:
        if self.how == "timeout_after":
            await asyncio.Event().wait()
        elif self.how == "half_an_answer":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
        elif self.how == "garbage":
            writer.write(_response(200, b"<html>somebody else answers here</html>", "text/html"))
        elif self.how.isdigit():
            writer.write(_response(int(self.how), self.error(int(self.how))))
        # "dropped_after": not a word.

    def end(self) -> None:
        for writer in self._open:
            writer.transport.abort()


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    """To its end; the method."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.partition(b":")[2]))
        if line.startswith(b"transfer-encoding:"):
            await reader.readuntil(b"0\r\n\r\n")
    return head.partition(b" ")[0]


def _response(status: int, body: bytes, media_type: str = "application/json") -> bytes:
    wait = f"Retry-After: {RETRY_AFTER_S}\r\n" if status == 429 else ""
    head = (
        f"HTTP/1.1 {status} said\r\nContent-Type: {media_type}\r\n"
        f"Content-Length: {len(body)}\r\n{wait}Connection: close\r\n\r\n"
    )
    return head.encode() + body


@asynccontextmanager
async def hostile_vendor(
    how: str, error: Callable[[int], bytes] = lambda status: b"{}"
) -> AsyncIterator[HostileVendor]:
    """Listens on loopback while the block runs; "refused" and "dns" have nobody listening."""
    vendor = HostileVendor(how, error=error)
    if how in ("refused", "dns"):
        host = "vendor.invalid" if how == "dns" else "127.0.0.1"
        vendor.base = f"http://{host}:{_unused_port()}"
        yield vendor
        return
    server = await asyncio.start_server(vendor.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    scheme = "https" if how in ("tls", "timeout_before") else "http"
    vendor.base = f"{scheme}://127.0.0.1:{port}"
    try:
        yield vendor
    finally:
        server.close()
        vendor.end()


def _unused_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
