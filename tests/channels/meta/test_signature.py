"""Meta's signature: every published vector, every one-bit change, no secret no entry."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels._meta.signature import HEADER, sign, verify
from hub.errors import BadSignature
from hub.ports.channel import RawRequest
from tests.support import specs

SECRET = "the app's secret"


def request(body: bytes, header: str, name: str = HEADER) -> RawRequest:
    return RawRequest("POST", "/hooks/x", "", {name: header}, body)


def is_refused(secret: str, raw: RawRequest) -> bool:
    try:
        verify(secret, raw)
    except BadSignature:
        return True
    return False


def vectors() -> list[dict[str, Any]]:
    path = specs.require("signatures.json")
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))[
        "meta_x_hub_signature_256"
    ]
    return found


def test_every_vector_is_judged_rightly() -> None:
    found = vectors()
    assert len(found) >= 4
    judged = {
        one["name"]: not is_refused(
            one["app_secret"], request(one["raw_body"].encode(), one["header"])
        )
        for one in found
    }
    assert judged == {one["name"]: one["valid"] for one in found}


def test_every_one_bit_change_is_refused() -> None:
    body = b'{"object":"page","text":"Za\\u017c"}'
    good = sign(SECRET, body)
    verify(SECRET, request(body, good))
    for at in range(len(body) * 8):
        changed = bytearray(body)
        changed[at // 8] ^= 1 << at % 8
        assert is_refused(SECRET, request(bytes(changed), good))
    for at in range(len(good) * 8):
        header = bytearray(good.encode())
        header[at // 8] ^= 1 << at % 8
        assert is_refused(SECRET, request(body, header.decode("latin-1")))


def test_the_header_is_found_in_any_case() -> None:
    for name in (HEADER, HEADER.lower(), HEADER.upper()):
        verify(SECRET, request(b"x", sign(SECRET, b"x"), name))


@pytest.mark.parametrize("header", ["", "sha256=", "sha1=abc", "§", "\ud800", "sha256=" + "0" * 64])
def test_odd_headers_are_refused(header: str) -> None:
    assert is_refused(SECRET, request(b"x", header))
    assert is_refused(SECRET, RawRequest("POST", "/", "", {}, b"x"))


def test_without_a_secret_nothing_is_believed() -> None:
    assert is_refused("", request(b"x", sign("", b"x")))
