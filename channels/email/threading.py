"""Where a mail may belong, strongest sign first. Only collects: whether a token is genuine and
whether the sender may join is the hub's to decide (DESIGN §12.3). A subject is never a sign.
"""

from __future__ import annotations

import re

import msgspec

from channels.email.headers import Headers
from channels.email.mail import ParsedMail

_MESSAGE_ID = re.compile(r"<([^<>\s]{1,900})(?:>|$)")
_TOKEN = re.compile(r"\+([a-z2-7]{26})([a-z2-7]{16})@", re.IGNORECASE)
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
_MAX_DELIVERED = 20
_SHARED_DIGITS = 28


class Token(msgspec.Struct, frozen=True):
    """A signed reply address as found, in lower case; not verified."""

    conversation: str
    mac: str
    address: str


class Candidates(msgspec.Struct, frozen=True):
    """`message_ids` are newest first: In-Reply-To, then References from their end."""

    tokens: list[Token]
    message_ids: list[str]
    thread_index: str


def candidates(mail: ParsedMail) -> Candidates:
    """All signs of `mail`."""
    addresses = [address.address for address in (*mail.to, *mail.cc)] + mail.delivered_to
    tokens: dict[str, Token] = {}
    for address in addresses:
        match = _TOKEN.search(address)
        if match:
            key = (match[1] + match[2]).lower()
            tokens.setdefault(key, Token(match[1].lower(), match[2].lower(), address.lower()))
    newest_first = [*reversed(mail.in_reply_to), *reversed(mail.references)]
    return Candidates(list(tokens.values()), list(dict.fromkeys(newest_first)), mail.thread_index)


def message_ids(value: str, limit: int) -> list[str]:
    """The ids in a header value, without phrases and rubbish; of too many the first and the last
    ones.
    """
    found: list[str] = []
    for match in _MESSAGE_ID.finditer(value):
        inner = match[1]
        if "@" in inner and not inner.startswith("@") and "@@" not in inner:
            found.append(f"<{inner}>")
    unique = list(dict.fromkeys(found))
    return unique if len(unique) <= limit else [unique[0], *unique[-(limit - 1) :]]


def delivered_to(headers: Headers) -> list[str]:
    """The envelope recipients that servers have written down."""
    found = [
        value.strip().strip("<>")[:400]
        for name, value in headers.fields
        if name in _DELIVERED and "@" in value
    ]
    return list(dict.fromkeys(found))[:_MAX_DELIVERED]


def thread_index(headers: Headers) -> str:
    """Outlook's conversation id: what all replies share, the base64 digits of the first 21
    bytes.
    """
    value = headers.get("thread-index").replace(" ", "")
    return value[:_SHARED_DIGITS] if re.fullmatch(r"[A-Za-z0-9+/=]{20,2000}", value) else ""
