"""What a browser sends, checked: JSON under limits → typed requests → inbound events. Pure.

Text is kept whatever is in it; only what no store can hold (NUL, lone surrogates, invalid UTF-8)
is replaced. Raises `BadInput` or `TooLarge`, never anything else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import msgspec

from channels.webchat.config import TEXT_MAX_CHARS
from hub.errors import BadInput, TooLarge
from hub.model import ids
from hub.model.contact import Address
from hub.model.message import Attachment
from hub.ports.inbound import DeliveryReported, DetailsClaimed, MessageReceived, ReadReported

BODY_MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
FILES_MAX = 10
_BAD_CHARS = re.compile("[\x00\ud800-\udfff]")
#: To the end where a string is not closed, and never back: linear whatever comes.
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_ATOM = r"[^\s@<>,;:\"()\[\]\\]"
_EMAIL = re.compile(rf"{_ATOM}{{1,64}}@(?=.{{4,253}}$)(?:(?!\.){_ATOM})+(?:\.(?:(?!\.){_ATOM})+)+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")

ClientId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Short = Annotated[str, msgspec.Meta(max_length=255)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class IdentityClaim(msgspec.Struct, frozen=True):
    """What the page says about its visitor; worth nothing before `signature.prove`."""

    jwt: str = ""
    external_id: str = ""
    hmac: str = ""
    name: str = ""
    email: str = ""


class SessionAsk(msgspec.Struct, frozen=True):
    token: str = ""
    identity: IdentityClaim | None = None
    language: Short = ""
    page: Annotated[str, msgspec.Meta(max_length=2048)] = ""


class NewMessage(msgspec.Struct, frozen=True):
    """`file_ids`: the tickets of uploads; `quick_reply`: the payload of a pressed button."""

    client_id: ClientId
    text: Annotated[str, msgspec.Meta(max_length=TEXT_MAX_CHARS)] = ""
    file_ids: Annotated[list[str], msgspec.Meta(max_length=FILES_MAX)] = []
    quick_reply: Short = ""
    language: Short = ""
    name: Short = ""
    email: Short = ""


class Details(msgspec.Struct, frozen=True):
    client_id: ClientId
    name: Short = ""
    email: Short = ""
    language: Short = ""


class ReadUpTo(msgspec.Struct, frozen=True):
    conversation_id: Short
    seq: Seq


class TypingNow(msgspec.Struct, frozen=True):
    is_typing: bool


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """First frame of a socket. `after`: the last number known in `conversation`."""

    token: str
    conversation: Short = ""
    after: Seq = 0
    is_visible: bool = True


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    pass


class Typing(msgspec.Struct, frozen=True, tag="typing"):
    is_typing: bool


class Read(msgspec.Struct, frozen=True, tag="read"):
    conversation: Short
    seq: Seq


class Seen(msgspec.Struct, frozen=True, tag="seen"):
    """These messages have arrived in the browser."""

    conversation: Short
    seqs: Annotated[list[Seq], msgspec.Meta(max_length=500)]


class Visible(msgspec.Struct, frozen=True, tag="visible"):
    """Is the page in front of somebody?"""

    is_visible: bool


Frame = Hello | Ping | Typing | Read | Seen | Visible
Request = TypeVar("Request")


def decode(raw: bytes, kind: type[Request]) -> Request:
    """A request body of the given kind."""
    return _convert(_json(raw), kind)


def decode_frame(raw: bytes) -> Frame:
    """One frame of a socket."""
    return _convert(_json(raw), Frame)  # type: ignore[arg-type]  # a union is no type


def _convert(value: Any, kind: type[Request]) -> Request:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        field = re.search(r"`\$\.([\w.\[\]]+)`", str(error))
        raise BadInput(str(error), field[1] if field else "") from error


def _json(raw: bytes) -> Any:
    if len(raw) > BODY_MAX_BYTES:
        raise TooLarge(f"At most {BODY_MAX_BYTES} bytes.", BODY_MAX_BYTES)
    if _depth(raw) > MAX_DEPTH:
        raise BadInput(f"Nested deeper than {MAX_DEPTH}.")
    try:
        return _storable(json.loads(raw.decode("utf-8", "replace")))
    except ValueError as error:
        raise BadInput("This is not JSON.") from error


def _depth(raw: bytes) -> int:
    """The deepest nesting of arrays and objects; exact only where it could be too deep."""
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for char in _STRINGS.sub(b"", raw):
        if char in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in b"]}":
            depth -= 1
    return deepest


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _BAD_CHARS.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value


def tidy(text: str, max_chars: int) -> str:
    """One line of text without control characters."""
    return _CONTROL.sub(" ", text).strip()[:max_chars]


def email_or_nothing(text: str) -> str:
    """The address if it could be one, its domain in lower case, else ""."""
    text = text.strip()
    if not _EMAIL.fullmatch(text) or _CONTROL.search(text):
        return ""
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def event_key(*parts: str | int) -> str:
    """The same parts are the same event for ever."""
    return ids.token_hash("\x1f".join(map(str, parts)))


def to_message(
    ask: NewMessage, sender: Address, attachments: Sequence[Attachment], at: int, **known: Any
) -> MessageReceived:
    """`known`: what the token says (is_verified, sender_name, claimed_email, claimed_name)."""
    text = ask.text.strip("\n") if ask.text.strip() else ask.quick_reply
    if not text.strip() and not attachments:
        raise BadInput("Write something or attach a file.", "text")
    return MessageReceived(
        event_id=event_key("message", sender.value, ask.client_id),
        sender=sender,
        at=at,
        text=text,
        attachments=list(attachments),
        client_id=ask.client_id,
        language=language_or_nothing(ask.language),
        **known,
    )


def to_details(ask: Details, sender: Address, at: int) -> DetailsClaimed:
    """Raises `BadInput` when neither a name nor a usable address is in it."""
    name, email = tidy(ask.name, 200), email_or_nothing(ask.email)
    if ask.email.strip() and not email:
        raise BadInput("This is not an e-mail address.", "email")
    if not name and not email:
        raise BadInput("Give a name or an e-mail address.", "email")
    return DetailsClaimed(
        event_id=event_key("details", sender.value, ask.client_id),
        sender=sender,
        name=name,
        email=email,
        language=language_or_nothing(ask.language),
        at=at,
    )


def to_read(sender: Address, conversation_id: str, seq: int, at: int) -> ReadReported:
    return ReadReported(
        event_id=event_key("read", sender.value, conversation_id, seq),
        sender=sender,
        conversation_id=conversation_id,
        seq=seq,
        at=at,
    )


def to_delivered(conversation_id: str, seq: int, at: int) -> DeliveryReported:
    return DeliveryReported(
        event_id=event_key("delivered", conversation_id, seq),
        message_id=ids.message_id(conversation_id, seq),
        delivery="delivered",
        at=at,
    )


def language_or_nothing(tag: str) -> str:
    """The language of a BCP 47 tag: `pl-PL` → `pl`."""
    found = re.match(r"[A-Za-z]{2,3}(?=$|[-_])", tag)
    return found[0].lower() if found else ""
