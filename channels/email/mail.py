"""What a parsed mail is: plain frozen records that go through JSON and msgpack unchanged. The
bytes of the attachments are kept apart (see `parse.Parsed`). No behaviour here; built by
`parse.py`, read by everybody."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["message", "auto_reply", "bounce", "complaint", "read_receipt", "list"]
Action = Literal["failed", "delayed", "delivered", "relayed", "expanded"]


class Address(msgspec.Struct, frozen=True):
    """One mailbox: the name as people read it and the bare address (domain in lower case)."""

    name: str
    address: str


class Attachment(msgspec.Struct, frozen=True):
    """One file of a mail. `media_type` is what the sender declared: sniff before believing it."""

    index: int
    file_name: str
    media_type: str
    content_id: str
    is_inline: bool
    size_bytes: int


class Calendar(msgspec.Struct, frozen=True):
    """The first event of an iCalendar part; times as ISO 8601, "Z" for UTC, bare when floating or
    local."""

    method: str
    summary: str
    start: str
    end: str
    organizer: str


class Bounce(msgspec.Struct, frozen=True):
    """What a delivery report says about one recipient; `status` is the enhanced code or empty."""

    recipient: str
    action: Action
    status: str
    is_permanent: bool
    diagnostic: str
    original_message_id: str


class Auth(msgspec.Struct, frozen=True):
    """Verdicts of our own mail server (RFC 8601 words: pass, fail, none, …), each "none" when not
    stated."""

    spf: str = "none"
    dkim: str = "none"
    dmarc: str = "none"


class ParsedMail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail, read. Texts hold no control characters; `html_safe` loads nothing from elsewhere.

    `about_message_id` and `about_recipient` name the mail that a bounce, complaint or receipt is
    about. `auto` says that no machine may answer. `own_marker` is our own mark as found, not yet
    verified. `unreadable` is the reason why only the envelope could be read: too_large, broken or
    too_costly.
    """

    message_id: str | None = None
    dedupe_key: str
    from_: Address | None = None
    reply_to: list[Address] = []
    to: list[Address] = []
    cc: list[Address] = []
    delivered_to: list[str] = []
    subject: str = ""
    subject_base: str = ""
    date_ms: int | None = None
    in_reply_to: list[str] = []
    references: list[str] = []
    thread_index: str = ""
    text: str = ""
    text_new: str = ""
    text_quoted: str = ""
    html_safe: str = ""
    remote_images: int = 0
    preview: str = ""
    attachments: list[Attachment] = []
    calendar: Calendar | None = None
    kind: Kind = "message"
    auto: bool = False
    bounce: Bounce | None = None
    about_message_id: str = ""
    about_recipient: str = ""
    is_encrypted: bool = False
    is_signed: bool = False
    auth: Auth = Auth()
    own_marker: str = ""
    opt_out: bool = False
    list_unsubscribe: list[str] = []
    unreadable: str = ""
    notices: list[str] = []
