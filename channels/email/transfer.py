"""Content-Transfer-Encoding undone, leniently: base64 with rubbish in it, quoted-printable with
bad escapes, uuencode as an encoding and in the middle of plain text. Linear; never raises.
"""

from __future__ import annotations

import binascii
import re

from channels.email.words import lenient_base64

_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?$", re.MULTILINE)
_UU_END = re.compile(rb"^end[ \t]*\r?$", re.MULTILINE)


def decode_transfer(body: bytes, encoding: str) -> bytes:
    """The bytes that `body` stands for; unknown encodings are taken as they are."""
    name = encoding.strip().strip("\"'").lower().partition(";")[0].strip()
    if name == "base64":
        return lenient_base64(body)
    if name in ("quoted-printable", "quotedprintable", "qp"):
        return binascii.a2b_qp(body)
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        _, files = split_uuencoded(body)
        return files[0][1] if files else body
    return body


def split_uuencoded(body: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """`body` without its uuencoded blocks, and those as (file name, bytes)."""
    rest: list[bytes] = []
    files: list[tuple[bytes, bytes]] = []
    position = 0
    while begin := _UU_BEGIN.search(body, position):
        end = _UU_END.search(body, begin.end())
        if end is None:
            break
        data = _uu_lines(body[begin.end() : end.start()])
        if data is None:
            rest.append(body[position : end.end()])
        else:
            rest.append(body[position : begin.start()])
            files.append((begin[1], data))
        position = end.end()
    return b"".join([*rest, body[position:]]), files


def _uu_lines(block: bytes) -> bytes | None:
    """The decoded lines, or None when this is no uuencoded data after all."""
    out: list[bytes] = []
    for line in block.split(b"\n"):
        bare = line.rstrip(b"\r")
        if not bare or bare in (b"`", b" "):
            continue
        if not 33 <= bare[0] <= 95:
            return None
        wanted = (((bare[0] - 32) & 63) * 4 + 2) // 3
        try:
            out.append(binascii.a2b_uu(bare[: wanted + 1]))
        except binascii.Error:
            return None
    return b"".join(out)
