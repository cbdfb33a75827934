"""Telegram's refusals become the hub's errors, row by row, and what they mean is said once."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram import Bot
from aiogram.methods import SendMessage

from channels.telegram.errors import TABLE, WAIT_S, Moved, Taken, is_done, refusal, words
from channels.telegram.session import HubSession
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
from tests.channels.telegram.bot_api import examples
from tests.channels.telegram.sample import TOKEN


class Answering:
    """A `VendorHttp` with one answer."""

    def __init__(self, status: int, body: bytes, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._answer = VendorAnswer(status, named, body)

    async def request(self, method: str, url: str, **more: Any) -> VendorAnswer:
        return self._answer


async def fault_of(status: int, body: Any, **headers: str) -> SendError:
    import json

    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    session = HubSession(Answering(status, raw, **headers), "https://api.telegram.org")
    with pytest.raises(SendError) as raised:
        await session(Bot(TOKEN, session=session), SendMessage(chat_id=1, text="x"))
    return raised.value


EXAMPLES: dict[str, type[SendError]] = {
    "error_429_retry_after": RateLimited,
    "error_403_blocked": RecipientUnreachable,
    "error_403_deactivated": RecipientUnreachable,
    "error_403_kicked": RecipientUnreachable,
    "error_400_chat_not_found": RecipientUnreachable,
    "error_400_entities": ContentRejected,
    "error_400_too_long": ContentRejected,
    "error_400_not_modified": ContentRejected,
    "error_400_reply_not_found": ContentRejected,
    "error_400_migrated": Moved,
    "error_400_file_too_big": ContentRejected,
    "error_401_token": AuthFailed,
    "error_409_webhook_conflict": Taken,
}


def test_every_example_of_an_error_is_expected() -> None:
    found = {name for name in examples()["api_responses"] if name.startswith("error_")}
    assert found == EXAMPLES.keys() and len(found) == 13


@pytest.mark.parametrize("name", EXAMPLES)
async def test_example(name: str) -> None:
    example = examples()["api_responses"][name]
    fault = await fault_of(example["http_status"], example["body"])
    assert type(fault) is EXAMPLES[name]
    assert "\n" not in str(fault) and TOKEN not in str(fault)
    match fault:
        case RateLimited():
            assert fault.retry_after_s == 35
        case Moved():
            assert fault.chat == -1001000000001
            assert isinstance(fault, TransientFailure)


@pytest.mark.parametrize(("part", "error"), TABLE, ids=[part for part, _ in TABLE])
async def test_row(part: str, error: type[SendError]) -> None:
    for status in (400, 403):
        said = f"Bad Request: {part.upper()} and so on"
        body = {"ok": False, "error_code": status, "description": said}
        fault = await fault_of(status, body)
        assert type(fault) is error
        assert str(fault) == f"({status}) {said}"


def test_no_row_hides_another() -> None:
    for at, (part, _) in enumerate(TABLE):
        assert not [before for before, _ in TABLE[:at] if before in part], part


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ContentRejected), (401, AuthFailed), (402, ContentRejected), (404, AuthFailed),
        (403, RecipientUnreachable), (409, Taken), (413, ContentRejected), (418, ContentRejected),
        (429, RateLimited), (500, OutcomeUnknown), (502, OutcomeUnknown), (503, OutcomeUnknown),
    ],
)  # fmt: skip
async def test_status_without_known_words(status: int, error: type[SendError]) -> None:
    body = {"ok": False, "error_code": status, "description": "Something new"}
    assert type(await fault_of(status, body)) is error


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (200, OutcomeUnknown), (400, OutcomeUnknown), (403, OutcomeUnknown), (401, AuthFailed),
        (404, AuthFailed), (413, ContentRejected), (429, RateLimited), (502, OutcomeUnknown),
    ],
)  # fmt: skip
@pytest.mark.parametrize("body", [b"<html>", b"", b"{}", b"[]", b'"x"', b"\xff"])
async def test_what_is_no_answer_of_telegrams(
    status: int, error: type[SendError], body: bytes
) -> None:
    assert type(await fault_of(status, body)) is error


async def test_how_long_to_wait() -> None:
    limited = {"ok": False, "error_code": 429, "description": "Too Many Requests"}
    for body in (limited, b"<html>"):
        told = await fault_of(429, body, retry_after="11")
        assert isinstance(told, RateLimited) and told.retry_after_s == 11
        untold = await fault_of(429, body)
        assert isinstance(untold, RateLimited) and untold.retry_after_s == WAIT_S


async def test_an_accepted_message_that_the_sdk_cannot_read_is_accepted() -> None:
    """A field of a later API version must not turn an acceptance into a doubt."""
    body = b'{"ok": true, "result": {"message_id": 7, "date": "tomorrow", "chat": 5}}'
    session = HubSession(Answering(200, body), "https://api.telegram.org")
    sent = await session(Bot(TOKEN, session=session), SendMessage(chat_id=1, text="x"))
    assert sent.message_id == 7


def test_words_are_one_short_line() -> None:
    assert words(" a\n b\t") == "a b"
    assert len(words("x" * 900)) == 300
    assert words("") == "refused"
    assert "\n" not in str(refusal(400, "a\nb"))


def test_business_windows_are_their_own_error() -> None:
    assert isinstance(refusal(400, "Bad Request: BUSINESS_PEER_USAGE_MISSING"), OutsideWindow)


def test_what_was_done_before_is_known() -> None:
    assert is_done(refusal(400, "Bad Request: message is not modified: specified new …"))
    assert is_done(refusal(400, "Bad Request: message to delete not found"))
    assert not is_done(refusal(400, "Bad Request: message to edit not found"))
