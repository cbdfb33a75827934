"""Opaque page cursors: the sort values of the last document, as URL-safe text.

A cursor says only where to go on; the partition and all conditions come from the query itself, so a
forged one can skip results but never reach others' data. Anything unreadable is `BadInput`.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

import msgspec

from hub.errors import BadInput
from hub.store.check import check_scalar

Scalar = str | int | float | bool | None
_MAX_CHARS = 4000


def pack(values: Sequence[Scalar]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(list(values))).rstrip(b"=").decode()


def unpack(cursor: str, kinds: Sequence[type | tuple[type, ...]]) -> list[Scalar]:
    """The sort values of `cursor`, one of each of `kinds`."""
    try:
        if len(cursor) > _MAX_CHARS:
            raise ValueError("too long")
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = msgspec.json.decode(raw, type=list[Scalar])
        for value in values:
            check_scalar(value)
    except (ValueError, msgspec.MsgspecError):
        text = "this page cursor cannot be read: start again at the first page"
        raise BadInput(text, "after") from None
    if len(values) != len(kinds) or not all(map(isinstance, values, kinds)):
        raise BadInput("this page cursor is of another list: start at the first page", "after")
    return values
