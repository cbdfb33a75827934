"""What goes out: the frozen record that `render.py` turns into bytes, and the one error it
raises. Callers decide all texts, ids and marks; nothing is looked up or translated here."""

from __future__ import annotations

import msgspec

from channels.email.mail import Address
from hub.errors import BadInput


class InvalidAddress(BadInput, ValueError):
    """An address or header value that must not go into a mail: correct the field that is named."""

    code = "invalid_address"


class OutgoingFile(msgspec.Struct, frozen=True):
    """One attachment; with `content_id` an image that the HTML shows as `cid:<content_id>`."""

    file_name: str
    media_type: str
    data: bytes
    content_id: str = ""


class QuotedMail(msgspec.Struct, frozen=True):
    """The previous message to quote; `intro` is the translated "On … somebody wrote:" line."""

    intro: str
    text: str
    html: str | None = None


class OutgoingMail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to send. `html` must have been through `sanitise_outgoing`; times in UTC
    milliseconds.

    `mark` is the HMAC by which we know our own mail when it comes back. `list_unsubscribe` holds
    https and mailto URIs; with `one_click` RFC 8058 is declared. Bcc is the envelope's business,
    never a header.
    """

    from_: Address
    to: list[Address]
    message_id: str
    date_ms: int
    subject: str
    text: str
    html: str | None = None
    cc: list[Address] = []
    reply_to: list[Address] = []
    in_reply_to: str = ""
    references: list[str] = []
    files: list[OutgoingFile] = []
    quoted: QuotedMail | None = None
    auto_submitted: bool = False
    list_unsubscribe: list[str] = []
    one_click: bool = False
    mark: str = ""
