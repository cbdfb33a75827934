"""What the stand-in of Twilio keeps: messages, their files and content templates, in the shapes in
which Twilio lists them. Used by `standin` only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import msgspec

_API = "/2010-04-01/Accounts"
_SLOT = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")


class File(msgspec.Struct, frozen=True):
    """`data` is None for what could not be fetched."""

    sid: str
    media_type: str
    data: bytes | None


class Kept(msgspec.Struct, kw_only=True):
    """One message, whichever way it went."""

    sid: str
    is_inbound: bool
    sender: str
    to: str
    service_sid: str = ""
    body: str = ""
    files: list[File] = []
    buttons: list[dict[str, str]] = []
    status: str = "queued"
    error_code: int = 0
    created_ms: int
    changed_ms: int
    sent_ms: int = 0
    callback: str = ""
    is_template: bool = False
    #: Orders what a phone shows.
    number: int = 0


def shown(kept: Kept, account: str) -> dict[str, Any]:
    """As the Messages resource shows it."""
    uri = f"{_API}/{account}/Messages/{kept.sid}"
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": kept.body,
        "date_created": rfc2822(kept.created_ms),
        "date_sent": rfc2822(kept.sent_ms) if kept.sent_ms else None,
        "date_updated": rfc2822(kept.changed_ms),
        "direction": "inbound" if kept.is_inbound else "outbound-api",
        "error_code": kept.error_code or None,
        "error_message": None,
        "from": kept.sender or None,
        "messaging_service_sid": kept.service_sid or None,
        "num_media": str(len(kept.files)),
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": kept.sid,
        "status": kept.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": kept.to,
        "uri": f"{uri}.json",
    }


def shown_file(file: File, message_sid: str, account: str, at_ms: int) -> dict[str, Any]:
    """As the Media resource shows it."""
    return {
        "account_sid": account,
        "content_type": file.media_type,
        "date_created": rfc2822(at_ms),
        "date_updated": rfc2822(at_ms),
        "parent_sid": message_sid,
        "sid": file.sid,
        "uri": f"{_API}/{account}/Messages/{message_sid}/Media/{file.sid}.json",
    }


def matches(kept: Kept, query: Mapping[str, str]) -> bool:
    """Twilio's filters of the list. Messages without a date of sending match no date."""
    if query.get("To") and kept.to != query["To"]:
        return False
    if query.get("From") and kept.sender != query["From"]:
        return False
    after, before = _from_iso(query.get("DateSent>", "")), _from_iso(query.get("DateSent<", ""))
    if after and kept.sent_ms // 1000 * 1000 < after:
        return False
    return not before or 0 < kept.sent_ms <= before


def content_text(content: Mapping[str, Any], values: Mapping[str, str]) -> str:
    """The template's text, filled in."""
    defaults = content.get("variables") or {}
    parts = _parts(content)
    filled = {**defaults, **values}
    text = str(parts.get("body") or parts.get("title") or "")
    return _SLOT.sub(lambda found: str(filled.get(found[1], found[0])), text)


def content_buttons(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a phone shows to press."""
    parts = _parts(content)
    told = [*(parts.get("actions") or []), *(parts.get("items") or [])]
    return [
        {
            "title": str(one.get("title") or one.get("item") or ""),
            "payload": str(one.get("id") or ""),
            "kind": "list" if "item" in one else "button",
        }
        for one in told
    ]


def _parts(content: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(iter((content.get("types") or {}).values()), {}) or {}


def rfc2822(at_ms: int) -> str:
    return format_datetime(datetime.fromtimestamp(at_ms // 1000, UTC))


def _from_iso(text: str) -> int:
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return 0
    return int((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() * 1000)
