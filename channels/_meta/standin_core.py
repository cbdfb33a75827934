"""What stand-ins of the Graph API share: its error answers, bearer tokens, the registered webhook
with its handshake and signature, and a store of media. Each channel's `standin.py` adds its paths.
Runs on loopback for `hub demo` and for tests only.
"""

from __future__ import annotations

import json
import re
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from channels._meta.signature import HEADER, sign
from hub.clock import Clock
from hub.standin import Desk

_CHALLENGE = "1158201444"
_WORDS = {
    4: "Application request limit reached",
    100: "Invalid parameter",
    190: "Invalid OAuth access token - Cannot parse access token",
}


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """Where webhooks go, and what both sides know."""

    url: str
    app_secret: str
    verify_token: str = ""


class Media(msgspec.Struct, frozen=True):
    """A file that the vendor keeps."""

    data: bytes
    media_type: str
    name: str = ""


class Refusal(web.HTTPException):
    """Raised by a handler: Graph's error answer."""

    status_code = 400

    def __init__(
        self,
        code: int,
        message: str = "",
        *,
        status: int = 400,
        subcode: int = 0,
        details: str = "",
    ) -> None:
        body = error_body(code, message, subcode=subcode, details=details)
        super().__init__(text=json.dumps(body), content_type="application/json")
        self.set_status(status)


def error_body(
    code: int, message: str = "", *, subcode: int = 0, details: str = ""
) -> dict[str, Any]:
    """As documented: message, type, code, error_subcode, error_data.details, fbtrace_id."""
    words = message or _WORDS.get(code, "Something went wrong")
    error: dict[str, Any] = {
        "message": f"(#{code}) {words}",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "AStandInOfMeta",
    }
    if subcode:
        error["error_subcode"] = subcode
    if details:
        error["error_data"] = {"messaging_product": "whatsapp", "details": details}
    return {"error": error}


def render_error(status: int, code: int, retry_after_s: int) -> web.Response:
    """For `Desk`: code 0 is an answer from before the API (a proxy's page)."""
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s else {}
    if not code:
        return web.Response(status=status, text="<html>Sorry</html>", headers=headers)
    return web.json_response(error_body(code), status=status, headers=headers)


async def form_of(request: web.Request) -> dict[str, Media]:
    """The fields of a multipart form by name. The desk has read the body already, after which
    aiohttp's own `post()` finds nothing.
    """
    boundary = request.content_type == "multipart/form-data" and request.headers.get("Content-Type")
    match = re.search(r'boundary="?([^";]+)', boundary or "")
    if match is None:
        raise Refusal(100, "the body is no multipart form")
    found: dict[str, Media] = {}
    for part in (await request.read()).split(b"--" + match[1].encode())[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        about = head.decode(errors="replace")
        name = re.search(r'[; ]name="([^"]*)"', about)
        file_name = re.search(r'filename="([^"]*)"', about)
        kind = re.search(r"(?im)^content-type:\s*([^;\r\n]+)", about)
        if name is not None:
            found[name[1]] = Media(
                data.removesuffix(b"\r\n"),
                kind[1].strip() if kind else "text/plain",
                file_name[1] if file_name else "",
            )
    return found


class GraphStandin:
    """One app at Meta. `token` "" lets any bearer token in."""

    def __init__(self, clock: Clock, *, token: str = "", seed: int = 1) -> None:
        self.clock = clock
        self.desk = Desk(clock, render_error, seed=seed)
        self.hook: Hook | None = None
        self.media: dict[str, Media] = {}
        self._token = token
        self._count = 0

    def app(self) -> web.Application:
        """With `POST /_hook`; the channel adds its routes."""
        app = self.desk.app()
        app.router.add_post("/_hook", self._register)
        return app

    def new_number(self) -> int:
        """For ids: 1, 2, 3, …"""
        self._count += 1
        return self._count

    def require_token(self, request: web.Request) -> None:
        """Raises Graph's 401 for a missing or wrong bearer token."""
        given = request.headers.get("Authorization", "")
        is_right = given == f"Bearer {self._token}" if self._token else given.startswith("Bearer ")
        if not is_right:
            raise Refusal(190, status=401)

    def keep(self, data: bytes, media_type: str, name: str = "") -> str:
        """Store a file; its id."""
        id = str(1_000_000_000_000 + self.new_number())
        self.media[id] = Media(data, media_type, name)
        return id

    async def tell(self, *payloads: dict[str, Any]) -> list[int]:
        """Webhooks to the hub, signed; the statuses of its answers. Nothing without a hook."""
        if self.hook is None:
            return []
        posts = [self.signed(payload) for payload in payloads]
        return await self.desk.deliver(self.hook.url, posts)

    def signed(self, payload: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """Body and headers as Meta writes them: non-ASCII and slashes escaped."""
        assert self.hook is not None
        body = json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()
        headers = {HEADER: sign(self.hook.app_secret, body), "Content-Type": "application/json"}
        return body, headers

    async def _register(self, request: web.Request) -> web.Response:
        """As a person does in Meta's app settings: address, secret, verify token."""
        hook = msgspec.json.decode(await request.read(), type=Hook)
        await self.shake_hands(hook)
        self.hook = hook
        return web.json_response({"success": True})

    async def shake_hands(self, hook: Hook) -> None:
        """The GET before an address is taken. Raises Graph's error when it is not ours."""
        query = {
            "hub.mode": "subscribe",
            "hub.verify_token": hook.verify_token,
            "hub.challenge": _CHALLENGE,
        }
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(hook.url, params=query) as answer,
            ):
                is_right = answer.status == 200 and await answer.text() == _CHALLENGE
        except aiohttp.ClientError:
            is_right = False
        if not is_right:
            raise Refusal(2200, "The URL couldn't be validated: wrong answer to the challenge")
