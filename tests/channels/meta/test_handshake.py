"""The GET that proves an address to Meta."""

from __future__ import annotations

import json

import pytest

from channels._meta.handshake import answer
from hub.errors import BadSignature
from hub.ports.channel import RawRequest
from tests.support import specs


def get(query: str, method: str = "GET") -> RawRequest:
    return RawRequest(method, "/hooks/x", query, {}, b"")


def test_every_vector_is_answered_as_published() -> None:
    path = specs.require("signatures.json")
    vectors = json.loads(path.read_text(encoding="utf-8"))["meta_verify_handshake"]
    assert len(vectors) >= 4
    for vector in vectors:
        expect = vector["expect"]
        if expect["status"] == 200:
            found = answer(vector["configured_token"], get(vector["query"]))
            assert found is not None
            assert (found.status, found.body, found.media_type) == (
                200, expect["body"], expect["content_type"],
            )  # fmt: skip
        else:
            with pytest.raises(BadSignature):
                answer(vector["configured_token"], get(vector["query"]))


@pytest.mark.parametrize(
    ("token", "query"),
    [
        ("", "hub.mode=subscribe&hub.verify_token=&hub.challenge=1"),
        ("vt", "hub.mode=subscribe&hub.verify_token=vt&hub.challenge="),
        ("vt", "hub.mode=subscribe&hub.verify_token=vt&hub.challenge=%3Cscript%3E"),
        ("vt", "hub.mode=subscribe&hub.verify_token=vt&hub.challenge=" + "1" * 201),
        ("vt", "hub.mode=subscribe&hub.verify_token=vt%00&hub.challenge=1"),
        ("vt", "hub.mode=subscribe&hub.verify_token=VT&hub.challenge=1"),
    ],
)
def test_what_meta_never_sends_is_refused(token: str, query: str) -> None:
    with pytest.raises(BadSignature):
        answer(token, get(query))


def test_other_methods_are_ordinary_webhooks() -> None:
    assert answer("vt", get("hub.mode=subscribe", "POST")) is None
