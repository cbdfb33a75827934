"""The page of the customers' mailboxes, beside the sample shop: `templates/demo/mailbox.html` with
the texts of the area `mailbox`. What it shows comes from the stand-in's API below the same path.
"""

from __future__ import annotations

import secrets

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.i18n import LANGUAGES, Texts, choose_language
from hub.resources import templates

_TEMPLATE = "mailbox.html"


class MailboxPage:
    """One route, on a port of its own on loopback."""

    def __init__(self, texts: Texts, shop: str) -> None:
        self._texts = texts
        self._shop = shop
        self._pages = Environment(
            loader=FileSystemLoader(templates() / "demo"),
            autoescape=True,
            undefined=StrictUndefined,
        )

    def routes(self, path: str) -> list[web.RouteDef]:
        return [web.get(path, self.show)]

    async def show(self, request: web.Request) -> web.Response:
        language = request.query.get("language", "")
        if language not in LANGUAGES:
            language = choose_language(request.headers.get("Accept-Language", ""))
        nonce = secrets.token_urlsafe(16)
        page = self._pages.get_template(_TEMPLATE).render(
            language=language,
            languages=LANGUAGES,
            nonce=nonce,
            shop=self._shop,
            t=self._texts.area(language, "mailbox"),
        )
        headers = {"Content-Security-Policy": _policy(nonce), "Cache-Control": "no-store"}
        return web.Response(text=page, content_type="text/html", headers=headers)


def _policy(nonce: str) -> str:
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
