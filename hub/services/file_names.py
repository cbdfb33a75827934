"""Names of files as people may see them and browsers may save them. Pure; nothing on our disk is
named by them.

Used by `hub.services.files` for what comes in and by the web layer for `Content-Disposition`.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

MAX_CHARS = 150
_MAX_BYTES = 240
_ENDING_CHARS = 20
_RESERVED = re.compile(r"^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\\/]')
_NOT_TOKEN = re.compile(r"[^A-Za-z0-9 ._()+-]")
#: Control, format (direction marks among them), surrogate, private-use and unassigned characters;
#: line breaks.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe_name(name: str) -> str:
    """`name` without path, invisible characters and reserved words, at most 150 characters, its
    ending kept.
    """
    base = re.split(r"[\\/]", name[-4096:])[-1]
    base = "".join(char for char in base if unicodedata.category(char) not in _INVISIBLE)
    base = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", base))
    base = " ".join(base.split()).strip(" .")
    if _RESERVED.match(base):
        base = f"_{base}"
    return _shortened(base) or "file"


def _shortened(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > _ENDING_CHARS or not stem:
        stem, ending = name, ""
    tail = f".{ending}" if ending else ""
    stem = stem[: MAX_CHARS - len(tail)]
    while len((stem + tail).encode()) > _MAX_BYTES:
        stem = stem[:-1]
    return stem.rstrip(" .") + tail


def content_disposition(name: str, *, is_inline: bool) -> str:
    """RFC 6266 header value: an ASCII name for old programs and the true one in UTF-8."""
    name = safe_name(name)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = _NOT_TOKEN.sub("_", plain).strip() or "file"
    kind = "inline" if is_inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
