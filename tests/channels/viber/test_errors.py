"""Viber's status table, row by row, and what other answers mean."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from channels.viber.errors import ERRORS, RETRY_AFTER_S, accepted
from hub.errors import (
    AuthFailed,
    ContentRejected,
    OutcomeUnknown,
    OutsideWindow,
    RateLimited,
    RecipientUnreachable,
    SendError,
    TransientFailure,
)
from hub.ports.channel import VendorAnswer
from tests.support import specs

ROWS: list[tuple[int, str, type[SendError]]] = [
    (1, "invalidUrl", ContentRejected),
    (2, "invalidAuthToken", AuthFailed),
    (3, "badData", ContentRejected),
    (4, "missingData", ContentRejected),
    (5, "receiverNotRegistered", RecipientUnreachable),
    (6, "receiverNotSubscribed", RecipientUnreachable),
    (7, "publicAccountBlocked", AuthFailed),
    (8, "publicAccountNotFound", AuthFailed),
    (9, "publicAccountSuspended", AuthFailed),
    (10, "webhookNotSet", TransientFailure),
    (11, "receiverNoSuitableDevice", RecipientUnreachable),
    (12, "tooManyRequests", RateLimited),
    (13, "apiVersionNotSupported", RecipientUnreachable),
    (14, "incompatibleWithVersion", ContentRejected),
    (15, "publicAccountNotAuthorized", AuthFailed),
    (16, "inchatReplyMessageNotAllowed", ContentRejected),
    (17, "publicAccountIsNotInline", ContentRejected),
    (18, "noPublicChat", ContentRejected),
    (19, "cannotSendBroadcast", ContentRejected),
    (20, "broadcastNotAllowed", ContentRejected),
    (21, "unsupportedCountry", RecipientUnreachable),
    (22, "paymentUnsupported", ContentRejected),
    (23, "freeMessagesExceeded", OutsideWindow),
    (24, "noBalance", OutsideWindow),
    (99, "General error", OutcomeUnknown),
]


def answer(body: Any, status: int = 200, **headers: Any) -> VendorAnswer:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return VendorAnswer(status, headers, raw)


@pytest.mark.parametrize(("status", "words", "expected"), ROWS)
def test_each_status_is_its_error(status: int, words: str, expected: type[SendError]) -> None:
    with pytest.raises(expected) as raised:
        accepted(answer({"status": status, "status_message": words}))
    assert type(raised.value) is expected
    assert str(raised.value) == f"Viber: {status} {words}"


def test_the_table_has_no_row_without_a_test() -> None:
    assert set(ERRORS) | {12} == {status for status, _, _ in ROWS} - {99}


def test_the_answers_of_specs() -> None:
    found = json.loads(specs.require("viber/callbacks.json").read_text("utf-8"))
    assert accepted(answer(found["send_ok"]))["message_token"] == 5741311803571721087
    with pytest.raises(RecipientUnreachable):
        accepted(answer(found["unsubscribed_then_send_error"]))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, ContentRejected),
        (401, AuthFailed),
        (403, AuthFailed),
        (404, ContentRejected),
        (429, RateLimited),
        (302, OutcomeUnknown),
        (500, OutcomeUnknown),
        (503, OutcomeUnknown),
    ],
)
def test_plain_http_statuses(status: int, expected: type[SendError]) -> None:
    with pytest.raises(expected):
        accepted(answer(b"", status))


def test_the_time_to_wait_is_obeyed() -> None:
    for given, expected in (("17", 17.0), ("", RETRY_AFTER_S), ("Mon", RETRY_AFTER_S)):
        with pytest.raises(RateLimited) as raised:
            accepted(answer({"status": 12}, **{"retry-after": given}))
        assert raised.value.retry_after_s == expected


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"status": "0"}', b'{"status": true}'])
def test_what_cannot_be_read_is_unknown(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        accepted(answer(body))


def test_words_are_one_short_line() -> None:
    with pytest.raises(AuthFailed) as raised:
        accepted(answer({"status": 2, "status_message": "a\nb " * 500}))
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 320
