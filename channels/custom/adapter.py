"""A custom channel's inbox as the hub sees it: signed requests come in, signed requests go out, one
for each message. Implements ChannelAdapter, ReceivesWebhooks, AnswersWebhooks, FetchesMedia and the
abilities that its settings turn on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from channels.custom import errors, render
from channels.custom.config import FILE_MAX_BYTES, read
from channels.custom.parse import INLINE, INLINE_MAX_BYTES, Parser, inline_bytes
from channels.custom.signature import Doorkeeper, headers
from hub import log
from hub.errors import (
    ContentRejected,
    HubError,
    NotFound,
    OutcomeUnknown,
    SendError,
    TooLarge,
    TransientFailure,
)
from hub.model.contact import Address
from hub.model.message import Attachment
from hub.ports.channel import (
    AdapterContext,
    FetchedMedia,
    HookAnswer,
    OutboundMessage,
    RawRequest,
    SendResult,
    VendorAnswer,
)
from hub.ports.inbound import Ignored, InboundEvent, MediaRef

_SEND_TIMEOUT_S = 20.0
_FETCH_TIMEOUT_S = 60.0
_ANSWER_MAX_BYTES = 64 * 1024

_log = log.get(__name__)


class Adapter:
    """One receiver."""

    #: Base64 makes four bytes of three; the rest is for a hundred events.
    max_body_bytes = 2 * INLINE_MAX_BYTES

    def __init__(self, ctx: AdapterContext) -> None:
        self._ctx = ctx
        self._settings = read(ctx.inbox.config)
        self._door = Doorkeeper(self._settings.secret, ctx.clock)
        self._parser = Parser(ctx.inbox.id, proves_addresses=self._settings.proves_addresses)
        self._telling: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """There is nothing to connect to: the other side comes when it has something."""
        await self._ctx.report("connected")

    async def stop(self) -> None:
        for task in tuple(self._telling):
            task.cancel()
        if self._telling:
            await asyncio.wait(self._telling)

    async def probe(self) -> None:
        try:
            errors.done(await self._post(render.ping()))
        except OutcomeUnknown as fault:  # nothing has happened
            raise TransientFailure(str(fault)) from fault

    def verify(self, request: RawRequest) -> None:
        self._door.verify(request)

    def parse(self, request: RawRequest) -> list[InboundEvent]:
        return self._parser.parse(request.body)

    def handshake(self, request: RawRequest) -> HookAnswer | None:
        return None

    def answer(self, request: RawRequest) -> HookAnswer:
        """Tells the other side's developer what was left out. What is not stored goes on to the
        agents from here.
        """
        typing = self._parser.typing(request.body)
        if typing:
            task = self._ctx.tasks.spawn(f"typing {self._ctx.inbox.id}", self._tell(typing))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        events = self._parser.parse(request.body)
        left_out = [
            {"event": place, "reason": event.reason}
            for place, event in enumerate(events)
            if isinstance(event, Ignored) and event.reason != "typing"
        ]
        said = {"taken": len(events) - len(left_out), "left_out": left_out}
        return HookAnswer(body=msgspec.json.encode(said).decode(), media_type="application/json")

    async def _tell(self, typing: Sequence[tuple[Address, bool]]) -> None:
        for sender, is_typing in typing:
            try:
                await self._ctx.typing(sender, is_typing)
            except HubError as fault:
                _log.info("typing was not shown", error=fault)

    async def send(self, message: OutboundMessage) -> SendResult:
        try:
            answer = await self._post(render.message(message, self._url_of))
            return SendResult([errors.taken(answer)])
        except OutcomeUnknown as fault:
            # The receiver promises that one id is one message, however often it comes.
            if self._settings.repeats_are_harmless:
                raise TransientFailure(f"{fault}; sent again under the same id") from fault
            raise

    async def edit(self, provider_id: str, message: OutboundMessage) -> None:
        self._require(self._settings.can_edit, "takes no changed texts")
        errors.done(await self._post(render.edit(provider_id, message)))

    async def delete(self, to: Address, provider_id: str) -> None:
        self._require(self._settings.can_delete, "cannot delete messages")
        errors.done(await self._post(render.delete(to, provider_id)))

    async def react(self, to: Address, provider_id: str, emoji: str) -> None:
        self._require(self._settings.can_react, "takes no reactions")
        errors.done(await self._post(render.reaction(to, provider_id, emoji)))

    async def send_typing(self, to: Address, is_typing: bool) -> None:
        if self._settings.has_typing:
            await self._best_effort(render.typing(to, is_typing=is_typing))

    async def mark_read(self, to: Address, provider_id: str) -> None:
        if self._settings.has_read_marks:
            await self._best_effort(render.read(to, provider_id))

    async def fetch(self, media: MediaRef) -> FetchedMedia:
        """By the egress rules: no address of a private network, no redirect to another host."""
        if media.ref.startswith(INLINE):
            data = inline_bytes(media.ref.removeprefix(INLINE))
            return FetchedMedia(data, media.name, media.media_type)
        try:
            answer = await self._ctx.http.request(
                "GET", media.ref, timeout_s=_FETCH_TIMEOUT_S, max_bytes=FILE_MAX_BYTES
            )
        except OutcomeUnknown as fault:
            raise TransientFailure(str(fault)) from fault
        except ContentRejected as fault:
            raise TooLarge(str(fault), FILE_MAX_BYTES) from fault
        if answer.status != 200:
            if answer.status >= 500 or answer.status == 429:
                raise TransientFailure(f"the file's server answered {answer.status}")
            raise NotFound(f"the file is not there ({answer.status})")
        told = answer.headers.get("content-type", "").partition(";")[0].strip()
        return FetchedMedia(answer.body, media.name, media.media_type or told)

    def _require(self, can: bool, why_not: str) -> None:
        if not can:
            raise ContentRejected(f"this inbox's receiver {why_not} (see its settings)")

    async def _best_effort(self, body: bytes) -> None:
        try:
            await self._post(body)
        except SendError as fault:
            _log.info("the receiver was not told", error=fault)

    async def _post(self, body: bytes) -> VendorAnswer:
        """One attempt, signed for this moment."""
        return await self._ctx.http.request(
            "POST",
            self._settings.callback_url,
            headers=headers(self._settings.secret, body, self._ctx.clock.now_ms()),
            body=body,
            timeout_s=_SEND_TIMEOUT_S,
            max_bytes=_ANSWER_MAX_BYTES,
        )

    def _url_of(self, file: Attachment) -> str:
        return self._ctx.inbox.public_url + self._ctx.files.link(file.file_id, "")
