"""The header block of a mail or part: found, cut to its limits and unfolded in one linear pass
over the bytes, because the standard library's parser is quadratic there. No meaning is read
here; see `words`, `addresses` and `params`."""

from __future__ import annotations

import re

from channels.email.charset import decode
from channels.email.limits import Limits

# One line end, however broken; atomic, so that no half of it is taken for a second one.
NEWLINE = re.compile(rb"(?>\r{0,3}\n|\r)")
_BLANK_LINE = re.compile(rb"(?>\r{0,3}\n|\r)[ \t]{0,64}(?>\r{0,3}\n|\r)")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]{0,64}:")
_LEADING = re.compile(rb"(?:[ \t]{0,64}(?>\r{0,3}\n|\r))+")


class Headers:
    """The fields in their order; names compare without case. Values are raw, unfolded text."""

    __slots__ = ("fields", "is_truncated")

    def __init__(self, fields: list[tuple[str, str]], is_truncated: bool = False) -> None:
        self.fields = fields
        self.is_truncated = is_truncated

    def get(self, name: str, default: str = "") -> str:
        """The first (topmost) value of `name`."""
        return next((value for key, value in self.fields if key == name), default)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    def has(self, *names: str) -> bool:
        return any(key in names for key, _ in self.fields)


def parse_headers(data: bytes, limits: Limits, start: int = 0) -> tuple[Headers, int]:
    """The header fields at `start` and the offset at which the body begins."""
    fields: list[tuple[bytes, list[bytes]]] = []
    position = _skip_preface(data, start)
    used, truncated = 0, False
    while position < len(data):
        newline = NEWLINE.search(data, position)
        end, after = newline.span() if newline else (len(data), len(data))
        if end == position:
            position = after
            break
        line = data[position : min(end, position + limits.header_line_bytes)]
        truncated = truncated or end - position > limits.header_line_bytes
        used += len(line) + 2
        if used > limits.header_bytes:
            truncated = True
            blank = _BLANK_LINE.search(data, position)
            position = blank.end() if blank else len(data)
            break
        if not _take_line(fields, line):
            if _is_only_blanks(line):
                position = after
            break
        position = after
    return _joined(fields, limits, truncated), position


def _take_line(fields: list[tuple[bytes, list[bytes]]], line: bytes) -> bool:
    """Adds one physical line; False when the header block has ended without a blank line."""
    if line[:1] in b" \t":
        if fields and not _is_only_blanks(line):
            fields[-1][1].append(line)
            return True
        return False
    field = _FIELD.match(line)
    if field:
        fields.append((field[1], [line[field.end() :]]))
        return True
    return bool(fields) and line.startswith((b"From ", b">From "))


def _is_only_blanks(line: bytes) -> bool:
    return not line.strip(b" \t")


def _skip_preface(data: bytes, start: int) -> int:
    """Past leading empty lines and an mbox "From " line."""
    leading = _LEADING.match(data, start)
    position = leading.end() if leading and start == 0 else start
    if data.startswith((b"From ", b">From "), position):
        newline = NEWLINE.search(data, position)
        return newline.end() if newline else len(data)
    return position


def _joined(fields: list[tuple[bytes, list[bytes]]], limits: Limits, truncated: bool) -> Headers:
    result: list[tuple[str, str]] = []
    for name, chunks in fields:
        value = b"".join(chunks)
        if len(value) > limits.header_value_bytes:
            value, truncated = value[: limits.header_value_bytes], True
        text = decode(value, "") if not value.isascii() else value.decode("ascii")
        result.append((name.decode("ascii").lower(), text.strip()))
    return Headers(result, truncated)
