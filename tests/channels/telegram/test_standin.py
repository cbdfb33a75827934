"""The stand-in is Telegram to others' software, too: both SDKs read all of its answers and updates,
which are what the API's description says.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiogram
import aiohttp
import pytest
import telegram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import BufferedInputFile
from telegram.request import HTTPXRequest

from channels.telegram.parse import WANTED
from channels.telegram.standin import Standin
from channels.telegram.standin_methods import METHODS
from hub.clock import SystemClock
from tests.channels.telegram.bot_api import bot_api
from tests.channels.telegram.sample import SOMEBODY, TOKEN
from tests.support.channel_hook import served

PNG = b"\x89PNG\r\n\x1a\n--xx\r\n\r\n"
#: A call of each method that has an answer worth reading; `file`: uploads PNG.
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("getMe", {}),
    ("setWebhook", {"url": "http://127.0.0.1:9/hook", "secret_token": "a-b_c",
                    "allowed_updates": list(WANTED)}),
    ("getWebhookInfo", {}),
    ("deleteWebhook", {"drop_pending_updates": False}),
    ("sendMessage", {"text": "Hi", "reply_markup": {
        "inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}}),
    ("sendMessage", {"text": "Hi", "reply_parameters": {"message_id": 101}}),
    *((f"send{kind}", {kind.lower(): "file", "caption": "Hi"})
      for kind in ("Photo", "Voice", "Audio", "Video", "Animation", "Document")),
    ("sendChatAction", {"action": "typing"}),
    ("editMessageText", {"message_id": 102, "text": "Ho"}),
    ("editMessageCaption", {"message_id": 104, "caption": "Ho"}),
    ("setMessageReaction", {"message_id": 101, "reaction": [{"type": "emoji", "emoji": "👍"}]}),
    ("deleteMessage", {"message_id": 103}),
    ("readBusinessMessage", {"message_id": 101, "business_connection_id": "bc_1"}),
    ("deleteBusinessMessages", {"message_ids": [7], "business_connection_id": "bc_1"}),
    ("getUpdates", {"offset": 0, "timeout": 0, "allowed_updates": list(WANTED)}),
]  # fmt: skip
_WITHOUT_CHAT = frozenset(
    "getMe setWebhook getWebhookInfo deleteWebhook deleteBusinessMessages getUpdates".split()
)


@dataclass
class Vendor:
    standin: Standin
    base: str
    http: aiohttp.ClientSession

    async def customer(self, path: str = "messages", **what: Any) -> str:
        body = {"address": str(SOMEBODY), **what}
        async with self.http.post(f"{self.base}/_customer/{path}", json=body) as answer:
            assert answer.status < 300, await answer.text()
            return str((await answer.json())["id"])

    async def everything(self) -> None:
        """One update of each kind that a customer's phone makes."""
        self.standin.bot(TOKEN).wanted = list(WANTED)
        first = await self.customer(text="Hi", name="Zoë")
        await self.customer(text="Ho", reply_to=first)
        for kind in ("photo", "video", "animation", "audio", "voice", "video_note", "document",
                     "sticker"):  # fmt: skip
            file = {"name": "a.png", "media_type": "image/png", "data": "eA==", "kind": kind}
            await self.customer(file=file, text="", album="1" if kind == "photo" else "")
        await self.customer(location=[1.0, 2.0])
        await self.customer(contact=["Zoë", "+48501000002"])
        await self.customer(payload="y", reply_to=first)
        await self.customer("reactions", id=first, emoji="👍")
        await self.customer("reactions", id=first)
        await self.customer("edits", id=first, text="Ha")
        business = await self.customer(text="Hi", connection="bc_1")
        await self.customer(text="Ho", connection="bc_1", is_owner=True)
        await self.customer("edits", id=business, text="Ha")
        await self.customer("deletions", id=business)
        await self.customer("subscription", is_subscribed=False)
        await self.customer("subscription", is_subscribed=True)


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    standin = Standin(SystemClock(), validate=bot_api().call)
    async with served(standin.app()) as base, aiohttp.ClientSession() as http:
        standin.bot(TOKEN).meet(SOMEBODY, "Zoë")
        made = Vendor(standin, base, http)
        await made.customer(text="Hello")
        yield made
        assert standin.complaints == []


def with_chat(name: str, params: dict[str, Any]) -> dict[str, Any]:
    return params if name in _WITHOUT_CHAT else {"chat_id": SOMEBODY, **params}


def snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)


def test_every_method_is_called() -> None:
    called = {name.lower() for name, _ in CALLS}
    assert METHODS.keys() - called == {"answercallbackquery", "getfile"}


async def test_answers_are_what_the_description_says(vendor: Vendor) -> None:
    for name, params in CALLS:
        fields = with_chat(name, params)
        body: Any = aiohttp.JsonPayload(fields)
        if "file" in params.values():
            body = aiohttp.FormData()
            for key, value in fields.items():
                is_file = value == "file"
                body.add_field(
                    key, PNG if is_file else str(value), filename="a" if is_file else None
                )
        async with vendor.http.post(f"{vendor.base}/bot{TOKEN}/{name}", data=body) as response:
            answer = await response.json()
            assert answer["ok"], (name, answer)
            assert bot_api().answer(name, answer["result"]) == [], name


