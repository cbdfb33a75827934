"""The product from outside: a customer's phone, Meta in between, a whole hub, an agent's API."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from channels.whatsapp.standin import WhatsAppStandin
from hub.clock import SystemClock
from hub.standin import Fault
from tests.channels.whatsapp.schema import check
from tests.channels.whatsapp.support import PERSON, SECRET, TOKEN, config
from tests.support.mail_hub import until
from tests.support.real_hub import Api, real_hub, signed_in

ME = PERSON.value


class Desk:
    """An agent and a customer."""

    def __init__(self, api: Api, meta: WhatsAppStandin, url: str, session: Any) -> None:
        self.api = api
        self.meta = meta
        self._url = url
        self._session = session

    async def do(self, path: str, **given: Any) -> None:
        """The customer does something on the phone."""
        body = {"address": ME, **given}
        async with self._session.post(f"{self._url}/_customer/{path}", json=body) as answer:
            assert answer.status in (200, 204), await answer.text()

    async def messages(self) -> list[dict[str, Any]]:
        found = await self.api.get("/conversations", view="all")
        if not found["items"]:
            return []
        self.conversation = found["items"][0]["id"]
        page = await self.api.get(f"/conversations/{self.conversation}/messages")
        return [one for one in page["items"] if one["kind"] == "message"]

    async def say(self, **body: Any) -> dict[str, Any]:
        path = f"/conversations/{self.conversation}/messages"
        sent: dict[str, Any] = await self.api.post(path, **body)
        return sent


@asynccontextmanager
async def desk(data_dir: Path) -> AsyncIterator[Desk]:
    meta = WhatsAppStandin(SystemClock(), token=TOKEN, app_secret=SECRET, check=check)
    async with (
        TestServer(meta.app()) as server,
        real_hub("sqlite", data_dir) as hub,
        signed_in(hub.url) as api,
        aiohttp.ClientSession() as session,
    ):
        url = str(server.make_url("")).rstrip("/")
        await api.post("/inboxes", channel="whatsapp", name="WhatsApp", config=config(url))

        async def is_hooked() -> bool:
            return meta.hook is not None

        await until(is_hooked)
        yield Desk(api, meta, url, session)


async def test_a_customer_writes_the_agent_answers_and_sees_it_read(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        picture = {"name": "a.png", "media_type": "image/png", "data": _PNG}
        await one.do("messages", name="Ada", text="Zażółć 👋", file=picture)

        async def has_file() -> bool:
            found = await one.messages()
            return bool(found) and found[0]["attachments"][0]["state"] == "ready"

        await until(has_file)
        (first,) = await one.messages()
        assert (first["text"], first["direction"], first["author"]["name"]) == (
            "Zażółć 👋", "in", "Ada",
        )  # fmt: skip

        await one.say(text="Hello Ada", client_id="answer-1")

        async def is_delivered() -> bool:
            return (await one.messages())[-1]["delivery"] == "delivered"

        await until(is_delivered)
        (held,) = [one for one in one.meta.messages if one.is_ours]
        assert held.text == "Hello Ada"

        await one.do("read")

        async def is_read() -> bool:
            return (await one.messages())[-1]["delivery"] == "read"

        await until(is_read)

        await one.do("edits", id=one.meta.messages[0].id, text="Zażółć!")
        await one.do("reactions", id=held.id, emoji="👍")

        async def is_changed() -> bool:
            first, last = await one.messages()
            return first["text"] == "Zażółć!" and bool(last["reactions"])

        await until(is_changed)
        assert set(one.meta.statuses) == {200}
        assert len(one.meta.desk.accepted) == 1


async def test_an_answer_whose_confirmation_is_lost_is_known_by_its_status(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.do("messages", name="Ada", text="Hi")

        async def is_there() -> bool:
            return bool(await one.messages())

        await until(is_there)
        one.meta.desk.faults.append(Fault(kind="accept_then_drop", path="/messages"))
        await one.say(text="Hello Ada", client_id="answer-1")

        async def is_delivered() -> bool:
            return (await one.messages())[-1]["delivery"] == "delivered"

        await until(is_delivered)
        assert len(one.meta.desk.accepted) == 1


async def test_a_person_who_hides_the_number_is_answered(tmp_path: Path) -> None:
    hidden = "PL.13491208655302741918"
    async with desk(tmp_path) as one:
        await one.do("messages", address=hidden, name="@ada", text="Hi")

        async def is_there() -> bool:
            return bool(await one.messages())

        await until(is_there)
        await one.say(text="Hello", client_id="answer-1")

        async def is_delivered() -> bool:
            return (await one.messages())[-1]["delivery"] == "delivered"

        await until(is_delivered)
        assert (one.meta.messages[-1].person, one.meta.messages[-1].text) == (hidden, "Hello")


async def test_templates_are_listed_filled_in_and_delivered(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.do("messages", name="Ada", text="Hi")

        async def is_there() -> bool:
            return bool(await one.messages())

        await until(is_there)
        (inbox,) = [x for x in await one.api.get("/inboxes") if x["channel"] == "whatsapp"]
        listed = await one.api.post(f"/inboxes/{inbox['id']}/templates/sync")
        assert [row["name"] for row in listed] == ["order_shipped", "spring_sale", "welcome_back"]
        slots = {"1": "Ada", "2": "1042", "button.0": "1042"}
        values = [{"name": name, "value": value} for name, value in slots.items()]
        use = {"name": "order_shipped", "language": "en_US", "values": values}
        await one.say(template=use, client_id="answer-1")

        async def is_delivered() -> bool:
            return (await one.messages())[-1]["delivery"] == "delivered"

        await until(is_delivered)
        assert one.meta.messages[-1].text == "order_shipped · Ada · 1042 · 1042"


_PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
        "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
    )
).decode()
