"""Machine-readable reports inside a mail: delivery status (RFC 3464), feedback (ARF, RFC 5965)
and read receipts (RFC 8098), wherever in the tree they stand. What is said only in words is read
by `bounce_text.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from channels.email.addresses import bare_address, find_address
from channels.email.headers import NEWLINE, Headers, parse_headers
from channels.email.limits import Limits
from channels.email.mail import Action, Bounce
from channels.email.mime import Part
from channels.email.words import one_line

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_ACTIONS: dict[str, Action] = {
    "failed": "failed", "failure": "failed", "delayed": "delayed", "delivered": "delivered",
    "relayed": "relayed", "expanded": "expanded", "expired": "failed", "deliverable": "delivered",
}  # fmt: skip
_RANK: dict[Action, int] = {
    "failed": 0, "delayed": 1, "relayed": 2, "expanded": 3, "delivered": 4,
}  # fmt: skip
_ORIGINALS = ("text/rfc822-headers", "message/rfc822", "message/global-headers")
_MAX_GROUPS = 200
_MAX_DIAGNOSTIC = 1000


class Reports(msgspec.Struct):
    """What machine parts were found, besides the headers of the mail they are about."""

    bounce: Bounce | None = None
    is_complaint: bool = False
    is_read_receipt: bool = False
    about_message_id: str = ""
    about_recipient: str = ""
    original: Headers | None = None


def read_reports(root: Part, limits: Limits) -> Reports:
    """Looks through all parts once."""
    found = Reports()
    groups: list[Headers] = []
    for part in parts_of(root):
        kind = part.media_type
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            groups += _groups(part.content(), limits)
        elif kind == "message/feedback-report":
            fields, _ = parse_headers(part.content(), limits)
            found.is_complaint = fields.get("feedback-type").lower().strip() != "auth-failure"
            found.about_recipient = find_address(fields.get("original-rcpt-to"))
        elif kind == "message/disposition-notification":
            fields, _ = parse_headers(part.content(), limits)
            found.is_read_receipt = True
            found.about_message_id = original_message_id(fields, "original-message-id")
            found.about_recipient = _recipient(fields)
        elif kind in _ORIGINALS and found.original is None and part is not root:
            found.original, _ = parse_headers(part.content(), limits)
    if groups and root.params.get("report-type", "").lower() != "disposition-notification":
        found.bounce = _bounce(groups, found.original)
    found.about_message_id = found.about_message_id or original_message_id(found.original)
    return found


def parts_of(root: Part) -> Iterator[Part]:
    """All parts in document order."""
    stack = [root]
    while stack:
        part = stack.pop()
        yield part
        stack.extend(reversed(part.children))


def original_message_id(original: Headers | None, name: str = "message-id") -> str:
    """The Message-ID of the mail that a report is about, "" when it is not enclosed."""
    match = _MESSAGE_ID.search(original.get(name)) if original else None
    return match[0] if match else ""


def find_status(text: str) -> str:
    """The first enhanced status code in `text` (RFC 3463), "" if none."""
    match = _STATUS.search(text[:4000])
    return match[0] if match else ""


def is_permanent(action: Action, status: str) -> bool:
    """5.x.x, or a failure that gives no code."""
    return action == "failed" and not status.startswith(("4", "2"))


def _groups(content: bytes, limits: Limits) -> list[Headers]:
    """The blocks of fields; blank lines part them (and some servers put too many)."""
    groups: list[Headers] = []
    content = content[: limits.header_bytes]
    position = 0
    while position < len(content) and len(groups) < _MAX_GROUPS:
        fields, after = parse_headers(content, limits, position)
        if fields.fields:
            groups.append(fields)
        position = after if after > position else _next_line(content, position)
    return groups


def _next_line(content: bytes, position: int) -> int:
    newline = NEWLINE.search(content, position)
    return newline.end() if newline else len(content)


def _bounce(groups: list[Headers], original: Headers | None) -> Bounce | None:
    about = original_message_id(original)
    found = [_of_recipient(group, about) for group in groups if _is_about_recipient(group)]
    return min(found, key=lambda bounce: _RANK[bounce.action]) if found else None


def _is_about_recipient(group: Headers) -> bool:
    return group.has("final-recipient", "original-recipient", "action", "x-actual-recipient")


def _of_recipient(group: Headers, about: str) -> Bounce:
    diagnostic = one_line(group.get("diagnostic-code"))[:_MAX_DIAGNOSTIC]
    status = find_status(group.get("status")) or find_status(diagnostic)
    word = group.get("action").lower().strip().partition(" ")[0].rstrip(";")
    action: Action = _ACTIONS.get(word) or ("delayed" if status.startswith("4") else "failed")
    return Bounce(
        recipient=_recipient(group),
        action=action,
        status=status,
        is_permanent=is_permanent(action, status),
        diagnostic=diagnostic,
        original_message_id=about,
    )


def _recipient(group: Headers) -> str:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = group.get(name)
        candidate = value.rpartition(";")[2].strip().strip("<>")
        address = bare_address(candidate) or find_address(value)
        if address:
            return address
    return ""
