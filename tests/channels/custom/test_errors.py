"""What a bridge's answers mean, row by row."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from channels.custom.errors import ERRORS, RETRY_AFTER_S, done, taken
from hub.errors import (
    AuthFailed,
    ContentRejected,
    Landline,
    OptedOut,
    OutcomeUnknown,
    OutsideWindow,
    RateLimited,
    RecipientUnreachable,
    SendError,
    TransientFailure,
    UnreachableNow,
)
from hub.ports.channel import VendorAnswer
from tests.channels.custom import schemas

CODES: list[tuple[str, type[SendError]]] = [
    ("rate_limited", RateLimited),
    ("transient_failure", TransientFailure),
    ("auth_failed", AuthFailed),
    ("recipient_unreachable", RecipientUnreachable),
    ("landline", Landline),
    ("unreachable_now", UnreachableNow),
    ("opted_out", OptedOut),
    ("outside_window", OutsideWindow),
    ("content_rejected", ContentRejected),
    ("outcome_unknown", OutcomeUnknown),
]
STATUSES: list[tuple[int, type[SendError]]] = [
    (302, OutcomeUnknown),
    (400, ContentRejected),
    (401, AuthFailed),
    (403, AuthFailed),
    (404, ContentRejected),
    (409, ContentRejected),
    (429, RateLimited),
    (500, OutcomeUnknown),
    (502, OutcomeUnknown),
    (503, OutcomeUnknown),
]


def answer(status: int, body: Any = b"", **headers: str) -> VendorAnswer:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return VendorAnswer(status, headers, raw)


@pytest.mark.parametrize(("code", "expected"), CODES)
@pytest.mark.parametrize("status", [400, 404, 422, 503])
def test_each_code_is_its_error(code: str, expected: type[SendError], status: int) -> None:
    for check in (taken, done):
        with pytest.raises(expected) as raised:
            check(answer(status, {"error": code, "message": "because\nof this"}))
        assert type(raised.value) is expected
        assert str(raised.value) == f"{status} because of this"


def test_codes_of_table_schema_and_tests_are_the_same() -> None:
    documented = set(schemas.OUTBOUND.schema["$defs"]["refused"]["properties"]["error"]["enum"])
    assert documented == {code for code, _ in CODES} == set(ERRORS) | {"rate_limited"}


@pytest.mark.parametrize(("status", "expected"), STATUSES)
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": 5}', {"error": "what?"}])
def test_each_status_is_its_error(status: int, expected: type[SendError], body: Any) -> None:
    with pytest.raises(expected) as raised:
        taken(answer(status, body))
    assert type(raised.value) is expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [("9", 9.0), ("", RETRY_AFTER_S), ("Mon, 23 Nov", RETRY_AFTER_S), ("-5", RETRY_AFTER_S),
     ("9" * 30, 86_400.0)],
)  # fmt: skip
def test_the_time_to_wait(told: str, expected: float) -> None:
    with pytest.raises(RateLimited) as raised:
        taken(answer(429, **{"retry-after": told}))
    assert raised.value.retry_after_s == expected


@pytest.mark.parametrize("status", [200, 201, 202])
def test_an_id_is_an_acceptance(status: int) -> None:
    assert taken(answer(status, {"id": "x1", "more": [1]})) == "x1"


@pytest.mark.parametrize(
    "body",
    [b"", b"ok", b"<html>", b"[]", {}, {"id": ""}, {"id": 5}, {"id": "x" * 201}, b"[" * 9999],
)
def test_a_2xx_without_an_id_is_unknown(body: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        taken(answer(200, body))
    done(answer(200, body))


def test_words_are_one_short_line() -> None:
    with pytest.raises(ContentRejected) as raised:
        taken(answer(400, {"error": "content_rejected", "message": "a\nb " * 500}))
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 320
