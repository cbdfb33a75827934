"""Our orders to the other side as JSON, as in `schema/outbound.schema.json`. Pure: each function
gives the body of one request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from hub.model.contact import Address
from hub.model.message import Attachment
from hub.ports.channel import OutboundMessage

#: A public address of a file, for some minutes.
UrlOf = Callable[[Attachment], str]


def message(out: OutboundMessage, url_of: UrlOf) -> bytes:
    """`id` is the idempotency key: the same id is the same message, however often it comes."""
    return _encode(
        {
            "type": "message",
            "id": out.id,
            "conversation": out.conversation_id,
            "to": _to(out.to, out.to_name),
            "from_name": out.from_name,
            "text": out.text,
            "files": [_file(file, url_of) for file in out.attachments],
            "buttons": [
                {"text": reply.text, "payload": reply.payload or reply.text}
                for reply in out.quick_replies
            ],
            "reply_to": out.reply_to,
            "is_auto": out.is_auto,
            "at": out.at,
        }
    )


def edit(provider_id: str, out: OutboundMessage) -> bytes:
    return _encode(
        {
            "type": "edit",
            "id": out.id,
            "message": provider_id,
            "to": _to(out.to, out.to_name),
            "text": out.text,
        }
    )


def delete(to: Address, provider_id: str) -> bytes:
    return _encode({"type": "delete", "message": provider_id, "to": _to(to)})


def reaction(to: Address, provider_id: str, emoji: str) -> bytes:
    return _encode({"type": "reaction", "message": provider_id, "to": _to(to), "emoji": emoji})


def typing(to: Address, *, is_typing: bool) -> bytes:
    return _encode({"type": "typing", "to": _to(to), "is_typing": is_typing})


def read(to: Address, provider_id: str) -> bytes:
    """Everything up to the customer's message `provider_id` was read."""
    return _encode({"type": "read", "message": provider_id, "to": _to(to)})


def ping() -> bytes:
    """Asks for any 2xx; nothing else happens."""
    return _encode({"type": "ping"})


def _to(to: Address, name: str = "") -> dict[str, str]:
    return {"id": to.value, "name": name} if name else {"id": to.value}


def _file(file: Attachment, url_of: UrlOf) -> dict[str, Any]:
    return {
        "url": url_of(file),
        "name": file.name,
        "media_type": file.media_type,
        "size_bytes": file.size_bytes,
        "is_voice": file.is_voice,
    }


def _encode(body: dict[str, Any]) -> bytes:
    """Without what is empty."""
    return msgspec.json.encode(
        {k: v for k, v in body.items() if v not in ("", [], 0) or v is False}
    )
