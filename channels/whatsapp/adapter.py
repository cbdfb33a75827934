"""One WhatsApp inbox: receives Meta's webhooks, makes single attempts to send, moves files, lists
templates. What a webhook means stands in `parse.py`, what a message looks like in `render.py`, what
an error means in `errors.py`.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.resources
import json
from collections import OrderedDict
from typing import TypeVar

from channels._meta import handshake, signature
from channels._meta.faults import Fault
from channels._meta.graph import Graph
from channels.whatsapp import config, render, templates
from channels.whatsapp.errors import ERRORS
from channels.whatsapp.parse import addressees, parse
from channels.whatsapp.people import Own
from hub import log
from hub.errors import (
    BadInput,
    ContentRejected,
    HubError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    SendError,
    TooLarge,
    TransientFailure,
)
from hub.model.contact import Address
from hub.model.template import Template
from hub.ports.channel import (
    AdapterContext,
    FetchedMedia,
    HookAnswer,
    OutboundMessage,
    RawRequest,
    SendResult,
)
from hub.ports.inbound import InboundEvent, MediaRef, MessageReceived

T = TypeVar("T")

_log = log.get("channels.whatsapp")

#: Meta's files: the address that it names wants our token, what it redirects to does not.
_MEDIA_HOSTS = ("lookaside.fbsbx.com",)
_CDN_HOSTS = ("*.fbcdn.net", "*.fbsbx.com", "*.whatsapp.net")
_MEDIA_MAX_BYTES = config.DOCUMENT_MAX_BYTES
#: Graph's way to say that an object is not (any more) there for this token.
_GONE = (100, 33)
_TEMPLATE_FIELDS = "name,language,status,category,components,rejected_reason"
_REGISTER_PAUSES_S = (2.0, 10.0, 60.0)
#: Uploaded files may be sent again for 30 days; a campaign sends one to thousands.
_UPLOAD_KEPT_MS = 24 * 3600 * 1000
_UPLOADS_KEPT = 200
_READERS_KEPT = 5000


class Adapter:
    """Implements `ChannelAdapter`, `ReceivesWebhooks`, `AnswersWebhooks`, `SharesWebhooks`,
    `FetchesMedia`, `MarksRead`, `SendsTyping`, `Reacts` and `SendsTemplates`.
    """

    max_body_bytes = 3 * 1024 * 1024

    def __init__(self, ctx: AdapterContext) -> None:
        self._ctx = ctx
        self._settings = config.read(ctx.inbox.config)
        self._graph = Graph(
            ctx.http,
            token=self._settings.access_token,
            table=ERRORS,
            api_base=self._settings.api_base,
            version=self._settings.api_version,
        )
        self._own = Own(
            inbox_id=ctx.inbox.id,
            phone=self._settings.phone,
            phone_number_id=self._settings.phone_number_id,
            waba_id=self._settings.waba_id,
        )
        self._registering: asyncio.Task[None] | None = None
        self._uploads: OrderedDict[str, tuple[str, int]] = OrderedDict()
        #: Customer → their latest message: what WhatsApp's typing sign hangs on.
        self._latest: OrderedDict[str, str] = OrderedDict()

    async def start(self) -> None:
        """Raises `AuthFailed` and `BadInput` for an account that cannot work."""
        try:
            await self.probe()
        except (TransientFailure, RateLimited) as fault:
            # Webhooks come in all the same.
            _log.warning("the account could not be looked at", error=fault)
        await self._ctx.report("connected")
        if self._may_register():
            self._registering = self._ctx.tasks.spawn("whatsapp webhook", self._register())

    async def stop(self) -> None:
        task, self._registering = self._registering, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def probe(self) -> None:
        about = await self._graph.get(
            self._settings.phone_number_id, params={"fields": "display_phone_number,verified_name"}
        )
        number = str(about.get("display_phone_number") or "")
        if number and not self._own.is_phone(number):
            raise BadInput(f"this phone number id belongs to {number}", "phone")

    def _may_register(self) -> bool:
        """Meta calls https only; whoever stands in for it calls anything."""
        is_public = self._ctx.inbox.public_url.startswith("https://")
        return self._settings.register_webhook and (is_public or self._settings.has_own_api)

    async def _register(self) -> None:
        """Have Meta send this number's webhooks here. It calls the address back while we wait, so
        this cannot be part of `start`.
        """
        said = ""
        for pause_s in _REGISTER_PAUSES_S:
            try:
                await self._point_here()
            except (TransientFailure, OutcomeUnknown, RateLimited) as fault:
                said = str(fault)
                await self._ctx.clock.sleep(pause_s)
            except SendError as fault:
                said = str(fault)
                break
            else:
                return
        await self._ctx.report("connected", f"whatsapp.state.webhook_not_set: {said}")

    async def _point_here(self) -> None:
        """Subscribe the app to the account, and override the address for this number only."""
        inbox = self._ctx.inbox
        override = {
            "override_callback_uri": f"{inbox.public_url}{inbox.hook_path}",
            "verify_token": self._settings.verify_token,
        }
        await self._graph.post(self._settings.waba_id, "subscribed_apps", body={})
        number = {"webhook_configuration": override}
        await self._graph.post(self._settings.phone_number_id, body=number)

    def verify(self, request: RawRequest) -> None:
        signature.verify(self._settings.app_secret, request)

    def handshake(self, request: RawRequest) -> HookAnswer | None:
        return handshake.answer(self._settings.verify_token, request)

    def answer(self, request: RawRequest) -> HookAnswer:
        return HookAnswer()

    def addressees(self, request: RawRequest) -> frozenset[str]:
        return addressees(request.body)

    def parse(self, request: RawRequest) -> list[InboundEvent]:
        events = parse(request.body, self._own)
        for event in events:
            if isinstance(event, MessageReceived):
                self._note_latest(event.sender, event.event_id)
        return events

    async def send(self, message: OutboundMessage) -> SendResult:
        """Uploads files first; an upload alone reaches nobody."""
        media_ids = await self._upload_all(message)
        body = render.message(message, media_ids, _choose(self._ctx.inbox.language))
        answer = await self._graph.post(self._settings.phone_number_id, "messages", body=body)
        try:
            return SendResult([str(answer["messages"][0]["id"])])
        except (KeyError, IndexError, TypeError) as fault:
            raise OutcomeUnknown("the answer names no message") from fault

    async def _upload_all(self, message: OutboundMessage) -> dict[str, str]:
        """Media ids by file id."""
        types = {file.file_id: file.media_type for file in message.attachments}
        if any(file.size_bytes > config.DOCUMENT_MAX_BYTES for file in message.attachments):
            raise ContentRejected("WhatsApp takes files up to 100 MB")
        if message.template is not None:
            types |= dict.fromkeys(templates.file_ids(message.template), "")
        return {file_id: await self._upload(file_id, kind) for file_id, kind in types.items()}

    async def _upload(self, file_id: str, media_type: str) -> str:
        known = self._uploads.get(file_id)
        if known is not None and known[1] > self._ctx.clock.now_ms():
            return known[0]
        data = await self._ctx.files.read(file_id)
        kind = media_type or templates.media_type(data)
        if kind.startswith("text/"):
            kind = "text/plain"
        answer = await self._graph.upload(
            self._settings.phone_number_id,
            "media",
            data=data,
            media_type=kind,
            fields={"messaging_product": "whatsapp", "type": kind},
        )
        media_id = str(answer.get("id") or "")
        if not media_id:
            raise TransientFailure("the upload was not confirmed")
        until_ms = self._ctx.clock.now_ms() + _UPLOAD_KEPT_MS
        _keep(self._uploads, file_id, _UPLOADS_KEPT, (media_id, until_ms))
        return media_id

    async def fetch(self, media: MediaRef) -> FetchedMedia:
        found = await self._graph.look(
            media.ref, params={"phone_number_id": self._settings.phone_number_id}
        )
        if isinstance(found, Fault):
            if found.status == 404 or (found.code, found.subcode) == _GONE:
                raise NotFound("WhatsApp does not have this file any more")
            raise self._graph.refusal(found)
        size = str(found.get("file_size") or "")
        if size.isascii() and size.isdigit() and int(size) > _MEDIA_MAX_BYTES:
            raise TooLarge("the file is too large", _MEDIA_MAX_BYTES)
        answer = await self._graph.download(
            str(found.get("url") or ""),
            hosts=_MEDIA_HOSTS,
            cdn_hosts=_CDN_HOSTS,
            max_bytes=_MEDIA_MAX_BYTES,
        )
        return FetchedMedia(answer.body, media.name, str(found.get("mime_type") or ""))

    async def mark_read(self, to: Address, provider_id: str) -> None:
        self._note_latest(to, provider_id)
        await self._best_effort(render.read_mark(provider_id))

    async def send_typing(self, to: Address, is_typing: bool) -> None:
        """WhatsApp shows it below a message and takes it away by itself after 25 s."""
        latest = self._latest.get(_key(to))
        if is_typing and latest:
            await self._best_effort(render.read_mark(latest, is_typing=True))

    async def _best_effort(self, body: render.Body) -> None:
        try:
            await self._graph.post(self._settings.phone_number_id, "messages", body=body)
        except HubError as fault:
            _log.info("a read mark was not taken", error=fault)

    async def react(self, to: Address, provider_id: str, emoji: str) -> None:
        body = render.reaction(to, provider_id, emoji)
        await self._graph.post(self._settings.phone_number_id, "messages", body=body)

    async def templates(self) -> list[Template]:
        rows = self._graph.pages(
            self._settings.waba_id,
            "message_templates",
            params={"fields": _TEMPLATE_FIELDS, "limit": "100"},
        )
        found = [templates.template(row) async for row in rows]
        return [one for one in found if one is not None]

    def _note_latest(self, sender: Address, provider_id: str) -> None:
        _keep(self._latest, _key(sender), _READERS_KEPT, provider_id)


def _key(address: Address) -> str:
    return f"{address.kind}:{address.value}"


def _keep(kept: OrderedDict[str, T], key: str, limit: int, value: T) -> None:
    """Add as the newest; the oldest go."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > limit:
        kept.popitem(last=False)


@functools.cache
def _choose(language: str) -> str:
    """What the button says that opens a list."""
    code = language[:2] if language[:2] in ("en", "tr", "pl") else "en"
    file = importlib.resources.files("channels.whatsapp") / "i18n" / f"{code}.json"
    return str(json.loads(file.read_text(encoding="utf-8"))["list.choose"])
