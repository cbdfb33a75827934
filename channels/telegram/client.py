"""One bot of Telegram: every call that an inbox makes, through aiogram. The SDK is loaded with this
module, so only `adapter.py` imports it, when the first inbox needs it.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import msgspec
from aiogram import Bot
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteBusinessMessages,
    DeleteMessage,
    DeleteWebhook,
    GetFile,
    GetMe,
    GetUpdates,
    GetWebhookInfo,
    ReadBusinessMessage,
    SendChatAction,
    SetWebhook,
)
from aiogram.methods.base import TelegramMethod
from aiogram.types import WebhookInfo

from channels.telegram.config import DOWNLOAD_MAX_BYTES, Settings
from channels.telegram.errors import is_done
from channels.telegram.ids import Ref
from channels.telegram.parse import WANTED
from channels.telegram.render import render, render_edit, render_reaction, target_of
from channels.telegram.session import HubSession
from hub.errors import (
    ContentRejected,
    NotFound,
    OutcomeUnknown,
    TooLarge,
    TransientFailure,
)
from hub.ports.channel import FetchedMedia, OutboundMessage, VendorHttp

T = TypeVar("T")
_GIVE_UP_S = 15
#: Longer than the poll itself by this much.
_POLL_MARGIN_S = 10
#: A hundred updates at their longest.
_UPDATES_MAX_BYTES = 32 * 1024 * 1024


class Polled(NamedTuple):
    """An update as it came."""

    number: int
    body: bytes


class _Updates(msgspec.Struct, frozen=True):
    result: list[msgspec.Raw]


class _Numbered(msgspec.Struct, frozen=True):
    update_id: int


class Client:
    """Raises `SendError`s only, but for what its methods say."""

    def __init__(self, http: VendorHttp, settings: Settings) -> None:
        self._http = http
        self._session = HubSession(http, settings.api_base)
        self._bot = Bot(settings.token, session=self._session)

    async def _call(self, method: TelegramMethod[T], timeout_s: int | None = None) -> T:
        return await self._session(self._bot, method, timeout_s)

    async def probe(self) -> None:
        """Is the token good?"""
        await self._call(GetMe(), _GIVE_UP_S)

    async def send(self, message: OutboundMessage, chat: int, file: bytes | None) -> Ref:
        target = target_of(message, chat)
        sent = await self._call(render(message, target, file))
        return Ref(target.chat, sent.message_id, target.connection)

    async def edit(self, ref: Ref, message: OutboundMessage) -> None:
        await self._once(render_edit(ref, message))

    async def delete(self, ref: Ref) -> None:
        if ref.connection:
            await self._once(
                DeleteBusinessMessages(
                    business_connection_id=ref.connection, message_ids=[ref.message]
                )
            )
        else:
            await self._once(DeleteMessage(chat_id=ref.chat, message_id=ref.message))

    async def react(self, ref: Ref, emoji: str) -> None:
        await self._call(render_reaction(ref, emoji))

    async def _once(self, method: TelegramMethod[Any]) -> None:
        """What was done before is done."""
        try:
            await self._call(method)
        except ContentRejected as fault:
            if not is_done(fault):
                raise

    async def type(self, chat: int) -> None:
        """Shows "typing…" for five seconds."""
        await self._call(SendChatAction(chat_id=chat, action="typing"), _GIVE_UP_S)

    async def read(self, ref: Ref) -> None:
        """Of a business chat: everything up to this message."""
        await self._call(
            ReadBusinessMessage(
                business_connection_id=ref.connection, chat_id=ref.chat, message_id=ref.message
            ),
            _GIVE_UP_S,
        )

    async def answer_press(self, callback_id: str) -> None:
        """The pressed button stops turning."""
        await self._call(AnswerCallbackQuery(callback_query_id=callback_id), _GIVE_UP_S)

    async def fetch(self, file_id: str) -> FetchedMedia:
        """Raises `NotFound`, `TooLarge`, `AuthFailed`, `TransientFailure`."""
        try:
            file = await self._call(GetFile(file_id=file_id))
        except ContentRejected as fault:
            if "too big" in str(fault).lower():
                raise _too_large() from fault
            raise NotFound("Telegram does not have this file any more") from fault
        except OutcomeUnknown as fault:
            raise TransientFailure(str(fault)) from fault
        if not file.file_path or (file.file_size or 0) > DOWNLOAD_MAX_BYTES:
            raise _too_large()
        data = await self._download(file.file_path)
        return FetchedMedia(data, name=PurePosixPath(file.file_path).name)

    async def _download(self, path: str) -> bytes:
        """The address holds the token: it is never handed on, nor are redirects followed."""
        url = self._session.api.file_url(self._bot.token, quote(path))
        try:
            answer = await self._http.request("GET", url, max_bytes=DOWNLOAD_MAX_BYTES)
        except ContentRejected as fault:
            raise _too_large() from fault
        except OutcomeUnknown as fault:
            raise TransientFailure(str(fault)) from fault
        if answer.status == 404:
            raise NotFound("Telegram does not have this file any more")
        if answer.status != 200:
            raise TransientFailure(f"({answer.status}) Telegram did not give the file out")
        return answer.body

    async def set_webhook(self, url: str, secret: str) -> None:
        """What waits at Telegram stays, and comes by the webhook."""
        await self._call(
            SetWebhook(
                url=url,
                secret_token=secret,
                allowed_updates=list(WANTED),
                drop_pending_updates=False,
            ),
            _GIVE_UP_S,
        )

    async def delete_webhook(self) -> None:
        """Without this nothing can be polled; what waits stays."""
        await self._call(DeleteWebhook(drop_pending_updates=False), _GIVE_UP_S)

    async def webhook(self) -> WebhookInfo:
        return await self._call(GetWebhookInfo(), _GIVE_UP_S)

    async def updates(self, offset: int, wait_s: int) -> list[Polled]:
        """From `offset` on (0: from the first that waits). Waits up to `wait_s` for one."""
        method = GetUpdates(offset=offset or None, timeout=wait_s, allowed_updates=list(WANTED))
        answer = await self._session.post(
            self._bot, method, wait_s + _POLL_MARGIN_S, _UPDATES_MAX_BYTES
        )
        if answer.status != 200:
            self._session.result(self._bot, method, answer)
        try:
            raws = msgspec.json.decode(answer.body, type=_Updates).result
            return [Polled(_number(raw), bytes(raw)) for raw in raws]
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
            raise OutcomeUnknown("the answer cannot be read") from fault


def _number(update: msgspec.Raw) -> int:
    return msgspec.json.decode(update, type=_Numbered).update_id


def _too_large() -> TooLarge:
    return TooLarge("Telegram gives files to bots up to 20 MB", DOWNLOAD_MAX_BYTES)
