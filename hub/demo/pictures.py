"""Small files for the sample conversations, made here so that nothing of others is in them: a
drawing of a cracked mug (PNG) and an invoice (PDF).
"""

from __future__ import annotations

import struct
import zlib

_WIDTH, _HEIGHT = 360, 270
_PAPER, _CLAY, _DARK, _SHADE = (241, 233, 221), (178, 92, 61), (74, 42, 30), (222, 207, 187)


def mug() -> bytes:
    """A mug with a crack, as PNG."""
    rows = b"".join(
        b"\0" + b"".join(bytes(_colour(x, y)) for x in range(_WIDTH)) for y in range(_HEIGHT)
    )
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def _colour(x: int, y: int) -> tuple[int, int, int]:
    crack = 170 + (y % 24 if y // 24 % 2 else 24 - y % 24)
    is_body = 90 < x < 230 and 60 < y < 220
    if is_body and abs(x - crack) < 3 and y < 160:
        return _DARK
    ring = ((x - 232) / 46) ** 2 + ((y - 136) / 52) ** 2
    if is_body or (0.5 < ring < 1 and x >= 230):
        return _CLAY
    return _SHADE if ((x - 170) / 130) ** 2 + ((y - 222) / 18) ** 2 < 1 else _PAPER


def invoice() -> bytes:
    """One page that says what it is, as PDF 1.4."""
    lines = ["Fern & Clay", "Invoice 2041 (a sample)", "2 x Terracotta mug   48.00 EUR"]
    shown = "".join(f"({line}) Tj 0 -30 Td " for line in lines)
    drawing = f"BT /F1 20 Tf 60 760 Td {shown}ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start, size = len(out), len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(out)


def sample_file(word: str) -> tuple[str, str, bytes]:
    """The file that a word of the script means: name, media type, content."""
    if word == "photo":
        return "cracked-mug.png", "image/png", mug()
    if word == "invoice":
        return "invoice-2041.pdf", "application/pdf", invoice()
    raise ValueError(f"no such file: {word}")
