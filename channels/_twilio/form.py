"""Form bodies as Twilio posts and takes them. Decoding uses yarl's C unquoter, several times as
fast as `urllib.parse.parse_qsl`, the dearest part of taking a webhook. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

# Private, but it has stood there under this name since yarl 1.0; tested equal to `parse_qsl`.
from yarl._quoting import _Unquoter

from hub.errors import BadInput

Pairs = list[tuple[str, str]]
_MAX_FIELDS = 400
_unquote = _Unquoter()


def decode(raw: bytes | str) -> Pairs:
    """All fields in order, empty ones too. Raises `BadInput` for what is no form."""
    try:
        text = raw if isinstance(raw, str) else raw.decode("ascii")
    except UnicodeDecodeError as fault:
        raise BadInput("This is no form.") from fault
    parts = text.split("&")
    if len(parts) > _MAX_FIELDS:
        raise BadInput(f"A form with more than {_MAX_FIELDS} fields.")
    pairs = []
    for part in parts:
        name, is_field, value = part.partition("=")
        if part:
            pairs.append((_plain(name), _plain(value) if is_field else ""))
    return pairs


def _plain(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return _unquote(text) if "%" in text else text


def storable(text: str) -> str:
    """Without what no store can hold. Not part of decoding: signatures cover what was sent."""
    return text.replace("\x00", "\ufffd") if "\x00" in text else text


def encode(fields: Iterable[tuple[str, str]]) -> bytes:
    """The body of a request."""
    return urlencode(list(fields)).encode("ascii")
