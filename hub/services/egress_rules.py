"""Which addresses the hub may call on behalf of people: pure rules over hosts, ports and IP
addresses.

Refused are all that is not the public internet, in whatever notation or embedding it comes, unless
the operator listed it in HUB_EGRESS_ALLOW (host, address, network, each also with `:port`). Used by
`hub.services.egress`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

import msgspec

from hub.errors import BadInput

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

WEB_PORTS = frozenset({80, 443})
MAIL_PORTS = frozenset({25, 143, 465, 587, 993, 2525})

# IANA special-purpose registries, as of 2025-10: everything that is not globally reachable, plus
# multicast.
_BLOCKED_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_BLOCKED_V6 = tuple(
    ipaddress.IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")


class Allowed(msgspec.Struct, frozen=True):
    """One item of the operator's list. `port` 0 means every port."""

    host: str = ""
    network: Network | None = None
    port: int = 0

    def covers(self, host: str, ip: IP, port: int) -> bool:
        if self.port not in (0, port):
            return False
        if self.network is None:
            return host == self.host
        return ip.version == self.network.version and ip in self.network


def parse_allowed(items: Iterable[object]) -> tuple[Allowed, ...]:
    """`host`, `host:port`, `ip`, `[v6]:port`, `network`. Raises `BadInput` naming the item's
    fault.
    """
    return tuple(_parse_item(str(item).strip().lower()) for item in items)


def _parse_item(text: str) -> Allowed:
    host, port = text, 0
    if text.startswith("[") or text.count(":") == 1:
        host, _, digits = text.rpartition(":") if not text.endswith("]") else (text, "", "0")
        if not (digits.isascii() and digits.isdigit() and int(digits) < 65536):
            raise BadInput(
                "HUB_EGRESS_ALLOW takes host, address or network, each with or without :port"
            )
        host, port = host.strip("[]"), int(digits)
    try:
        return Allowed(network=ipaddress.ip_network(host), port=port)
    except ValueError:
        return Allowed(host=clean_host(host), port=port)


def clean_host(host: str) -> str:
    """A host name in the form that is compared and looked up. Raises `BadInput` for anything
    ambiguous.
    """
    bare = host.removeprefix("[").removesuffix("]")
    if ":" in bare:
        return str(_address(bare))
    if not bare.isascii():
        bare = _idna(bare)
    bare = bare.lower().removesuffix(".")
    labels = bare.split(".")
    if not bare or len(bare) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadInput("this is not a host name", "host")
    if _NUMBER.fullmatch(labels[-1]):
        # 2130706433, 0177.0.0.1, 127.1 and 0x7f.1 are addresses to the C library, names to nobody.
        return str(_address(bare))
    return bare


def _idna(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        raise BadInput("this is not a host name", "host") from None


def _address(text: str) -> IP:
    try:
        if "%" in text:
            raise ValueError("zone")
        return ipaddress.ip_address(text)
    except ValueError:
        raise BadInput("write an IP address in its usual form", "host") from None


def literal(host: str) -> IP | None:
    """The address, if a cleaned host is one."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(ip: IP) -> bool:
    """Reachable from anywhere in the internet; embedded IPv4 addresses count as what they stand
    for.
    """
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _BLOCKED_V4)
    if ip.ipv4_mapped is not None:
        return is_public(ip.ipv4_mapped)
    if ip in _NAT64:
        return is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return ip in _GLOBAL_V6 and not any(ip in network for network in _BLOCKED_V6)
