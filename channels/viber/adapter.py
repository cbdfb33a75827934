"""A Viber inbox as the hub sees it: sets its webhook, verifies and parses callbacks, makes one call
for each message. Implements ChannelAdapter, ReceivesWebhooks and FetchesMedia.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import msgspec

from channels.viber import errors
from channels.viber.config import FILE_MAX_BYTES, Settings, read
from channels.viber.parse import parse
from channels.viber.render import Sender, named_link, render
from channels.viber.signature import verify
from hub.errors import (
    AuthFailed,
    ContentRejected,
    NotFound,
    OutcomeUnknown,
    SendError,
    TooLarge,
    TransientFailure,
)
from hub.model.message import Attachment
from hub.ports.channel import (
    AdapterContext,
    FetchedMedia,
    OutboundMessage,
    RawRequest,
    SendResult,
)
from hub.ports.inbound import InboundEvent, MediaRef

_EVENTS = ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"]
_REGISTER_AGAIN_S = (2.0, 10.0, 60.0)
_FETCH_TIMEOUT_S = 60.0


class Adapter:
    """One bot."""

    max_body_bytes = 256 * 1024

    def __init__(self, ctx: AdapterContext) -> None:
        self._ctx = ctx
        self._settings: Settings = read(ctx.inbox.config)
        name = self._settings.sender_name or ctx.inbox.workspace_name or ctx.inbox.name
        self._sender = Sender(name, self._settings.sender_avatar)
        self._registering: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Viber calls back while the webhook is being set, and this inbox answers only once it has
        started: so it is set by a task.
        """
        if self._registering is not None:
            return
        try:
            await self.probe()
        except TransientFailure:
            # What comes in is taken all the same; the task below says how it goes on.
            await self._ctx.report("disconnected", "viber.state.unreachable")
        work = self._register()
        self._registering = self._ctx.tasks.spawn(f"viber webhook {self._ctx.inbox.id}", work)

    async def stop(self) -> None:
        task, self._registering = self._registering, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])

    async def probe(self) -> None:
        """Reads the bot's own account."""
        try:
            await self._call("get_account_info", b"{}")
        except OutcomeUnknown as fault:  # reading changes nothing
            raise TransientFailure(str(fault)) from fault

    async def _register(self) -> None:
        """Until it works: Viber must reach us at this moment."""
        inbox = self._ctx.inbox
        if self._settings.is_real and not inbox.public_url.startswith("https://"):
            await self._ctx.report("error", "viber.state.no_public_url")
            return
        body = msgspec.json.encode(
            {
                "url": inbox.public_url + inbox.hook_path,
                "event_types": _EVENTS,
                "send_name": True,
                "send_photo": False,
            }
        )
        attempt = 0
        while True:
            try:
                await self._call("set_webhook", body)
            except AuthFailed as fault:
                await self._ctx.report("bad_credentials", str(fault))
                return
            except SendError as fault:
                await self._ctx.report("error", f"viber.state.webhook: {fault}")
            else:
                await self._ctx.report("connected")
                return
            await self._ctx.clock.sleep(_REGISTER_AGAIN_S[min(attempt, 2)])
            attempt += 1

    def verify(self, request: RawRequest) -> None:
        verify(self._settings.token, request)

    def parse(self, request: RawRequest) -> list[InboundEvent]:
        return parse(request.body, self._ctx.inbox.id)

    async def send(self, message: OutboundMessage) -> SendResult:
        body = render(message, self._sender, self._url_of)
        said = await self._call("send_message", body)
        return SendResult([str(said["message_token"])] if said.get("message_token") else [])

    async def fetch(self, media: MediaRef) -> FetchedMedia:
        """Viber's addresses hold their own right to read, for an hour or so."""
        try:
            answer = await self._ctx.http.request(
                "GET",
                media.ref,
                timeout_s=_FETCH_TIMEOUT_S,
                max_bytes=FILE_MAX_BYTES,
                redirect_hosts=("*.viber.com",),
            )
        except OutcomeUnknown as fault:
            raise TransientFailure(str(fault)) from fault
        except ContentRejected as fault:
            raise TooLarge(str(fault), FILE_MAX_BYTES) from fault
        if answer.status != 200:
            if answer.status >= 500 or answer.status == 429:
                raise TransientFailure(f"Viber's media server answered {answer.status}")
            raise NotFound(f"Viber has this file no more ({answer.status})")
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
        return FetchedMedia(answer.body, media.name, media_type)

    def _url_of(self, file: Attachment, name: str) -> str:
        link = self._ctx.files.link(file.file_id, "")
        return self._ctx.inbox.public_url + named_link(link, name)

    async def _call(self, method: str, body: bytes) -> dict[str, Any]:
        """One attempt; the token goes in a header, to `api_base` only."""
        answer = await self._ctx.http.request(
            "POST",
            self._settings.url(method),
            headers={
                "X-Viber-Auth-Token": self._settings.token,
                "Content-Type": "application/json",
            },
            body=body,
        )
        return errors.accepted(answer)
