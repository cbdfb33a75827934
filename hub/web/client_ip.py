"""The address of the client: the peer's, or what a trusted proxy says about it. Nobody else is
believed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

from aiohttp import web

from hub.config_values import Network

_MAX_HOPS = 20


def client_ip(request: web.BaseRequest, trusted: Sequence[Network]) -> str:
    """The last hop of `X-Forwarded-For` that is not a trusted proxy, read from the right."""
    ip = _plain(request.remote or "")
    if not _is_in(ip, trusted):
        return ip
    said = ",".join(request.headers.getall("X-Forwarded-For", []))
    for hop in reversed(said.split(",")[-_MAX_HOPS:]):
        before = _plain(hop.strip())
        if not before:
            return ip
        ip = before
        if not _is_in(ip, trusted):
            return ip
    return ip


@lru_cache(4096)
def _plain(text: str) -> str:
    """An address in its normal form, "" when it is none; IPv4 mapped into IPv6 is IPv4."""
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)


def _is_in(ip: str, networks: Sequence[Network]) -> bool:
    if not ip or not networks:
        return False
    address = ipaddress.ip_address(ip)
    return any(address.version == one.version and address in one for one in networks)
