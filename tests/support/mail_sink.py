"""A real SMTP server (aiosmtpd) that keeps what it is sent and misbehaves as told, for tests of
sending.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Delivered:
    """One mail that the sink accepted (or took and never answered)."""

    def __init__(self, envelope: Envelope) -> None:
        self.sender = envelope.mail_from
        self.recipients = list(envelope.rcpt_tos)
        self.raw = bytes(envelope.original_content or b"")


class MailSink:
    """`async with MailSink() as sink`: listens on `sink.port` of 127.0.0.1.

    Scripts, each an answer or empty: `at_connect`, `at_mail`, `at_rcpt` (per address), `at_data`
    (to the DATA command), `at_dot` (to the final dot). `drop_after_dot` takes the mail and hangs
    up; `hang_after_dot` never answers; `drop_before_data` hangs up at DATA. With `takes_token`
    users sign in by XOAUTH2.
    """

    def __init__(
        self,
        *,
        user: str = "",
        password: str = "",
        tls: ssl.SSLContext | None = None,
        takes_token: Callable[[str, str], bool] | None = None,
    ) -> None:
        self.mails: list[Delivered] = []
        self.connections = 0
        self.open_connections = 0
        self.most_connections = 0
        self.at_mail: dict[str, str] = {}
        self.at_rcpt: dict[str, str] = {}
        self.at_data = ""
        self.at_dot = ""
        self.drop_after_dot = False
        self.hang_after_dot = False
        self.drop_before_data = False
        self.gate: asyncio.Event | None = None
        #: Users and tokens as they were offered by XOAUTH2.
        self.tokens: list[tuple[str, str]] = []
        self._login = (user, password)
        self._takes_token = takes_token
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._sessions: set[_SinkSession] = set()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> MailSink:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _SinkSession(self), "127.0.0.1", 0)
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._server is not None
        self._server.close()
        await self.hang_up()
        await self._server.wait_closed()

    async def hang_up(self) -> None:
        """Drop all connections."""
        sessions = list(self._sessions)
        for session in sessions:
            session.drop()
        for session in sessions:
            session.work().cancel()
            await asyncio.wait([session.work()])

    @property
    def session_options(self) -> dict[str, Any]:
        needs_login = bool(self._login[0])
        return {
            "hostname": "sink",
            "data_size_limit": 40 * 1024 * 1024,
            "tls_context": self._tls,
            "auth_required": False,
            "auth_require_tls": False,
            "auth_exclude_mechanism": [
                *([] if needs_login else ["LOGIN", "PLAIN"]),
                *([] if self._takes_token else ["XOAUTH2"]),
            ],
            "authenticator": self._check,
            "loop": asyncio.get_running_loop(),
        }

    def _check(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        found = (data.login.decode(), data.password.decode())
        return AuthResult(success=found == self._login, handled=False)

    def takes(self, user: str, token: str) -> bool:
        assert self._takes_token is not None
        self.tokens.append((user, token))
        return self._takes_token(user, token)


class _SinkSession(SMTP):
    def __init__(self, sink: MailSink) -> None:
        super().__init__(_SinkHandler(sink), **sink.session_options)
        self._sink = sink

    def work(self) -> asyncio.Task[None]:
        assert self._handler_coroutine is not None
        return self._handler_coroutine

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self not in self._sink._sessions:
            self._sink._sessions.add(self)
            self._sink.connections += 1
            self._sink.open_connections += 1
            self._sink.most_connections = max(
                self._sink.most_connections, self._sink.open_connections
            )
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self in self._sink._sessions:
            self._sink._sessions.discard(self)
            self._sink.open_connections -= 1
        super().connection_lost(error)

    def drop(self) -> None:
        if self.transport is not None:
            self.transport.abort()  # type: ignore[attr-defined]

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        """As Google's and Microsoft's servers: a refusal is a challenge first, then a 535."""
        user, bearer, *_ = base64.b64decode(args[1]).decode().split("\x01")
        if self._sink.takes(user.removeprefix("user="), bearer.removeprefix("auth=Bearer ")):
            return AuthResult(success=True)
        assert await self.challenge_auth('{"status":"401","schemes":"bearer"}') == b""
        return AuthResult(success=False, handled=False)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        sink = self._sink
        if sink.drop_before_data:
            self.drop()
        elif sink.at_data:
            await self.push(sink.at_data)
            if sink.at_data.startswith("421"):
                self.transport.close()  # type: ignore[union-attr]
        else:
            await super().smtp_DATA(arg)


class _SinkHandler:
    def __init__(self, sink: MailSink) -> None:
        self._sink = sink

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._sink.at_mail.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._sink.at_rcpt.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: _SinkSession, session: Session, envelope: Envelope
    ) -> str:
        sink = self._sink
        if sink.gate is not None:
            await sink.gate.wait()
        if sink.at_dot:
            return sink.at_dot
        sink.mails.append(Delivered(envelope))
        if sink.drop_after_dot:
            server.drop()
        if sink.hang_after_dot:
            await asyncio.get_running_loop().create_future()
        return "250 2.0.0 queued"
