"""Stands in for a bridge and the people behind it, for `hub demo` and for tests: it takes signed
orders at `/santral`, answers as documented, and posts signed events to the hub.

People use it through `/_customer/…`. Loopback only; nothing in production imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from channels.custom.signature import Doorkeeper, headers
from hub.clock import Clock
from hub.errors import BadSignature
from hub.ports.channel import RawRequest
from hub.standin import Desk

SECRET = "a secret of the stand-in, long enough"  # noqa: S105  nobody's
PATH = "/santral"
#: Raises what it finds wrong with an order (tests hand one in).
Check = Callable[[Any], None]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer writes, or the button that one presses."""

    address: str
    name: str = "Customer"
    text: str = ""
    payload: str = ""
    files: list[dict[str, Any]] = []
    location: dict[str, Any] | None = None
    reply_to: str = ""


class Read(msgspec.Struct, frozen=True):
    address: str


class StandIn:
    """One bridge. It keeps its promise: an id that comes again is answered as before."""

    def __init__(self, clock: Clock, *, secret: str = SECRET, check: Check | None = None) -> None:
        self.desk = Desk(clock, _error)
        self.url = ""
        self.orders: list[dict[str, Any]] = []
        self.messages: dict[str, dict[str, Any]] = {}
        self.statuses: list[int] = []
        #: `error` codes with which the next messages are refused.
        self.refusals: list[str] = []
        self._secret = secret
        self._check = check
        self._door = Doorkeeper(secret, clock)
        self._count = 0

    def app(self) -> web.Application:
        app = self.desk.app()
        app.add_routes(
            [
                web.post(PATH, self._order),
                web.post("/_hook", self._hook),
                web.post("/_customer/messages", self._write),
                web.get("/_customer/messages", self._show),
                web.post("/_customer/read", self._read),
            ]
        )
        return app

    async def tell(self, *events: dict[str, Any]) -> int:
        """Post events to the hub, signed; the status of the (last) answer."""
        body = msgspec.json.encode({"events": list(events)})
        post = (body, headers(self._secret, body, self.desk.clock.now_ms()))
        statuses = await self.desk.deliver(self.url, [post])
        self.statuses += statuses
        return statuses[-1]

    async def _order(self, request: web.Request) -> web.Response:
        body = await request.read()
        sent = RawRequest("POST", request.path, "", dict(request.headers), body)
        try:
            self._door.verify(sent)
        except BadSignature as fault:
            return _answer({"error": "auth_failed", "message": str(fault)}, 401)
        order = msgspec.json.decode(body, type=dict[str, Any])
        if self._check is not None:
            self._check(order)
        self.orders.append(order)
        if order["type"] != "message":
            return web.Response(status=204)
        return self._take(request, order)

    def _take(self, request: web.Request, order: dict[str, Any]) -> web.Response:
        known = self.messages.get(order["id"])
        if known is None and self.refusals:
            refusal = {"error": self.refusals.pop(0), "message": "ordered by the test"}
            return _answer(refusal, 422)
        if known is None:
            known = {"id": self._new_id(), **{k: v for k, v in order.items() if k != "id"}}
            self.messages[order["id"]] = known
            self.desk.accept(request, known["id"])
        return _answer({"id": known["id"]})

    async def _hook(self, request: web.Request) -> web.Response:
        self.url = msgspec.json.decode(await request.read(), type=dict[str, str])["url"]
        return web.Response(status=204)

    async def _write(self, request: web.Request) -> web.Response:
        written = msgspec.json.decode(await request.read(), type=Written)
        id = self._new_id()
        event: dict[str, Any] = {
            "type": "message",
            "id": id,
            "at": self.desk.clock.now_ms(),
            "sender": {"id": written.address, "name": written.name},
            "text": written.text,
            "payload": written.payload,
            "files": written.files,
            "location": written.location,
            "reply_to": written.reply_to,
        }
        return _answer({"id": id, "status": await self.tell(event)})

    async def _show(self, request: web.Request) -> web.Response:
        """What arrived at `address` after the message `after`."""
        address, after = request.query.get("address"), request.query.get("after", "")
        found = [m for m in self.messages.values() if m["to"]["id"] == address]
        return _answer([message for message in found if _number(message["id"]) > _number(after)])

    async def _read(self, request: web.Request) -> web.Response:
        """All that arrived at an address was delivered, and is read now."""
        read = msgspec.json.decode(await request.read(), type=Read)
        now = self.desk.clock.now_ms()
        for ours, message in tuple(self.messages.items()):
            if message["to"]["id"] == read.address:
                for status in ("delivered", "read"):
                    told = {"type": "delivery", "id": f"{message['id']}:{status}", "at": now}
                    await self.tell({**told, "message": ours, "status": status})
        return web.Response(status=204)

    def _new_id(self) -> str:
        self._count += 1
        return f"n{self._count}"


def app(clock: Clock, *, secret: str = SECRET) -> web.Application:
    """The stand-in for `hub demo`."""
    return StandIn(clock, secret=secret).app()


def _number(id: str) -> int:
    return int(id[1:] or 0)


def _error(status: int, code: int, retry_after_s: int) -> web.Response:
    told = {"Retry-After": str(retry_after_s)} if retry_after_s else {}
    return web.json_response({"message": "ordered by the test"}, status=status, headers=told)


def _answer(value: Any, status: int = 200) -> web.Response:
    body = msgspec.json.encode(value)
    return web.Response(body=body, status=status, content_type="application/json")
