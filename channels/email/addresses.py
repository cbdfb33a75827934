"""Address lists (From, To, Cc …) read in one pass over tokens: groups, comments, quoted names,
Outlook's semicolons and plain rubbish. The standard library's parser recurses and is quadratic;
this one cannot."""

from __future__ import annotations

import re

from channels.email.mail import Address
from channels.email.words import readable

_TOKEN = re.compile(r'"(?:[^"\\]|\\.?)*+(?:"|\Z)|<[^>]*(?:>|\Z)|[(),;:]|[^"<(),;:]+|.', re.DOTALL)
_ADDRESS = re.compile(r'(?:[^\s@<>,;:"()\[\]\\]{1,64}|"[^"@<>\s]{1,62}")@[^\s@<>,;:"()\\]{1,255}')
_ESCAPE = re.compile(r"\\(.)")
_MAX_NAME = 200


class _Mailbox:
    """What was read of one mailbox so far."""

    __slots__ = ("angle", "comment", "phrase")

    def __init__(self) -> None:
        self.phrase: list[str] = []
        self.comment: list[str] = []
        self.angle = ""

    def done(self) -> Address | None:
        phrase = "".join(self.phrase).strip()
        address = bare_address(self.angle) or bare_address(phrase)
        name = readable(phrase) if self.angle or not address else ""
        name = (name or readable(" ".join(self.comment)))[:_MAX_NAME]
        if name.lower() == address.lower() or (len(name) > 1 and name == f"'{address}'"):
            name = ""
        return Address(name.strip("'\" "), address) if address or name else None


def parse_addresses(value: str, limit: int) -> list[Address]:
    """The mailboxes of `value` in order, at most `limit`; one without an address keeps its name
    only."""
    found: list[Address] = []
    box, comment_depth = _Mailbox(), 0
    for match in _TOKEN.finditer(value):
        piece = match[0]
        if comment_depth or piece == "(":
            comment_depth += {"(": 1, ")": -1}.get(piece, 0)
            if piece not in "()":
                box.comment.append(piece)
        elif piece in ",;":
            box = _finish(box, found) if box.phrase or box.angle or box.comment else box
            if len(found) >= limit:
                return found
        elif piece == ":":
            box = _Mailbox()  # the name of a group, or a "mailto:" that does not belong here
        elif piece.startswith("<"):
            box.angle = box.angle or piece[1:].rstrip(">")
        elif piece.startswith('"'):
            box.phrase.append(_ESCAPE.sub(r"\1", piece[1:].removesuffix('"')))
        else:
            box.phrase.append(piece)
    _finish(box, found)
    return found[:limit]


def bare_address(text: str) -> str:
    """The address alone, its domain in lower case; "" when `text` holds none."""
    candidate = text.strip().removeprefix("mailto:")
    if candidate.startswith("@"):  # an RFC 822 source route
        candidate = candidate.rpartition(":")[2]
    if not _ADDRESS.fullmatch(candidate):
        return ""
    local, _, domain = candidate.rpartition("@")
    return f"{local}@{domain.lower().rstrip('.')}"


def find_address(text: str) -> str:
    """The first address anywhere in free text (bounces, diagnostics)."""
    match = _ADDRESS.search(text[:2000])
    return bare_address(match[0].rstrip(".'`>]")) if match else ""


def all_addresses(text: str, limit: int) -> list[str]:
    """Every address in the first `limit` characters of free text."""
    found = (bare_address(m[0].rstrip(".'`>]")) for m in _ADDRESS.finditer(text[:limit]))
    return [address for address in found if address]


def _finish(box: _Mailbox, found: list[Address]) -> _Mailbox:
    address = box.done()
    if address:
        found.append(address)
    return _Mailbox()
