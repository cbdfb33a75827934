"""The endpoints below `/hooks/webchat/<inbox id>/`: origin → limit → token → parse → hub.

The origin is checked before anything is read; every answer, errors too, carries the exact CORS
headers. Errors become HTTP here because the hub's own table knows no foreign origins. Called by
`adapter.Adapter.handle`.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

import msgspec
from aiohttp import web

from channels.webchat import live, parse, render, signature
from channels.webchat.chat import PAGE, Chat
from channels.webchat.signature import Reader
from hub import log
from hub.errors import (
    BadInput,
    HubError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooLarge,
    TooMany,
    Unavailable,
)
from hub.ports.channel import KnowsStaffing

UPLOADS_AT_ONCE = 4
_STATUS: dict[type[HubError], int] = {
    TooLarge: 413,
    BadInput: 400,
    NotSignedIn: 401,
    NotAllowed: 403,
    NotFound: 404,
    TooMany: 429,
    Unavailable: 503,
}
_CORS = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "authorization, content-type, x-file-name",
    "Access-Control-Max-Age": "7200",
}
Endpoint = Callable[[web.Request], Awaitable[Any]]
_log = log.get(__name__)


class Api:
    """All endpoints of one inbox."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._uploads = asyncio.Semaphore(UPLOADS_AT_ONCE)
        self._posts: dict[str, Endpoint] = {
            "session": self._session,
            "messages": self._message,
            "files": self._file,
            "details": self._details,
            "read": self._read,
            "typing": self._typing,
        }
        self._gets: dict[str, Endpoint] = {"messages": self._history}

    async def handle(self, request: web.Request, tail: str) -> web.StreamResponse:
        """Answer whatever stands below the inbox's path."""
        name = tail.strip("/")
        origin = request.headers.get("Origin")
        # A page of the hub itself sends no Origin with GET; a browser sends it with all else.
        is_own_get = origin is None and request.method == "GET" and name != "socket"
        if not is_own_get and not self._chat.origins.allows(origin):
            return _error(NotAllowed("This website is not on the inbox's list of origins."), None)
        try:
            return await self._answer(request, name, origin)
        except HubError as error:
            if isinstance(error, Unavailable):
                _log.warning("web chat request failed", error=error, inbox=self._chat.ctx.inbox.id)
            return _error(error, origin)

    async def _answer(
        self, request: web.Request, name: str, origin: str | None
    ) -> web.StreamResponse:
        if request.method == "OPTIONS":
            return web.Response(status=204, headers={**_headers(origin), **_CORS})
        if request.method == "GET" and name == "socket":
            self._chat.limits.sockets_by_ip.take(_ip(request))
            return await live.serve(self._chat, request)
        endpoint = {"GET": self._gets, "POST": self._posts}.get(request.method, {}).get(name)
        if endpoint is None:
            raise NotFound("There is nothing here.")
        value = await endpoint(request)
        body = msgspec.json.encode(value)
        return web.Response(body=body, content_type="application/json", headers=_headers(origin))

    async def _session(self, request: web.Request) -> dict[str, Any]:
        chat = self._chat
        chat.limits.sessions_by_ip.take(_ip(request))
        ask = parse.decode(await _body(request), parse.SessionAsk)
        proof = signature.prove(chat.settings.identity_secret, ask.identity, chat.now_s())
        reader = chat.tokens.verified(proof) if proof else self._anonymous(ask.token)
        conversation, messages, has_more = await self._known(reader, reader.token != ask.token)
        is_open = await chat.ctx.is_staffed() if isinstance(chat.ctx, KnowsStaffing) else True
        language = parse.language_or_nothing(ask.language)
        return {
            "token": reader.token,
            "reader": chat.ctx.sign("reader", reader.address.kind, reader.address.value),
            "identity": "verified" if proof else "unverified" if ask.identity else "anonymous",
            "has_email": bool(reader.email),
            "config": render.view_config(chat.settings, chat.ctx.inbox, language, is_open=is_open),
            "conversation": conversation,
            "messages": messages,
            "has_more": has_more,
        }

    def _anonymous(self, token: str) -> Reader:
        """The visitor of a good token, else a new one; who was verified must be so again."""
        try:
            reader = self._chat.reader(token)
        except NotSignedIn:
            return self._chat.tokens.anonymous()
        return self._chat.tokens.anonymous() if reader.is_verified else reader

    async def _known(self, reader: Reader, is_new: bool) -> tuple[str | None, list[Any], bool]:
        """The conversation and its first page; a visitor made just now needs no look-up."""
        if is_new and not reader.is_verified:
            return None, [], False
        current = await self._chat.ctx.history.current(reader.address)
        if current is None:
            return None, [], False
        messages, has_more = await self._page(reader, current, 0)
        return current, messages, has_more

    async def _page(self, reader: Reader, conversation: str, after: int) -> tuple[list[Any], bool]:
        page = await self._chat.ctx.history.messages(reader.address, conversation, after, PAGE)
        link = await self._chat.link_for(reader.address, page)
        views = [render.view(message, link) for message in page if render.is_shown(message)]
        return views, len(page) == PAGE

    async def _message(self, request: web.Request) -> dict[str, Any]:
        reader = self._reader(request)
        chat = self._chat
        chat.limits.messages.take(reader.address.value)
        chat.limits.messages_by_ip.take(_ip(request))
        ask = parse.decode(await _body(request), parse.NewMessage)
        event = parse.to_message(
            ask,
            reader.address,
            [chat.redeem(reader, ticket) for ticket in ask.file_ids],
            chat.ctx.clock.now_ms(),
            is_verified=reader.is_verified,
            sender_name=reader.name,
            claimed_email=parse.email_or_nothing(ask.email) or reader.email,
            claimed_name=parse.tidy(ask.name, 200),
        )
        await chat.ctx.accept([event])
        return {"ok": True}

    async def _file(self, request: web.Request) -> dict[str, Any]:
        reader = self._reader(request)
        chat = self._chat
        limit = chat.settings.upload_max_bytes
        if not limit:
            raise NotAllowed("This inbox takes no files.")
        chat.limits.uploads.take(reader.address.value)
        chat.limits.uploads_by_ip.take(_ip(request))
        name = parse.tidy(unquote(request.headers.get("X-File-Name", ""), errors="replace"), 255)
        async with self._uploads:
            data = await _body(request, limit)
            if not data:
                raise BadInput("The file is empty.", "file")
            owner = await chat.ctx.history.reader_id(reader.address)
            file = await chat.ctx.files.save(
                data, name or "file", declared_type=request.content_type, owner=owner
            )
        shown = {"name": file.name, "media_type": file.media_type, "size_bytes": file.size_bytes}
        return {"file": {"id": chat.ticket(reader, file), **shown}}

    async def _details(self, request: web.Request) -> dict[str, Any]:
        reader = self._take_small(request)
        ask = parse.decode(await _body(request), parse.Details)
        now = self._chat.ctx.clock.now_ms()
        await self._chat.ctx.accept([parse.to_details(ask, reader.address, now)])
        return {"ok": True}

    async def _read(self, request: web.Request) -> dict[str, Any]:
        reader = self._take_small(request)
        ask = parse.decode(await _body(request), parse.ReadUpTo)
        # NotFound for a conversation that is none of the reader's, and for numbers not given yet.
        history = self._chat.ctx.history
        if await history.messages(reader.address, ask.conversation_id, max(0, ask.seq - 1), 1):
            await self._chat.mark_read(reader, ask.conversation_id, ask.seq)
        return {"ok": True}

    async def _typing(self, request: web.Request) -> dict[str, Any]:
        reader = self._take_small(request)
        ask = parse.decode(await _body(request), parse.TypingNow)
        await self._chat.ctx.typing(reader.address, ask.is_typing)
        return {"ok": True}

    async def _history(self, request: web.Request) -> dict[str, Any]:
        reader = self._take_small(request)
        after = request.query.get("after", "0")
        if not after.isascii() or not after.isdigit() or len(after) > 15:
            raise BadInput("A number, please.", "after")
        current = await self._chat.ctx.history.current(reader.address)
        asked = request.query.get("conversation") or current
        if asked is None:
            return {"conversation": None, "messages": [], "has_more": False}
        messages, has_more = await self._page(reader, asked, int(after))
        return {"conversation": current, "messages": messages, "has_more": has_more}

    def _reader(self, request: web.Request) -> Reader:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return self._chat.reader(token if scheme.lower() == "bearer" else "")

    def _take_small(self, request: web.Request) -> Reader:
        reader = self._reader(request)
        self._chat.limits.small.take(reader.address.value)
        return reader


async def _body(request: web.Request, limit: int = parse.BODY_MAX_BYTES) -> bytes:
    """The body, read no further than `limit`. Raises `TooLarge`."""
    if (request.content_length or 0) > limit:
        raise TooLarge(f"At most {limit} bytes.", limit)
    parts = bytearray()
    async for chunk in request.content.iter_any():
        parts += chunk
        if len(parts) > limit:
            raise TooLarge(f"At most {limit} bytes.", limit)
    return bytes(parts)


def _ip(request: web.Request) -> str:
    return request.remote or ""


def _headers(origin: str | None) -> dict[str, str]:
    common = {"Vary": "Origin", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return {**common, "Access-Control-Allow-Origin": origin} if origin else common


def _error(error: HubError, origin: str | None) -> web.Response:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
    headers = _headers(origin)
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    elif status == 503:
        headers["Retry-After"] = "2"
    headers["Access-Control-Expose-Headers"] = "Retry-After"
    # What a store says of its fault names hosts and files: for the log, not for a visitor.
    words = "Not now: try again in a moment." if isinstance(error, Unavailable) else str(error)
    shown = {"code": error.code, "message": words, "field": getattr(error, "field", "")}
    return web.json_response({"error": shown}, status=status, headers=headers)
