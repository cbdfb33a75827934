"""Which websites may talk to an inbox: an exact list of origins. Pure; asked before all else."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

_PORTS = {"http": 80, "https": 443}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def normalised(origin: str) -> str:
    """`scheme://host[:port]` in lower case without a default port; "" when it is no origin."""
    try:
        parts = urlsplit(origin.strip().lower().rstrip("/"))
        port = parts.port
    except ValueError:
        return ""
    is_bare = not (parts.path or parts.query or parts.fragment or parts.username is not None)
    if parts.scheme not in _PORTS or not parts.hostname or not is_bare or "*" in parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (
        f":{port}" if port and port != _PORTS[parts.scheme] else ""
    )


class Origins(msgspec.Struct, frozen=True):
    """The allow-list of one inbox. The hub's own pages are always on it."""

    exact: frozenset[str]
    #: A hub that only this machine can reach lets pages of this machine in (the sample shop on
    #: another port).
    is_loopback_allowed: bool

    def allows(self, origin: str | None) -> bool:
        """A missing origin and `null` are never allowed."""
        name = normalised(origin or "")
        if not name or name != (origin or "").lower():
            return False
        return name in self.exact or (self.is_loopback_allowed and _is_loopback(name))


def allowed(listed: Sequence[str], public_url: str) -> Origins:
    """From the inbox's list and the hub's own address.

    A list switches the loopback exception off.
    """
    own = normalised(public_url)
    return Origins(
        exact=frozenset(name for name in (own, *map(normalised, listed)) if name),
        is_loopback_allowed=not listed and _is_loopback(own),
    )


def _is_loopback(origin: str) -> bool:
    return urlsplit(origin).hostname in _LOOPBACK
