"""Small files of each kind, built byte by byte, and keys for services that sign."""

import struct
import zlib


class FixedKeys:
    """`hub.services.files.Keys`: each workspace has a key of its own."""

    async def key_of(self, workspace: str) -> bytes:
        return f"key of {workspace}".encode()


def png(width: int = 2, height: int = 2) -> bytes:
    """A valid black picture; for large sizes only its header is (`png_header`)."""
    rows = b"".join(b"\0" + b"\0\0\0" * width for _ in range(height))
    return png_header(width, height) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header)


def gif_header(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0"


def jpeg_header(width: int, height: int, *, comment: bytes = b"") -> bytes:
    """Start of image, an optional comment, a frame header."""
    aside = b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment if comment else b""
    frame = struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\0" * 9
    return b"\xff\xd8" + aside + b"\xff\xc0" + frame


def webp_header(width: int, height: int) -> bytes:
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\0\0\0\0WEBPVP8X" + b"\x0a\0\0\0" + b"\0\0\0\0" + sizes


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
