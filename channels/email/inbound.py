"""Turns one raw mail into events and hands them to the hub: parsed in the limited worker, its
source and its attachments stored first, then accepted. When `take` returns, the mail is committed.
Both receivers call it; what an event leads to is the hub's business.
"""

from __future__ import annotations

import re
from typing import Protocol

import msgspec

from channels.email import mail as parsed
from channels.email.bounce_reason import reason_of, words_of
from channels.email.mail import ParsedMail
from channels.email.own import OwnNames
from channels.email.parse import Known
from channels.email.threading import candidates
from hub import log
from hub.errors import TooLarge
from hub.model.contact import Address
from hub.model.message import Attachment, Delivery, MailFacts
from hub.ports.channel import AdapterContext
from hub.ports.inbound import DeliveryReported, Ignored, InboundEvent, MessageReceived, ThreadHints

#: A sender without an address; ".invalid" can never be written to (RFC 2606).
UNKNOWN_SENDER = "unknown@sender.invalid"
_MAX_EVENT_CHARS = 100_000
#: A row of the journal holds a million; beside the event stand ids.
_MAX_EVENT_BYTES = 980_000
_CLOCK_SKEW_MS = 30 * 86_400_000
_DELIVERY_OF_ACTION: dict[str, Delivery] = {
    "failed": "failed",
    "delayed": "sent",
    "delivered": "delivered",
    "relayed": "sent",
    "expanded": "sent",
}
_UNSAFE_NAME = re.compile(r"[^\w .-]+")

_log = log.get(__name__)


class Parses(Protocol):
    """The worker that reads mail under limits (`parse_worker.ParsePool`)."""

    async def parse(self, raw: bytes, known: Known) -> tuple[ParsedMail, list[bytes]]: ...


class Intake:
    """The incoming half of one inbox."""

    def __init__(self, ctx: AdapterContext, own: OwnNames, parser: Parses, known: Known) -> None:
        self._ctx = ctx
        self._own = own
        self._parser = parser
        self._known = known

    async def take(self, raw: bytes, *, arrived_ms: int, is_cut: bool = False) -> None:
        """Commit one mail. Raises `Unavailable`; then it must be offered again."""
        mail, files = await self._parser.parse(raw, self._known)
        event = self._without_body(mail, arrived_ms)
        if event is None:
            event = await self._message(mail, files, raw, arrived_ms, is_cut)
        if isinstance(event, Ignored):
            _log.info("mail ignored", inbox=self._ctx.inbox.id, reason=event.reason)
        await self._ctx.accept([event])

    def _without_body(self, mail: ParsedMail, arrived_ms: int) -> InboundEvent | None:
        """The event of a mail that is no message: reports and our own mail."""
        key = mail.dedupe_key
        if self._is_own(mail):
            return Ignored(event_id=key, reason="own_mail")
        if mail.kind == "complaint":
            return Ignored(event_id=key, reason="complaint")
        if mail.kind == "bounce":
            return self._bounce(mail, arrived_ms)
        if mail.kind == "read_receipt":
            return self._read(mail, arrived_ms)
        return None

    def _is_own(self, mail: ParsedMail) -> bool:
        if mail.own_marker and self._own.has_own_mark(mail.own_marker, mail.message_id):
            return True
        return mail.from_ is not None and self._own.is_own_address(mail.from_.address)

    def _bounce(self, mail: ParsedMail, arrived_ms: int) -> InboundEvent | None:
        bounce = mail.bounce
        provider_id = self._ours([bounce.original_message_id] if bounce else [], mail)
        if not provider_id or bounce is None:
            if candidates(mail).tokens:
                return None  # the conversation is known: shown there, as a machine's message
            return Ignored(event_id=mail.dedupe_key, reason="foreign_bounce")
        delivery = _DELIVERY_OF_ACTION[bounce.action]
        recipient = bounce.recipient.lower()
        return DeliveryReported(
            event_id=mail.dedupe_key,
            provider_id=provider_id,
            message_id=self._own.message_of(provider_id) or "",
            delivery=delivery,
            reason=reason_of(bounce) if delivery == "failed" else "",
            detail=words_of(bounce),
            recipient=Address("email", recipient) if recipient else None,
            at=_time_of(mail, arrived_ms),
        )

    def _read(self, mail: ParsedMail, arrived_ms: int) -> InboundEvent:
        provider_id = self._ours([mail.about_message_id], mail)
        if not provider_id:
            return Ignored(event_id=mail.dedupe_key, reason="foreign_read_receipt")
        return DeliveryReported(
            event_id=mail.dedupe_key,
            provider_id=provider_id,
            message_id=self._own.message_of(provider_id) or "",
            delivery="read",
            at=_time_of(mail, arrived_ms),
        )

    def _ours(self, stated: list[str], mail: ParsedMail) -> str:
        """The first id that we gave among those that a report names, nearest first."""
        ids = [*stated, *candidates(mail).message_ids]
        return next((id for id in ids if id and self._own.message_of(id)), "")

    async def _message(
        self, mail: ParsedMail, files: list[bytes], raw: bytes, arrived_ms: int, is_cut: bool
    ) -> MessageReceived:
        notices = list(mail.notices)
        source_file_id = await self._source(mail, raw, notices)
        attachments: list[Attachment] = []
        if is_cut:
            notices = [*(n for n in notices if n != "unterminated"), "too_large"]
        else:
            attachments = await self._attachments(mail, files, notices)
        if mail.unreadable:
            notices.append("unreadable")
        hints = _hints(mail)
        sender = mail.from_.address.lower() if mail.from_ and mail.from_.address else ""
        event = MessageReceived(
            event_id=mail.dedupe_key,
            sender=Address("email", sender or UNKNOWN_SENDER),
            sender_name=mail.from_.name if mail.from_ else "",
            is_verified=hints.auth == "pass",
            at=_time_of(mail, arrived_ms),
            text=mail.text_new[:_MAX_EVENT_CHARS],
            subject=mail.subject,
            attachments=attachments,
            refs=[ref for ref in (mail.message_id, _outlook_ref(mail)) if ref],
            thread=hints,
            mail=self._facts(mail, source_file_id, notices),
            # Marked as ours by another inbox: two of our inboxes talking to each other.
            is_auto=mail.auto or not sender or bool(mail.own_marker),
            claimed_email=_reply_address(mail, sender),
        )
        return _fitting(event)

    async def _source(self, mail: ParsedMail, raw: bytes, notices: list[str]) -> str:
        """The file id of the mail as it came, or "" when the hub keeps no file of that size."""
        try:
            name = _source_name(mail)
            saved = await self._ctx.files.save(raw, name, declared_type="message/rfc822")
        except TooLarge:
            notices.append("source_too_large")
            return ""
        return saved.file_id

    async def _attachments(
        self, mail: ParsedMail, files: list[bytes], notices: list[str]
    ) -> list[Attachment]:
        kept: list[Attachment] = []
        for part in mail.attachments:
            try:
                saved = await self._ctx.files.save(
                    files[part.index], part.file_name, declared_type=part.media_type
                )
            except TooLarge:
                notices.append("attachment_too_large")
                continue
            kept.append(
                msgspec.structs.replace(saved, content_id=part.content_id, is_inline=part.is_inline)
            )
        return kept

    def _facts(self, mail: ParsedMail, source_file_id: str, notices: list[str]) -> MailFacts:
        html = mail.html_safe
        if len(html) > _MAX_EVENT_CHARS * 5:
            html, notices = "", [*notices, "html_too_large"]
        return MailFacts(
            message_id=mail.message_id or "",
            from_=_written(mail.from_) if mail.from_ else "",
            to=[_written(address) for address in mail.to],
            cc=[_written(address) for address in mail.cc],
            html=html,
            quoted=mail.text_quoted[:_MAX_EVENT_CHARS],
            remote_images=mail.remote_images,
            source_file_id=source_file_id,
            kind=mail.kind,
            auth=f"spf={mail.auth.spf} dkim={mail.auth.dkim} dmarc={mail.auth.dmarc}",
            notices=list(dict.fromkeys(notices)),
            calendar=msgspec.to_builtins(mail.calendar) if mail.calendar else None,
        )


