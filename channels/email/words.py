"""Encoded words (RFC 2047) and the cleaning of header text for people: one line, no controls, no
bidi overrides. Used for subjects, names and file names; never for addresses.
"""

from __future__ import annotations

import binascii
import re

from channels.email.charset import clean, decode

_WORD = re.compile(r"=\?([^?\s]{1,64})\?([bBqQ])\?([^?]*)\?=")
_BIDI_AND_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")


def decode_words(raw: str) -> str:
    """`raw` with its encoded words decoded; neighbours of one charset are joined as bytes first."""
    out: list[str] = []
    pending: list[tuple[str, bytes]] = []
    position = 0
    for match in _WORD.finditer(raw):
        gap = raw[position : match.start()]
        if gap.strip() or (gap and not pending):
            out += [_flush(pending), gap]
            pending = []
        charset = match[1].partition("*")[0].lower()
        data = _word_bytes(match[2].lower(), match[3])
        if pending and pending[-1][0] == charset:
            pending[-1] = (charset, pending[-1][1] + data)
        else:
            pending.append((charset, data))
        position = match.end()
    out += [_flush(pending), raw[position:]]
    return "".join(out)


def one_line(text: str) -> str:
    """For display and storage: controls and bidi overrides gone, every run of blanks one space."""
    return _SPACES.sub(" ", _BIDI_AND_INVISIBLE.sub("", clean(text))).strip()


def readable(raw: str) -> str:
    """A header value as a person reads it."""
    return one_line(decode_words(raw) if "=?" in raw else raw)


def _flush(pending: list[tuple[str, bytes]]) -> str:
    return "".join(decode(data, charset) for charset, data in pending)


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding == "q":
        return binascii.a2b_qp(data, header=True)
    return lenient_base64(data)


def lenient_base64(data: bytes) -> bytes:
    """Base64 with foreign bytes skipped and a broken tail dropped; ends at the first padding."""
    kept = _NOT_BASE64.sub(b"", data)
    whole = len(kept) - len(kept) % 4
    rest = kept[whole:]
    tail = rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""
    return binascii.a2b_base64(kept[:whole] + tail)


_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
