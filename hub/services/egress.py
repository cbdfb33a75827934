"""The one way out to addresses that people may choose (DESIGN §4.7): web hooks, remote images, mail
servers.

Every address of a host is checked, then the connection goes to exactly those addresses, so that a
name cannot change its mind in between. No proxies of the environment, no cookies, no compression,
redirects only where the caller allows them and never with the caller's headers; size and time are
limited. Implements `hub.ports.channel.Egress`.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from hub.errors import BadInput, TooLarge, Unavailable
from hub.services.egress_rules import (
    MAIL_PORTS,
    WEB_PORTS,
    clean_host,
    is_public,
    literal,
    parse_allowed,
)

MAX_REDIRECTS = 3
DNS_TIMEOUT_S = 5.0
CHUNK_BYTES = 64 * 1024
MAX_URL_CHARS = 4096
#: For `allowed_hosts`: redirects may lead to any public host (each step is checked alike).
ANY_HOST: frozenset[str] = frozenset({"*"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AGENT = "Santral"

#: From (host, port) to IP addresses as texts; raises OSError.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Fetched(msgspec.Struct, frozen=True):
    """An answer, whole. `media_type` is what the server says, without parameters."""

    status: int
    media_type: str
    body: bytes
    url: str
    headers: Mapping[str, str]


class Target(msgspec.Struct, frozen=True):
    """Where to connect: a checked host with its checked addresses."""

    host: str
    port: int
    ips: tuple[str, ...]


class EgressClient:
    """`allow` is the operator's list (`config.egress_allow`); `resolver` is replaced in tests."""

    def __init__(self, allow: Iterable[object] = (), *, resolver: Resolve | None = None) -> None:
        self._allow = parse_allowed(allow)
        self._resolver = resolver or _system_resolve

    async def resolve(self, host: str, port: int) -> str:
        """The pinned IP to connect to. Raises `BadInput` for a forbidden target, `Unavailable`
        without DNS.
        """
        return (await self._check(host, port, WEB_PORTS | MAIL_PORTS)).ips[0]

    async def check_url(self, url: str) -> None:
        """Raise what `fetch` would raise before connecting: for checks while a setting is saved."""
        await self.target(url)

    async def fetch(
        self,
        url: str,
        *,
        max_bytes: int,
        timeout_s: float = 10.0,
        allowed_hosts: Collection[str] = (),
        accept_types: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        data: bytes | None = None,
    ) -> Fetched:
        """One answer of an http(s) address.

        Redirects are followed to the same host and to `allowed_hosts`, without `headers` and only
        for a request without `data`. Raises `BadInput` for a forbidden target or an unwanted media
        type (`accept_types` are prefixes), `TooLarge`, and `Unavailable` when the server cannot be
        reached or takes over `timeout_s`.
        """
        try:
            async with asyncio.timeout(timeout_s):
                return await self._follow(
                    url, max_bytes, frozenset(allowed_hosts), accept_types, headers, method, data
                )
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as fault:
            raise Unavailable("the address could not be reached") from fault

    async def _follow(
        self,
        url: str,
        max_bytes: int,
        allowed_hosts: frozenset[str],
        accept_types: Sequence[str],
        headers: Mapping[str, str] | None,
        method: str,
        data: bytes | None,
    ) -> Fetched:
        sent = dict(headers or {})
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._once(url, max_bytes, accept_types, sent, method, data)
            location = answer.headers.get("Location", "")
            if answer.status not in _REDIRECTS or not location or data is not None:
                return answer
            url = _next_url(url, location, allowed_hosts)
            sent = {}
        raise BadInput("the address redirects too often", "url")

    async def _once(
        self,
        url: str,
        max_bytes: int,
        accept_types: Sequence[str],
        headers: Mapping[str, str],
        method: str,
        data: bytes | None,
    ) -> Fetched:
        target = await self.target(url)
        pinned = _rebuilt(_split(url), target)
        sent = {"User-Agent": _AGENT, "Accept-Encoding": "identity", **headers}
        connector = aiohttp.TCPConnector(
            resolver=Pinned(target), use_dns_cache=False, force_close=True
        )
        async with (
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
            ) as session,
            session.request(
                method,
                pinned,
                headers=sent,
                data=data,
                allow_redirects=False,
            ) as response,
        ):
            return await _read(response, url, max_bytes, accept_types)

    async def target(self, url: str) -> Target:
        """Where a request to `url` has to connect. Raises like `check_url`."""
        split = _split(url)
        return await self._check(split.hostname or "", _port(split), WEB_PORTS)

    async def _check(self, host: str, port: int, ports: frozenset[int]) -> Target:
        """Every address of the host is public, or the operator listed it."""
        host = clean_host(host)
        found = [host] if literal(host) else await self._look_up(host, port)
        if not found:
            raise Unavailable("the host name has no address")
        for text in found:
            ip = ip_address(text.partition("%")[0])
            if any(item.covers(host, ip, port) for item in self._allow):
                continue
            if port not in ports:
                raise BadInput("this port is not allowed", "port")
            if not is_public(ip) or "%" in text:
                raise BadInput(
                    "this address is not in the public internet; an operator can allow it "
                    "by HUB_EGRESS_ALLOW",
                    "host",
                )
        return Target(host, port, tuple(sorted(found, key=lambda text: ":" in text)))

    async def _look_up(self, host: str, port: int) -> list[str]:
        try:
            async with asyncio.timeout(DNS_TIMEOUT_S):
                return list(dict.fromkeys(await self._resolver(host, port)))
        except (OSError, UnicodeError, TimeoutError) as fault:
            raise Unavailable("the host name could not be looked up") from fault


