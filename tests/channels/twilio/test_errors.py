"""The error table, row by row, and what an HTTP answer means."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from channels._twilio.errors import TABLE, failure, from_answer, reason_of, tell
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
from tests.support.specs import ROOT, require

#: Classes of `error_codes.json` → what the outbox does. A `config` fault of one destination must
#: not hold up the others.
CLASSES: dict[str, set[type[SendError]]] = {
    "config": {AuthFailed, UnreachableNow},
    "account": {AuthFailed, ContentRejected},
    "bug": {ContentRejected, AuthFailed},
    "throttle": {RateLimited},
    "permanent": {RecipientUnreachable, UnreachableNow},
    "opt_out": {OptedOut},
    "landline": {Landline},
    "unreachable_temporary": {UnreachableNow},
    "unreachable_permanent": {RecipientUnreachable},
    "blocked": {RecipientUnreachable},
    "filtered": {ContentRejected},
    "retry_once": {TransientFailure},
    "media": {ContentRejected},
    "expired": {TransientFailure},
    "transient": {TransientFailure},
    "fraud": {UnreachableNow},
    "deferred": {TransientFailure},
    "window": {OutsideWindow},
    "marketing_cap": {ContentRejected},
}
#: Of telephone calls and of our own web server: no message gets them.
OTHER_AREAS = {"webhook", "twiml", "voice", "conference", "token", "voice sdk"}
#: Faults of the sender itself: every message of the inbox would fail alike.
WHOLE_INBOX = {20003, 20404, 21212, 21606, 21660, 21703, 30002, 63007, 63020}


def rows() -> list[dict[str, Any]]:
    told = json.loads(require("twilio/error_codes.json").read_text("utf-8"))
    found: list[dict[str, Any]] = told["codes"]
    return found


def test_every_row_has_its_error() -> None:
    ours = [row for row in rows() if row["area"] not in OTHER_AREAS]
    assert len(ours) == 48
    for row in ours:
        assert TABLE[row["code"]].error in CLASSES[row["class"]], row
        assert type(failure(row["code"])) is TABLE[row["code"]].error
        assert reason_of(row["code"]) == TABLE[row["code"]].error.code
        assert str(failure(row["code"])).startswith(f"{row['code']}: ")


def test_only_faults_of_the_sender_stop_the_inbox() -> None:
    assert {code for code, row in TABLE.items() if row.error is AuthFailed} == WHOLE_INBOX


def test_every_limit_says_how_long_to_wait() -> None:
    limits = [row for row in TABLE.values() if row.error is RateLimited]
    assert len(limits) == 7
    assert all(row.wait_s >= 1 for row in limits)
    assert all(row.words and len(row.words) < 80 for row in TABLE.values())


def answer(status: int, code: int = 0, words: str = "No.", **headers: str) -> VendorAnswer:
    body = json.dumps({"code": code, "message": words, "status": status}).encode()
    return VendorAnswer(status, headers, body)


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (answer(400, 21610), OptedOut),
        (answer(400, 21211), RecipientUnreachable),
        (answer(400, 99999), ContentRejected),
        (answer(400), ContentRejected),
        (answer(401, 20003), AuthFailed),
        (answer(401), AuthFailed),
        (answer(403), AuthFailed),
        (answer(403, 21408), UnreachableNow),
        (answer(404, 20404), AuthFailed),
        (answer(404), AuthFailed),
        (answer(429, 20429), RateLimited),
        (answer(429), RateLimited),
        (answer(429, 21211), RateLimited),
        (answer(500, 20500), OutcomeUnknown),
        (answer(503), OutcomeUnknown),
        (answer(302), ContentRejected),
        (VendorAnswer(400, {}, b"<html>"), ContentRejected),
        (VendorAnswer(400, {}, b"[]"), ContentRejected),
        (VendorAnswer(400, {}, b'{"code":"x","message":7}'), ContentRejected),
        (VendorAnswer(400, {}, b'{"code":true,"message":null}'), ContentRejected),
        (VendorAnswer(502, {}, b""), OutcomeUnknown),
    ],
)
def test_what_an_answer_means(told: VendorAnswer, error: type[SendError]) -> None:
    found = from_answer(told)
    assert type(found) is error
    assert 0 < len(str(found)) <= 300


def test_the_vendors_wait_is_kept_to_the_second() -> None:
    for told, seconds in (("7", 7.0), ("0", 1.0), ("", 1.0), ("soon", 1.0), ("99999999", 1.0)):
        found = from_answer(answer(429, 20429, **{"retry-after": told}))
        assert isinstance(found, RateLimited)
        assert found.retry_after_s == seconds
    full = from_answer(answer(400, 21611, **{"retry-after": "7"}))
    assert isinstance(full, RateLimited)
    assert full.retry_after_s == 600


def test_words_are_one_short_line() -> None:
    assert tell(21211, "a\nb\x00c\u2028d") == "21211: a b c d"
    assert len(tell(1, "x" * 1000)) == 300
    assert tell(0) == "no reason given"


def test_the_page_about_codes_is_the_table() -> None:
    page = (ROOT / "channels/_twilio/README.md").read_text("utf-8")
    told = re.findall(r"^\| (\d{5}) \| `(\w+)` \| (.+) \|$", page, re.MULTILINE)
    assert told == [(str(code), row.error.__name__, row.words) for code, row in TABLE.items()]
