"""The built-in SMTP listener: one port of the process, many inboxes. Takes mail only for registered
addresses (and their +token forms), relays nothing, and answers 250 only after the hub has committed
the mail for every recipient. Behind an MTA or as MX itself; adapters register through `shared.py`.
aiosmtpd ends a mail at CRLF.CRLF only (CVE-2024-27305) and forgets what was sent before STARTTLS
(CVE-2024-34083).
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.email.limits import DEFAULT
from channels.email.own import OwnNames
from channels.email.settings import ListenSettings
from hub import log
from hub.clock import Clock
from hub.errors import Conflict, Unavailable

_MAX_SESSIONS = 100
_MAX_RECIPIENTS = 50
_TIMEOUT_S = 300.0
_SMALL_BYTES = 1024 * 1024
_SMALL_SLOTS = 32
_BIG_SLOTS = 2
#: Real mail breaks RFC 5321's 1000 octets a line; this bounds the reader's buffer all the same.
_LINE_BYTES = 64 * 1024
_COMMAND_LIMITS = {"EHLO": 10, "HELO": 10, "NOOP": 20, "VRFY": 10, "STARTTLS": 1, "*": 5000}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SIZE = re.compile(r"SIZE=(\d{1,12})")

_log = log.get(__name__)


class TakesMail(Protocol):
    """Where a mail goes (`inbound.Intake`)."""

    async def take(self, raw: bytes, *, arrived_ms: int, is_cut: bool = False) -> None: ...


class SmtpListener:
    """Listens while at least one inbox is registered."""

    def __init__(
        self,
        settings: ListenSettings,
        clock: Clock,
        size_limit_bytes: int = DEFAULT.mail_bytes,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self.size_limit_bytes = size_limit_bytes
        self._inboxes: dict[str, tuple[OwnNames, TakesMail]] = {}
        self._server: asyncio.Server | None = None
        self._tls: ssl.SSLContext | None = None
        self._lock = asyncio.Lock()
        self._sessions: set[_Session] = set()
        self._small = asyncio.Semaphore(_SMALL_SLOTS)
        self._big = asyncio.Semaphore(_BIG_SLOTS)

    @property
    def port(self) -> int:
        """The port really bound (the settings may say 0)."""
        if self._server is None:
            raise RuntimeError("the listener is not open")
        return int(self._server.sockets[0].getsockname()[1])

    async def add(self, own: OwnNames, intake: TakesMail) -> None:
        """Take mail for `own.address`. Raises `Conflict` (taken) or OSError (the port is)."""
        async with self._lock:
            if own.address in self._inboxes:
                raise Conflict(f"another inbox receives mail for {own.address}", own.address)
            if self._server is None:
                await self._open()
            self._inboxes[own.address] = (own, intake)

    async def remove(self, address: str) -> None:
        """Stop taking its mail; the last one closes the port and all connections."""
        async with self._lock:
            self._inboxes.pop(address, None)
            if not self._inboxes:
                await self._close()

    def mailbox_of(self, recipient: str) -> str | None:
        """The registered address that `recipient` means, or None: then it is not for us."""
        wanted = recipient.strip("<> ").lower()
        if wanted in self._inboxes:
            return wanted
        owners = (
            address for address, (own, _) in self._inboxes.items() if own.is_own_address(wanted)
        )
        return max(owners, key=len, default=None)

    async def deliver(self, envelope: Envelope) -> None:
        """Hand the mail to every mailbox named; raises at the first that cannot commit it."""
        recipients: dict[str, list[str]] = {}
        for recipient in envelope.rcpt_tos:
            mailbox = self.mailbox_of(recipient)
            if mailbox is None:
                raise Unavailable(f"{recipient} was removed meanwhile")
            recipients.setdefault(mailbox, []).append(recipient)
        content = bytes(envelope.original_content or b"")
        for mailbox, named in recipients.items():
            _, intake = self._inboxes[mailbox]
            raw = _trace(envelope.mail_from or "", named) + content
            await intake.take(raw, arrived_ms=self._clock.now_ms())

    @asynccontextmanager
    async def data_slot(self, envelope: Envelope) -> AsyncIterator[int]:
        """Wait for room for one mail; yields how large it may become.

        Few mails over a megabyte (or without a stated size) at a time, many small ones: together
        they bound the memory that the network can make us use.
        """
        declared = [_SIZE.fullmatch(option) for option in envelope.mail_options]
        size = next((int(match[1]) for match in declared if match), _SMALL_BYTES + 1)
        is_small = size <= _SMALL_BYTES
        async with self._small if is_small else self._big:
            limit = 2 * _SMALL_BYTES if is_small else self.size_limit_bytes
            yield min(limit, self.size_limit_bytes)

    async def _open(self) -> None:
        # aiosmtpd logs every command with its addresses at INFO; what matters is logged here.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        settings = self._settings
        if settings.certificate and self._tls is None:
            self._tls = await asyncio.to_thread(_server_tls, settings)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connected, settings.host, settings.port)
        _log.info("smtp listener open", host=settings.host, port=self.port)

    async def _close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        sessions = list(self._sessions)
        for session in sessions:
            session.hang_up()
        await asyncio.gather(*(session.ended() for session in sessions))
        await self._server.wait_closed()
        self._server = None

    def _connected(self) -> asyncio.Protocol:
        if len(self._sessions) >= _MAX_SESSIONS:
            return _Busy()
        return _Session(self, self._tls)

    def joined(self, session: _Session) -> None:
        self._sessions.add(session)

    def left(self, session: _Session) -> None:
        self._sessions.discard(session)


class _Session(SMTP):
    """One connection, with our limits."""

    line_length_limit = _LINE_BYTES

    def __init__(self, listener: SmtpListener, tls: ssl.SSLContext | None) -> None:
        super().__init__(
            _Handler(listener),
            data_size_limit=listener.size_limit_bytes,
            enable_SMTPUTF8=True,
            hostname="santral",
            ident="ESMTP",
            tls_context=tls,
            timeout=_TIMEOUT_S,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            command_call_limit=_COMMAND_LIMITS,
            loop=asyncio.get_running_loop(),
        )
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._listener.joined(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._listener.left(self)
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd finds commands by name
        envelope = self.envelope
        if envelope is None:
            return
        async with self._listener.data_slot(envelope) as limit_bytes:
            self.data_size_limit = limit_bytes
            try:
                await super().smtp_DATA(arg)
            finally:
                self.data_size_limit = self._listener.size_limit_bytes

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()

    async def ended(self) -> None:
        """End the session's own task (aiosmtpd starts it and offers no other handle).

        A mail that was being committed gets no answer: its sender offers it again.
        """
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()
            await asyncio.wait([self._handler_coroutine])


class _Handler:
    """The policy, by aiosmtpd's hook names."""

    def __init__(self, listener: SmtpListener) -> None:
        self._listener = listener

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        session.host_name = name
        return [answer for answer in answers if not answer[4:].startswith("AUTH")]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._listener.mailbox_of(address) is None:
            return "550 5.1.1 No such mailbox here"
        if len(envelope.rcpt_tos) >= _MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        try:
            await self._listener.deliver(envelope)
        except (Unavailable, OSError) as error:
            _log.warning("mail not taken now", error=error)
            return "451 4.3.0 Not stored, try again later"
        return "250 2.0.0 Stored"

    async def handle_exception(self, error: Exception) -> str:
        _log.error("smtp session failed", error=error)
        return "451 4.3.0 Internal error, try again later"


class _Busy(asyncio.Protocol):
    """Answers a connection over the limit."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        writable = cast(asyncio.WriteTransport, transport)  # uvloop's is no subclass of asyncio's
        writable.write(b"421 4.3.2 Too many connections, try again later\r\n")
        writable.close()


def _trace(mail_from: str, recipients: list[str]) -> bytes:
    """What the envelope knew, as an MTA notes it. Without a time: a repeated mail stays the same
    bytes.
    """
    sender = _CONTROL.sub("", mail_from).strip("<> ")
    lines = [f"Return-Path: <{sender}>"]
    lines += [f"Delivered-To: {_CONTROL.sub('', recipient)}" for recipient in recipients]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


def _server_tls(settings: ListenSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.certificate, settings.key or None)
    return context
