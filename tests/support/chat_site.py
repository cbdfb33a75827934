"""Web chat for a real browser: a hub in memory on one port, a website that uses it on another.

Both run in a thread with a loop of their own, so that a synchronous browser test can drive them.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import jinja2
from aiohttp import web

from channels.webchat.adapter import Adapter
from hub.model.contact import Address
from hub.model.message import Message
from tests.support.chat_context import INBOX_ID, ChatContext, Site, app_for

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
_PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Site</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head>
<body><main><h1>A website</h1></main>{body}
<script src="{hub}/widget.js" data-inbox="{inbox}" data-language="{language}" {attributes}></script>
</body></html>"""


class ChatSite:
    """`hub_url` is the hub, `url` the website; `run` does something in their loop."""

    def __init__(self, config: dict[str, Any] | None = None) -> None:
        self._config = config or {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.ctx: ChatContext
        self.hub_url = ""
        self.url = ""

    def __enter__(self) -> ChatSite:
        self._thread.start()
        self.run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def run(self, coro: Coroutine[Any, Any, T], timeout_s: float = 15) -> T:
        return asyncio.run_coroutine_threadsafe(coro, self._loop).result(timeout_s)

    def page(
        self, *, head: str = "", body: str = "", attributes: str = "", language: str = "en"
    ) -> str:
        """A website's page with the widget on it, as HTML."""
        return _PAGE.format(
            head=head,
            body=body,
            attributes=attributes,
            language=language,
            hub=self.hub_url,
            inbox=INBOX_ID,
        )

    def visitor(self) -> Address:
        """The one who wrote last for the first time."""
        return self.ctx.visitors()[-1]

    def answer(self, text: str, **more: Any) -> Message:
        return self.run(self.ctx.answer(self.visitor(), text, **more))

    def texts(self) -> list[str]:
        """What arrived, in the hub's order."""
        return [event.text for event in self.ctx.messages()]

    def stop_hub(self) -> None:
        """As a restart looks to a browser: sockets closed with 1012, then the port is dead."""
        self.run(self._hub.stop())

    def start_hub(self) -> None:
        self.run(self._start_hub(int(self.hub_url.rsplit(":", 1)[1])))

    async def _start(self) -> None:
        self.ctx = ChatContext(self._config, public_url="http://127.0.0.1:1")
        await self._start_hub(0)
        shop = web.Application()
        shop.router.add_get("/", self._shop)
        self._shop_site = Site(shop)
        self.url = await self._shop_site.start()

    async def _start_hub(self, port: int) -> None:
        self.ctx.adapter = Adapter(self.ctx)
        await self.ctx.adapter.start()
        app = app_for(self.ctx)

        async def stop_adapter(_app: web.Application) -> None:
            await self.ctx.adapter.stop()

        app.on_shutdown.append(stop_adapter)
        self._hub = Site(app, port)
        self.hub_url = await self._hub.start()

    async def _stop(self) -> None:
        await self._hub.stop()
        await self._shop_site.stop()
        await self.ctx.close()

    async def _shop(self, request: web.Request) -> web.StreamResponse:
        language = request.query.get("language", "en")
        texts = json.loads((ROOT / f"templates/i18n/{language}/shop.json").read_text())
        environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
        template = environment.from_string((ROOT / "templates/demo/shop.html").read_text())
        html = template.render(
            inbox_id=INBOX_ID,
            hub=self.hub_url,
            language=language,
            languages=["en", "tr", "pl"],
            t=texts,
            nonce="n0nce",
            mailbox_url="",
        )
        policy = (
            f"default-src 'none'; script-src {self.hub_url} 'nonce-n0nce'; "
            "style-src 'nonce-n0nce'; "
            f"img-src data: blob: {self.hub_url}; "
            f"connect-src {self.hub_url} {self.hub_url.replace('http', 'ws')}"
        )
        headers = {"Content-Security-Policy": policy}
        return web.Response(text=html, content_type="text/html", headers=headers)
