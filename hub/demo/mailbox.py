"""The page of the customers' mailboxes, beside the sample shop: `templates/demo/mailbox.html` with
the texts of the area `mailbox`. What it shows comes from the stand-in's API below the same path.
"""

from __future__ import annotations

from aiohttp import web

from hub.demo.page import Page, language_of
from hub.i18n import Texts


class MailboxPage:
    """One route, on a port of its own on loopback."""

    def __init__(self, texts: Texts, shop: str) -> None:
        self._shop = shop
        self._page = Page(texts, "mailbox", has_frames=True)

    def routes(self, path: str) -> list[web.RouteDef]:
        return [web.get(path, self.show)]

    async def show(self, request: web.Request) -> web.Response:
        return self._page.answer(language_of(request), shop=self._shop)
