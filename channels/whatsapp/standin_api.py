"""Stands in for Meta's Cloud API: messages, media, templates, the 24-hour window and errors as
documented, signed webhooks with statuses. What the hub calls; `standin.py` adds the customers.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from channels._meta.standin_core import GraphStandin, Hook, Media, Refusal, form_of
from channels.whatsapp import standin_phone as phones
from channels.whatsapp.config import MEDIA_TYPES, REPLY_WINDOW_H
from channels.whatsapp.standin_phone import TEMPLATES, Business, Held
from hub.clock import Clock
from hub.tasks import Tasks

_HOUR_MS = 3_600_000
_RANK = {"sent": 0, "delivered": 1, "read": 2, "failed": 3}
#: Raises `ValueError` with what is wrong about a request's body (tests hand one in).
Check = Callable[[Any], None]


class CloudApi(GraphStandin):
    """One business number and what it sent; `standin.py` adds the people.

    With `is_lively` statuses follow each message by themselves, as at Meta: `settle` waits for
    them.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        business: Business | None = None,
        token: str = "",
        app_secret: str = "",
        is_lively: bool = True,
        check: Check | None = None,
        templates: list[dict[str, Any]] | None = None,
        page_size: int = 2,
    ) -> None:
        super().__init__(clock, token=token)
        self.business = business or Business()
        self.templates = TEMPLATES if templates is None else templates
        self.messages: list[Held] = []
        #: Read marks and typing signs as they came: (message id, is typing).
        self.marks: list[tuple[str, bool]] = []
        #: Statuses of the hub's answers to webhooks.
        self.statuses: list[int] = []
        self.is_subscribed = False
        #: Where this stand-in is served, if not at the root of its host.
        self.base = ""
        self._app_secret = app_secret
        self._is_lively = is_lively
        self._check = check
        self._page_size = page_size
        self.wrote_at: dict[str, int] = {}
        self._tasks = Tasks()
        self._following: set[asyncio.Task[None]] = set()

    def app(self) -> web.Application:
        app = super().app()
        app.add_routes(
            [
                web.post("/{version}/{id}/messages", self._messages),
                web.post("/{version}/{id}/media", self._upload),
                web.get("/{version}/{id}/message_templates", self._list_templates),
                web.post("/{version}/{id}/subscribed_apps", self._subscribe),
                web.post("/{version}/{id}", self._configure),
                web.get("/{version}/{id}", self._object),
                web.get("/media/{id}", self._file),
                web.get("/_customer/media/{id}", self._picture),
            ]
        )
        app.on_cleanup.append(self._end)
        return app

    async def _end(self, app: web.Application) -> None:
        await self._tasks.close()

    async def settle(self) -> None:
        """Wait until all statuses that follow by themselves are told."""
        while self._following:
            await asyncio.wait(self._following)

    async def say(self, field: str, *values: dict[str, Any]) -> list[int]:
        """One webhook a value. A hub that cannot be reached is told again by nobody."""
        posts = [phones.payload(self.business, field, value) for value in values]
        with contextlib.suppress(aiohttp.ClientError, OSError):
            statuses = await self.tell(*posts)
            self.statuses += statuses
            return statuses
        return []

    async def report(self, held: Held, *states: str, code: int = 0, title: str = "") -> None:
        """Statuses of one message, each with a webhook of its own."""
        values = []
        for state in states:
            if _RANK[state] > _RANK[held.status] or state == "sent":
                held.status = state
            status: dict[str, Any] = {
                "id": held.id,
                "status": state,
                "timestamp": str(self.clock.now_ms() // 1000),
                **phones.recipient(held.person),
            }
            if held.callback:
                status["biz_opaque_callback_data"] = held.callback
            if state == "failed":
                error = {"code": code, "title": title, "message": title}
                status["errors"] = [error | {"error_data": {"details": title}}]
            values.append({"statuses": [status]})
        await self.say("messages", *values)

    async def _messages(self, request: web.Request) -> web.Response:
        self._require_number(request)
        body = self._body(await request.read())
        if body.get("status") == "read":
            self.marks.append((body["message_id"], "typing_indicator" in body))
            return web.json_response({"success": True})
        address = self._address(body)
        if body["type"] == "reaction":
            return self._reacted(request, address, body["reaction"])
        held = self._held(address, body)
        self.messages.append(held)
        self.desk.accept(request, held.id)
        if self._is_lively:
            task = self._tasks.spawn("statuses", self._follow(held))
            self._following.add(task)
            task.add_done_callback(self._following.discard)
        return self._accepted(body, address, held.id)

    def _body(self, raw: bytes) -> dict[str, Any]:
        try:
            body = msgspec.json.decode(raw, type=dict[str, Any])
            if self._check is not None:
                self._check(body)
            if body.get("messaging_product") != "whatsapp":
                raise ValueError("messaging_product is required")
        except ValueError as fault:
            words = " ".join(str(fault).split())[:300]
            raise Refusal(100, "Invalid parameter", details=words) from fault
        return body

    def _address(self, body: dict[str, Any]) -> str:
        to = str(body.get("to") or "")
        if to:
            return "+" + to.lstrip("+")
        recipient = str(body.get("recipient") or "")
        if not recipient:
            raise Refusal(131008, "Required parameter is missing", details="to or recipient")
        return recipient

    def _held(self, address: str, body: dict[str, Any]) -> Held:
        text, choices, media_id, file_name = phones.shown(body)
        if media_id and media_id not in self.media:
            raise Refusal(131009, "Parameter value is not valid", details=f"media id {media_id}")
        self._require_template(body)
        return Held(
            id=self.next_id(),
            person=address,
            is_ours=True,
            at=self.clock.now_ms(),
            content=body,
            text=text,
            quick_replies=choices,
            file=f"/_customer/media/{media_id}" if media_id else "",
            file_type=self.media[media_id].media_type if media_id else "",
            file_name=file_name,
            reply_to=body.get("context", {}).get("message_id", ""),
            callback=body.get("biz_opaque_callback_data", ""),
        )

    def _require_template(self, body: dict[str, Any]) -> None:
        if body["type"] != "template":
            return
        use = body["template"]
        wanted = (use["name"], use["language"]["code"])
        known = {(row["name"], row["language"]): row for row in self.templates}
        if wanted not in known:
            raise Refusal(132001, "Template name does not exist in the translation", status=404)
        if known[wanted]["status"] == "PAUSED":
            raise Refusal(132015, "Template is paused")

    def _reacted(
        self, request: web.Request, address: str, reaction: dict[str, Any]
    ) -> web.Response:
        held = self.find(reaction["message_id"], address)
        held.reaction = reaction["emoji"]
        id = self.next_id()
        self.desk.accept(request, id)
        return self._accepted({"to": address}, address, id)

    def _accepted(self, body: dict[str, Any], address: str, id: str) -> web.Response:
        about = {"input": body.get("to") or address}
        if phones.is_phone(address):
            about["wa_id"] = address[1:]
        answer = {"messaging_product": "whatsapp", "contacts": [about], "messages": [{"id": id}]}
        return web.json_response(answer)

    async def _follow(self, held: Held) -> None:
        """What comes of it: outside the window only templates arrive."""
        since = self.clock.now_ms() - self.wrote_at.get(held.person, 0)
        is_open = since <= REPLY_WINDOW_H * _HOUR_MS
        if held.content["type"] == "template" or is_open:
            await self.report(held, "sent", "delivered")
        else:
            await self.report(held, "failed", code=131047, title="Re-engagement message")

    async def _upload(self, request: web.Request) -> web.Response:
        self._require_number(request)
        form = await form_of(request)
        file = form.get("file")
        if file is None or form.get("messaging_product", Media(b"", "")).data != b"whatsapp":
            raise Refusal(100, "(#100) The parameter messaging_product is required.")
        if not file.media_type.startswith(MEDIA_TYPES):
            raise Refusal(100, "Param file must be a file with one of the following types: …")
        return web.json_response({"id": self.keep(file.data, file.media_type, file.name)})

    async def _list_templates(self, request: web.Request) -> web.Response:
        self.require_token(request)
        if request.match_info["id"] != self.business.waba_id:
            raise Refusal(100, "Unsupported get request", subcode=33)
        first = int(request.query.get("after") or 0)
        last = first + self._page_size
        cursors = {"before": str(first), "after": str(last)}
        paging: dict[str, Any] = {"cursors": cursors}
        if last < len(self.templates):
            paging["next"] = f"{request.url.origin()}{request.path}?after={last}"
        return web.json_response({"data": self.templates[first:last], "paging": paging})

    async def _subscribe(self, request: web.Request) -> web.Response:
        self.require_token(request)
        if request.match_info["id"] != self.business.waba_id:
            raise Refusal(100, "Unsupported post request", subcode=33)
        self.is_subscribed = True
        return web.json_response({"success": True})

    async def _configure(self, request: web.Request) -> web.Response:
        """Where this number's webhooks go, instead of to the app's address."""
        self._require_number(request)
        body = msgspec.json.decode(await request.read(), type=dict[str, Any])
        override = body["webhook_configuration"]
        hook = Hook(
            url=override["override_callback_uri"],
            app_secret=self.hook.app_secret if self.hook else self._app_secret,
            verify_token=override["verify_token"],
        )
        await self.shake_hands(hook)
        self.hook = hook
        return web.json_response({"success": True})

    async def _object(self, request: web.Request) -> web.Response:
        """A phone number, or a file's address."""
        self.require_token(request)
        id = request.match_info["id"]
        if id == self.business.phone_number_id:
            about = {"display_phone_number": self.business.phone, "id": id}
            return web.json_response(about | {"verified_name": self.business.name})
        media = self.media.get(id)
        if media is None:
            raise Refusal(100, f"Object with ID '{id}' does not exist", subcode=33)
        about = {
            "messaging_product": "whatsapp",
            "url": f"{self.base or request.url.origin()}/media/{id}",
            "mime_type": media.media_type,
            "sha256": hashlib.sha256(media.data).hexdigest(),
            "file_size": str(len(media.data)),
            "id": id,
        }
        return web.json_response(about)

    async def _file(self, request: web.Request) -> web.Response:
        self.require_token(request)
        return await self._picture(request)

    def _require_number(self, request: web.Request) -> None:
        self.require_token(request)
        if request.match_info["id"] != self.business.phone_number_id:
            raise Refusal(100, "Unsupported post request", subcode=33)

    async def _picture(self, request: web.Request) -> web.Response:
        media = self.media.get(request.match_info["id"])
        if media is None:
            raise web.HTTPNotFound
        return web.Response(body=media.data, content_type=media.media_type)

    def find(self, id: str, address: str) -> Held:
        held = next((one for one in self.messages if one.id == id), None)
        if held is None or held.person != address:
            raise Refusal(131009, "Parameter value is not valid", details="message_id")
        return held

    def next_id(self) -> str:
        number = self.new_number().to_bytes(12, "big")
        return "wamid." + base64.b64encode(b"stand-in" + number).decode()
