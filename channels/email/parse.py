"""Raw mail in, `ParsedMail` out: the one entry point of the pure half. Never raises, does no
I/O, and looks at a bounded part of whatever it is given. Untrusted mail goes through
`parse_worker.ParsePool`, which runs this in a process with limits; call it directly for mail of
known size only (tests, our own).
"""

from __future__ import annotations

import hashlib
import re

import msgspec

from channels.email.addresses import parse_addresses
from channels.email.auth import read_auth
from channels.email.body import Block, Body, collect_body
from channels.email.charset import clean
from channels.email.dates import date_of
from channels.email.headers import Headers, parse_headers
from channels.email.html import SafeHtml, html_of_text, sanitise
from channels.email.kinds import OWN_MARK, classify, is_opt_out
from channels.email.limits import DEFAULT, Limits
from channels.email.mail import Address, Attachment, Kind, ParsedMail
from channels.email.mime import Budget, parse_part
from channels.email.quotes import split_reply
from channels.email.reports import read_reports
from channels.email.subject import base_subject
from channels.email.threading import delivered_to, message_ids, thread_index
from channels.email.words import one_line, readable

_FILLERS = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]"
)
_URI = re.compile(r"<((?:https?|mailto):[^<>\s]{1,2000})>", re.IGNORECASE)
_PREVIEW_CHARS = 140
_MAX_SUBJECT = 1000


class Known(msgspec.Struct, frozen=True):
    """What the inbox knows of itself: whose Authentication-Results to believe, which addresses
    are its own.
    """

    authserv_ids: tuple[str, ...] = ()
    own_addresses: tuple[str, ...] = ()


NOTHING_KNOWN = Known()


class Parsed(msgspec.Struct, frozen=True):
    """The mail and, by `Attachment.index`, the bytes of its files."""

    mail: ParsedMail
    files: list[bytes]


class _Texts(msgspec.Struct):
    """The body in the forms that are kept."""

    text: str = ""
    new: str = ""
    quoted: str = ""
    html: str = ""
    remote_images: int = 0
    content_ids: frozenset[str] = frozenset()
    is_too_complex: bool = False


def parse_mail(raw: bytes, limits: Limits = DEFAULT, known: Known = NOTHING_KNOWN) -> ParsedMail:
    """The mail that `raw` is. What cannot be read has `unreadable` set and its envelope as far
    as possible.
    """
    return parse_with_files(raw, limits, known).mail


def parse_with_files(raw: bytes, limits: Limits = DEFAULT, known: Known = NOTHING_KNOWN) -> Parsed:
    """As `parse_mail`, with the bytes of the attachments."""
    if len(raw) > limits.mail_bytes:
        return Parsed(unreadable(raw, "too_large", limits), [])
    try:
        return _parse(raw, limits, known)
    except Exception:  # noqa: BLE001 - the edge: foreign input must never end the caller
        return Parsed(unreadable(raw, "broken", limits), [])


def unreadable(raw: bytes, reason: str, limits: Limits = DEFAULT) -> ParsedMail:
    """What can be said of a mail from the top of its headers alone."""
    try:
        headers, _ = parse_headers(raw[: limits.header_bytes], limits)
        envelope = _envelope(headers, limits)
    except Exception:  # noqa: BLE001 - the last edge; the raw mail is kept elsewhere
        envelope = {}
    key = "raw:" + hashlib.sha256(raw).hexdigest()[:40]
    mail = msgspec.convert(envelope | {"dedupe_key": key}, ParsedMail, from_attributes=True)
    return msgspec.structs.replace(mail, auto=True, unreadable=reason, notices=[reason])


def _parse(raw: bytes, limits: Limits, known: Known) -> Parsed:
    budget = Budget(limits)
    root = parse_part(raw, budget)
    body = collect_body(root, budget)
    texts = _texts(body, limits)
    headers = root.headers
    envelope = _envelope(headers, limits)
    sender: Address | None = envelope["from_"]  # type: ignore[assignment]
    own = {address.lower() for address in known.own_addresses}
    reports = read_reports(root, limits)
    verdict = classify(
        headers,
        reports,
        texts.text,
        sender,
        is_own=bool(sender and sender.address.lower() in own),
    )
    recipients = [a.address for name in ("to", "cc") for a in envelope[name]]  # type: ignore[attr-defined]
    about = verdict.bounce
    mail = ParsedMail(
        **envelope,  # type: ignore[arg-type]
        dedupe_key=_dedupe_key(headers, texts, body),
        text=texts.text,
        text_new=texts.new,
        text_quoted=texts.quoted,
        html_safe=texts.html,
        remote_images=texts.remote_images,
        preview=_preview(texts.new),
        attachments=_attachments(body, texts.content_ids),
        calendar=body.calendar,
        kind=verdict.kind,
        auto=verdict.auto,
        bounce=verdict.bounce,
        about_message_id=about.original_message_id
        if about
        else _about(verdict.kind, reports.about_message_id),
        about_recipient=about.recipient if about else _about(verdict.kind, reports.about_recipient),
        is_encrypted=body.is_encrypted,
        is_signed=body.is_signed,
        auth=read_auth(headers, known.authserv_ids),
        opt_out=verdict.kind in ("message", "auto_reply", "list")
        and is_opt_out(base_subject(readable(headers.get("subject"))), texts.new, recipients),
        notices=_notices(body, texts, headers),
    )
    return Parsed(mail, [file.data for file in body.files])


