"""A provider's token server for tests: the token endpoint of RFC 6749 and the introspection of RFC
7662, by which Dovecot asks whether a token is good. Keeps a ledger of what it was asked, and can
replace refresh tokens, let access tokens expire, refuse, fail and be slow.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from aiohttp import web

CLIENT_ID, CLIENT_SECRET = "client-7", "the-secret-of-the-client"
FIRST = "refresh-token-0"


class TokenServer:
    """`async with TokenServer("support@shop.test") as server`; `user` owns every token.

    `rotates`: each refresh token is good once and the answer brings the next one.
    `lifetime_s`: what is told of a new access token; `expire` is what makes them bad. `answers`:
    told instead, in turn, as (status, JSON or text). `gate`: requests wait for it.
    """

    def __init__(self, user: str = "") -> None:
        self.user = user
        self.rotates = False
        self.lifetime_s: Any = 3600
        self.answers: deque[tuple[int, Any]] = deque()
        self.headers: dict[str, str] = {}
        self.gate: asyncio.Event | None = None
        #: The forms of all requests to the token endpoint.
        self.asked: list[dict[str, str]] = []
        #: Access tokens as they were handed out, and what mail servers asked about them.
        self.issued: list[str] = []
        self.introspected: list[tuple[str, bool]] = []
        self.refresh_token = FIRST
        self._good: set[str] = set()
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def token_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/token"

    @property
    def introspection_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/introspect"

    @property
    def used(self) -> list[str]:
        """The refresh tokens of all requests."""
        return [form.get("refresh_token", "") for form in self.asked]

    @property
    def secrets(self) -> set[str]:
        """Everything that must never stand in a log or in the clear on a disk."""
        return {CLIENT_SECRET, FIRST, self.refresh_token, *self.issued, *self.used} - {""}

    def expire(self) -> None:
        """No access token of before is good any more."""
        self._good.clear()

    def revoke(self) -> None:
        """The sign-in itself is over: the refresh token is no good either."""
        self.expire()
        self.refresh_token = ""

    def sign_in_again(self) -> str:
        """A person did; returns the new refresh token."""
        self.refresh_token = f"refresh-token-of-a-new-sign-in-{len(self.asked)}"
        return self.refresh_token

    def hand_out(self) -> str:
        """An access token as a person gets one without asking the token endpoint."""
        return str(self._new()["access_token"])

    def is_good(self, user: str, token: str) -> bool:
        """What a mail server of this provider asks."""
        return user == self.user and token in self._good

    async def until_asked(self, times: int) -> None:
        """Until that many requests have arrived."""
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: len(self.asked) >= times)

    async def __aenter__(self) -> TokenServer:
        app = web.Application()
        app.router.add_post("/token", self._token)
        app.router.add_post("/introspect", self._introspect)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        async with self._changed:
            self._changed.notify_all()
        if self.gate is not None:
            await self.gate.wait()
        if self.answers:
            status, body = self.answers.popleft()
            if isinstance(body, str):
                return web.Response(status=status, text=body, headers=self.headers)
            return web.json_response(body, status=status, headers=self.headers)
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        if form.get("grant_type") == "client_credentials":
            return web.json_response(self._new())
        if form.get("grant_type") != "refresh_token":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        if not self.refresh_token or form.get("refresh_token") != self.refresh_token:
            told = {"error": "invalid_grant", "error_description": "Token has been revoked."}
            return web.json_response(told, status=400)
        return web.json_response(self._new() | self._rotated())

    def _new(self) -> dict[str, Any]:
        token = f"access-token-{len(self.issued)}-{self._port}"
        self.issued.append(token)
        self._good.add(token)
        answer = {"access_token": token, "token_type": "Bearer"}
        return answer if self.lifetime_s is None else answer | {"expires_in": self.lifetime_s}

    def _rotated(self) -> dict[str, str]:
        if self.rotates:
            self.refresh_token = f"refresh-token-{len(self.asked)}-{self._port}"
            return {"refresh_token": self.refresh_token}
        return {}

    async def _introspect(self, request: web.Request) -> web.Response:
        token = str((await request.post()).get("token", ""))
        is_good = token in self._good
        self.introspected.append((token, is_good))
        told = {"active": is_good, "username": self.user, "expires_in": 3600}
        return web.json_response(told if is_good else {"active": False})
