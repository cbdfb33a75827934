"""A whole hub with an e-mail inbox that listens by SMTP and sends to a sink: mail in and out over
real sockets, without a mail server between. Used by the tests of threading and loops.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib

from tests.support.dovecot import PASSWORD as MAIL_PASSWORD
from tests.support.dovecot import Dovecot
from tests.support.mail_sink import MailSink
from tests.support.real_hub import Api, RealHub, real_hub, signed_in

SUPPORT = "support@acme.example"


async def until(what: Callable[[], Awaitable[bool]], for_s: float = 90.0) -> None:
    """Wait for something that only polling can see, such as a mailbox."""
    async with asyncio.timeout(for_s):
        while not await what():
            await asyncio.sleep(0.05)


@dataclass
class MailHub:
    hub: RealHub
    api: Api
    sink: MailSink
    inbox_id: str

    async def deliver(
        self, raw: bytes, to: str = SUPPORT, sender: str = "someone@x.example"
    ) -> None:
        """As an MTA would; the hub has stored it when this returns."""
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self.hub.smtp_port, start_tls=False)
        async with client:
            await client.mail(sender)
            await client.rcpt(to)
            await client.data(raw)

    async def settle(self) -> None:
        """Until all that came in is on a timeline and all that was queued was attempted."""
        await self.hub.running.hub.journal.settle()
        await self.hub.services.outbox.settle()

    async def start(self, address: str, text: str = "Hello") -> tuple[str, EmailMessage]:
        """An agent writes first: the conversation's id and the mail that left."""
        began = await self.api.post(
            "/conversations", client_id=f"start-{len(self.sink.mails):08d}", inbox_id=self.inbox_id,
            address=address, subject="Reklamacja", text=text,
        )  # fmt: skip
        await self.settle()
        return began["conversation"]["id"], self.sent(-1)

    def sent(self, number: int) -> EmailMessage:
        raw = self.sink.mails[number].raw
        return email.message_from_bytes(raw, EmailMessage, policy=email.policy.default)

    async def messages(self, conversation_id: str) -> list[dict[str, Any]]:
        page = await self.api.get(f"/conversations/{conversation_id}/messages")
        return list(page["items"])


async def open_inbox(
    api: Api, sink: MailSink, address: str = SUPPORT, dovecot: Dovecot | None = None
) -> str:
    """An inbox that listens by itself, or reads a mailbox of `dovecot`; connected when this
    returns.
    """
    config: dict[str, Any] = {
        "address": address,
        "receive": "smtp",
        "smtp_host": "127.0.0.1",
        "smtp_port": sink.port,
        "smtp_security": "none",
        "auth_servers": ["mx.acme.example"],
    }
    if dovecot is not None:
        dovecot.new_mailbox()
        config |= {
            "receive": "imap",
            "imap_host": "127.0.0.1",
            "imap_port": dovecot.port,
            "imap_security": "none",
            "imap_user": dovecot.user,
            "imap_secret": MAIL_PASSWORD,
        }
    made = await api.post("/inboxes", channel="email", name=address, config=config)
    inbox_id = str(made["inbox"]["id"])

    async def is_connected() -> bool:
        found = await api.get(f"/inboxes/{inbox_id}")
        return bool(found["inbox"]["health"]["state"] == "connected")

    await until(is_connected)
    return inbox_id


@asynccontextmanager
async def mail_hub(kind: str, data_dir: Path, **settings: str) -> AsyncIterator[MailHub]:
    async with (
        MailSink() as sink,
        real_hub(kind, data_dir, **settings) as hub,
        signed_in(hub.url) as api,
    ):
        yield MailHub(hub, api, sink, await open_inbox(api, sink))
