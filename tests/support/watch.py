"""A browser context under guard: what ran, what left the hub, what a policy had to stop, what
moved.

`ran` are scripts of others that reached `alert` and its kin, `foreign` requests to anything but the
hub, `stopped` reports of a content policy or a sandbox (a second line of defence that had work to
do), `moved` documents that nobody asked for. Used by `tests/e2e/test_xss.py`.
"""

from __future__ import annotations

import re
from typing import Any

_TRAPS = """
for (const name of ['alert', 'confirm', 'prompt', 'print'])
  window[name] = (...given) => window.heardRun(name + ' ' + given.join());
document.addEventListener('securitypolicyviolation', (event) =>
  window.heardStop(event.violatedDirective + ' ' + event.blockedURI));
"""
_TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_STOPPED = re.compile(
    r"Content Security Policy|Blocked script execution|sandboxed|Refused to|Not allowed to load"
)
_FRAME = re.compile(r"/api/v1/conversations/[\w.-]+/messages/\d+/body(\?images=1)?$")


class Watch:
    """`await Watch.over(context, hub_url)`; open pages with `page()`, go to places with `go()`."""

    def __init__(self, context: Any, hub_url: str) -> None:
        self._context, self._hub = context, hub_url
        self._asked: set[str] = set()
        self._in_flight: set[Any] = set()
        self._begun_count = 0
        self.ran: list[str] = []
        self.foreign: list[str] = []
        self.stopped: list[str] = []
        self.moved: list[str] = []

    @classmethod
    async def over(cls, context: Any, hub_url: str) -> Watch:
        watch = cls(context, hub_url)
        await context.expose_binding("heardRun", lambda _, what: watch.ran.append(what))
        await context.expose_binding("heardStop", lambda _, what: watch.stopped.append(what))
        await context.add_init_script(_TRAPS)
        context.on("console", watch._console)
        context.on("dialog", watch._dialog)
        context.on("request", watch._begun)
        context.on("requestfinished", watch._ended)
        context.on("requestfailed", watch._ended)
        context.set_default_timeout(30_000)
        return watch

    async def page(self, **options: Any) -> Any:
        """A tab of ours; any other that opens has `moved`."""
        page = await self._context.new_page(**options)
        page.on("popup", lambda popup: self.moved.append(f"popup {popup.url}"))
        page.on("websocket", self._socket)
        page.on("framenavigated", self._arrived)
        page.on("pageerror", lambda error: self.stopped.append(f"page error {error}"))
        return page

    async def go(self, page: Any, path: str) -> None:
        self._asked.add(self._hub + path)
        await page.goto(self._hub + path)

    async def quiet(self, page: Any) -> None:
        """Until the page has drawn twice without asking for, or waiting for, anything more."""
        count = -1
        while self._in_flight or count != self._begun_count:
            count = self._begun_count
            await page.evaluate(_TWO_FRAMES)

    @property
    def faults(self) -> dict[str, list[str]]:
        found = {
            "ran": self.ran,
            "foreign": self.foreign,
            "stopped": self.stopped,
            "moved": self.moved,
        }
        return {name: list(dict.fromkeys(items))[:20] for name, items in found.items() if items}

    def _begun(self, request: Any) -> None:
        """Looked at only: with a route of Playwright the browser would not use its cache."""
        self._in_flight.add(request)
        self._begun_count += 1
        if not request.url.startswith((self._hub + "/", "data:", "blob:")):
            self.foreign.append(f"{request.method} {request.url}")
        elif request.is_navigation_request() and not self._is_expected(request):
            self.moved.append(f"{request.url}")

    def _ended(self, request: Any) -> None:
        self._in_flight.discard(request)

    def _is_expected(self, request: Any) -> bool:
        while request.redirected_from is not None:
            request = request.redirected_from
        if request.frame.parent_frame is not None:
            return bool(_FRAME.search(request.url))
        return request.url in self._asked

    def _arrived(self, frame: Any) -> None:
        is_ours = frame.url.startswith(self._hub + "/") or frame.url in ("", "about:blank")
        is_blank = frame.url in ("", "about:blank")
        is_strange = frame.parent_frame is not None and "/api/" not in frame.url
        if (not is_ours or is_strange) and not is_blank:
            self.moved.append(f"arrived at {frame.url}")

    def _socket(self, socket: Any) -> None:
        if not socket.url.startswith(self._hub.replace("http", "ws", 1) + "/"):
            self.foreign.append(f"socket {socket.url}")

    def _console(self, message: Any) -> None:
        if _STOPPED.search(message.text):
            self.stopped.append(message.text[:300])

    async def _dialog(self, dialog: Any) -> None:
        self.ran.append(f"dialog {dialog.type} {dialog.message}")
        await dialog.dismiss()
