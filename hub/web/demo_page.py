"""`/demo`: a sample shop with the chat widget, so that a newcomer can talk to the inbox at once.

Only for the machine itself or on a demo hub. The shop is `templates/demo/shop.html` (Jinja2; its
texts are the area `shop`); the composition root says which inbox answers.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from hub.errors import NotFound
from hub.i18n import DEFAULT, LANGUAGES, Texts
from hub.resources import templates
from hub.web.ops import is_from_this_machine

_TEMPLATE = "shop.html"

#: The public id of the first inbox that a website can embed, or None.
FindInbox = Callable[[], Awaitable[str | None]]


class DemoPage:
    """One route, `/demo`."""

    def __init__(
        self,
        find_inbox: FindInbox,
        texts: Texts,
        *,
        is_demo: bool,
        mailbox_url: str = "",
        folder: Path | None = None,
    ) -> None:
        self._find_inbox, self._texts, self._is_demo = find_inbox, texts, is_demo
        self._mailbox_url = mailbox_url
        self._folder = folder or templates() / "demo"

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/demo", self.show)]

    async def show(self, request: web.Request) -> web.Response:
        if not (self._is_demo or is_from_this_machine(request)):
            raise NotFound("There is nothing at this address.")
        inbox_id = await self._find_inbox()
        if inbox_id is None:
            raise NotFound("Open a web chat inbox first, then this page can show it.")
        # Here: a hub at rest does without the library.
        from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound

        pages = Environment(
            loader=FileSystemLoader(self._folder), autoescape=True, undefined=StrictUndefined
        )
        nonce = secrets.token_urlsafe(16)
        language = _language(request)
        try:
            page = pages.get_template(_TEMPLATE).render(
                inbox_id=inbox_id,
                language=language,
                languages=LANGUAGES,
                nonce=nonce,
                hub="",
                mailbox_url=self._mailbox_url,
                t=self._texts.area(language, "shop"),
            )
        except TemplateNotFound:
            raise NotFound("The sample shop is not part of this installation.") from None
        return web.Response(
            text=page, content_type="text/html", headers={"Content-Security-Policy": _policy(nonce)}
        )


def _language(request: web.Request) -> str:
    asked = request.query.get("language", request.headers.get("Accept-Language", ""))[:2].lower()
    return asked if asked in LANGUAGES else DEFAULT


def _policy(nonce: str) -> str:
    """The widget's own needs and the shop's one inline script; nothing from elsewhere."""
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
