"""Which ports the demo uses: the usual ones, else free ones. Loopback only."""

from __future__ import annotations

import socket
from contextlib import closing

from hub.config_values import Address

LOOPBACK = "127.0.0.1"


def require_free(listen: Address) -> None:
    """Raises OSError (address in use) before anything is made, not after it."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((listen.host, listen.port))
        probe.listen()


def is_free(port: int) -> bool:
    try:
        require_free(Address(LOOPBACK, port))
    except OSError:
        return False
    return True


def first_free(wanted: int, *, tries: int = 10) -> int:
    """`wanted` or one of those after it, else any."""
    for port in range(wanted, wanted + tries):
        if is_free(port):
            return port
    with closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