def _envelope(headers: Headers, limits: Limits) -> dict[str, object]:
    """The fields of `ParsedMail` that headers alone decide."""

    def mailboxes(*names: str) -> list[Address]:
        found = [
            a for n in names for v in headers.all(n) for a in parse_addresses(v, limits.addresses)
        ]
        return [address for address in found if address.address][: limits.addresses]

    subject = readable(headers.get("subject"))[:_MAX_SUBJECT]
    ids = message_ids(headers.get("message-id"), 1)
    return {
        "message_id": ids[0] if ids else None,
        "from_": _sender(headers, limits),
        "reply_to": mailboxes("reply-to"),
        "to": mailboxes("to"),
        "cc": mailboxes("cc"),
        "delivered_to": [one_line(value) for value in delivered_to(headers)],
        "subject": subject,
        "subject_base": base_subject(subject),
        "date_ms": date_of(headers),
        "in_reply_to": message_ids(headers.get("in-reply-to"), limits.references),
        "references": message_ids(" ".join(headers.all("references")), limits.references),
        "thread_index": thread_index(headers),
        "own_marker": one_line(headers.get(OWN_MARK))[:200],
        "list_unsubscribe": _URI.findall(headers.get("list-unsubscribe"))[:10],
    }


def _sender(headers: Headers, limits: Limits) -> Address | None:
    for name in ("from", "sender", "return-path"):
        found = parse_addresses(headers.get(name), limits.addresses)
        named = [address for address in found if address.address] or found
        if named:
            return named[0]
    return None


def _texts(body: Body, limits: Limits) -> _Texts:
    """All blocks cleaned and joined; what was written now is found in the whole."""
    safe = [sanitise(block.html, limits) if block.html else None for block in body.blocks]
    texts = _Texts()
    has_html = any(html and html.html for html in safe)
    pieces: list[str] = []
    for block, html in zip(body.blocks, safe, strict=True):
        pieces.append(block.text if block.text.strip() or html is None else html.text)
        if has_html:
            texts.html += html.html if html and html.html else html_of_text(pieces[-1])
        if html:
            texts.remote_images += html.remote_images
            texts.content_ids |= html.content_ids
            texts.is_too_complex = texts.is_too_complex or html.is_too_complex
    texts.text = clean("\n\n".join(piece.strip("\n") for piece in pieces if piece.strip()))
    texts.text = texts.text[: limits.text_chars]
    texts.new, texts.quoted = _split(texts.text, body.blocks, safe)
    return texts


def _split(text: str, blocks: list[Block], safe: list[SafeHtml | None]) -> tuple[str, str]:
    """Text now and text quoted; the structure of HTML is believed before the look of its text."""
    only = safe[0] if len(safe) == 1 and not blocks[0].text.strip() else None
    if only and only.text_new:
        split = split_reply(only.text_new)
        rest = text.removeprefix(only.text_new)
        return split.new, f"{split.quoted}\n{rest}".strip("\n")
    split = split_reply(text)
    return split.new, split.quoted


def _about(kind: Kind, value: str) -> str:
    """A mail enclosed in an ordinary one is a forward, not what the mail reports on."""
    return value if kind in ("complaint", "read_receipt") else ""


def _preview(text: str) -> str:
    flat = " ".join(_FILLERS.sub("", text[:4000]).split())
    return flat if len(flat) <= _PREVIEW_CHARS else flat[: _PREVIEW_CHARS - 1].rstrip() + "…"


def _attachments(body: Body, content_ids: frozenset[str]) -> list[Attachment]:
    return [
        Attachment(
            index=index,
            file_name=file.file_name,
            media_type=file.media_type,
            content_id=file.content_id,
            is_inline=bool(file.content_id) and file.content_id in content_ids,
            size_bytes=len(file.data),
        )
        for index, file in enumerate(body.files)
    ]


def _dedupe_key(headers: Headers, texts: _Texts, body: Body) -> str:
    """Equal for the same mail over other hops, different for other content under the same
    Message-ID.
    """
    ids = message_ids(headers.get("message-id"), 1)
    digest = hashlib.sha256()
    for piece in (
        *ids,
        *(headers.get(n) for n in ("from", "subject", "date")),
        texts.text,
        texts.html,
    ):
        digest.update(" ".join(piece.split()).encode("utf-8", "replace") + b"\0")
    for file in body.files:
        digest.update(hashlib.sha256(file.data).digest())
    return ("mid:" if ids else "sum:") + digest.hexdigest()[:40]


def _notices(body: Body, texts: _Texts, headers: Headers) -> list[str]:
    found = set(body.budget.notices)
    if body.is_encrypted:
        found.add("encrypted")
    if texts.is_too_complex:
        found.add("html_too_complex")
    if len(texts.text) >= body.budget.limits.text_chars:
        found.add("text_truncated")
    if len(headers.all("from")) > 1:
        found.add("several_from")
    return sorted(found)
