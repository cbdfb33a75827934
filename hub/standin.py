"""What all stand-ins of vendors have in common: a ledger of the requests that came, faults that can
be ordered, and webhooks to the hub that can be repeated and shuffled.

A channel's `standin.py` adds the vendor's documented API as routes. It runs on loopback for
`hub demo` and for tests; nothing in production imports it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol

import aiohttp
import msgspec
from aiohttp import web

from hub.clock import Clock

_DELIVER_TIMEOUT_S = 20.0
_KEPT = 20_000
#: Where a handler notes what it accepted.
_ACCEPTED = web.RequestKey("accepted", str)

#: What a stand-in does with a request instead of serving it.
#:   delay: serve after `delay_s` · drop: close the connection, nothing happened ·
#:   accept_then_drop: it happened, nobody is told · hang: nothing happens, for ever ·
#:   status: the vendor's error answer with `status` and `code` · garbage: 200 with no JSON
FaultKind = Literal["delay", "drop", "accept_then_drop", "hang", "status", "garbage"]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """For the next `count` requests whose path holds `path`."""

    kind: FaultKind
    count: int = 1
    path: str = ""
    delay_s: float = 0.0
    status: int = 500
    #: The vendor's own error code, where it has some.
    code: int = 0
    retry_after_s: int = 0


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `accepted` is what the vendor now holds: the id of a message, or ""."""

    at: int
    method: str
    path: str
    headers: dict[str, str]
    body: str
    accepted: str = ""
    fault: str = ""


class Disorder(msgspec.Struct, kw_only=True):
    """How webhooks reach the hub: each `repeat` times, a bunch in any order."""

    repeat: int = 1
    is_shuffled: bool = False


class CustomerFile(msgspec.Struct, frozen=True):
    """What a customer attaches; `data` is base64 in JSON."""

    name: str
    media_type: str
    data: bytes


