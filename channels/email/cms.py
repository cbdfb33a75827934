"""The signed content inside an opaque S/MIME blob (RFC 5652 SignedData), dug out by a small BER
reader. Signatures are not verified here, and nothing is decrypted. Never raises."""

from __future__ import annotations

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_ENVELOPED_DATA = (bytes.fromhex("2a864886f70d010703"), bytes.fromhex("2a864886f70d0109100117"))
_MAX_STEPS = 100_000


class _Broken(ValueError):
    pass


def content_kind(blob: bytes) -> str:
    """ "signed", "enveloped" or "" for what is no CMS blob that we know."""
    head = blob[:40]
    if _SIGNED_DATA in head:
        return "signed"
    return "enveloped" if any(oid in head for oid in _ENVELOPED_DATA) else ""


def signed_content(blob: bytes) -> bytes | None:
    """The bytes that were signed, or None when they are not inside."""
    try:
        _, start, end, _ = _tlv(blob, 0)  # ContentInfo
        oid = _tlv(blob, start)
        if blob[oid[1] : oid[2]] != _SIGNED_DATA:
            return None
        _, start, _, _ = _tlv(blob, oid[3])  # [0] explicit
        _, start, _, _ = _tlv(blob, start)  # SignedData
        version = _tlv(blob, start)
        digests = _tlv(blob, version[3])
        _, start, end, _ = _tlv(blob, digests[3])  # EncapsulatedContentInfo
        content_type = _tlv(blob, start)
        if content_type[3] >= end:
            return None
        _, start, _, _ = _tlv(blob, content_type[3])
        return _octets(blob, start)
    except (_Broken, IndexError):
        return None


def _octets(blob: bytes, position: int) -> bytes:
    """An OCTET STRING, its pieces joined when it is constructed."""
    tag, start, end, _ = _tlv(blob, position)
    if tag == 0x04:
        return blob[start:end]
    pieces: list[bytes] = []
    while tag == 0x24 and start < end:
        piece_tag, first, last, start = _tlv(blob, start)
        if piece_tag == 0x04:
            pieces.append(blob[first:last])
    return b"".join(pieces)


def _tlv(blob: bytes, position: int) -> tuple[int, int, int, int]:
    """(tag, start of content, end of content, start of the next) of the element at `position`."""
    tag, length = blob[position], blob[position + 1]
    start = position + 2
    if length == 0x80:
        end = _end_of_indefinite(blob, start)
        return tag, start, end, end + 2
    if length > 0x80:
        size = length & 0x7F
        if size > 8:
            raise _Broken
        length = int.from_bytes(blob[start : start + size], "big")
        start += size
    if start + length > len(blob):
        raise _Broken
    return tag, start, start + length, start + length


def _end_of_indefinite(blob: bytes, position: int) -> int:
    """Where the 00 00 stands that ends what began at `position`; nesting is counted, not recursed
    into."""
    depth = 1
    for _ in range(_MAX_STEPS):
        tag, length = blob[position], blob[position + 1]
        if tag == 0 and length == 0:
            depth -= 1
            if depth == 0:
                return position
            position += 2
        elif length == 0x80:
            depth += 1
            position += 2
        elif tag & 0x20 and length < 0x80:
            position += 2 + length
        else:
            _, _, _, position = _tlv(blob, position)
    raise _Broken
