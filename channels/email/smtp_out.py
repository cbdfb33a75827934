"""Sends one finished mail over SMTP: one attempt, and exactly known how it ended. Keeps a few
signed-in connections of one inbox; each carries one mail at a time. Knows nothing of messages (see
`outbound.py`), never retries; the adapter calls `SmtpSender.deliver`.

What counts as certain: until the final dot has been written nothing is accepted, so every failure
before it may be tried again. From the moment the mail and its dot are handed to the socket, only a
server's answer is certain.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiosmtplib
import msgspec

from channels.email import smtp_answers as answers
from channels.email.credentials import AS_GIVEN, Credentials
from channels.email.settings import Account
from hub.clock import Clock
from hub.errors import (
    AuthFailed,
    BadInput,
    HubError,
    OutcomeUnknown,
    RecipientUnreachable,
    SendError,
    TransientFailure,
)
from hub.ports.channel import Egress

_MAX_CONNECTIONS = 3
_MAX_MAILS_PER_CONNECTION = 50
_START_INPUT = 354
_LINE_END = re.compile(rb"\r\n|\r|\n")
#: What may stand in RCPT TO. Stricter than aiosmtplib, which cuts odd ones to plausible ones.
_MAILBOX = re.compile(r"[!#$%&'*+\-/0-9=?A-Z^_`a-z{|}~.]{1,64}@[A-Za-z0-9._\-\[\]:]{1,255}")
_LEADING_DOT = re.compile(rb"(?m)^\.")


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds. The last dot may take a server long: it scans the mail before it answers."""

    connect: float = 10.0
    command: float = 30.0
    final: float = 100.0
    idle: float = 25.0


class Refused(msgspec.Struct, frozen=True):
    """One recipient that the server did not take while it took others."""

    address: str
    answer: str
    #: A code of `hub.errors`.
    reason: str = RecipientUnreachable.code


class _Kept(msgspec.Struct):
    client: aiosmtplib.SMTP
    mails: int
    since: float


