"""What a browser is shown: messages without anything internal, and the look of the window. Pure.

A visitor sees text, files, the author's first name, times and delivery: no ids of agents, no
e-mail addresses, no notes. Called by the endpoints, `send` and `show`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from channels.webchat.config import Settings
from hub.model.message import Attachment, Delivery, Message, QuickReply
from hub.ports.channel import InboxFacts, OutboundMessage

LANGUAGES = ("en", "tr", "pl")
#: Gives a signed path for a file id.
Link = Callable[[str], str]


class FileView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    media_type: str
    size_bytes: int
    url: str = ""
    width: int = 0
    height: int = 0


class CardView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product: picture, title, price, link."""

    title: str
    price: str = ""
    url: str = ""
    image: str = ""


class MessageView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`direction` is the hub's:

    "in" was written by the visitor. The higher `rev` of one (conversation, seq) wins.
    """

    conversation: str
    seq: int
    rev: int = 0
    direction: str
    text: str = ""
    author: str = ""
    at: int = 0
    files: list[FileView] = []
    quick_replies: list[QuickReply] = []
    card: CardView | None = None
    delivery: Delivery = "none"
    client_id: str = ""
    is_edited: bool = False
    is_deleted: bool = False


class ConfigView(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    greeting: str
    quick_replies: list[str]
    language: str
    theme: str
    accent: str
    position: str
    #: 0: no files.
    upload_max_bytes: int
    ask_email: bool
    offline_form: bool
    is_open: bool


def is_shown(message: Message) -> bool:
    """Not notes and calls; not answers that may still be taken back, or were."""
    is_held = message.direction == "out" and message.delivery in ("queued", "cancelled")
    return message.kind == "message" and not is_held


def view(message: Message, link: Link) -> MessageView:
    """A message of the timeline as its reader sees it."""
    is_own = message.direction == "in"
    common = MessageView(
        conversation=message.conversation_id,
        seq=message.seq,
        rev=message.v,
        direction=message.direction,
        author="" if is_own else _public_name(message.author.name, message.author.kind == "agent"),
        at=message.at,
        delivery=message.delivery if is_own else "none",
        client_id=message.client_id if is_own else "",
    )
    if message.deleted_at:
        return msgspec.structs.replace(common, is_deleted=True)
    card = message.details.get("card")
    pictured = card.get("file_id") if isinstance(card, Mapping) else None
    return msgspec.structs.replace(
        common,
        text=message.text,
        files=_files([file for file in message.attachments if file.file_id != pictured], link),
        quick_replies=message.quick_replies,
        card=_card(card, message.attachments, link),
        is_edited=bool(message.edited_at),
    )


def view_outbound(message: OutboundMessage, link: Link, now: int) -> MessageView:
    """An answer as the outbox hands it over, before any change of it."""
    return MessageView(
        conversation=message.conversation_id,
        seq=message.seq,
        direction="out",
        text=message.text,
        author=_public_name(message.from_name, not message.is_auto),
        at=message.at or now,
        files=_files(message.attachments, link),
        quick_replies=message.quick_replies,
    )


def view_config(
    settings: Settings, inbox: InboxFacts, asked_language: str, *, is_open: bool
) -> ConfigView:
    """The look of the window, in the language it will have."""
    return ConfigView(
        title=settings.title or inbox.workspace_name or inbox.name,
        greeting=settings.greeting,
        quick_replies=settings.quick_replies,
        language=_language(settings.language, asked_language, inbox.language),
        theme=settings.theme,
        accent=settings.accent,
        position=settings.position,
        upload_max_bytes=settings.upload_max_bytes,
        ask_email=settings.ask_email,
        offline_form=settings.offline_form,
        is_open=is_open,
    )


def _language(*wishes: str) -> str:
    """The first wish that we speak; "auto" is none."""
    return next((wish for wish in wishes if wish in LANGUAGES), "en")


def _public_name(name: str, is_person: bool) -> str:
    words = name.split()
    return words[0] if words and is_person else name.strip()


def _files(attachments: Sequence[Attachment], link: Link) -> list[FileView]:
    return [
        FileView(
            name=file.name,
            media_type=file.media_type,
            size_bytes=file.size_bytes,
            url=link(file.file_id),
            width=file.width,
            height=file.height,
        )
        for file in attachments
    ]


def _card(raw: Any, attachments: Sequence[Attachment], link: Link) -> CardView | None:
    """`details.card`:

    {title, price, url, file_id}; the picture must be one of the message's files.
    """
    if not isinstance(raw, Mapping) or not isinstance(raw.get("title"), str):
        return None
    url, file_id = str(raw.get("url") or ""), raw.get("file_id")
    has_image = any(file.file_id == file_id for file in attachments)
    return CardView(
        title=raw["title"][:200],
        price=str(raw.get("price") or "")[:60],
        url=url if urlsplit(url).scheme in ("http", "https") else "",
        image=link(str(file_id)) if has_image else "",
    )
