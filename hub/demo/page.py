"""A page beside the sample shop: a template of `templates/demo` with the texts of one area, in the
reader's language, with a policy of its own. Used by the mailboxes and the phone.
"""

from __future__ import annotations

import secrets
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.i18n import LANGUAGES, Texts, choose_language
from hub.resources import templates


class Page:
    """`area` names the template and its texts; only with `has_frames` it may frame its own host."""

    def __init__(self, texts: Texts, area: str, *, has_frames: bool = False) -> None:
        self._texts = texts
        self._area = area
        self._frames = "frame-src 'self'; " if has_frames else ""
        self._pages = Environment(
            loader=FileSystemLoader(templates() / "demo"),
            autoescape=True,
            undefined=StrictUndefined,
        )

    def answer(self, language: str, **values: Any) -> web.Response:
        """The page with what only it needs."""
        nonce = secrets.token_urlsafe(16)
        page = self._pages.get_template(f"{self._area}.html").render(
            language=language,
            languages=LANGUAGES,
            nonce=nonce,
            t=self._texts.area(language, self._area),
            **values,
        )
        headers = {
            "Content-Security-Policy": _policy(nonce, self._frames),
            "Cache-Control": "no-store",
        }
        return web.Response(text=page, content_type="text/html", headers=headers)


def language_of(request: web.Request) -> str:
    """What the address says, else the browser."""
    language = request.query.get("language", "")
    return (
        language
        if language in LANGUAGES
        else choose_language(request.headers.get("Accept-Language", ""))
    )


def _policy(nonce: str, frames: str) -> str:
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        f"img-src 'self' data:; connect-src 'self'; {frames}base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
