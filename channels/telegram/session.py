"""aiogram's session over the hub's own HTTP client: time limits, egress rules and the meaning of
every fault are the hub's; serialising requests and reading answers are aiogram's. One for each
inbox; used by `client.py`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, cast

import msgspec
from aiogram.client.session.base import BaseSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramMigrateToChat,
    TelegramRetryAfter,
)
from aiohttp import FormData
from pydantic import BaseModel

from channels.telegram.config import DOWNLOAD_MAX_BYTES
from channels.telegram.errors import Moved, refusal, words
from hub.errors import OutcomeUnknown, RateLimited, SendError
from hub.ports.channel import VendorAnswer, VendorHttp

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.methods.base import TelegramMethod, TelegramType
    from aiogram.types import InputFile

_TIMEOUT_S = 30
_ANSWER_MAX_BYTES = 2 * 1024 * 1024
#: Nothing of a file's name may end its header.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\]')


class HubSession(BaseSession):
    """Every call is one attempt and raises `SendError`s only."""

    def __init__(self, http: VendorHttp, api_base: str) -> None:
        super().__init__(TelegramAPIServer.from_base(api_base), timeout=_TIMEOUT_S)
        self._http = http

    async def close(self) -> None:
        """The connections are the hub's."""

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        return self.result(bot, method, await self.post(bot, method, timeout))

    def result(
        self, bot: Bot, method: TelegramMethod[TelegramType], answer: VendorAnswer
    ) -> TelegramType:
        """Raises the `SendError` that a refusal means."""
        try:
            response = self.check_response(bot, method, answer.status, _text(answer))
        except ClientDecodeError as fault:
            return cast("TelegramType", _unchecked(method, answer, fault))
        except TelegramAPIError as fault:
            raise _translated(fault, answer) from fault
        return cast("TelegramType", response.result)

    async def post(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,
        max_bytes: int = _ANSWER_MAX_BYTES,
    ) -> VendorAnswer:
        """The answer as it came: its status is below 500."""
        headers, body = await self._body(bot, method)
        answer = await self._http.request(
            "POST",
            self.api.api_url(bot.token, method.__api_method__),
            headers=headers,
            body=body,
            timeout_s=timeout or self.timeout,
            max_bytes=max_bytes,
        )
        if answer.status >= 500:
            # Nowhere does Telegram say that nothing was done then.
            raise OutcomeUnknown(f"({answer.status}) Telegram failed")
        return answer

    async def _body(self, bot: Bot, method: TelegramMethod[Any]) -> tuple[dict[str, str], bytes]:
        """JSON, or a form where files go along."""
        files: dict[str, InputFile] = {}
        given = method.model_dump(warnings=False)
        plain = {
            name: self.prepare_value(value, bot, files, _dumps_json=False)
            for name, value in given.items()
        }
        if not files:
            fields = {name: value for name, value in plain.items() if value is not None}
            return {"Content-Type": "application/json"}, msgspec.json.encode(fields)
        form = FormData(quote_fields=False)
        for name, value in plain.items():
            if value is not None:
                form.add_field(name, self.prepare_value(value, bot, files))
        for name, file in files.items():
            data = b"".join([chunk async for chunk in file.read(bot)])
            form.add_field(name, data, filename=_UNSAFE.sub("_", file.filename or name))
        payload = form()
        return {"Content-Type": payload.headers["Content-Type"]}, await payload.as_bytes()

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = _TIMEOUT_S,
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """In one piece: the hub's client has read it all before."""
        answer = await self._http.request(
            "GET", url, headers=headers, timeout_s=timeout, max_bytes=DOWNLOAD_MAX_BYTES
        )
        if raise_for_status and answer.status != 200:
            raise refusal(answer.status, "the file was not given out")
        yield answer.body


def _text(answer: VendorAnswer) -> str:
    return answer.body.decode("utf-8", "replace")


def _unchecked(method: TelegramMethod[Any], answer: VendorAnswer, fault: ClientDecodeError) -> Any:
    """What aiogram could not read: newer than it, which is taken as it is, or none of Telegram's.

    A message that was accepted may never look as if it had not been.
    """
    told = fault.data if isinstance(fault.data, dict) else {}
    if answer.status == 200 and told.get("ok") is True and "result" in told:
        kind, result = method.__returning__, told["result"]
        is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
        return kind.model_construct(**result) if is_model and isinstance(result, dict) else result
    if answer.status in (401, 404, 413, 429):
        said = words(str(told.get("description") or "no answer of Telegram's"))
        raise refusal(answer.status, said, retry_after_s=_header_wait(answer)) from fault
    raise OutcomeUnknown("the answer cannot be read") from fault


def _translated(fault: TelegramAPIError, answer: VendorAnswer) -> SendError:
    match fault:
        case TelegramRetryAfter():
            return RateLimited(words(fault.message), float(fault.retry_after))
        case TelegramMigrateToChat():
            return Moved(words(fault.message), fault.migrate_to_chat_id)
        case _:
            wait_s = _header_wait(answer)
            return refusal(answer.status, fault.message or "", retry_after_s=wait_s)


def _header_wait(answer: VendorAnswer) -> float:
    """Seconds of `Retry-After`, 0 without one."""
    value = answer.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else 0.0
