"""Calls of vendors' APIs for one inbox: kept connections, the egress rules, and for every fault the
one answer that the outbox needs, whether the vendor may have seen the request or certainly not.
Implements `hub.ports.channel.VendorHttp`; made with each adapter's context.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp

from hub.clock import Clock
from hub.errors import (
    BadInput,
    ContentRejected,
    HubError,
    OutcomeUnknown,
    TransientFailure,
    Unavailable,
)
from hub.ports.channel import VendorAnswer
from hub.services.egress import EgressClient, Pinned

#: Vendors close idle connections after a minute or more; ours go first, so that no request is
#: written into one that is closing.
_KEEP_S = 15.0
_CONNECT_S = 10.0
_LOOK_AGAIN_MS = 60_000
_MAX_CONNECTIONS = 100
_MAX_REDIRECTS = 3
_CHUNK_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class HttpClient:
    """Opened by its first request; `close` ends it."""

    def __init__(self, egress: EgressClient, clock: Clock) -> None:
        self._egress = egress
        self._clock = clock
        self._resolver = Pinned()
        self._checked: dict[str, int] = {}
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    async def close(self) -> None:
        self._is_closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 30.0,
        max_bytes: int = 2 * 1024 * 1024,
        redirect_hosts: Collection[str] = (),
    ) -> VendorAnswer:
        """See `VendorHttp.request`."""
        sent: Mapping[str, str] = headers or {}
        for _ in range(_MAX_REDIRECTS + 1):
            answer = await self._once(method, url, sent, body, timeout_s, max_bytes)
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not location or method != "GET":
                return answer
            url, before = urljoin(url, location), url
            if not _may_follow(before, url, redirect_hosts):
                return answer
            sent = {}
        raise ContentRejected("the vendor's address redirects too often")

    async def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_s: float,
        max_bytes: int,
    ) -> VendorAnswer:
        await self._check(url)
        # Set by the tracing below as soon as a byte of the request may have left.
        progress = SimpleNamespace(has_left=False)
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._open().request(
                    method,
                    url,
                    headers=dict(headers),
                    data=body or None,
                    allow_redirects=False,
                    trace_request_ctx=progress,
                ) as response,
            ):
                return await _read(response, max_bytes)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as fault:
            if progress.has_left:
                raise OutcomeUnknown("the vendor did not answer") from fault
            raise TransientFailure("the vendor cannot be reached") from fault

    async def _check(self, url: str) -> None:
        """Look the host up, at most once a minute, and pin what was found."""
        split = urlsplit(url)
        known_until = self._checked.get(split.netloc, 0)
        now = self._clock.now_ms()
        if now < known_until:
            return
        try:
            self._resolver.add(await self._egress.target(url))
        except BadInput as fault:
            raise ContentRejected(str(fault)) from fault
        except Unavailable as fault:
            raise TransientFailure(str(fault)) from fault
        except HubError as fault:
            raise ContentRejected(str(fault)) from fault
        self._checked[split.netloc] = now + _LOOK_AGAIN_MS

    def _open(self) -> aiohttp.ClientSession:
        if self._is_closed:  # a send that was under way when its inbox stopped
            raise TransientFailure("the inbox is stopping")
        if self._session is None:
            tracing = aiohttp.TraceConfig()
            tracing.on_request_headers_sent.append(_has_left)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=self._resolver,
                    use_dns_cache=False,
                    limit=_MAX_CONNECTIONS,
                    keepalive_timeout=_KEEP_S,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, connect=_CONNECT_S),
                headers={"User-Agent": "Santral", "Accept-Encoding": "identity"},
                trace_configs=[tracing],
                trust_env=False,
                auto_decompress=False,
            )
        return self._session


async def _has_left(session: object, context: Any, params: object) -> None:
    context.trace_request_ctx.has_left = True


def _may_follow(before: str, url: str, hosts: Collection[str]) -> bool:
    """To the same host or a listed one (`*.example.com` is a listed domain), never out of TLS."""
    old, new = urlsplit(before), urlsplit(url)
    if old.scheme == "https" and new.scheme != "https":
        return False
    host = new.hostname or ""
    listed = any(host.endswith(one[1:]) if one.startswith("*.") else host == one for one in hosts)
    return new.netloc == old.netloc or listed


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> VendorAnswer:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > max_bytes:
            raise ContentRejected(f"the vendor's answer has more than {max_bytes} bytes")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return VendorAnswer(response.status, headers, bytes(body))