class Pinned(AbstractResolver):
    """Answers with the addresses that were checked, and for no other name."""

    def __init__(self, *targets: Target) -> None:
        self._targets = {(target.host, target.port): target for target in targets}

    def add(self, target: Target) -> None:
        self._targets[target.host, target.port] = target

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        target = self._targets.get((host, port))
        if target is None:
            raise OSError("an unchecked host")
        return [
            ResolveResult(
                hostname=host,
                host=ip,
                port=port,
                family=socket.AF_INET6 if ":" in ip else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for ip in target.ips
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def _system_resolve(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    found: list[Any] = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _split(url: str) -> SplitResult:
    """An http(s) URL that every parser reads alike. Raises `BadInput`."""
    if len(url) > MAX_URL_CHARS or any(char <= " " or char in "\\\x7f" for char in url):
        raise BadInput("this is not an address of the web", "url")
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        raise BadInput("this is not an address of the web", "url") from None
    if split.scheme not in ("http", "https") or not split.hostname or port == 0:
        raise BadInput("only http and https addresses can be called", "url")
    if "@" in split.netloc:
        raise BadInput("an address must not hold a user name or password", "url")
    return split


def _port(split: SplitResult) -> int:
    return split.port or (443 if split.scheme == "https" else 80)


def _rebuilt(split: SplitResult, target: Target) -> URL:
    """The URL with the host as it was checked, so that nobody reads it a second, different way."""
    path = split.path or "/"
    query = f"?{split.query}" if split.query else ""
    base = URL.build(scheme=split.scheme, host=target.host, port=target.port)
    return base.join(
        URL(f"{path.replace('//', '/%2F', 1) if path.startswith('//') else path}{query}")
    )


def _next_url(url: str, location: str, allowed_hosts: frozenset[str]) -> str:
    split = _split(urljoin(url, location))
    before = _split(url)
    host = clean_host(split.hostname or "")
    if before.scheme == "https" and split.scheme != "https":
        raise BadInput("the address redirects to an unencrypted one", "url")
    if host != clean_host(before.hostname or "") and not ({host, "*"} & allowed_hosts):
        raise BadInput("the address redirects to another host", "url")
    return split.geturl()


async def _read(
    response: aiohttp.ClientResponse, url: str, max_bytes: int, accept_types: Sequence[str]
) -> Fetched:
    is_wanted = response.ok and response.status not in _REDIRECTS
    media_type = response.content_type.lower()
    if is_wanted and accept_types and not media_type.startswith(tuple(accept_types)):
        raise BadInput("the address answers with another kind of content", "url")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BadInput("the address answers compressed although asked not to", "url")
    body = bytearray()
    if response.status not in _REDIRECTS:
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            body += chunk
            if len(body) > max_bytes:
                raise TooLarge(f"the answer has more than {max_bytes} bytes", max_bytes)
    return Fetched(response.status, media_type, bytes(body), url, response.headers)
