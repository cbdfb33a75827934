"""A customer with a phone: what they do at the stand-in reaches the hub as Meta would tell it, and
what the hub sends shows on the phone.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels._meta.standin_core import Hook
from channels.whatsapp.adapter import Adapter
from channels.whatsapp.standin import WhatsAppStandin
from hub.clock import SystemClock
from hub.errors import BadSignature
from hub.model.message import QuickReply
from hub.model.template import TemplateUse
from hub.ports.channel import RawRequest
from hub.ports.inbound import (
    AddressMoved,
    ConsentChanged,
    DeliveryReported,
    InboundEvent,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    Reacted,
)
from tests.channels.whatsapp.schema import check
from tests.channels.whatsapp.support import PERSON, SECRET, TOKEN, WORD, connected
from tests.support.channel_sample import text_to

ME = PERSON.value


class Phone:
    """The customer, a hub with one inbox, and all that the hub was told."""

    def __init__(self, adapter: Adapter, meta: WhatsAppStandin, url: str) -> None:
        self.adapter = adapter
        self.meta = meta
        self.events: list[InboundEvent] = []
        self._url = url
        self._session = aiohttp.ClientSession()

    async def hook(self, request: web.Request) -> web.Response:
        """As the hub's door does it."""
        body = await request.read()
        raw = RawRequest(
            request.method, request.path, request.query_string, dict(request.headers), body
        )
        try:
            answer = self.adapter.handshake(raw)
            if answer is not None:
                return web.Response(status=answer.status, text=answer.body)
            self.adapter.verify(raw)
            self.events += self.adapter.parse(raw)
        except BadSignature:
            return web.Response(status=403)
        return web.Response(text="ok\n")

    async def do(self, path: str, **given: Any) -> Any:
        async with self._session.post(f"{self._url}_customer/{path}", json=given) as answer:
            assert answer.status in (200, 204), await answer.text()
            return await answer.json() if answer.status == 200 else None

    async def write(self, **given: Any) -> str:
        """The id of what was written."""
        answer = await self.do("messages", address=ME, name="Ada", **given)
        return str(answer["id"])

    async def shown(self, after: str = "") -> list[dict[str, Any]]:
        query = {"address": ME, "after": after}
        async with self._session.get(f"{self._url}_customer/messages", params=query) as answer:
            found: list[dict[str, Any]] = await answer.json()
            return found

    async def get(self, path: str) -> tuple[int, bytes]:
        async with self._session.get(self._url + path.lstrip("/")) as answer:
            return answer.status, await answer.read()

    async def register(self, url: str, verify_token: str) -> int:
        given = {"url": url, "app_secret": SECRET, "verify_token": verify_token}
        async with self._session.post(f"{self._url}_hook", json=given) as answer:
            return answer.status

    async def close(self) -> None:
        await self._session.close()

    def last(self, kind: type[Any]) -> Any:
        event = self.events[-1]
        assert isinstance(event, kind)
        return event


@asynccontextmanager
async def phone(*, is_lively: bool = True) -> AsyncIterator[Phone]:
    meta = WhatsAppStandin(SystemClock(), token=TOKEN, is_lively=is_lively, check=check)
    async with connected(meta) as (adapter, _, ctx):
        base = str(ctx.inbox.config["api_base"])
        found = Phone(adapter, meta, base if base.endswith("/") else f"{base}/")
        app = web.Application()
        app.router.add_route("*", "/hook", found.hook)
        async with TestServer(app) as hub:
            url = str(hub.make_url("/hook"))
            meta.hook = Hook(url=url, app_secret=SECRET, verify_token=WORD)
            try:
                yield found
            finally:
                await found.close()


async def test_a_customer_writes_and_is_answered() -> None:
    async with phone() as one:
        id = await one.write(text="Zażółć 👋 / ok")
        event = one.last(MessageReceived)
        assert (event.event_id, event.text, event.sender) == (id, "Zażółć 👋 / ok", PERSON)
        await one.adapter.send(text_to(PERSON, "Hello Ada", reply_to=id))
        await one.meta.settle()
        (answer,) = await one.shown(after=id)
        assert (answer["text"], answer["reply_to"], answer["status"]) == (
            "Hello Ada", id, "delivered",
        )  # fmt: skip
        states = [e.delivery for e in one.events if isinstance(e, DeliveryReported)]
        assert states == ["sent", "delivered"]
        assert {e.message_id for e in one.events if isinstance(e, DeliveryReported)} == {
            text_to(PERSON).id
        }
        await one.do("read", address=ME)
        assert one.last(DeliveryReported).delivery == "read"
        assert one.meta.statuses and set(one.meta.statuses) == {200}


