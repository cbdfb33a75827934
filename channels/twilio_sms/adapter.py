"""An inbox for texts by Twilio as the hub sees it. Nothing is kept here: `channels._twilio.line`
does the work, `render` makes the form.
"""

from __future__ import annotations

from channels._twilio.line import ANSWER, MAX_BODY_BYTES, Line
from channels.twilio_sms.config import NAME, settings_of
from channels.twilio_sms.parse import enrich
from channels.twilio_sms.render import form
from hub.ports.channel import (
    AdapterContext,
    FetchedMedia,
    HookAnswer,
    OutboundMessage,
    RawRequest,
    SendResult,
)
from hub.ports.inbound import DeliveryReported, InboundEvent, MediaRef


class Adapter:
    """Implements ChannelAdapter, ReceivesWebhooks, AnswersWebhooks, FetchesMedia, Reconciles."""

    max_body_bytes = MAX_BODY_BYTES

    def __init__(self, ctx: AdapterContext) -> None:
        self._line = Line(ctx, settings_of(ctx.inbox), NAME, enrich)

    async def start(self) -> None:
        await self._line.start()

    async def stop(self) -> None:
        await self._line.stop()

    async def probe(self) -> None:
        await self._line.rest.probe()

    def verify(self, request: RawRequest) -> None:
        self._line.verify(request)

    def parse(self, request: RawRequest) -> list[InboundEvent]:
        return self._line.parse(request)

    def handshake(self, request: RawRequest) -> HookAnswer | None:
        return None

    def answer(self, request: RawRequest) -> HookAnswer:
        return ANSWER

    async def send(self, message: OutboundMessage) -> SendResult:
        fields = form(message, self._line.account, self._line.link)
        return await self._line.create(message, fields)

    async def fetch(self, media: MediaRef) -> FetchedMedia:
        return await self._line.fetch(media)

    async def missed(self, since_ms: int) -> list[InboundEvent]:
        return await self._line.missed(since_ms)

    async def outcome(self, message: OutboundMessage) -> DeliveryReported | None:
        return await self._line.outcome(message)