async def test_updates_are_what_the_description_says(vendor: Vendor) -> None:
    await vendor.everything()
    updates = vendor.standin.bot(TOKEN).updates
    assert {key for update in updates for key in update} >= set(WANTED) - {"business_connection"}
    for update in updates:
        assert bot_api().value("Update", update) == []


async def test_aiogram_reads_all_answers(vendor: Vendor) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(vendor.base))
    async with aiogram.Bot(TOKEN, session=session) as bot:
        for name, params in CALLS:
            given = {
                key: BufferedInputFile(PNG, "a.png") if value == "file" else value
                for key, value in with_chat(name, params).items()
            }
            assert await getattr(bot, snake(name))(**given) is not None
        await vendor.everything()
        updates = await bot.get_updates(timeout=0)
        assert len(updates) == len(vendor.standin.bot(TOKEN).updates) > 20
        presses = [one.callback_query for one in updates if one.callback_query]
        assert presses and all([await one.answer() for one in presses])
        (document,) = [one.message.document for one in updates if one.message and
                       one.message.document and not one.message.animation]  # fmt: skip
        file = await bot.get_file(document.file_id)
        assert file.file_path is not None
        downloaded = await bot.download_file(file.file_path)
        assert downloaded is not None and downloaded.read() == b"x"
        with pytest.raises(aiogram.exceptions.TelegramForbiddenError):
            await vendor.customer("subscription", is_subscribed=False)
            await bot.send_message(SOMEBODY, "Hi")


async def test_python_telegram_bot_reads_all_answers(vendor: Vendor) -> None:
    bot = telegram.Bot(
        TOKEN,
        base_url=f"{vendor.base}/bot",
        base_file_url=f"{vendor.base}/file/bot",
        request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
        get_updates_request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
    )
    async with bot:
        for name, params in CALLS:
            given: dict[str, Any] = {
                key: PNG if value == "file" else value
                for key, value in with_chat(name, params).items()
            }
            if "reply_markup" in given:
                given["reply_markup"] = telegram.InlineKeyboardMarkup.de_json(
                    given["reply_markup"], bot
                )
            if "reply_parameters" in given:
                given["reply_parameters"] = telegram.ReplyParameters(**given["reply_parameters"])
            if "reaction" in given:
                given["reaction"] = "👍"
            assert await getattr(bot, snake(name))(**given) is not None
        await vendor.everything()
        updates = await bot.get_updates(timeout=0)
        assert len(updates) == len(vendor.standin.bot(TOKEN).updates) > 20
        (press,) = [one.callback_query for one in updates if one.callback_query]
        assert await press.answer()
        files = [one.message.document for one in updates if one.message and one.message.document]
        content = await (await bot.get_file(files[-1].file_id)).download_as_bytearray()
        assert bytes(content) == b"x"
        with pytest.raises(telegram.error.BadRequest, match=r"(?i)chat not found"):
            await bot.send_message(5, "Hi")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"bot{TOKEN}/nothing", 404), ("botx/getMe", 404), ("bot1:short/getMe", 404),
        (f"file/bot{TOKEN}/documents/none/a", 404), ("file/botx/a", 404),
    ],
)  # fmt: skip
async def test_what_is_not_there(vendor: Vendor, path: str, status: int) -> None:
    async with vendor.http.get(f"{vendor.base}/{path}") as answer:
        body = await answer.json()
        assert (answer.status, body["ok"], body["error_code"]) == (status, False, status)


async def test_a_call_that_is_wrong_by_the_description_is_refused(vendor: Vendor) -> None:
    url = f"{vendor.base}/bot{TOKEN}/sendMessage"
    for wrong in ({"text": 5}, {"txt": "x"}, {"text": "x", "reply_markup": {"inline_keyboard": 1}}):
        async with vendor.http.post(url, json={"chat_id": SOMEBODY, **wrong}) as answer:
            assert answer.status == 400
    assert len(vendor.standin.complaints) >= 3
    vendor.standin.complaints.clear()


async def test_the_phone_shows_files_and_buttons(vendor: Vendor) -> None:
    bot = vendor.standin.bot(TOKEN)
    await vendor.everything()
    url = f"{vendor.base}/_customer/messages?address={SOMEBODY}"
    async with vendor.http.get(url) as answer:
        shown = await answer.json()
    files = [one["file"] for one in shown if one["file"]]
    assert len(files) == 8
    for file in files:
        async with vendor.http.get(vendor.base + file) as answer:
            assert await answer.read() == b"x"
    assert json.dumps(shown).count(TOKEN) == 0
    assert {one["is_ours"] for one in shown} == {True, False}
    assert len(shown) == len(bot.people[SOMEBODY].messages)
    async with vendor.http.get(f"{url}&after={shown[-1]['id']}") as answer:
        assert await answer.json() == []
