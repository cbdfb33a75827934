"""What a file is, judged by its bytes and never by what its sender says, and how large an image
claims to be.

Pure. Whatever a browser could run (HTML, SVG, XML, scripts) is `application/octet-stream`: it can
be downloaded and nothing else. Used by `hub.services.files` and for images fetched from outside.
"""

from __future__ import annotations

import re
import struct

BINARY = "application/octet-stream"
#: How much of a file `sniff` and `image_size` need; a JPEG's size may stand behind a large preview.
HEAD_BYTES = 256 * 1024
MAX_PIXELS = 40_000_000
RASTER = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

#: (offset, bytes, media type), the first match wins.
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"fLaC", "audio/flac"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
)
_OFFICE = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_OPEN_DOCUMENT = re.compile(rb"mimetype(application/vnd\.oasis\.opendocument\.[a-z-]{1,30})")
_OLD_OFFICE = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
}
_TEXTS = {
    "csv": "text/csv",
    "ics": "text/calendar",
    "vcf": "text/vcard",
    "md": "text/markdown",
    "eml": "message/rfc822",
    "json": "application/json",
}
_ACTIVE_ENDINGS = frozenset(
    (
        "htm html xhtml xht shtml mht mhtml svg svgz xml xsl xslt rss atom "
        "js mjs cjs css swf hta jnlp wasm php"
    ).split()
)
_ACTIVE_TEXT = re.compile(
    rb"<(?:!doctype|!--|\?xml|\?php|html|head|body|svg|script|style|iframe|object|embed|img|math|link|meta|a|div|p|"
    rb"table|title|h1|br|form|input|video|audio|base|template)\b|^\s*<[a-z!?]",
    re.IGNORECASE,
)


def sniff(head: bytes, name: str = "") -> str:
    """The media type of a file that begins with `head` (its first HEAD_BYTES) and is called
    `name`.
    """
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    for offset, magic, media_type in _MAGIC:
        if head.startswith(magic, offset):
            return _refined(media_type, head, ending)
    if head[4:8] == b"ftyp":
        return _iso_media(head[8:12])
    if head.startswith(b"OggS"):
        return "video/ogg" if b"\x80theora" in head[:512] else "audio/ogg"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(head)
    return _text(head, ending)


def _refined(media_type: str, head: bytes, ending: str) -> str:
    if media_type in ("image/webp", "audio/wav") and not head.startswith(b"RIFF"):
        return BINARY
    if media_type == "application/x-ole-storage":
        return _OLD_OFFICE.get(ending, media_type)
    if media_type == "image/bmp" and len(head) > 10 and head[6:10] != b"\0\0\0\0":
        return BINARY
    return media_type


def _iso_media(brand: bytes) -> str:
    if brand in (b"M4A ", b"M4B "):
        return "audio/mp4"
    if brand in (b"heic", b"heix", b"mif1", b"heim", b"heis"):
        return "image/heic"
    if brand in (b"avif", b"avis"):
        return "image/avif"
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


def _zip(head: bytes) -> str:
    if found := _OPEN_DOCUMENT.search(head[:200]):
        return found[1].decode()
    if b"[Content_Types].xml" in head[:8192]:
        for folder, media_type in _OFFICE:
            if folder in head:
                return media_type
    return "application/zip"


def _text(head: bytes, ending: str) -> str:
    """Plain text only where nothing in it, nor its name, could make a browser take it for more."""
    if not head:
        return "text/plain"
    if ending in _ACTIVE_ENDINGS or not _is_utf8_text(head):
        return BINARY
    if ending == "eml":
        return "message/rfc822"
    return BINARY if _ACTIVE_TEXT.search(head) else _TEXTS.get(ending, "text/plain")


def _is_utf8_text(head: bytes) -> bool:
    if any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in set(head)):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as fault:
        # The head may end in the middle of a character.
        return len(head) == HEAD_BYTES and fault.start >= len(head) - 3
    return True


def image_size(head: bytes, media_type: str) -> tuple[int, int] | None:
    """Width and height as the header claims, without decoding anything; None when it does not
    tell.
    """
    try:
        return _SIZES[media_type](head) if media_type in _SIZES else None
    except (struct.error, IndexError):
        return None


def is_too_large_to_show(size: tuple[int, int] | None) -> bool:
    """Over 40 megapixels, or of unknown size: nobody's browser is asked to decode that."""
    return size is None or not 0 < size[0] * size[1] <= MAX_PIXELS


def _png(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _gif(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", head, 6)
    return width, height


def _jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while head[at] == 0xFF:
        marker = head[at + 1]
        if marker == 0xFF or 0xD0 <= marker <= 0xD8 or marker == 0x01:
            at += 1 if marker == 0xFF else 2
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", head, at + 5)
            return width, height
        at += 2 + int(struct.unpack_from(">H", head, at + 2)[0])
    return None


def _webp(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", head, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


_SIZES = {"image/png": _png, "image/gif": _gif, "image/jpeg": _jpeg, "image/webp": _webp}
