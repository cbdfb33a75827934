"""Twilio's signature: the vectors, every changed bit, and who may sign (S-33, S-35)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from channels._twilio.form import decode, encode
from channels._twilio.signature import HEADER, sign, verify
from hub.errors import BadInput, BadSignature
from hub.ports.channel import RawRequest
from tests.support.specs import require
from tests.support.twilio import TOKEN, Recorded, recorded


def vectors() -> list[dict[str, Any]]:
    told = json.loads(require("twilio/webhooks/signature_vectors.json").read_text("utf-8"))
    found: list[dict[str, Any]] = told["vectors"]
    return found


def request_of(vector: dict[str, Any]) -> RawRequest:
    if "raw_body" in vector:
        body, kind = vector["raw_body"].encode(), "application/json"
    else:
        body = encode((name, value) for name, value in vector["params"])
        kind = "application/x-www-form-urlencoded"
    split = urlsplit(vector["url"])
    headers = {HEADER: vector["signature"], "Content-Type": kind}
    return RawRequest("POST", split.path, split.query, headers, body)


def is_signed(request: RawRequest, url: str, *tokens: str) -> bool:
    try:
        verify(request, url, tokens)
    except BadSignature:
        return False
    return True


def test_all_vectors() -> None:
    found = vectors()
    assert len(found) == 10
    for vector in found:
        told = is_signed(request_of(vector), vector["url"], vector["auth_token"])
        assert told == vector["valid"], vector["name"]


def test_all_recorded_requests_are_signed() -> None:
    found = recorded()
    assert len(found) == 51
    for one in found:
        assert is_signed(one.request, one.url, TOKEN), one.name


def flips(raw: bytes) -> Iterator[bytes]:
    for at in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[at // 8] ^= 1 << at % 8
        yield bytes(changed)


@pytest.mark.parametrize("name", ["sms_inbound_text", "whatsapp_inbound_button_reply"])
def test_every_changed_bit_of_the_body_is_refused(name: str) -> None:
    """S-33. The signature covers what the form says: `%2b` says the same as `%2B`."""
    one = next(one for one in recorded() if one.name == name)
    refused = same = 0
    for body in flips(one.body):
        if says_the_same(one, body):
            same += 1
            continue
        assert not is_signed(msgspec.structs.replace(one.request, body=body), one.url, TOKEN)
        refused += 1
    assert refused > 3500
    assert same == sum(chr(char) in "ABCDEF" for char in escape_digits(one.body))


def says_the_same(one: Recorded, body: bytes) -> bool:
    try:
        return decode(body) == decode(one.body)
    except BadInput:
        return False


def escape_digits(body: bytes) -> list[int]:
    return [
        char for at, sign in enumerate(body) if sign == ord("%") for char in body[at + 1 : at + 3]
    ]


def test_every_changed_bit_of_header_and_address_is_refused() -> None:
    one = recorded()[0]
    for header in flips(one.headers[HEADER].encode()):
        headers = {HEADER: header.decode("latin-1")}
        assert not is_signed(msgspec.structs.replace(one.request, headers=headers), one.url, TOKEN)
    for url in flips(one.url.encode()):
        with_changed = url.decode("latin-1")
        try:
            urlsplit(with_changed).port  # noqa: B018  reading it is the check
        except ValueError:
            continue
        assert not is_signed(one.request, with_changed, TOKEN), with_changed


def test_nothing_verifies_without_a_token() -> None:
    one = recorded()[0]
    assert not is_signed(one.request, one.url)
    assert not is_signed(one.request, one.url, "")
    bare = msgspec.structs.replace(
        one.request, headers={HEADER: sign("", one.url, one.form.items())}
    )
    assert not is_signed(bare, one.url, "")


def test_both_tokens_count_while_they_rotate() -> None:
    one = recorded()[0]
    assert is_signed(one.request, one.url, "new", TOKEN)
    assert not is_signed(one.request, one.url, "new", "newer")


def test_a_body_that_is_no_form_needs_its_hash() -> None:
    json_body = next(one for one in vectors() if one["name"] == "json_body_bodySHA256")
    bare = json_body["url"].partition("&bodySHA256")[0]
    request = request_of(json_body)
    signed = {HEADER: sign(json_body["auth_token"], bare)}
    assert not is_signed(
        msgspec.structs.replace(request, headers=signed), bare, json_body["auth_token"]
    )
