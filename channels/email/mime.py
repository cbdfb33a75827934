"""The tree of MIME parts, cut from the raw bytes by boundaries in one search a level. Depth and
number of parts are capped here. Bodies stay encoded until somebody asks; no part is interpreted
(see `body.py`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from channels.email.charset import decode
from channels.email.headers import NEWLINE, Headers, parse_headers
from channels.email.limits import Limits
from channels.email.params import media_type_of, parse_params
from channels.email.transfer import decode_transfer

_LONELY_TYPES = {"text": "text/plain", "html": "text/html", "multipart": "multipart/mixed"}
_GUESSED_BOUNDARY = re.compile(rb"^--([^\s-][^\r\n]{0,199}?)[ \t]{0,9}\r?$", re.MULTILINE)
_PREAMBLE_BYTES = 4096


@dataclass(slots=True)
class Part:
    """One part: its fields, what it says it is, and its still encoded body or its children."""

    headers: Headers
    media_type: str
    params: dict[str, str]
    disposition: str
    disposition_params: dict[str, str]
    raw: bytes
    depth: int
    children: list[Part] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        return self.media_type.startswith("multipart/") and bool(self.children)

    @property
    def content_id(self) -> str:
        return self.headers.get("content-id").strip("<> \t")[:200]

    def content(self) -> bytes:
        """The body with its transfer encoding undone."""
        return decode_transfer(self.raw, self.headers.get("content-transfer-encoding"))

    def text(self) -> str:
        return decode(self.content(), self.params.get("charset", ""))


class Budget:
    """How many parts may still be made, and what had to be left out."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.parts_left = limits.parts
        self.notices: set[str] = set()


def parse_part(raw: bytes, budget: Budget, depth: int = 0, default: str = "text/plain") -> Part:
    """The part that `raw` is, with all its children down to the limits."""
    headers, start = parse_headers(raw, budget.limits)
    if headers.is_truncated:
        budget.notices.add("header_truncated")
    content_type = headers.get("content-type")
    head, params = parse_params(content_type)
    media_type = media_type_of(_LONELY_TYPES.get(head, head), default)
    disposition, disposition_params = parse_params(headers.get("content-disposition"))
    part = Part(headers, media_type, params, disposition, disposition_params, raw[start:], depth)
    if media_type.startswith("multipart/"):
        _split(part, budget)
    return part


def _split(part: Part, budget: Budget) -> None:
    if part.depth + 1 >= budget.limits.depth:
        budget.notices.add("too_deep")
        return
    default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
    for piece in _pieces(part.raw, _boundary(part), budget):
        part.children.append(parse_part(piece, budget, part.depth + 1, default))


def _boundary(part: Part) -> bytes:
    stated = part.params.get("boundary", "").rstrip().encode("utf-8", "replace")
    if stated:
        return stated[:300]
    guessed = _GUESSED_BOUNDARY.search(part.raw[:_PREAMBLE_BYTES])
    return guessed[1] if guessed else b""


def _pieces(raw: bytes, boundary: bytes, budget: Budget) -> list[bytes]:
    """What stands between the boundary lines; the last piece may lack its end."""
    if not boundary:
        return []
    pattern = re.compile(
        rb"(?:\A|(?<=[\r\n]))--" + re.escape(boundary) + rb"(--)?[ \t]{0,99}(?:\r{0,3}\n|\r|\Z)"
    )
    pieces: list[bytes] = []
    start: int | None = None
    for match in pattern.finditer(raw):
        if start is not None:
            pieces.append(_without_last_newline(raw[start : match.start()]))
        start = None if match[1] else match.end()
        budget.parts_left -= start is not None
        if match[1] or budget.parts_left < 0:
            break
    if budget.parts_left < 0:
        budget.notices.add("too_many_parts")
        return pieces
    if start is not None:
        pieces.append(raw[start:])
        budget.notices.add("unterminated")
    return pieces


def _without_last_newline(piece: bytes) -> bytes:
    tail = piece[-4:]
    for match in NEWLINE.finditer(tail):
        if match.end() == len(tail):
            return piece[: len(piece) - len(tail) + match.start()]
    return piece
