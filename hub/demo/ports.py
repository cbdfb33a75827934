"""Which ports the demo uses: the usual ones, else free ones. Loopback only."""

from __future__ import annotations

import errno
import socket
from collections.abc import Awaitable, Callable
from contextlib import closing

from hub.config_values import Address

LOOPBACK = "127.0.0.1"
_TRIES = 10


def require_free(listen: Address) -> None:
    """Raises OSError (address in use) before anything is made, not after it."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((listen.host, listen.port))
        probe.listen()


def first_free(wanted: int) -> int:
    """`wanted`, one soon after it, or any: for a server that is opened later."""
    for port in candidates(wanted):
        try:
            require_free(Address(LOOPBACK, port))
        except OSError:
            continue
        if port:
            return port
    with closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


async def open_first(wanted: int, open_at: Callable[[int], Awaitable[int]]) -> int:
    """Open a server at the first port that can be had; the port."""
    for port in candidates(wanted):
        try:
            return await open_at(port)
        except OSError as fault:
            if not port or fault.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free")


def candidates(wanted: int) -> list[int]:
    """Last of all 0: the system chooses."""
    return [*range(wanted, wanted + _TRIES), 0]
