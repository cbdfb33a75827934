"""Viber and the custom channel through the whole hub: a customer writes at the vendor's stand-in,
an agent answers by the API, the vendor reports how far it got. On each store.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from channels.custom import standin as custom_standin
from channels.viber import standin as viber_standin
from hub.clock import SystemClock
from tests.channels.custom import sample as custom
from tests.channels.custom.schemas import check_order
from tests.channels.viber.test_render import check as check_call
from tests.support.channel_hook import served
from tests.support.mail_hub import until
from tests.support.real_hub import Api, RealHub, real_hub, signed_in
from tests.support.stores import KINDS

pytestmark = pytest.mark.e2e
ADA = "01234567890A="
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


@dataclass
class Story:
    """One inbox of a channel, its vendor's stand-in, and an agent."""

    hub: RealHub
    api: Api
    http: aiohttp.ClientSession
    vendor: Any
    base: str
    conversation: str = ""

    async def customer(self, path: str, **what: Any) -> None:
        url = f"{self.base}/_customer/{path}"
        async with self.http.post(url, json={"address": ADA, **what}) as answer:
            assert answer.status < 300, await answer.text()
        await self.hub.running.hub.journal.settle()

    async def messages(self) -> list[dict[str, Any]]:
        if not self.conversation:
            (found,) = (await self.api.get("/conversations"))["items"]
            self.conversation = found["id"]
        page = await self.api.get(f"/conversations/{self.conversation}/messages")
        return [item for item in page["items"] if item["kind"] == "message"]

    async def answer(self, text: str, number: int, **more: Any) -> None:
        path = f"/conversations/{self.conversation}/messages"
        await self.api.post(path, client_id=f"answer-{number:04d}", text=text, **more)

    async def until(self, is_so: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        async def look() -> bool:
            return is_so(await self.messages())

        await until(look)
        return await self.messages()


async def _inbox(hub: RealHub, api: Api, channel: str, config: dict[str, Any]) -> str:
    """A connected inbox that takes webhooks; the address of its hook."""
    made = await api.post("/inboxes", channel=channel, name="Shop", config=config)
    hook = str(made["hook_url"])

    async def is_up() -> bool:
        found = {inbox["id"]: inbox["health"]["state"] for inbox in await api.get("/inboxes")}
        is_there = hub.services.inboxes.adapter(hook.rpartition("/")[2]) is not None
        return is_there and found[made["inbox"]["id"]] == "connected"

    await until(is_up)
    return hook


async def _viber(hub: RealHub, api: Api, stack: AsyncExitStack) -> tuple[Any, str]:
    vendor = viber_standin.StandIn(SystemClock(), check=check_call)
    base = await stack.enter_async_context(served(vendor.app()))
    hook = await _inbox(hub, api, "viber", {"token": viber_standin.TOKEN, "api_base": base})
    assert vendor.url == hook
    return vendor, base


async def _custom(hub: RealHub, api: Api, stack: AsyncExitStack) -> tuple[Any, str]:
    vendor = custom_standin.StandIn(SystemClock(), check=check_order)
    base = await stack.enter_async_context(served(vendor.app()))
    vendor.url = await _inbox(hub, api, "custom", custom.config(base))
    return vendor, base


MAKERS: dict[str, Callable[[RealHub, Api, AsyncExitStack], Awaitable[tuple[Any, str]]]] = {
    "viber": _viber,
    "custom": _custom,
}


@pytest.fixture(params=[(name, kind) for name in MAKERS for kind in KINDS], ids="-".join)
async def story(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Story]:
    name, kind = request.param
    async with (
        real_hub(kind, tmp_path) as hub,
        signed_in(hub.url) as api,
        aiohttp.ClientSession() as http,
        AsyncExitStack() as stack,
    ):
        vendor, base = await MAKERS[name](hub, api, stack)
        yield Story(hub, api, http, vendor, base)


async def test_a_conversation_from_the_first_word_to_the_last_status(story: Story) -> None:
    story.vendor.desk.disorder.repeat = 3
    await story.customer("messages", name="Ada", text="Where is my parcel?")
    (first,) = await story.messages()
    assert first["text"] == "Where is my parcel?" and first["direction"] == "in"

    await story.answer("On its way.", 1, quick_replies=["Thanks", "Track it"])
    await story.until(lambda found: found[-1]["delivery"] == "accepted")
    await story.customer("read")
    await story.until(lambda found: found[-1]["delivery"] == "read")
    assert len(story.vendor.desk.accepted) == 1

    await story.customer("messages", name="Ada", payload="Track it", text="Track it")
    found = await story.messages()
    assert [item["text"] for item in found] == ["Where is my parcel?", "On its way.", "Track it"]


async def test_a_picture_comes_in(story: Story) -> None:
    data = base64.b64encode(PICTURE).decode()
    file = {"name": "kot.png", "media_type": "image/png", "data": data}
    inside = {"name": "kot.png", "media_type": "image/png", "data": data}
    is_bot = isinstance(story.vendor, viber_standin.StandIn)
    more: dict[str, Any] = {"file": file} if is_bot else {"files": [inside]}
    await story.customer("messages", name="Ada", text="Look", **more)
    found = await story.until(
        lambda items: [f["state"] for f in items[0]["attachments"]] == ["ready"]
    )
    (picture,) = found[0]["attachments"]
    assert (picture["media_type"], picture["size_bytes"]) == ("image/png", len(PICTURE))


async def test_a_picture_goes_out_by_an_address_that_opens(story: Story) -> None:
    await story.customer("messages", name="Ada", text="Which one?")
    await story.messages()
    upload = f"{story.hub.url}/api/v1/files?name=kot.png"
    async with story.api._session.post(
        upload, data=PICTURE, headers=story.api._headers
    ) as answered:
        file = await answered.json()
    await story.answer("This one", 1, file_ids=[file["id"]])
    await story.until(lambda found: found[-1]["delivery"] == "accepted")
    async with story.http.get(f"{story.base}/_customer/messages", params={"address": ADA}) as got:
        messages = await got.json()
    (url,) = [
        m.get("media") or m["files"][0]["url"] for m in messages if "media" in m or "files" in m
    ]
    async with story.http.get(url) as opened:
        assert opened.status == 200 and await opened.read() == PICTURE
    async with story.http.get(url.replace("key=", "key=a")) as forged:
        assert forged.status == 403


async def test_a_lost_answer_stands_before_the_agent_and_is_settled_by_its_report(
    story: Story,
) -> None:
    await story.customer("messages", name="Ada", text="Hello?")
    await story.messages()
    path = "send_message" if isinstance(story.vendor, viber_standin.StandIn) else "santral"
    async with story.http.post(
        f"{story.base}/_faults", json={"kind": "accept_then_drop", "path": path}
    ) as answer:
        assert answer.status == 200
    await story.answer("Hello!", 1)
    await story.until(lambda found: found[-1]["delivery"] == "unknown")
    assert len(story.vendor.desk.accepted) == 1
    if not isinstance(story.vendor, viber_standin.StandIn):  # Viber's reports do not name our id
        await story.customer("read")
        await story.until(lambda found: found[-1]["delivery"] == "read")
    assert len(story.vendor.desk.accepted) == 1
