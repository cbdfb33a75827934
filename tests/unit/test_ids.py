"""Ids are standard base32 and HMAC, only made faster."""

import base64
import hmac

import pytest

from hub.model.ids import derived_key, new_key, new_workspace_id, token_hash


@pytest.mark.parametrize("size", [1, 32, 64, 65, 100])
def test_a_derived_key_is_an_hmac_over_parts_with_their_lengths(size: int) -> None:
    key = bytes(range(size))
    data = b"\0\0\0\x05event" + b"\0\0\0\x02" + "ł".encode()
    mac = hmac.new(key, data, "sha256").digest()
    assert derived_key(key, "event", "ł") == base64.b32encode(mac).decode().lower()[:26]
    assert derived_key(key, "event", "ł", "") != derived_key(key, "event", "ł")


def test_the_hash_of_a_token_is_a_whole_sha256() -> None:
    empty = "4oymiquy7qobjgx36tejs35zeqt24qpemsnzgtfeswmrw6csxbkq"
    assert token_hash("") == empty


def test_random_ids_have_their_length_and_letters() -> None:
    for made, chars in ((new_key(), 26), (new_workspace_id(), 8)):
        assert len(made) == chars
        assert set(made) <= set("abcdefghijklmnopqrstuvwxyz234567")
