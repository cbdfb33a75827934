"""Between the model's structs and the store's documents; used by every service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from hub.ports.store import Doc

T = TypeVar("T", bound=msgspec.Struct)


def to_doc(struct: msgspec.Struct) -> Doc:
    """A plain dict as the store wants it (`_id`, no structs)."""
    doc: Doc = msgspec.to_builtins(struct)
    return doc


def from_doc(kind: type[T], doc: Doc) -> T:
    """The struct of a stored document; fields that this version does not know are passed over."""
    return msgspec.convert(doc, kind)


def from_docs(kind: type[T], docs: Sequence[Doc]) -> list[T]:
    """As `from_doc`, for a page at once."""
    return msgspec.convert(docs, list[kind])  # type: ignore[valid-type]


_LONE_SURROGATES = str.maketrans(dict.fromkeys(range(0xD800, 0xE000), "\ufffd") | {0: ""})


def clean_text(text: str, limit: int) -> str:
    """Foreign text as it can be stored: no NUL, no lone surrogates, at most `limit` characters."""
    text = text.translate(_LONE_SURROGATES) if not text.isascii() or "\0" in text else text
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int) -> str:
    """As `clean_text`, with all white space runs folded into single spaces."""
    return clean_text(" ".join(text[: limit * 8].split()), limit)