async def test_files_places_and_cards_reach_the_hub() -> None:
    async with phone() as one:
        data = base64.b64encode(b"picture").decode()
        file = {"name": "a.jpg", "media_type": "image/jpeg", "data": data}
        await one.write(file=file, text="Look")
        picture = one.last(MessageReceived)
        assert picture.text == "Look"
        fetched = await one.adapter.fetch(picture.media[0])
        assert (fetched.data, fetched.media_type) == (b"picture", "image/jpeg")
        sound = file | {"media_type": "audio/ogg", "name": "v.ogg"}
        await one.write(file=sound, is_voice=True)
        assert one.last(MessageReceived).media[0].is_voice
        await one.write(file=file | {"media_type": "image/webp"}, is_sticker=True)
        assert one.last(MessageReceived).media[0].is_sticker
        await one.write(file=file | {"media_type": "application/pdf", "name": "bill.pdf"})
        assert one.last(MessageReceived).media[0].name == "bill.pdf"
        await one.write(location=[52.2, 21.0])
        assert one.last(MessageReceived).location.longitude == 21.0
        await one.write(contact=["Bob", "+48 501 000 003"])
        assert one.last(MessageReceived).shared[0].phones == ["+48 501 000 003"]
        assert (await one.get((await one.shown())[0]["file"]))[1] == b"picture"


async def test_pressing_a_button_says_what_it_stood_for() -> None:
    async with phone() as one:
        await one.write(text="Hi")
        for count in (2, 5):
            replies = [QuickReply(f"Answer {n}", f"p{n}") for n in range(count)]
            await one.adapter.send(text_to(PERSON, "Which?", quick_replies=replies))
            (*_, menu) = await one.shown()
            choice = menu["quick_replies"][1]
            await one.write(payload=choice["id"], text=choice["title"], reply_to=menu["id"])
            event = one.last(MessageReceived)
            assert (event.payload, event.text, event.reply_to) == ("p1", "Answer 1", menu["id"])
        await one.adapter.send(
            text_to(PERSON, "", template=TemplateUse(name="welcome_back", language="tr"))
        )
        (*_, offer) = await one.shown()
        await one.write(payload="Dur", text="Dur", reply_to=offer["id"])
        assert one.last(MessageReceived).payload == "Dur"


async def test_reactions_edits_and_deletions_reach_the_hub() -> None:
    async with phone() as one:
        id = await one.write(text="Hi")
        sent = (await one.adapter.send(text_to(PERSON))).provider_ids[0]
        await one.meta.settle()
        await one.do("reactions", address=ME, id=sent, emoji="👍")
        event = one.last(Reacted)
        assert (event.provider_id, event.emoji) == (sent, "👍")
        await one.do("reactions", address=ME, id=sent, emoji="")
        assert one.last(Reacted).emoji == ""
        await one.do("edits", address=ME, id=id, text="Hello")
        edited = one.last(MessageEdited)
        assert (edited.provider_id, edited.text) == (id, "Hello")
        await one.do("deletions", address=ME, id=id)
        assert one.last(MessageDeleted).provider_id == id
        ids = [e.event_id for e in one.events]
        assert len(set(ids)) == len(ids)


async def test_people_move_and_stop_marketing() -> None:
    async with phone() as one:
        await one.do("number", address=ME, new="+48501000099")
        moved = one.last(AddressMoved)
        assert (moved.sender, moved.new.value) == (PERSON, "+48501000099")
        await one.do("subscription", address=ME, is_subscribed=False)
        assert one.last(ConsentChanged).is_opted_out


async def test_outside_the_window_a_text_fails_and_a_template_arrives() -> None:
    async with phone() as one:
        await one.adapter.send(text_to(PERSON))
        await one.meta.settle()
        failed = one.last(DeliveryReported)
        assert (failed.delivery, failed.reason) == ("failed", "outside_window")
        use = TemplateUse(
            name="order_shipped", language="en_US", values={"1": "Ada", "2": "7", "button.0": "7"}
        )
        await one.adapter.send(text_to(PERSON, "", template=use))
        await one.meta.settle()
        assert one.last(DeliveryReported).delivery == "delivered"
        assert (await one.shown())[-1]["text"] == "order_shipped · Ada · 7 · 7"


async def test_repeated_and_shuffled_webhooks_bear_the_same_ids() -> None:
    async with phone() as one:
        one.meta.desk.disorder.repeat = 3
        one.meta.desk.disorder.is_shuffled = True
        await one.write(text="Hi")
        assert len(one.events) == 3
        assert len({e.event_id for e in one.events if isinstance(e, MessageReceived)}) == 1


async def test_a_body_that_breaks_the_schema_is_refused_as_meta_does() -> None:
    async with phone() as one:
        url = f"v23.0/{one.meta.business.phone_number_id}/messages"
        body = {"messaging_product": "whatsapp", "type": "text", "to": ME}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with one._session.post(one._url + url, json=body, headers=headers) as answer:
            told = await answer.json()
        assert (answer.status, told["error"]["code"]) == (400, 100)
        assert "text" in told["error"]["error_data"]["details"]
        assert one.meta.desk.accepted == []


async def test_files_are_shown_to_nobody_without_the_token() -> None:
    async with phone() as one:
        id = one.meta.keep(b"picture", "image/jpeg")
        assert (await one.get(f"/media/{id}"))[0] == 401


async def test_an_address_is_taken_after_a_right_handshake_only() -> None:
    async with phone() as one:
        assert one.meta.hook is not None
        url, one.meta.hook = one.meta.hook.url, None
        assert await one.register(url, "wrong") == 400
        assert one.meta.hook is None
        assert await one.register(url, WORD) == 200
        await one.write(text="Hi")
        assert one.last(MessageReceived).text == "Hi"
