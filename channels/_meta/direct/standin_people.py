"""The people behind a stand-in of direct messages: what they are called, what they wrote and got.
Data and the shapes of Meta's webhooks about it; `standin.py` serves them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from hub.standin import CustomerFile


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer writes, or the button that one presses (`payload`)."""

    address: str
    name: str = "Customer"
    text: str = ""
    #: Of a quick reply; with `is_postback` of a button that stays.
    payload: str = ""
    is_postback: bool = False
    file: CustomerFile | None = None
    #: How Meta names the attachment, where it is no plain file ("story_mention").
    file_kind: str = ""
    location: tuple[float, float] | None = None
    reply_to: str = ""


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """A customer reacts to, edits or takes back the message `id`, or opens the chat."""

    address: str
    id: str = ""
    emoji: str = ""
    text: str = ""
    is_subscribed: bool = True


class Person(msgspec.Struct):
    name: str
    wrote_at: int = 0
    is_blocked: bool = False


class Held(msgspec.Struct, kw_only=True):
    """One message as Meta keeps it."""

    id: str
    person: str
    is_ours: bool
    at: int
    text: str = ""
    #: As it stands in webhooks: {"type", "payload"}.
    attachments: list[dict[str, Any]] = []
    quick_replies: list[dict[str, Any]] = []
    reply_to: str = ""
    reaction: str = ""
    metadata: str = ""
    tag: str = ""
    is_read: bool = False


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The business, as the two platforms show it."""

    object: str
    id: str
    name: str
    #: The answer to `GET /me`.
    me: dict[str, Any]
    #: Messenger tells watermarks, Instagram the message.
    has_watermarks: bool
    has_usernames: bool = False


def payload(account: Account, at: int, item: dict[str, Any]) -> dict[str, Any]:
    """A whole webhook with one item."""
    entry = {"id": account.id, "time": at, "messaging": [item]}
    return {"object": account.object, "entry": [entry]}


def item(account: Account, person: str, at: int, kind: str, part: dict[str, Any]) -> dict[str, Any]:
    """Something that a person did."""
    ends = {"sender": {"id": person}, "recipient": {"id": account.id}}
    return {**ends, "timestamp": at, kind: part}


def message_part(held: Held) -> dict[str, Any]:
    part: dict[str, Any] = {"mid": held.id}
    if held.text:
        part["text"] = held.text
    if held.attachments:
        part["attachments"] = held.attachments
    if held.reply_to:
        part["reply_to"] = {"mid": held.reply_to}
    return part


def echo(account: Account, held: Held, app_id: int) -> dict[str, Any]:
    """What the business sent; the page is the sender."""
    part = {**message_part(held), "is_echo": True, "app_id": app_id}
    if held.metadata:
        part["metadata"] = held.metadata
    ends = {"sender": {"id": account.id}, "recipient": {"id": held.person}}
    return {**ends, "timestamp": held.at, "message": part}


def seen(account: Account, person: str, messages: list[Held], at: int) -> list[dict[str, Any]]:
    """Items that tell that all our messages arrived and were read."""
    if account.has_watermarks:
        delivery = {"mids": [held.id for held in messages], "watermark": messages[-1].at}
        return [
            item(account, person, at, "delivery", delivery),
            item(account, person, at, "read", {"watermark": messages[-1].at}),
        ]
    return [item(account, person, at, "read", {"mid": messages[-1].id})]


def listed(account: Account, person: str, name: str, messages: list[Held]) -> dict[str, Any]:
    """A row of the Conversations API, the newest message first."""
    them = _shown(account, person, name)
    us = {**_shown(account, account.id, account.name), "user_id": account.id}
    rows = []
    for held in reversed(messages):
        row: dict[str, Any] = {
            "id": held.id,
            "created_time": iso(held.at),
            "from": us if held.is_ours else them,
            "to": {"data": [them if held.is_ours else us]},
            "message": held.text,
        }
        if held.attachments:
            row["attachments"] = {"data": [_attachment(one) for one in held.attachments]}
        rows.append(row)
    return {
        "id": f"t_{person}",
        "updated_time": iso(messages[-1].at),
        "participants": {"data": [them, us]},
        "messages": {"data": rows},
    }


def _shown(account: Account, id: str, name: str) -> dict[str, str]:
    return {"id": id, "username" if account.has_usernames else "name": name}


def _attachment(one: dict[str, Any]) -> dict[str, Any]:
    url = one["payload"].get("url", "")
    key = {"image": "image_data", "video": "video_data"}.get(one["type"])
    return {key: {"url": url}} if key else {"file_url": url}


def iso(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
