"""The Telegram channel: one object per inbox, which is one bot. Sends through `client.py`, receives
through `receive.py`; what arrives is read by `parse.py`.

The SDK is big and takes seconds to load: it is loaded in a thread when the first inbox calls
Telegram, and by nothing before.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import sys
from collections.abc import Awaitable
from types import ModuleType
from typing import TYPE_CHECKING

from channels.telegram.config import read
from channels.telegram.errors import Moved
from channels.telegram.ids import Ref, chat_of, read_ref
from channels.telegram.parse import Terms, callback_id, moved, parse
from channels.telegram.receive import Polling, Receiver, Webhook, can_webhook
from channels.telegram.signature import secret_of, verify
from hub import log
from hub.errors import (
    BadInput,
    ContentRejected,
    OutcomeUnknown,
    RecipientUnreachable,
    SendError,
    TransientFailure,
    Unavailable,
)
from hub.model.contact import Address
from hub.ports.channel import (
    AdapterContext,
    FetchedMedia,
    HookAnswer,
    OutboundMessage,
    RawRequest,
    SendResult,
)
from hub.ports.inbound import InboundEvent, MediaRef

if TYPE_CHECKING:
    from channels.telegram.client import Client

_log = log.get(__name__)
_MOVED = "moved"
_MOVED_MAX = 200


class Adapter:
    """Implements ChannelAdapter, ReceivesWebhooks, AnswersWebhooks, FetchesMedia, MarksRead,
    SendsTyping, EditsMessages, DeletesMessages and Reacts.
    """

    #: Updates have some kilobytes; the longest texts and keyboards stay far below.
    max_body_bytes = 1024 * 1024

    def __init__(self, ctx: AdapterContext) -> None:
        """Raises `ConfigFault` when the config cannot be read."""
        self._ctx = ctx
        self._settings = read(ctx.inbox.config)
        self._secret = secret_of(self._settings.token, ctx.inbox.id)
        self._client: Client | None = None
        self._receiver: Receiver | None = None
        #: Groups that got a new number, while rows with the old one may wait.
        self._moved: dict[str, int] | None = None

    async def _bot(self) -> Client:
        if self._client is None:
            module = await asyncio.to_thread(load_client)
            client: Client = module.Client(self._ctx.http, self._settings)
            self._client = client
        return self._client

    async def start(self) -> None:
        asked = self._settings.receive
        is_reachable = can_webhook(self._ctx.inbox, self._settings)
        if asked == "webhook" and not is_reachable:
            raise BadInput("telegram.state.no_address", "config.receive")
        client = await self._bot()
        way = Webhook if is_reachable and asked != "polling" else Polling
        await self.stop()
        self._receiver = Receiver(self._ctx, way(self._ctx, client, self._settings))
        await self._receiver.start()

    async def stop(self) -> None:
        """The webhook stays: what comes meanwhile waits at Telegram for a day."""
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            await receiver.stop()

    async def probe(self) -> None:
        client = await self._bot()
        try:
            await client.probe()
        except OutcomeUnknown as fault:
            raise TransientFailure(str(fault)) from fault
        except ContentRejected as fault:
            raise BadInput(str(fault), "config.api_base") from fault

    def verify(self, request: RawRequest) -> None:
        verify(self._secret, request)

    def parse(self, request: RawRequest) -> list[InboundEvent]:
        return parse(request.body, Terms(self._settings.groups, self._ctx.clock.now_ms()))

    def handshake(self, request: RawRequest) -> HookAnswer | None:
        """Telegram asks for none."""
        return None

    def answer(self, request: RawRequest) -> HookAnswer:
        """An answer may be a call: a pressed button stops turning at once, without one of ours
        (https://core.telegram.org/bots/api#making-requests-when-getting-updates).
        """
        callback = callback_id(request.body)
        if not callback:
            return HookAnswer()
        call = {"method": "answerCallbackQuery", "callback_query_id": callback}
        return HookAnswer(body=json.dumps(call), media_type="application/json")

    async def send(self, message: OutboundMessage) -> SendResult:
        chat = await self._chat(message.to)
        file = await self._file(message)
        client = await self._bot()
        try:
            ref = await client.send(message, chat, file)
        except Moved as fault:
            await self._note_moved(chat, fault.chat)
            raise
        return SendResult([str(ref)])

    async def _chat(self, to: Address) -> int:
        """The chat's number today."""
        chat = chat_of(to)
        if chat is None:
            raise RecipientUnreachable("this is no address of Telegram")
        if chat > 0:
            return chat
        return (await self._moves()).get(str(chat), chat)

    async def _moves(self) -> dict[str, int]:
        if self._moved is None:
            try:
                self._moved = dict(await self._ctx.recall(_MOVED) or {})
            except Unavailable as fault:
                raise TransientFailure(str(fault)) from fault
        return self._moved

    async def _note_moved(self, old: int, new: int) -> None:
        """The next attempt goes to the new number, and so does everybody else's."""
        moves = await self._moves()
        for known in [key for key, chat in moves.items() if chat == old]:
            moves[known] = new
        moves[str(old)] = new
        for key in list(moves)[:-_MOVED_MAX]:
            del moves[key]
        try:
            await self._ctx.remember(_MOVED, moves)
            await self._ctx.accept([moved(old, new, self._ctx.clock.now_ms())])
        except Unavailable as fault:
            _log.warning("a moved group could not be kept", error=fault, inbox=self._ctx.inbox.id)

    async def _file(self, message: OutboundMessage) -> bytes | None:
        if not message.attachments:
            return None
        return await self._ctx.files.read(message.attachments[0].file_id)

    async def edit(self, provider_id: str, message: OutboundMessage) -> None:
        await (await self._bot()).edit(_require_ref(provider_id), message)

    async def delete(self, to: Address, provider_id: str) -> None:
        await (await self._bot()).delete(_require_ref(provider_id))

    async def react(self, to: Address, provider_id: str, emoji: str) -> None:
        ref = _require_ref(provider_id)
        if ref.connection:
            raise ContentRejected("Telegram takes no reactions of bots in business chats")
        await (await self._bot()).react(ref, emoji)

    async def mark_read(self, to: Address, provider_id: str) -> None:
        """Only business chats can be marked; bots have no read marks of their own."""
        ref = read_ref(provider_id)
        if ref is not None and ref.connection:
            await self._try("mark_read", (await self._bot()).read(ref))

    async def send_typing(self, to: Address, is_typing: bool) -> None:
        """Telegram ends it by itself, after five seconds or with the message."""
        if is_typing and chat_of(to) is not None:
            await self._try("typing", self._type(to))

    async def _type(self, to: Address) -> None:
        await (await self._bot()).type(await self._chat(to))

    async def _try(self, what: str, call: Awaitable[None]) -> None:
        """What is nice to have and no more."""
        try:
            await call
        except SendError as fault:
            _log.info("Telegram did not take it", what=what, error=fault, inbox=self._ctx.inbox.id)

    async def fetch(self, media: MediaRef) -> FetchedMedia:
        """The download's address holds the token, so only the bytes leave this folder."""
        found = await (await self._bot()).fetch(media.ref)
        return FetchedMedia(found.data, media.name or found.name, media.media_type)


def _require_ref(provider_id: str) -> Ref:
    ref = read_ref(provider_id)
    if ref is None:
        raise ContentRejected("this is no message of Telegram")
    return ref


def load_client() -> ModuleType:
    """`channels.telegram.client`, and with it the SDK: seconds of work in small steps, so it is
    called in a thread. It makes hundreds of thousands of objects that stay; each full collection
    that looked at them would hold everybody up for a fifth of a second, so none does.
    """
    name = "channels.telegram.client"
    is_new = name not in sys.modules
    module = importlib.import_module(name)
    if is_new:
        gc.collect(1)
        gc.freeze()
    return module
