"""An `OutboundMessage` as a finished mail: who it is from and to, where the answer goes, what it
refers to, its files. Reads attachments through the hub; sends nothing (`smtp_out.py`). Called by
the adapter only.
"""

from __future__ import annotations

import asyncio
import datetime
import functools
import re

from channels.email.html import sanitise_outgoing
from channels.email.kinds import is_silent
from channels.email.mail import Address
from channels.email.outgoing import InvalidAddress, OutgoingFile, OutgoingMail, QuotedMail
from channels.email.own import OwnNames
from channels.email.render import check_address, render_mail
from channels.email.settings import MailSettings
from channels.email.texts import text_of
from hub.errors import (
    AuthFailed,
    ContentRejected,
    RecipientUnreachable,
)
from hub.ports.channel import AdapterContext, OutboundMessage

_MAX_QUOTE_CHARS = 20_000
#: A Message-ID fit for a header; others' odd ones are left out rather than holding an answer up.
_REF = re.compile(r"<[!-;=?A-~]{1,400}@[!-;=?A-~]{1,400}>")


def recipients_of(message: OutboundMessage, own: OwnNames) -> list[str]:
    """The envelope's recipients, the message's own first; ours are left out, so that no loop
    begins.

    Raises `RecipientUnreachable` when the message's own recipient cannot be one.
    """
    if own.is_own_address(message.to.value):
        raise RecipientUnreachable("this is the inbox's own address")
    if _is_by_machine(message) and is_silent(message.to.value):
        raise RecipientUnreachable("nobody reads mail at this address")
    try:
        wanted = [check_address(message.to.value, "to")]
        wanted += [check_address(cc, "cc") for cc in message.cc if not own.is_own_address(cc)]
    except InvalidAddress as error:
        raise RecipientUnreachable(str(error)) from error
    return list(dict.fromkeys(wanted))


def as_written(message: OutboundMessage, recipient: str) -> str:
    """One of `recipients_of` as the hub knows it: its domain may be in letters of its own."""
    known = (message.to.value, *message.cc)
    return next((one for one in known if _on_the_wire(one) == recipient), recipient).lower()


def _on_the_wire(address: str) -> str:
    try:
        return check_address(address, "to")
    except InvalidAddress:
        return ""


def _is_by_machine(message: OutboundMessage) -> bool:
    """No person pressed Send for this very mail."""
    return message.is_auto or message.is_follow_up


def return_paths(message: OutboundMessage, own: OwnNames) -> list[str]:
    """Where bounces go. An automatic mail has none (RFC 3834 §3.3), if the server lets it.

    Raises `AuthFailed` when the inbox's own address cannot be one: a person must correct it.
    """
    try:
        address = check_address(own.address, "address")
    except InvalidAddress as error:
        raise AuthFailed(str(error)) from error
    return ["", address] if message.is_auto else [address]


async def compose(
    message: OutboundMessage, ctx: AdapterContext, own: OwnNames, settings: MailSettings
) -> bytes:
    """The mail's bytes. Raises `ContentRejected` for what can never be sent, `TransientFailure`
    while a file cannot be read.
    """
    files = await _files(message, ctx)
    try:
        mail = _outgoing(message, ctx, own, settings, files)
        return await asyncio.to_thread(render_mail, mail)
    except InvalidAddress as error:
        raise ContentRejected(str(error)) from error


def _outgoing(
    message: OutboundMessage,
    ctx: AdapterContext,
    own: OwnNames,
    settings: MailSettings,
    files: list[OutgoingFile],
) -> OutgoingMail:
    message_id = own.provider_id(message.id)
    refs = [ref for ref in message.refs if _REF.fullmatch(ref)]
    name = message.from_name or settings.sender_name or ctx.inbox.name
    return OutgoingMail(
        from_=Address(name, own.address),
        to=[Address(message.to_name, message.to.value)],
        cc=[Address("", cc) for cc in message.cc if not own.is_own_address(cc)],
        reply_to=_reply_to(message, own, settings, name),
        message_id=message_id,
        in_reply_to=refs[-1] if refs else "",
        references=refs,
        date_ms=message.at or ctx.clock.now_ms(),
        subject=message.subject or ctx.inbox.name,
        text=message.text,
        html=sanitise_outgoing(message.html) if message.html else None,
        files=files,
        quoted=_quoted(message, ctx.inbox.language),
        auto_submitted=_is_by_machine(message),
        mark=own.mark(message_id),
    )


def _reply_to(
    message: OutboundMessage, own: OwnNames, settings: MailSettings, name: str
) -> list[Address]:
    if not message.reply_token or not settings.has_reply_tokens:
        return []
    return [Address(name, own.reply_address(message.reply_token))]


def _quoted(message: OutboundMessage, language: str) -> QuotedMail | None:
    if message.quote is None:
        return None
    who, at_ms, text = message.quote
    moment = datetime.datetime.fromtimestamp(at_ms / 1000, datetime.UTC)
    intro = _intro_pattern(language).replace("{{date}}", f"{moment:%Y-%m-%d %H:%M}")
    return QuotedMail(intro=intro.replace("{{who}}", who), text=text[:_MAX_QUOTE_CHARS])


@functools.cache
def _intro_pattern(language: str) -> str:
    """The line over a quote, in words by which other mail programs know that one begins."""
    return text_of(language, "quote.intro")


async def _files(message: OutboundMessage, ctx: AdapterContext) -> list[OutgoingFile]:
    files: list[OutgoingFile] = []
    for attachment in message.attachments:
        data = await ctx.files.read(attachment.file_id)
        content_id = attachment.content_id if attachment.is_inline else ""
        files.append(OutgoingFile(attachment.name, attachment.media_type, data, content_id))
    return files
