"""winmail.dat (TNEF, MS-OXTNEF) opened: Outlook's wrapping of attachments and HTML. Reads names,
bytes and the plain or HTML body; RTF bodies, embedded messages and contact fields are left
closed. Never raises.
"""

from __future__ import annotations

import struct

import msgspec

from channels.email.charset import clean, decode

_SIGNATURE = 0x223E9F78
_BODY, _MAPI_PROPS = 0x0002800C, 0x00069003
_RENDDATA, _TITLE, _DATA, _ATTACHMENT_PROPS = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_CODEPAGE = 0x00069007
_PR_BODY, _PR_HTML, _PR_DATA, _PR_LONG_NAME = 0x1000, 0x1013, 0x3701, 0x3707
_PR_SHORT_NAME, _PR_MIME, _PR_CONTENT_ID = 0x3704, 0x370E, 0x3712
_FIXED_BYTES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_VARIABLE = (0x1E, 0x1F, 0x0D, 0x102)
_MAX_PROPS = 2000
_MAX_FILES = 200


class TnefFile(msgspec.Struct):
    """One attachment inside; the name may be empty."""

    file_name: str = ""
    media_type: str = ""
    content_id: str = ""
    data: bytes = b""


class Tnef(msgspec.Struct):
    """What was found; bodies are empty when only RTF was sent."""

    text: str = ""
    html: str = ""
    files: list[TnefFile] = []


def parse_tnef(data: bytes) -> Tnef | None:
    """The content of winmail.dat, as much of it as is whole; None when it is something else."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return None
    found, charset, position = Tnef(), "cp1252", 6
    while position + 9 <= len(data):
        _, attribute, length = struct.unpack_from("<BII", data, position)
        start = position + 9
        value = data[start : start + length]
        if len(value) < length:
            break
        position = start + length + 2
        if attribute == _CODEPAGE and length >= 4:
            charset = f"cp{struct.unpack_from('<I', value)[0]}"
        elif attribute == _BODY:
            found.text = decode(value.rstrip(b"\0"), charset)
        elif attribute == _MAPI_PROPS:
            _take_message_props(found, _props(value, charset), charset)
        else:
            _take_attachment(found, attribute, value, charset)
    return found


def _take_message_props(found: Tnef, props: dict[int, bytes | str], charset: str) -> None:
    body, html = props.get(_PR_BODY), props.get(_PR_HTML)
    if isinstance(body, str) and not found.text:
        found.text = body
    if html:
        found.html = html if isinstance(html, str) else decode(html, charset)


def _take_attachment(found: Tnef, attribute: int, value: bytes, charset: str) -> None:
    if attribute == _RENDDATA:
        if len(found.files) < _MAX_FILES:
            found.files.append(TnefFile())
        return
    if not found.files:
        return
    current = found.files[-1]
    if attribute == _TITLE:
        current.file_name = current.file_name or decode(value.split(b"\0")[0], charset)
    elif attribute == _DATA:
        current.data = value
    elif attribute == _ATTACHMENT_PROPS:
        props = _props(value, charset)
        name = props.get(_PR_LONG_NAME) or props.get(_PR_SHORT_NAME)
        current.file_name = name if isinstance(name, str) and name else current.file_name
        current.media_type = str(props.get(_PR_MIME, ""))
        current.content_id = str(props.get(_PR_CONTENT_ID, "")).strip("<>")
        inner = props.get(_PR_DATA)
        if isinstance(inner, bytes) and not current.data:
            current.data = inner


def _props(data: bytes, charset: str) -> dict[int, bytes | str]:
    """MAPI properties by id; only strings and bytes, the first value of each."""
    found: dict[int, bytes | str] = {}
    try:
        (count,) = struct.unpack_from("<I", data)
        position = 4
        for _ in range(min(count, _MAX_PROPS)):
            kind, number = struct.unpack_from("<HH", data, position)
            position += 4
            if number >= 0x8000:
                position = _skip_name(data, position)
            values, position = _values(data, position, kind)
            if values:
                found.setdefault(number, _as_value(values[0], kind & 0xFFF, charset))
    except struct.error:
        pass
    return found


def _skip_name(data: bytes, position: int) -> int:
    (kind,) = struct.unpack_from("<I", data, position + 16)
    position += 20
    if kind == 0:
        return position + 4
    length: int = struct.unpack_from("<I", data, position)[0]
    return position + 4 + length + -length % 4


def _values(data: bytes, position: int, kind: int) -> tuple[list[bytes], int]:
    base, count = kind & 0xFFF, 1
    if kind & 0x1000 or base in _VARIABLE:
        (count,) = struct.unpack_from("<I", data, position)
        position += 4
    values: list[bytes] = []
    for _ in range(min(count, _MAX_PROPS)):
        if base in _VARIABLE:
            (length,) = struct.unpack_from("<I", data, position)
            position += 4
        elif base in _FIXED_BYTES:
            length = _FIXED_BYTES[base]
        else:
            raise struct.error
        if position + length > len(data):
            raise struct.error
        values.append(data[position : position + length])
        position += length + -length % 4
    return values, position


def _as_value(value: bytes, kind: int, charset: str) -> bytes | str:
    if kind == 0x1F:
        return clean(value.decode("utf-16-le", "replace").rstrip("\0"))
    if kind == 0x1E:
        return decode(value.rstrip(b"\0"), charset)
    return value[16:] if kind == 0x0D else value