class SmtpSender:
    """The outgoing half of one inbox."""

    def __init__(
        self,
        account: Account,
        local_name: str,
        egress: Egress,
        clock: Clock,
        timeouts: Timeouts | None = None,
        credentials: Credentials = AS_GIVEN,
    ) -> None:
        self._account = account
        self._credentials = credentials
        self._local_name = local_name
        self._egress = egress
        self._clock = clock
        self._timeouts = timeouts or Timeouts()
        self._idle: list[_Kept] = []
        self._slots = asyncio.Semaphore(_MAX_CONNECTIONS)
        self._tls: ssl.SSLContext | None = None

    async def deliver(
        self, senders: Sequence[str], recipients: Sequence[str], mail: bytes
    ) -> list[Refused]:
        """Hand over one mail; the first of `senders` that the server takes is the return path.

        Returns the recipients it refused, when it took at least one. Raises a `SendError`.
        """
        async with self._slots, self._connection() as client:
            return await self._transaction(client, senders, recipients, mail)

    async def probe(self) -> None:
        """Connect and sign in, nothing else. Raises a `SendError`."""
        client = await self._connect()
        client.close()

    def close(self) -> None:
        """Drop the idle connections."""
        while self._idle:
            self._idle.pop().client.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosmtplib.SMTP]:
        kept = await self._reuse() or _Kept(await self._connect(), 0, 0.0)
        is_usable = False
        try:
            yield kept.client
            is_usable = True
        finally:
            kept.mails += 1
            if is_usable and kept.client.is_connected and kept.mails < _MAX_MAILS_PER_CONNECTION:
                kept.since = self._clock.monotonic()
                self._idle.append(kept)
            else:
                kept.client.close()

    async def _reuse(self) -> _Kept | None:
        """A kept connection that still answers; old ones are closed on the way."""
        while self._idle:
            kept = self._idle.pop()
            age_s = self._clock.monotonic() - kept.since
            if kept.client.is_connected and age_s < self._timeouts.idle:
                try:
                    await kept.client.rset(timeout=self._timeouts.connect)
                except (aiosmtplib.SMTPException, OSError):
                    kept.client.close()
                else:
                    return kept
            kept.client.close()
        return None

    async def _connect(self) -> aiosmtplib.SMTP:
        return await self._credentials.use(self._account, self._connect_as)

    async def _connect_as(self, account: Account) -> aiosmtplib.SMTP:
        client: aiosmtplib.SMTP | None = None
        try:
            sock = await self._socket()
            client = aiosmtplib.SMTP(
                hostname=account.host,
                sock=sock,
                local_hostname=self._local_name,
                use_tls=account.security == "tls",
                start_tls=account.security == "starttls",
                tls_context=await self._tls_context(),
                timeout=self._timeouts.command,
            )
            await client.connect(timeout=self._timeouts.connect)
            await self._sign_in(client, account)
        except BaseException as error:
            if client is not None:
                client.close()
            if isinstance(error, aiosmtplib.SMTPResponseException):
                raise TransientFailure(answers.words_of(error.code, error.message)) from error
            if isinstance(error, aiosmtplib.SMTPException | OSError | ValueError):
                raise TransientFailure(f"{account.host}: {error}"[:300]) from error
            raise
        return client

    async def _socket(self) -> socket.socket:
        """Connected to the address that the egress rules allow; the name is only for TLS."""
        account = self._account
        try:
            ip = await self._egress.resolve(account.host, account.port)
        except SendError:
            raise
        except (HubError, OSError) as error:
            raise TransientFailure(f"{account.host}: {error}") from error
        sock = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET)
        sock.setblocking(False)
        try:
            async with asyncio.timeout(self._timeouts.connect):
                await asyncio.get_running_loop().sock_connect(sock, (ip, account.port))
        except BaseException:
            sock.close()
            raise
        return sock

    async def _tls_context(self) -> ssl.SSLContext | None:
        if self._account.security == "none":
            return None
        if self._tls is None:
            self._tls = await asyncio.to_thread(ssl.create_default_context)
        return self._tls

    async def _sign_in(self, client: aiosmtplib.SMTP, account: Account) -> None:
        if not account.user:
            return
        try:
            if account.auth == "xoauth2":
                await client.auth_xoauth2(account.user, account.secret)
            else:
                await client.login(account.user, account.secret)
        except aiosmtplib.SMTPAuthenticationError as error:
            raise answers.sign_in_refused(error.code, error.message) from error
        except aiosmtplib.SMTPServerDisconnected:
            raise
        except (aiosmtplib.SMTPException, UnicodeError) as error:
            # No common mechanism: nothing that waiting could cure.
            if isinstance(error, aiosmtplib.SMTPTimeoutError):
                raise
            raise AuthFailed(str(error)[:300]) from error

    async def _transaction(
        self,
        client: aiosmtplib.SMTP,
        senders: Sequence[str],
        recipients: Sequence[str],
        mail: bytes,
    ) -> list[Refused]:
        try:
            await self._mail_from(client, senders, len(mail))
            refused = await self._rcpt_to(client, recipients)
            answer = await client.execute_command(b"DATA")
            if answer.code != _START_INPUT:
                raise answers.mail_refused(answer.code, answer.message)
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError) as error:
            raise TransientFailure(f"connection lost before the mail: {error}"[:300]) from error
        except aiosmtplib.SMTPResponseException as error:
            raise answers.mail_refused(error.code, error.message) from error
        await self._body(client, mail)
        return refused

    async def _mail_from(
        self, client: aiosmtplib.SMTP, senders: Sequence[str], size_bytes: int
    ) -> None:
        options = [f"SIZE={size_bytes}"] if client.supports_extension("size") else []
        for sender in senders:
            try:
                await client.mail(sender, options=options)
            except aiosmtplib.SMTPSenderRefused as error:
                if sender == senders[-1] or error.code < 500:
                    raise answers.sender_refused(error.code, error.message) from error
            else:
                return

    async def _rcpt_to(self, client: aiosmtplib.SMTP, recipients: Sequence[str]) -> list[Refused]:
        """The refused; raises when that is all of them (a temporary refusal wins: try again)."""
        refused: list[Refused] = []
        errors: list[SendError] = []
        for address in recipients:
            try:
                if not _MAILBOX.fullmatch(address):
                    raise ValueError(f"not an address: {address!r}")
                await client.rcpt(address)
            except aiosmtplib.SMTPRecipientRefused as error:
                meant = answers.recipient_refused(error.code, error.message)
                errors.append(meant)
                refused.append(Refused(address, str(meant), meant.code))
            except ValueError as error:
                errors.append(RecipientUnreachable(str(error)[:300]))
                refused.append(Refused(address, "not an address"))
        if len(errors) == len(recipients):
            passing = [error for error in errors if not isinstance(error, RecipientUnreachable)]
            raise (passing or errors or [RecipientUnreachable("no recipient")])[0]
        return refused

    async def _body(self, client: aiosmtplib.SMTP, mail: bytes) -> None:
        """Mail and final dot in one write, then the answer; without one the outcome is unknown.

        Written with the protocol's own verbs because `data()` does not tell a connection lost
        before the mail from one lost after it.
        """
        protocol = client.protocol
        if protocol is None:
            raise TransientFailure("connection lost before the mail")
        try:
            protocol.write(_framed(mail))
        except aiosmtplib.SMTPServerDisconnected as error:
            raise TransientFailure("connection lost before the mail") from error
        try:
            answer = await protocol.read_response(timeout=self._timeouts.final)
        except aiosmtplib.SMTPResponseException as error:
            client.close()
            raise OutcomeUnknown(answers.words_of(error.code, error.message)) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise OutcomeUnknown(f"no answer after the mail was sent: {error}"[:300]) from error
        if answer.code // 100 != 2:
            raise answers.mail_refused(answer.code, answer.message)


def _framed(mail: bytes) -> bytes:
    """RFC 5321 §4.1.1.4 and §4.5.2: CRLF everywhere, leading dots doubled, the final dot."""
    lines = _LINE_END.sub(b"\r\n", mail)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return _LEADING_DOT.sub(b"..", lines) + b".\r\n"


def probe_fault(error: SendError) -> HubError:
    """What a probe may raise for an `error` of connecting."""
    cause = error.__cause__
    return cause if isinstance(cause, BadInput) else error
