"""The plain 200 that webhooks get, thousands a second: its bytes, with the security headers of all
other answers, are made once and written as they are. Used by `hub.web.hooks`.
"""

from __future__ import annotations

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.helpers import rfc822_formatted_time

from hub.web.headers import protect

_BODY = "ok\n"


class Acknowledgement:
    """`to(request)` is the answer to a request whose events are on disk."""

    def __init__(self, *, is_https: bool) -> None:
        self._is_https = is_https
        plain = self._plain()
        lines = "".join(f"{name}: {value}\r\n" for name, value in plain.headers.items())
        length = f"Content-Length: {len(_BODY)}\r\n"
        self._head = f"HTTP/1.1 200 OK\r\n{lines}{length}Date: ".encode()

    def to(self, request: web.BaseRequest) -> web.StreamResponse:
        """Who does not keep the connection gets an answer of the ordinary kind."""
        if not request.keep_alive or request.version != HttpVersion11:
            return self._plain()
        return _Written(self._head)

    def protect(self, answer: web.StreamResponse) -> None:
        """The same headers for the other answers of those who pass by the routes."""
        if not isinstance(answer, _Written):
            protect(answer, is_https=self._is_https)

    def _plain(self) -> web.Response:
        plain = web.Response(text=_BODY)
        self.protect(plain)
        return plain


class _Written(web.StreamResponse):
    """Writes what was made beforehand instead of preparing a head."""

    def __init__(self, head: bytes) -> None:
        super().__init__()
        self._made = head

    @property
    def keep_alive(self) -> bool:
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if request.transport is None:
            raise ConnectionResetError("the client has gone")
        date = rfc822_formatted_time().encode()
        request.transport.write(b"%b%b\r\n\r\n%b" % (self._made, date, _BODY.encode()))
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Everything is written."""
