"""A WhatsApp inbox at Twilio as the hub sees it: `channels._twilio.line` does what all of Twilio's
channels do, this adds templates and buttons.
"""

from __future__ import annotations

from collections import OrderedDict

from channels._twilio.form import Pairs
from channels._twilio.line import ANSWER, MAX_BODY_BYTES, Line
from channels._twilio.render import content_form
from channels.twilio_whatsapp import menus, render, templates
from channels.twilio_whatsapp.config import NAME, settings_of
from channels.twilio_whatsapp.parse import enrich
from hub.errors import ContentRejected
from hub.model.template import Template
from hub.ports.channel import (
    AdapterContext,
    FetchedMedia,
    HookAnswer,
    OutboundMessage,
    RawRequest,
    SendResult,
)
from hub.ports.inbound import DeliveryReported, InboundEvent, MediaRef

_MENUS_MAX = 1000
#: Opens a list of options, in the inbox's language.
_LIST_BUTTON = {"en": "Choose", "tr": "Seçin", "pl": "Wybierz"}


class Adapter:
    """Implements ChannelAdapter, ReceivesWebhooks, AnswersWebhooks, FetchesMedia, SendsTemplates,
    Reconciles.
    """

    max_body_bytes = MAX_BODY_BYTES

    def __init__(self, ctx: AdapterContext) -> None:
        self._line = Line(ctx, settings_of(ctx.inbox), NAME, enrich)
        self._list_button = _LIST_BUTTON.get(ctx.inbox.language, _LIST_BUTTON["en"])
        #: SIDs of the menus made so far; what is forgotten is made again.
        self._menus: OrderedDict[str, str] = OrderedDict()

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
        """One message. New buttons make a template first; only the message itself counts."""
        return await self._line.create(message, await self._form(message))

    async def _form(self, message: OutboundMessage) -> Pairs:
        account, link = self._line.account, self._line.link
        if message.template is not None:
            return render.templated(message, message.template, account, link)
        if not message.quick_replies:
            return render.plain(message, account, link)
        if message.attachments:
            raise ContentRejected("buttons and files do not go together")
        menu = menus.menu(message.text, message.quick_replies, self._list_button)
        return content_form(message, account, await self._content_of(menu), menu.values)

    async def _content_of(self, menu: menus.Menu) -> str:
        sid = self._menus.get(menu.key)
        if sid is None:
            sid = await self._line.rest.create_content(menu.content)
            self._menus[menu.key] = sid
            if len(self._menus) > _MENUS_MAX:
                self._menus.popitem(last=False)
        return sid

    async def templates(self) -> list[Template]:
        """Raises `SendError`s."""
        told = [one async for one in self._line.rest.contents()]
        made = (templates.template(one) for one in told)
        return [one for one in made if one and not one.title.startswith(menus.TITLE)]

    async def fetch(self, media: MediaRef) -> FetchedMedia:
        return await self._line.fetch(media)

    async def missed(self, since_ms: int) -> list[InboundEvent]:
        return await self._line.missed(since_ms)

    async def outcome(self, message: OutboundMessage) -> DeliveryReported | None:
        return await self._line.outcome(message)
