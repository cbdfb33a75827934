"""The stand-in's mail server: takes mail for anybody, keeps it, and misbehaves as told. What it
took and refused stands in the ledger. `standin.py` puts a web API before it; nothing in production
imports it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
from aiosmtpd.smtp import SMTP, Envelope, Session

from hub.clock import Clock

_SIZE_LIMIT_BYTES = 40 * 1024 * 1024
_LEDGER_MAX = 10_000

#: `rcpt`, `data` and `dot` answer instead of accepting; `dropped` takes the mail, then hangs up;
#: `lost` hangs up at DATA, before the mail.
Stage = Literal["rcpt", "data", "dot", "dropped", "lost"]
Outcome = Literal["accepted", "refused", "dropped", "lost"]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One misbehaviour. `recipient` "" means anybody; after `times` it is over (0: never)."""

    stage: Stage = "dot"
    recipient: str = ""
    answer: str = "451 4.3.0 Try again later"
    delay_s: float = 0.0
    times: int = 0


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger: what became of a mail that somebody tried to hand over."""

    at: int
    sender: str
    recipients: list[str]
    outcome: Outcome
    answer: str = ""
    message_id: str = ""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that was taken, as it came."""

    at: int
    sender: str
    recipients: list[str]
    raw: bytes


class Sink:
    """One SMTP server on loopback."""

    def __init__(self, clock: Clock, take: Callable[[Taken], Awaitable[str]]) -> None:
        """`take` keeps a mail and returns its Message-ID."""
        self._clock = clock
        self._take = take
        self._server: asyncio.Server | None = None
        self._sessions: set[_Session] = set()
        self.faults: list[Fault] = []
        self.ledger: list[Entry] = []

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("the sink is not open")
        return int(self._server.sockets[0].getsockname()[1])

    async def open(self, port: int = 0) -> None:
        """Raises OSError when the port is taken."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Session(self), "127.0.0.1", port)

    async def close(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for session in list(self._sessions):
            await session.end()
        await server.wait_closed()

    def joined(self, session: _Session) -> None:
        self._sessions.add(session)

    def left(self, session: _Session) -> None:
        self._sessions.discard(session)

    async def fault(self, stage: Stage, recipients: list[str]) -> Fault | None:
        """The fault that now shows, used up by one, after its delay."""
        for place, fault in enumerate(self.faults):
            if fault.stage != stage or fault.recipient not in ("", *recipients):
                continue
            if fault.times == 1:
                del self.faults[place]
            elif fault.times:
                self.faults[place] = msgspec.structs.replace(fault, times=fault.times - 1)
            await self._clock.sleep(fault.delay_s)
            return fault
        return None

    def note(
        self, envelope: Envelope, recipients: list[str], outcome: Outcome, **more: str
    ) -> None:
        entry = Entry(
            at=self._clock.now_ms(),
            sender=envelope.mail_from or "",
            recipients=recipients,
            outcome=outcome,
            **more,
        )
        self.ledger.append(entry)
        del self.ledger[:-_LEDGER_MAX]

    async def keep(self, envelope: Envelope) -> str:
        """Keep the mail of an envelope; its Message-ID."""
        taken = Taken(
            at=self._clock.now_ms(),
            sender=envelope.mail_from or "",
            recipients=list(envelope.rcpt_tos),
            raw=bytes(envelope.original_content or b""),
        )
        return await self._take(taken)


class _Session(SMTP):
    """One connection."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(
            _Handler(sink),
            hostname="standin",
            data_size_limit=_SIZE_LIMIT_BYTES,
            enable_SMTPUTF8=True,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            loop=asyncio.get_running_loop(),
        )
        self._sink = sink

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._sink.joined(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._sink.left(self)
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd finds commands by name
        envelope = self.envelope
        recipients = list(envelope.rcpt_tos) if envelope else []
        if envelope and await self._sink.fault("lost", recipients):
            self._sink.note(envelope, recipients, "lost")
            self.hang_up()
        elif envelope and (fault := await self._sink.fault("data", recipients)):
            self._sink.note(envelope, recipients, "refused", answer=fault.answer)
            await self.push(fault.answer)
        else:
            await super().smtp_DATA(arg)

    def hang_up(self) -> None:
        transport: Any = self.transport
        if transport is not None:
            transport.abort()

    async def end(self) -> None:
        """Hang up and wait for the session's own task (aiosmtpd offers no other handle)."""
        self.hang_up()
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()
            await asyncio.wait([self._handler_coroutine])


class _Handler:
    """What is taken, by aiosmtpd's hook names."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = await self._sink.fault("rcpt", [address])
        if fault is not None:
            self._sink.note(envelope, [address], "refused", answer=fault.answer)
            return fault.answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: _Session, session: Session, envelope: Envelope
    ) -> str:
        recipients = list(envelope.rcpt_tos)
        fault = await self._sink.fault("dot", recipients)
        if fault is not None:
            self._sink.note(envelope, recipients, "refused", answer=fault.answer)
            return fault.answer
        is_dropped = await self._sink.fault("dropped", recipients) is not None
        message_id = await self._sink.keep(envelope)
        self._sink.note(
            envelope, recipients, "dropped" if is_dropped else "accepted", message_id=message_id
        )
        if is_dropped:
            server.hang_up()
        return "250 2.0.0 Taken"
