"""How much of one mail is looked at. A mail over a limit is shortened and marked with a notice,
never refused: the raw message is kept elsewhere. Read by every parsing module of this folder."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """The caps of one parse; each is applied before anything costly sees the bytes."""

    mail_bytes: int = 25 * 1024 * 1024
    header_bytes: int = 256 * 1024
    header_line_bytes: int = 16 * 1024
    header_value_bytes: int = 64 * 1024
    depth: int = 20
    parts: int = 500
    addresses: int = 500
    references: int = 21
    html_chars: int = 1_000_000
    html_tags: int = 50_000
    text_chars: int = 1_000_000


DEFAULT = Limits()
