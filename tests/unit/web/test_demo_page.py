"""The sample shop: only for this machine or a demo, and nothing foreign in it."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.i18n import LANGUAGES, Texts
from hub.web.demo_page import DemoPage
from hub.web.errors import error_middleware


class Shop:
    """The page on a server, with what a test sets."""

    inbox_id: str | None = "aaaaaaaa.inbox"
    base = ""

    async def find(self) -> str | None:
        return self.inbox_id

    async def get(self, path: str = "/demo", **headers: str) -> tuple[int, str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.get(self.base + path, headers=named) as answer,
        ):
            policy = answer.headers.get("Content-Security-Policy", "")
            return answer.status, await answer.text(), policy


@pytest.fixture(params=[False, True], ids=["hub", "demo"])
async def shop(request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    built = Shop()
    app = web.Application(middlewares=[error_middleware(Texts())])
    app.add_routes(DemoPage(built.find, Texts(), is_demo=request.param).routes())
    async with TestServer(app) as server:
        built.base = f"http://127.0.0.1:{server.port}"
        yield built


async def test_the_shop_embeds_the_inbox_and_nothing_foreign(shop: Shop) -> None:
    for language in LANGUAGES:
        status, page, policy = await shop.get(f"/demo?language={language}")
        assert status == 200
        assert f'lang="{language}"' in page
        assert 'data-inbox="aaaaaaaa.inbox"' in page
        assert "/widget.js" in page
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
        nonce = re.search(r"'nonce-([\w-]+)'", policy)
        assert nonce
        for script in re.findall(r"<script\b[^>]*>", page):
            assert f'nonce="{nonce[1]}"' in script or "src=" in script


async def test_a_hub_without_a_web_chat_says_so(shop: Shop) -> None:
    shop.inbox_id = None
    assert (await shop.get())[0] == 404


async def test_only_a_demo_shows_it_to_others(shop: Shop, request: pytest.FixtureRequest) -> None:
    status, _, _ = await shop.get(X_Forwarded_For="203.0.113.9")
    is_demo = request.node.callspec.params["shop"]
    assert status == (200 if is_demo else 404)
