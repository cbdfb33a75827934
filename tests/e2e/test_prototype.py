"""`__proto__` in addresses, answers and live frames changes no prototype (S-11): in the inbox and
in the chat window, which run on with it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.real_hub import EMAIL, PASSWORD, real_hub, signed_in
from tests.support.visitor import Visitor, chat_hook

pytestmark = pytest.mark.e2e
QUERY = "__proto__[evil]=1&__proto__.evil=1&constructor[prototype][evil]=1&text=__proto__"
PAGES = ("/", "/search", "/settings/profile", "/contacts")
#: What stands in the prototypes before and after.
NAMES = """() => [Object, Array, Map, String, Function].map(
  (kind) => Object.getOwnPropertyNames(kind.prototype).sort().join())"""


def spoiled(value: Any) -> Any:
    """With a `__proto__` of its own in every object."""
    if isinstance(value, dict):
        return {"__proto__": {"evil": 1}, **{name: spoiled(one) for name, one in value.items()}}
    return [spoiled(one) for one in value] if isinstance(value, list) else value


def spoiled_text(text: str) -> str:
    return json.dumps(spoiled(json.loads(text)))


class Spoiler:
    """Between the browser and the hub; counts what it has spoiled."""

    def __init__(self) -> None:
        self.answers = self.frames = 0

    async def answer(self, route: Any) -> None:
        response = await route.fetch()
        if "application/json" in response.headers.get("content-type", ""):
            self.answers += 1
            await route.fulfill(response=response, body=spoiled_text(await response.text()))
        else:
            await route.fulfill(response=response)

    def socket(self, line: Any) -> None:
        server = line.connect_to_server()

        def passing(message: Any) -> None:
            self.frames += 1
            line.send(spoiled_text(message))

        server.on_message(passing)


async def evil(page: Any) -> Any:
    return await page.evaluate("[({}).evil, [].evil, ''.evil, (() => 0).evil]")


async def test_no_input_changes_a_prototype(tmp_path: Path, browser: Any) -> None:
    spoiler = Spoiler()
    async with (
        real_hub("sqlite", tmp_path) as hub,
        signed_in(hub.url) as api,
        aiohttp.ClientSession() as session,
    ):
        await Visitor(session, hub.url, await chat_hook(hub)).say("__proto__", name="constructor")
        await hub.running.hub.journal.settle()
        context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
        await context.route(re.compile(r"/(api/v1|hooks)/"), spoiler.answer)
        await context.route_web_socket(re.compile(r"."), spoiler.socket)
        page = await context.new_page()
        await page.goto("about:blank")
        clean = await page.evaluate(NAMES)
        await page.goto(f"{hub.url}/sign-in?{QUERY}")
        await page.get_by_label("E-mail").fill(EMAIL)
        await page.locator("input[type=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.get_by_role("navigation").first.wait_for()
        for path in PAGES:
            await page.goto(f"{hub.url}{path}?{QUERY}#{QUERY}")
            await page.get_by_role("navigation").first.wait_for()
            assert await evil(page) == [None] * 4, path
        (talk,) = (await api.get("/conversations", view="all"))["items"]
        await page.goto(f"{hub.url}/?{QUERY}")
        await page.get_by_text("__proto__").first.wait_for()

        shop = await context.new_page()
        await shop.goto(f"{hub.url}/demo?{QUERY}")
        await shop.locator(".launch").click()
        await shop.locator(".compose textarea").fill("from the window")
        await shop.locator(".compose textarea").press("Enter")
        await page.get_by_text("from the window").first.wait_for()
        for talk in (await api.get("/conversations", view="all"))["items"]:
            await api.post(
                f"/conversations/{talk['id']}/messages", client_id="answer-01", text="an answer"
            )
        await shop.get_by_text("an answer").first.wait_for()
        for tab in (page, shop):
            assert await evil(tab) == [None] * 4
            assert await tab.evaluate(NAMES) == clean
        assert spoiler.answers > 10
        assert spoiler.frames > 3
        await context.close()