class CustomerWrites(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /_customer/messages`: what somebody writes on the demo phone, or the button that one
    presses (`payload` with its `text`). `address` is a number (`+48…`) or an id, as the network has
    it.
    """

    address: str
    name: str = ""
    text: str = ""
    payload: str = ""
    file: CustomerFile | None = None
    location: tuple[float, float] | None = None
    reply_to: str = ""


class OnPhone(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /_customer/messages?address=`: a list of these is what stands on somebody's phone."""

    id: str
    is_ours: bool
    at: int
    text: str = ""
    #: [{"id", "title"}] of buttons.
    quick_replies: list[dict[str, str]] = []
    #: Path below the stand-in's, where the file can be had.
    file: str = ""
    file_type: str = ""
    file_name: str = ""
    reply_to: str = ""


class Network(Protocol):
    """A stand-in that can be played on the demo phone: `standin.demo(clock)` of a channel makes it.

    Its application serves the vendor's API, and to customers `POST` and `GET /_customer/messages`
    and `POST /_customer/read {address}`.
    """

    #: Its people are known by phone numbers, else by ids made of digits.
    has_numbers: bool

    def app(self) -> web.Application: ...

    def config(self, base_url: str) -> dict[str, Any]:
        """Of an inbox that takes this stand-in at `base_url` for its vendor."""

    async def connect(self, hook_url: str) -> None:
        """The inbox is there, webhooks go to this address. Nothing where its adapter says so."""


#: The vendor's error answer: (status, code, retry_after_s) → response.
RenderError = Callable[[int, int, int], web.Response]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Desk:
    """Ledger, faults and deliveries of one stand-in."""

    def __init__(self, clock: Clock, render_error: RenderError, *, seed: int = 1) -> None:
        self.clock = clock
        self.ledger: list[Entry] = []
        self.faults: list[Fault] = []
        self.disorder = Disorder()
        self._render_error = render_error
        self._chance = random.Random(seed)
        self._session: aiohttp.ClientSession | None = None

    def accept(self, request: web.Request, id: str) -> None:
        """A handler took a message: exactly these count as the vendor's acceptances."""
        request[_ACCEPTED] = id

    @property
    def accepted(self) -> list[str]:
        """Ids of all messages that the vendor holds, in order."""
        return [entry.accepted for entry in self.ledger if entry.accepted]

    def app(self) -> web.Application:
        """With `/_ledger`, `/_faults` and `/_disorder`; the vendor's routes go in."""
        app = web.Application(middlewares=[self._serve], client_max_size=128 * 1024 * 1024)
        app.add_routes(
            [
                web.get("/_ledger", self._show_ledger),
                web.delete("/_ledger", self._clear),
                web.post("/_faults", self._add_fault),
                web.delete("/_faults", self._clear),
                web.post("/_disorder", self._set_disorder),
            ]
        )
        app.on_cleanup.append(self._close)
        return app

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if "/_" in request.path:
            return await handler(request)
        body = await request.read()
        fault = self._next_fault(request.path)
        answer: web.StreamResponse | None = None
        if fault is None or fault.kind in ("delay", "accept_then_drop"):
            if fault is not None and fault.delay_s:
                await asyncio.sleep(fault.delay_s)
            try:
                answer = await handler(request)
            except web.HTTPException as refused:
                # Raised ones may not be returned.
                answer = web.Response(
                    status=refused.status, body=refused.body, headers=refused.headers
                )
        self._note(request, body, fault)
        return await self._answer(request, fault, answer)

    async def _answer(
        self, request: web.Request, fault: Fault | None, answer: web.StreamResponse | None
    ) -> web.StreamResponse:
        if answer is not None and (fault is None or fault.kind == "delay"):
            return answer
        assert fault is not None
        if fault.kind == "status":
            return self._render_error(fault.status, fault.code, fault.retry_after_s)
        if fault.kind == "garbage":
            return web.Response(text="<html>somebody else answers here</html>")
        if fault.kind == "hang":
            await asyncio.Event().wait()
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _next_fault(self, path: str) -> Fault | None:
        for position, fault in enumerate(self.faults):
            if fault.path in path:
                if fault.count > 1:
                    less = msgspec.structs.replace(fault, count=fault.count - 1)
                    self.faults[position] = less
                else:
                    del self.faults[position]
                return fault
        return None

    def _note(self, request: web.Request, body: bytes, fault: Fault | None) -> None:
        entry = Entry(
            at=self.clock.now_ms(),
            method=request.method,
            path=request.path_qs,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body.decode(errors="replace"),
            accepted=request.get(_ACCEPTED, ""),
            fault=fault.kind if fault else "",
        )
        self.ledger.append(entry)
        del self.ledger[:-_KEPT]

    async def deliver(
        self,
        url: str,
        posts: list[tuple[bytes, dict[str, str]]],
        told: Callable[[bytes], None] = lambda answer: None,
    ) -> list[int]:
        """Webhooks (body, headers) to the hub; the status of each that was answered. `told` gets
        the answers' bodies, which mean something to some vendors.
        """
        bunch = [post for post in posts for _ in range(self.disorder.repeat)]
        if self.disorder.is_shuffled:
            self._chance.shuffle(bunch)
        return [await self._post(url, body, headers, told) for body, headers in bunch]

    async def _post(
        self, url: str, body: bytes, headers: dict[str, str], told: Callable[[bytes], None]
    ) -> int:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=_DELIVER_TIMEOUT_S)
            self._session = aiohttp.ClientSession(timeout=timeout)
        async with self._session.post(url, data=body, headers=headers) as answer:
            told(await answer.read())
            return answer.status

    async def _close(self, app: web.Application) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _show_ledger(self, request: web.Request) -> web.Response:
        return _json(self.ledger)

    async def _add_fault(self, request: web.Request) -> web.Response:
        self.faults.append(msgspec.json.decode(await request.read(), type=Fault))
        return _json(self.faults)

    async def _set_disorder(self, request: web.Request) -> web.Response:
        self.disorder = msgspec.json.decode(await request.read(), type=Disorder)
        return _json(self.disorder)

    async def _clear(self, request: web.Request) -> web.Response:
        (self.ledger if "_ledger" in request.path else self.faults).clear()
        return web.Response(status=204)


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
