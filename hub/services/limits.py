"""Rate limits: how often somebody may do something, counted in this process.

Each rule is a leaky bucket kept as one number a key (GCRA): `burst` at once, then `burst` again
over `per_s` seconds. The memory is bounded: a rule forgets the keys unused for longest, each rule
its own, so that a flood of one kind cannot wash out the others. Called by dispatch and by the
services that must not be guessed at.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections import OrderedDict

import msgspec

from hub.clock import Clock
from hub.errors import TooMany

MAX_KEYS = 50_000
_LONG_KEY = 40


class Rule(msgspec.Struct, frozen=True):
    """In any window of `per_s` seconds at most 2 × `burst` pass."""

    name: str
    burst: int
    per_s: float


#: 5 + 5 in any 15 minutes: at most 10 guesses at one account from the whole world.
LOGIN_ACCOUNT = Rule("login_account", 5, 900)
#: The same for a device or address that has signed in before; strangers cannot use it up.
LOGIN_KNOWN = Rule("login_known", 5, 900)
LOGIN_IP = Rule("login_ip", 60, 900)
TOKEN_IP = Rule("token_ip", 30, 900)
RESET_ACCOUNT = Rule("reset_account", 3, 3600)
RESET_IP = Rule("reset_ip", 20, 3600)
PASSWORD_CHANGE = Rule("password_change", 5, 900)
API_IP = Rule("api_ip", 3000, 10)
API_CALLER = Rule("api_caller", 600, 10)
SEARCH = Rule("search", 60, 30)
UPLOAD = Rule("upload", 60, 60)
WIDGET = Rule("widget", 120, 60)
#: Of all windows of one session: they only answer pings.
LIVE_FRAMES = Rule("live_frames", 600, 60)
TEST_SEND = Rule("test_send", 10, 600)


class Limits:
    """`take` raises TooMany; `try_take` tells; `give_back` undoes one that turned out to be
    harmless.
    """

    def __init__(self, clock: Clock, max_keys: int = MAX_KEYS) -> None:
        self._clock = clock
        self._max_keys = max_keys
        #: For each rule and key the time at which the bucket is empty again.
        self._empty_at: dict[str, OrderedDict[str, float]] = {}

    def take(self, rule: Rule, key: str, cost: float = 1) -> None:
        """Count one use. Raises TooMany with the time after which the same would pass."""
        wait_s = self._count(rule, _short(key), cost)
        if wait_s > 0:
            raise TooMany("Too many attempts; wait a moment.", wait_s)

    def try_take(self, rule: Rule, key: str, cost: float = 1) -> bool:
        return self._count(rule, _short(key), cost) <= 0

    def give_back(self, rule: Rule, key: str, cost: float = 1) -> None:
        bucket = self._empty_at.get(rule.name)
        short = _short(key)
        if bucket is not None and short in bucket:
            bucket[short] -= cost * rule.per_s / rule.burst

    def __len__(self) -> int:
        return sum(len(bucket) for bucket in self._empty_at.values())

    def _count(self, rule: Rule, key: str, cost: float) -> float:
        """Seconds to wait, or 0 when it was counted."""
        bucket = self._empty_at.setdefault(rule.name, OrderedDict())
        now = self._clock.monotonic()
        empty_at = max(bucket.get(key, now), now) + cost * rule.per_s / rule.burst
        wait_s = empty_at - now - rule.per_s
        if wait_s > 1e-6:
            if key in bucket:
                bucket.move_to_end(key)
            return wait_s
        bucket[key] = empty_at
        bucket.move_to_end(key)
        if len(bucket) > self._max_keys:
            bucket.popitem(last=False)
        return 0


def ip_key(ip: str) -> str:
    """What one customer of a network provider has: an IPv4 address, or an IPv6 /64."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if isinstance(address, ipaddress.IPv4Address):
        return ip
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))


def _short(key: str) -> str:
    """Keys may be as long as an attacker likes; what is kept is not."""
    if len(key) <= _LONG_KEY:
        return key
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=20).hexdigest()
