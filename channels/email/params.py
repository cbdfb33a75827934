"""`Content-Type` and `Content-Disposition` values with their parameters, RFC 2231 continuations
and the illegal but common forms included. Linear and capped: a thousand parameters are read as
the first hundred."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from channels.email.charset import decode
from channels.email.words import decode_words, one_line

_PARAM = re.compile(
    r';[ \t]{0,99}([^\s=;*"]{1,99})(\*\d{1,3})?(\*)?[ \t]{0,99}=[ \t]{0,99}'
    r'(?:"((?:[^"\\]|\\.)*)"|([^;]*))'
)
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,100}/[\w!#$&^.+-]{1,100}")
_ESCAPE = re.compile(r"\\(.)")
_MAX_PARAMS = 100


def parse_params(value: str) -> tuple[str, dict[str, str]]:
    """("text/plain", {"charset": "utf-8"}): the value in lower case, parameters decoded."""
    head, semicolon, _ = value.partition(";")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for count, match in enumerate(_PARAM.finditer(value, len(head))):
        if count >= _MAX_PARAMS or not semicolon:
            break
        name, text = match[1].lower(), _value(match)
        if match[2] or match[3]:
            number = int(match[2][1:]) if match[2] else 0
            pieces.setdefault(name, {})[number] = (bool(match[3]), text)
        else:
            plain.setdefault(name, text)
    extended = {name: _joined(parts) for name, parts in pieces.items()}
    return head.strip().lower(), plain | extended


def media_type_of(value: str, default: str) -> str:
    """The well-formed media type at the head of `value`, else `default` (RFC 2045 §5.2)."""
    match = _MEDIA_TYPE.match(value)
    return match[0] if match else default


def _value(match: re.Match[str]) -> str:
    if match[4] is None:
        return match[5].strip()
    return _ESCAPE.sub(r"\1", match[4]) if '\\"' in match[4] or "\\\\" in match[4] else match[4]


def _joined(parts: dict[int, tuple[bool, str]]) -> str:
    charset, data = "", b""
    for position, number in enumerate(sorted(parts)):
        is_encoded, text = parts[number]
        if is_encoded and position == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if is_encoded else text.encode("utf-8", "replace")
    return decode(data, charset)


def file_name_text(raw: str) -> str:
    """A file name parameter as text: encoded words (Outlook) and percent codes undone."""
    return one_line(decode_words(raw)) if "=?" in raw else one_line(raw)
