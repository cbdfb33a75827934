"""Forms: decoded like the standard library does, only faster."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels._twilio.form import decode, encode, storable
from hub.errors import BadInput
from tests.support.twilio import recorded

_text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)


def test_every_recorded_body_is_decoded_like_the_standard_library_does() -> None:
    for one in recorded():
        pairs = decode(one.body)
        assert pairs == parse_qsl(one.body.decode(), keep_blank_values=True)
        assert dict(pairs) == one.form


@given(st.lists(st.tuples(_text, _text), max_size=6))
def test_what_is_encoded_comes_back(pairs: list[tuple[str, str]]) -> None:
    assert decode(encode(pairs)) == pairs
    assert decode(urlencode(pairs)) == parse_qsl(urlencode(pairs), keep_blank_values=True)


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        (b"", []),
        (b"&&", []),
        (b"a", [("a", "")]),
        (b"a=", [("a", "")]),
        (b"=a", [("", "a")]),
        (b"a=1&a=2", [("a", "1"), ("a", "2")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"a=x+y%2Bz", [("a", "x y+z")]),
        (b"a%20b=%e2%82%AC", [("a b", "€")]),
        (b"a=%", [("a", "%")]),
        (b"a=%zz%0", [("a", "%zz%0")]),
        (b"a=%00", [("a", "\0")]),
        (b"a=;b=1", [("a", ";b=1")]),
    ],
)
def test_odd_forms(raw: bytes, pairs: list[tuple[str, str]]) -> None:
    assert decode(raw) == pairs == parse_qsl(raw.decode(), keep_blank_values=True)


def test_what_is_no_utf8_stays_escaped() -> None:
    assert decode(b"a=%FF%ED%A0%80") == [("a", "%FF%ED%A0%80")]


@pytest.mark.parametrize("raw", [b"\xff", "a=ż".encode(), b"&".join([b"a=1"] * 401)])
def test_what_is_no_form_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput):
        decode(raw)


def test_stores_can_hold_it() -> None:
    assert storable("a\0b") == "a\ufffdb"
    assert storable("żółw\n") == "żółw\n"
