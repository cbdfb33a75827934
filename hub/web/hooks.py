"""`/hooks/<channel>/<inbox_id>`: webhooks, once for all channels: limit → verify → parse → journal
→ 2xx.

What lies below an inbox's hook belongs to channels that serve HTTP themselves (live ones). The hub
finds the adapter by the inbox's id; a channel name that does not fit is 404, like an inbox that
does not exist.
"""

from __future__ import annotations

from typing import TypeGuard

from aiohttp import web

from hub.errors import NotFound, TooLarge, Unavailable
from hub.ports.channel import ChannelAdapter, RawRequest, ReceivesWebhooks, ServesHttp
from hub.services.inboxes import Inboxes
from hub.services.journal import Journal
from hub.web.caller import CLIENT_IP


class Hooks:
    """Two routes for everything that channels receive by HTTP."""

    def __init__(self, inboxes: Inboxes, journal: Journal) -> None:
        self._inboxes = inboxes
        self._journal = journal
        self._receivers: dict[type, bool] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/hooks/{channel}/{inbox_id}", self.receive),
            web.route("*", "/hooks/{channel}/{inbox_id}/{tail:.*}", self.serve),
        ]

    def _adapter(self, request: web.Request) -> ChannelAdapter:
        inbox_id = request.match_info["inbox_id"]
        inbox = self._inboxes.get(inbox_id)
        if inbox is None or not request.path.startswith(f"/hooks/{inbox.channel}/{inbox.id}"):
            raise NotFound("There is nothing at this address.")
        adapter = self._inboxes.adapter(inbox_id)
        if adapter is None:
            raise Unavailable("this inbox is paused or starting")
        return adapter

    def _receives(self, adapter: object) -> TypeGuard[ReceivesWebhooks]:
        """Asking a Protocol is slow, so what holds for a class is kept."""
        kind = type(adapter)
        if kind not in self._receivers:
            self._receivers[kind] = isinstance(adapter, ReceivesWebhooks)
        return self._receivers[kind]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """A live channel's own paths."""
        adapter: object = self._adapter(request)
        if not isinstance(adapter, ServesHttp):
            raise NotFound("There is nothing at this address.")
        known = request.clone(remote=request[CLIENT_IP])
        return await adapter.handle(known, request.match_info["tail"])

    async def receive(self, request: web.Request) -> web.Response:
        """A vendor's webhook; 2xx only once the events are on disk."""
        adapter: object = self._adapter(request)
        if not self._receives(adapter):
            raise NotFound("There is nothing at this address.")
        raw = RawRequest(
            method=request.method,
            path=request.path,
            query=request.query_string,
            headers=dict(request.headers),
            body=await _read(request, adapter.max_body_bytes),
        )
        adapter.verify(raw)
        inbox = self._inboxes.get(request.match_info["inbox_id"])
        if inbox is None:
            raise NotFound("There is nothing at this address.")
        await self._journal.accept(inbox, adapter.parse(raw))
        return web.Response(text="ok\n")


async def _read(request: web.Request, limit: int) -> bytes:
    """The raw body, refused as soon as it is too large."""
    if (request.content_length or 0) > limit:
        raise TooLarge("the request is too large", limit)
    if request.content_length is not None:
        return await request.read()
    body = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > limit:
            raise TooLarge("the request is too large", limit)
    return bytes(body)
