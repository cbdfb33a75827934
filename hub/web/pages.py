"""The inbox's own files: `/` and its client-side paths, the built assets, the website widget's
script.

Names of assets hold a hash of their content, so browsers keep them for ever; the page itself is
asked for each time. Where nothing was built yet a page says what to do. Called by dispatch; no
data of anybody is served here.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from aiohttp import web

from hub.errors import NotFound
from hub.i18n import Texts
from hub.web.caller import language_of
from hub.web.headers import APP_PAGE, CSP

STATIC = Path(__file__).resolve().parent / "static"
#: First parts of the paths that the inbox's router knows (`inbox_ui/src`).
CLIENT_PATHS = (
    "sign-in",
    "welcome",
    "inbox",
    "contacts",
    "search",
    "settings",
    "wallboard",
    "reports",
    "tasks",
)
_FOREVER = "public, max-age=31536000, immutable"
_HOUR = "public, max-age=3600, stale-while-revalidate=86400"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}")
_EMPTY_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>Santral</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root{{color-scheme:light dark}}
body{{font:16px/1.5 system-ui;max-width:36rem;margin:15vh auto;padding:0 1rem}}
</style>
</head><body><main><h1>{title}</h1><p>{text}</p><p><code>make ui</code></p></main></body></html>
"""


def add_pages(app: web.Application, texts: Texts, static: Path = STATIC) -> None:
    pages = Pages(static, texts)
    app.router.add_get("/", pages.index)
    for part in CLIENT_PATHS:
        app.router.add_get(f"/{part}", pages.index)
        app.router.add_get(f"/{part}/{{rest:.*}}", pages.index)
    app.router.add_get("/assets/{name}", pages.asset)
    app.router.add_get(r"/{name:[A-Za-z0-9_-]+\.(?:svg|png|ico|webmanifest)}", pages.icon)
    app.router.add_get("/widget.js", pages.widget)


class Pages:
    """Looks at the disk for each request, so that `make ui` needs no restart."""

    def __init__(self, static: Path, texts: Texts) -> None:
        self._static = static
        self._texts = texts

    async def index(self, request: web.Request) -> web.StreamResponse:
        page = self._static / "app" / "index.html"
        if not page.is_file():
            return self._not_built(request)
        return web.FileResponse(page, headers={CSP: APP_PAGE, "Cache-Control": "no-cache"})

    async def asset(self, request: web.Request) -> web.StreamResponse:
        return self._file(self._static / "app" / "assets", request.match_info["name"], _FOREVER)

    async def icon(self, request: web.Request) -> web.StreamResponse:
        return self._file(self._static / "app", request.match_info["name"], _HOUR)

    async def widget(self, request: web.Request) -> web.StreamResponse:
        """Loaded by any website; it holds no secret and reads no cookie."""
        answer = self._file(self._static, "widget.js", _HOUR)
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return answer

    def _file(self, folder: Path, name: str, cache: str) -> web.FileResponse:
        path = folder / name
        if not _NAME.fullmatch(name) or not path.is_file():
            raise NotFound("There is nothing at this address.")
        return web.FileResponse(path, headers={"Cache-Control": cache})

    def _not_built(self, request: web.Request) -> web.Response:
        language = language_of(request)
        text = _EMPTY_PAGE.format(
            language=language,
            title=html.escape(self._texts.text(language, "pages", "not_built.title")),
            text=html.escape(self._texts.text(language, "pages", "not_built.text")),
        )
        answer = web.Response(text=text, content_type="text/html", status=503)
        answer.headers[CSP] = APP_PAGE
        return answer
