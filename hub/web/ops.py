"""`/live`, `/ready` and `/metrics`: for supervisors, load balancers and Prometheus, never for
customers.

The composition root makes one `Ops`, adds its routes and calls `drain` when the process is told to
end.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress

from aiohttp import web

from hub.clock import Clock
from hub.errors import NotFound, Unavailable
from hub.ports.collections import LEASES
from hub.ports.store import DocumentStore, Patch
from hub.web.metrics import Metrics

READY_LIMIT_S = 3.0
READY_KEEP_S = 2.0
_PROBE = "sys.ready"
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


class Ops:
    """`metrics_token` opens `/metrics` from elsewhere; without it only this machine may read
    them.
    """

    def __init__(
        self, store: DocumentStore, clock: Clock, metrics: Metrics, *, metrics_token: str = ""
    ) -> None:
        self._store, self._clock, self._metrics = store, clock, metrics
        self._token = metrics_token
        self._is_draining = False
        self._probing = asyncio.Lock()
        self._was_ready, self._asked_at = False, float("-inf")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/live", self.live),
            web.get("/ready", self.ready),
            web.get("/metrics", self.metrics),
        ]

    def drain(self) -> None:
        """From now on `/ready` says no, so that nobody sends new work."""
        self._is_draining = True

    async def live(self, request: web.Request) -> web.Response:
        """The loop turns; nothing is said about the store."""
        return web.Response(text="ok\n")

    async def ready(self, request: web.Request) -> web.Response:
        """503 while draining or while the store takes no writes."""
        if self._is_draining:
            return _not_ready("draining")
        return web.Response(text="ok\n") if await self._is_ready() else _not_ready("store down")

    async def metrics(self, request: web.Request) -> web.Response:
        if not (is_from_this_machine(request) or self._has_token(request)):
            raise NotFound("There is nothing at this address.")
        body = await self._metrics.render()
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=body, headers=headers)

    async def _is_ready(self) -> bool:
        """Whether a small write went through lately; one at a time, so that probes cannot pile
        up.
        """
        if self._probing.locked():
            return False
        async with self._probing:
            now = self._clock.monotonic()
            if not self._was_ready or now - self._asked_at > READY_KEEP_S:
                self._was_ready = await self._can_write()
                self._asked_at = now
            return self._was_ready

    async def _can_write(self) -> bool:
        probe = Patch(set={"at": self._clock.now_ms()})
        try:
            async with asyncio.timeout(READY_LIMIT_S):
                await self._store.patch(LEASES, _PROBE, probe, upsert={"_id": _PROBE})
        except (Unavailable, TimeoutError):
            return False
        return True

    def _has_token(self, request: web.Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        is_same = hmac.compare_digest(token.encode(), self._token.encode())
        return bool(self._token) and scheme.lower() == "bearer" and is_same


def is_from_this_machine(request: web.BaseRequest) -> bool:
    """Directly from loopback; what a proxy on this machine passes on is not."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def _not_ready(why: str) -> web.Response:
    return web.Response(text=f"{why}\n", status=503, headers={"Retry-After": "5"})
