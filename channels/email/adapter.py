"""An e-mail inbox as the hub sees it: puts the receiving and the sending half together and
implements `ChannelAdapter` and `NamesMessages`. All real work is elsewhere: `imap_sync`, `smtp_in`,
`inbound`, `outbound`, `smtp_out`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from types import ModuleType
from typing import Any

from channels.email import outbound
from channels.email.credentials import AS_GIVEN, Credentials
from channels.email.inbound import Intake
from channels.email.own import OwnNames
from channels.email.parse import Known
from channels.email.settings import ListenSettings, settings_of
from channels.email.shared import Shared, shared
from channels.email.smtp_in import SmtpListener
from channels.email.smtp_out import Refused, SmtpSender, probe_fault
from channels.email.tokens import Tokens
from hub import log
from hub.errors import BadInput, Conflict, HubError, SendError
from hub.model.contact import Address
from hub.ports.channel import AdapterContext, OutboundMessage, SendResult
from hub.ports.inbound import DeliveryReported

_REPORT_TRIES = 5
_LISTEN_RETRY_S = 30.0

_log = log.get(__name__)


class EmailAdapter:
    """One configured inbox."""

    def __init__(self, ctx: AdapterContext) -> None:
        self._ctx = ctx
        self._settings = settings_of(ctx.inbox.config)
        self._own = OwnNames(self._settings.address, ctx.inbox.id, ctx.sign)
        oauth = self._settings.oauth
        self._tokens = None if oauth is None else Tokens(ctx, oauth)
        self._credentials: Credentials = self._tokens or AS_GIVEN
        self._sender = SmtpSender(
            self._settings.smtp,
            self._own.domain,
            ctx.egress,
            ctx.clock,
            credentials=self._credentials,
        )
        self._shared: Shared | None = None
        self._receiving: asyncio.Task[None] | None = None
        self._listener: SmtpListener | None = None

    async def start(self) -> None:
        if self._shared is not None:
            return
        self._shared = shared()
        self._shared.enter()
        settings = self._settings
        intake = Intake(self._ctx, self._own, self._shared.parser, self._known())
        if settings.imap is not None:
            receiver = _imap().ImapReceiver(
                self._ctx, settings.imap, intake, credentials=self._credentials
            )
            self._receive(receiver.run())
        elif settings.receive == "none":
            await self._ctx.report("connected")
        elif settings.listen is None:
            await self._ctx.report("error", "email.state.no_listener")
        elif not await self._listen(settings.listen, intake):
            self._receive(self._listen_later(settings.listen, intake))

    async def stop(self) -> None:
        task, self._receiving = self._receiving, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        listener, self._listener = self._listener, None
        if listener is not None:
            await listener.remove(self._own.address)
        self._sender.close()
        if self._tokens is not None:
            await self._tokens.close()
        in_use, self._shared = self._shared, None
        if in_use is not None:
            await in_use.leave()

    async def probe(self) -> None:
        settings = self._settings
        if settings.imap is not None:
            await _imap().probe_imap(self._ctx, settings.imap, self._credentials)
        elif settings.receive == "smtp" and settings.listen is None:
            raise BadInput("this hub has no SMTP listener: set HUB_SMTP_LISTEN", "receive")
        try:
            await self._sender.probe()
        except SendError as error:
            raise probe_fault(error) from error

    def provider_id(self, message_id: str) -> str:
        return self._own.provider_id(message_id)

    async def send(self, message: OutboundMessage) -> SendResult:
        recipients = outbound.recipients_of(message, self._own)
        senders = outbound.return_paths(message, self._own)
        mail = await outbound.compose(message, self._ctx, self._own, self._settings)
        refused = await self._sender.deliver(senders, recipients, mail)
        # Accepted: from here on nothing may fail any more.
        if refused:
            report = self._report_refused(message, refused)
            self._afterwards(f"mail refusals {message.id}", report)
        if self._settings.sent_folder and self._settings.imap is not None:
            folder = self._settings.sent_folder
            copy = _imap().append_sent(
                self._ctx, self._settings.imap, folder, mail, self._credentials
            )
            self._afterwards(f"mail copy {message.id}", copy)
        return SendResult([self.provider_id(message.id)])

    def _known(self) -> Known:
        return Known(
            authserv_ids=self._settings.auth_servers, own_addresses=(self._settings.address,)
        )

    def _receive(self, work: Coroutine[Any, Any, None]) -> None:
        self._receiving = self._ctx.tasks.spawn(f"mail {self._ctx.inbox.id}", work)

    def _afterwards(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            _ = self._ctx.tasks.spawn(name, work)
        except RuntimeError:
            _log.warning("not done, the hub is stopping", task=name)

    async def _listen(self, settings: ListenSettings, intake: Intake) -> bool:
        """Register with the process's listener; False when its port cannot be had now."""
        listener = shared().listener(settings, self._ctx.clock)
        try:
            await listener.add(self._own, intake)
        except Conflict:
            await self._ctx.report("error", "email.state.address_taken")
            return True
        except OSError as error:
            await self._ctx.report("error", f"email.state.listen_failed: {error.strerror}")
            return False
        self._listener = listener
        await self._ctx.report("connected")
        return True

    async def _listen_later(self, settings: ListenSettings, intake: Intake) -> None:
        while True:
            await self._ctx.clock.sleep(_LISTEN_RETRY_S)
            if await self._listen(settings, intake):
                return

    async def _report_refused(self, message: OutboundMessage, refused: list[Refused]) -> None:
        """Tell which of several recipients did not get it (R-07)."""
        now = self._ctx.clock.now_ms()
        events = [
            DeliveryReported(
                event_id=f"refused:{message.id}:{one.address}",
                provider_id=self.provider_id(message.id),
                message_id=message.id,
                delivery="failed",
                reason=one.reason,
                detail=one.answer,
                recipient=Address("email", outbound.as_written(message, one.address)),
                at=now,
            )
            for one in refused
        ]
        for attempt in range(1, _REPORT_TRIES + 1):
            try:
                await self._ctx.accept(events)
            except HubError as error:
                _log.warning("refusal not reported", attempt=attempt, error=error)
                await self._ctx.clock.sleep(2.0**attempt)
            else:
                return


def _imap() -> ModuleType:
    """Loaded by the first inbox that has a mailbox to look into (memory)."""
    from channels.email import imap_sync

    return imap_sync
