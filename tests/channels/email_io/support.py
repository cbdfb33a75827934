"""What the tests of e-mail I/O share: configs, small mails, an intake that parses in-process."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate
from typing import Any

from channels.email.inbound import Intake
from channels.email.mail import ParsedMail
from channels.email.own import OwnNames
from channels.email.parse import Known, parse_with_files
from hub.ports.inbound import InboundEvent, MessageReceived
from tests.support.adapter_context import MemoryContext
from tests.support.dovecot import PASSWORD, Dovecot

ADDRESS = "support@shop.test"


class InlineParser:
    """The real parser without its process (the pool has tests of its own)."""

    async def parse(self, raw: bytes, known: Known) -> tuple[ParsedMail, list[bytes]]:
        found = parse_with_files(raw, known=known)
        return found.mail, found.files


def config(**changes: Any) -> dict[str, Any]:
    return {
        "address": ADDRESS,
        "sender_name": "Shop",
        "receive": "none",
        "smtp_host": "localhost",
        "smtp_port": 25,
        "smtp_security": "none",
        **changes,
    }


def imap_config(server: Dovecot, **changes: Any) -> dict[str, Any]:
    return config(
        **{
            "receive": "imap",
            "imap_host": "localhost",
            "imap_port": server.port,
            "imap_security": "none",
            "imap_user": server.user,
            "imap_secret": PASSWORD,
            **changes,
        }
    )


def intake_of(ctx: MemoryContext) -> tuple[OwnNames, Intake]:
    own = OwnNames(ctx.inbox.address, ctx.inbox.id, ctx.sign)
    known = Known(own_addresses=(ctx.inbox.address,))
    return own, Intake(ctx, own, InlineParser(), known)


def mail(
    number: int | str = 1, *, to: str = ADDRESS, body: str = "Hello", at: float | None = None
) -> bytes:
    """A plain mail; equal numbers are equal mails."""
    message = EmailMessage()
    message["From"] = "Ayşe <ayse@customer.test>"
    message["To"] = to
    message["Subject"] = f"Order {number}"
    message["Message-ID"] = f"<m{number}@customer.test>"
    message["Date"] = formatdate(at, usegmt=True)
    message.set_content(f"{body} {number}\n")
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def subjects(events: list[InboundEvent]) -> list[str]:
    return [event.subject for event in events if isinstance(event, MessageReceived)]
