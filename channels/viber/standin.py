"""Stands in for Viber's REST bot API and for the phones behind it, for `hub demo` and for tests: it
answers in Viber's shapes, calls the webhook back while it is set, and signs with the bot's token.

People use it through `/_customer/…`. Loopback only; nothing in production imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web

from channels.viber.signature import HEADER, sign
from hub.clock import Clock
from hub.standin import CustomerFile, Desk

TOKEN = "44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3"  # noqa: S105  nobody's
_FIRST_TOKEN = 5_741_311_803_571_721_000
_HOST = "SN-CHAT-05_"
_WORDS = {0: "ok", 1: "invalidUrl", 2: "invalidAuthToken", 3: "badData", 6: "notSubscribed"}
#: Raises what it finds wrong with the body of a call (tests hand one in).
Check = Callable[[str, Any], None]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer writes, or the button that one presses (`payload`)."""

    address: str
    name: str = "Customer"
    text: str = ""
    payload: str = ""
    file: CustomerFile | None = None
    location: tuple[float, float] | None = None
    contact: tuple[str, str] | None = None
    sticker_id: int = 0


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A customer opens the chat, or blocks the bot and comes back."""

    address: str
    is_subscribed: bool = True


class StandIn:
    """One bot and its subscribers."""

    def __init__(self, clock: Clock, *, token: str = TOKEN, check: Check | None = None) -> None:
        self.desk = Desk(clock, _error)
        self.url = ""
        #: What the phones got: Viber's token of the message, and the body of the call.
        self.messages: list[tuple[int, dict[str, Any]]] = []
        self.blocked: set[str] = set()
        #: Statuses of the hub's answers to callbacks.
        self.statuses: list[int] = []
        self._token = token
        self._check = check
        self._next = _FIRST_TOKEN
        self._files: dict[str, tuple[bytes, str]] = {}

    def app(self) -> web.Application:
        app = self.desk.app()
        app.add_routes(
            [
                web.post("/pa/set_webhook", self._set_webhook),
                web.post("/pa/get_account_info", self._account),
                web.post("/pa/send_message", self._send),
                web.get("/media/{id}/{name}", self._media),
                web.post("/_hook", self._hook),
                web.post("/_customer/messages", self._write),
                web.get("/_customer/messages", self._show),
                web.post("/_customer/read", self._read),
                web.post("/_customer/subscription", self._subscribe),
            ]
        )
        return app

    async def callback(self, event: str, **fields: Any) -> int:
        """One callback to the hub, signed; the status of the (last) answer."""
        told = {
            "event": event,
            "timestamp": self.desk.clock.now_ms(),
            "chat_hostname": _HOST,
            **fields,
        }
        body = msgspec.json.encode(told)
        statuses = await self.desk.deliver(self.url, [(body, self._headers(body))])
        self.statuses += statuses
        return statuses[-1]

    def _headers(self, body: bytes) -> dict[str, str]:
        return {"Content-Type": "application/json", HEADER: sign(self._token, body)}

    async def _called(self, request: web.Request, method: str) -> dict[str, Any]:
        """The body of a call. Raises the answer to a wrong one, with HTTP status 200 like Viber."""
        if request.headers.get("X-Viber-Auth-Token") != self._token:
            raise web.HTTPOk(text=_body(2).decode(), content_type="application/json")
        try:
            body = msgspec.json.decode(await request.read(), type=dict[str, Any])
        except msgspec.MsgspecError:
            raise web.HTTPOk(text=_body(3).decode(), content_type="application/json") from None
        if self._check is not None:
            self._check(method, body)
        return body

    async def _set_webhook(self, request: web.Request) -> web.Response:
        body = await self._called(request, "set_webhook")
        before, self.url = self.url, str(body["url"])
        try:
            status = await self.callback("webhook", message_token=self._token_of_next())
        except OSError:
            status = 0
        if status != 200:
            self.url = before
            return _answer(1)
        return _answer(0, event_types=[*body.get("event_types", []), "message"])

    async def _account(self, request: web.Request) -> web.Response:
        await self._called(request, "get_account_info")
        return _answer(0, id="pa:75346594275468546724", name="Shop", uri="shop", webhook=self.url)

    async def _send(self, request: web.Request) -> web.Response:
        body = await self._called(request, "send_message")
        if body.get("receiver") in self.blocked:
            return _answer(6, message_token=0)
        token = self._token_of_next()
        self.messages.append((token, body))
        self.desk.accept(request, str(token))
        return _answer(0, message_token=token, chat_hostname=_HOST, billing_status=1)

    async def _media(self, request: web.Request) -> web.Response:
        data, media_type = self._files[request.match_info["id"]]
        return web.Response(body=data, content_type=media_type)

    async def _hook(self, request: web.Request) -> web.Response:
        """Where callbacks go, without Viber's own way of setting it."""
        self.url = msgspec.json.decode(await request.read(), type=dict[str, str])["url"]
        return web.Response(status=204)

    async def _write(self, request: web.Request) -> web.Response:
        """A customer writes, or presses a button."""
        written = msgspec.json.decode(await request.read(), type=Written)
        message = self._content(written, str(request.url.origin()))
        tracking = self._tracking(written.address)
        if tracking:
            message["tracking_data"] = tracking
        token = self._token_of_next()
        status = await self.callback(
            "message",
            message_token=token,
            sender={"id": written.address, "name": written.name, "language": "en", "country": "PL"},
            message=message,
            silent=False,
        )
        return _json({"id": str(token), "status": status})

    def _content(self, written: Written, origin: str) -> dict[str, Any]:
        if written.file is not None:
            return self._file(written.file, written.text, origin)
        if written.location is not None:
            latitude, longitude = written.location
            return {"type": "location", "location": {"lat": latitude, "lon": longitude}}
        if written.contact is not None:
            name, phone = written.contact
            return {"type": "contact", "contact": {"name": name, "phone_number": phone}}
        if written.sticker_id:
            return {"type": "sticker", "sticker_id": written.sticker_id}
        return {"type": "text", "text": written.payload or written.text}

    def _file(self, file: CustomerFile, text: str, origin: str) -> dict[str, Any]:
        data = file.data
        kind = {"image": "picture", "video": "video"}.get(file.media_type.split("/")[0], "file")
        id = str(self._token_of_next())
        self._files[id] = (data, file.media_type)
        shown = {"type": kind, "media": f"{origin}/media/{id}/{file.name}", "file_name": file.name}
        return shown | {"size": len(data)} | ({"text": text} if text else {})

    def _tracking(self, address: str) -> str:
        got = [body for _, body in self.messages if body.get("receiver") == address]
        return str(got[-1].get("tracking_data", "")) if got else ""

    async def _show(self, request: web.Request) -> web.Response:
        """What arrived at `address` after the message `after`."""
        address, after = request.query.get("address"), int(request.query.get("after") or 0)
        found = [
            {"id": str(token), **body}
            for token, body in self.messages
            if body.get("receiver") == address and token > after
        ]
        return _json(found)

    async def _read(self, request: web.Request) -> web.Response:
        """All that arrived at an address was delivered, and is seen now."""
        seen = msgspec.json.decode(await request.read(), type=Seen)
        for token, body in tuple(self.messages):
            if body.get("receiver") == seen.address:
                for event in ("delivered", "seen"):
                    await self.callback(event, message_token=token, user_id=seen.address)
        return web.Response(status=204)

    async def _subscribe(self, request: web.Request) -> web.Response:
        seen = msgspec.json.decode(await request.read(), type=Seen)
        token = self._token_of_next()
        if seen.is_subscribed:
            self.blocked.discard(seen.address)
            user = {"id": seen.address, "name": "Customer", "language": "en"}
            await self.callback("subscribed", message_token=token, user=user)
        else:
            self.blocked.add(seen.address)
            await self.callback("unsubscribed", message_token=token, user_id=seen.address)
        return web.Response(status=204)

    def _token_of_next(self) -> int:
        self._next += 1
        return self._next


def app(clock: Clock, *, token: str = TOKEN) -> web.Application:
    """The stand-in for `hub demo`."""
    return StandIn(clock, token=token).app()


def _body(status: int, fields: Mapping[str, Any] | None = None) -> bytes:
    words = _WORDS.get(status, "error")
    return msgspec.json.encode({"status": status, "status_message": words, **(fields or {})})


def _answer(status: int, **fields: Any) -> web.Response:
    return web.Response(body=_body(status, fields), content_type="application/json")


def _error(status: int, code: int, retry_after_s: int) -> web.Response:
    """With a `code`: Viber's own way, a status in an answer of 200."""
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s else {}
    return web.Response(
        status=200 if code else status,
        body=_body(code or 3),
        headers=headers,
        content_type="application/json",
    )


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
