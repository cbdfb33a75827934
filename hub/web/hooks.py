"""`/hooks/<channel>/<inbox_id>`: webhooks, once for all channels: limit → verify → parse → journal
→ 2xx.

What lies below an inbox's hook belongs to channels that serve HTTP themselves (live ones). The hub
finds the adapter by the inbox's id; a channel name that does not fit is 404, like an inbox that
does not exist. Vendors call these far more often than anything else is called, so they pass by the
routes of the application: `door` is asked first, for each request.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeGuard

from aiohttp import web
from aiohttp.typedefs import Middleware

from hub.errors import NotFound, TooLarge, Unavailable
from hub.model.inbox import Inbox
from hub.ports.channel import (
    AnswersWebhooks,
    HookAnswer,
    RawRequest,
    ReceivesWebhooks,
    ServesHttp,
)
from hub.services.inboxes import Inboxes
from hub.services.journal import Journal
from hub.services.shared_hooks import deal_out, reader_among
from hub.web.acknowledgement import Acknowledgement
from hub.web.caller import CLIENT_IP

_PREFIX = "/hooks/"


class Hooks:
    """Everything that channels receive by HTTP. `answer_errors` makes answers of what is raised."""

    def __init__(
        self, inboxes: Inboxes, journal: Journal, answer_errors: Middleware, done: Acknowledgement
    ) -> None:
        self._inboxes = inboxes
        self._journal = journal
        self._answer_errors = answer_errors
        self._done = done
        self._receivers: dict[type, bool] = {}
        self._answerers: dict[type, bool] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/hooks/{channel}/{inbox_id}/{tail:.*}", self.serve)]

    def door(self, request: web.BaseRequest) -> Awaitable[web.StreamResponse] | None:
        """Takes `/hooks/<channel>/<inbox_id>` itself and leaves all else to the routes."""
        path = request.path
        if not path.startswith(_PREFIX) or path.count("/") != 3:
            return None
        assert isinstance(request, web.Request)
        return self._answer(request)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        answer = await self._answer_errors(request, self.receive)
        self._done.protect(answer)
        return answer

    def _inbox(self, path: str, inbox_id: str) -> Inbox:
        inbox = self._inboxes.get(inbox_id)
        if inbox is None or not path.startswith(f"/hooks/{inbox.channel}/{inbox.id}"):
            raise NotFound("There is nothing at this address.")
        return inbox

    def _receives(self, adapter: object) -> TypeGuard[ReceivesWebhooks]:
        """Asking a Protocol is slow, so what holds for a class is kept."""
        kind = type(adapter)
        if kind not in self._receivers:
            self._receivers[kind] = isinstance(adapter, ReceivesWebhooks)
        return self._receivers[kind]

    def _answers(self, adapter: object) -> TypeGuard[AnswersWebhooks]:
        kind = type(adapter)
        if kind not in self._answerers:
            self._answerers[kind] = isinstance(adapter, AnswersWebhooks)
        return self._answerers[kind]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """A live channel's own paths."""
        inbox = self._inbox(request.path, request.match_info["inbox_id"])
        adapter: object = self._inboxes.adapter(inbox.id)
        if adapter is None:
            raise _away()
        if not isinstance(adapter, ServesHttp):
            raise NotFound("There is nothing at this address.")
        known = request.clone(remote=request[CLIENT_IP])
        return await adapter.handle(known, request.match_info["tail"])

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """A vendor's webhook; 2xx only once the events are on disk."""
        path = request.path
        inbox = self._inbox(path, path.rpartition("/")[2])
        siblings = self._inboxes.siblings(inbox)
        own: object = self._inboxes.adapter(inbox.id)
        adapter = own or reader_among(self._inboxes, siblings)
        if adapter is None:
            raise _away()
        if not self._receives(adapter):
            raise NotFound("There is nothing at this address.")
        raw = RawRequest(
            method=request.method,
            path=path,
            query=request.rel_url.raw_query_string,
            headers=request.headers,
            body=await _read(request, adapter.max_body_bytes),
        )
        answerer = adapter if self._answers(adapter) else None
        if own is not None:
            handshake = answerer.handshake(raw) if answerer else None
            if handshake is not None:
                return _say(handshake)
            adapter.verify(raw)
        if siblings:
            await self._deal_out(inbox, siblings, adapter, raw)
        else:
            await self._journal.accept(inbox, adapter.parse(raw))
        return _say(answerer.answer(raw)) if answerer else self._done.to(request)

    async def _deal_out(
        self, door: Inbox, siblings: list[Inbox], reader: ReceivesWebhooks, raw: RawRequest
    ) -> None:
        """What runs takes its part at once; told again, it takes nothing twice."""
        parts = deal_out(self._inboxes, door, siblings, reader, raw)
        for part in parts.taken:
            await self._journal.accept(part.inbox, part.events)
        if parts.is_waiting:
            raise _away()


def _away() -> Unavailable:
    return Unavailable("this inbox is paused or starting")


def _say(answer: HookAnswer) -> web.Response:
    return web.Response(
        status=answer.status, text=answer.body, content_type=answer.media_type, charset="utf-8"
    )


async def _read(request: web.Request, limit: int) -> bytes:
    """The raw body, refused as soon as it is too large."""
    length = request.content_length
    if length is not None and length > limit:
        raise TooLarge("the request is too large", limit)
    if length is not None:
        return await request.read()
    body = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > limit:
            raise TooLarge("the request is too large", limit)
    return bytes(body)