def _fitting(event: MessageReceived) -> MessageReceived:
    """Shortened until a row of the hub's journal can hold it; the whole mail is kept as a file."""
    facts = event.mail
    if facts is None or len(event.text) + len(facts.html) + len(facts.quoted) < _MAX_EVENT_CHARS:
        return event
    replace = msgspec.structs.replace
    if _weight(event) > _MAX_EVENT_BYTES:
        notices = list(dict.fromkeys([*facts.notices, "html_too_large"]))
        facts = replace(facts, html="", notices=notices)
        event = replace(event, mail=facts)
    if _weight(event) > _MAX_EVENT_BYTES:
        event = replace(event, mail=replace(facts, quoted=""))
    return event


def _weight(event: MessageReceived) -> int:
    """Bytes in the journal, where it stands as JSON within JSON: a quotation mark weighs four."""
    return len(msgspec.json.encode(msgspec.json.encode(event).decode()))


def _hints(mail: ParsedMail) -> ThreadHints:
    found = candidates(mail)
    dmarc = mail.auth.dmarc
    return ThreadHints(
        tokens=[token.conversation + token.mac for token in found.tokens],
        refs=[*found.message_ids, *filter(None, [_outlook_ref(mail)])],
        auth="pass" if dmarc == "pass" else "fail" if dmarc == "fail" else "none",
    )


def _outlook_ref(mail: ParsedMail) -> str:
    """Outlook's conversation as one more id: some of its replies carry nothing else."""
    return f"thread-index:{mail.thread_index}" if mail.thread_index else ""


def _time_of(mail: ParsedMail, arrived_ms: int) -> int:
    """When it was written, if the sender's clock is believable, else when it arrived."""
    written = mail.date_ms
    if written is None or written < arrived_ms - _CLOCK_SKEW_MS:
        return arrived_ms
    return min(written, arrived_ms)


def _written(address: parsed.Address) -> str:
    return f"{address.name} <{address.address}>" if address.name else address.address


def _reply_address(mail: ParsedMail, sender: str) -> str:
    """Where the sender asks to be answered, when that is somewhere else (contact forms): only a
    claim.
    """
    if mail.kind == "list" or len(mail.reply_to) != 1:
        return ""
    wanted = mail.reply_to[0].address.lower()
    return wanted if wanted != sender else ""


def _source_name(mail: ParsedMail) -> str:
    return (_UNSAFE_NAME.sub("_", mail.subject)[:80].strip(" .") or "mail") + ".eml"
