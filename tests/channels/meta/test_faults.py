"""Errors of the Graph API, decoded once and turned into the hub's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels._meta.faults import Fault, Rule, Table, decode, fault_in, rule_of, send_error
from hub.errors import (
    AuthFailed,
    ContentRejected,
    OutcomeUnknown,
    OutsideWindow,
    RateLimited,
    SendError,
    TransientFailure,
)
from hub.ports.channel import VendorAnswer
from tests.support import specs


def answered(status: int, body: Any, **headers: str) -> Fault | None:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return fault_in(VendorAnswer(status, names, data))


def refused(status: int, body: Any, **headers: str) -> Fault:
    found = answered(status, body, **headers)
    assert found is not None
    return found


def test_published_errors_are_decoded() -> None:
    for name in ("phoneNumberNotFoundError", "requestCodeError", "verifyCodeError"):
        text = specs.require(f"whatsapp/bindambc/graph_{name}.json").read_text(encoding="utf-8")
        error = json.loads(text)["error"]
        fault = refused(400, json.loads(text))
        assert (fault.code, fault.subcode) == (error["code"], error["error_subcode"])
        assert fault.message == error["message"]
        assert fault.details == error.get("error_user_msg", "")


def test_a_success_is_no_fault_and_an_error_in_a_200_is_one() -> None:
    assert answered(200, {"id": "1"}) is None
    assert answered(200, b"<html>") is None
    assert answered(204, b"") is None
    assert refused(200, {"error": {"code": 190, "message": "x"}}).code == 190
    assert refused(302, b"").is_told is False


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(status=400, code=0), AuthFailed),
        (Fault(status=400, code=1), OutcomeUnknown),
        (Fault(status=500, code=2), TransientFailure),
        (Fault(status=400, code=4), RateLimited),
        (Fault(status=400, code=190), AuthFailed),
        (Fault(status=400, code=200), AuthFailed),
        (Fault(status=400, code=299), AuthFailed),
        (Fault(status=400, code=300), ContentRejected),
        (Fault(status=400, is_told=False), ContentRejected),
        (Fault(status=401, is_told=False), AuthFailed),
        (Fault(status=429, is_told=False), RateLimited),
        (Fault(status=500, is_told=False), OutcomeUnknown),
        (Fault(status=302, is_told=False), OutcomeUnknown),
        (Fault(status=400, code=10), AuthFailed),
        (Fault(status=400, code=10, subcode=7), OutsideWindow),
        (Fault(status=400, code=77), TransientFailure),
        (Fault(status=400, code=77, subcode=9), TransientFailure),
    ],
)  # fmt: skip
def test_the_channels_rows_come_before_graphs_and_graphs_before_the_status(
    fault: Fault, expected: type[SendError]
) -> None:
    table: Table = {(10, 7): Rule(OutsideWindow), 77: Rule(TransientFailure)}
    assert rule_of(fault, table).error is expected


def test_an_error_without_a_code_goes_by_its_status() -> None:
    assert rule_of(refused(400, {"error": {"message": "x"}}), {}).error is ContentRejected


def test_how_long_to_wait_is_found_wherever_meta_says_it() -> None:
    body = {"error": {"code": 4, "message": "limit"}}
    usage = json.dumps({"1": [{"type": "x", "estimated_time_to_regain_access": 3}]})
    waits = {
        17.0: refused(429, body, retry_after="17"),
        180.0: refused(400, body, x_business_use_case_usage=usage),
        0.0: refused(400, body, x_business_use_case_usage="[1]", retry_after="soon"),
    }
    assert {wait: fault.retry_after_s for wait, fault in waits.items()} == {
        wait: wait for wait in waits
    }
    error = send_error(waits[0.0], {})
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 60


def test_words_are_one_line_without_secrets() -> None:
    said = {
        "code": 190,
        "error_subcode": 463,
        "message": "Malformed access token EAAGabcdefghijklmnop\nand\tmore",
        "error_data": {"details": "use EAAB1234567890abcdefXYZ " + "x" * 400},
    }
    words = decode(said, status=400).words
    assert words.startswith("(190/463) Malformed access token … and more: use … x")
    assert len(words) <= 300
    assert "EAA" not in words
    assert Fault(status=502, is_told=False).words == "(502) refused"


def test_odd_errors_are_read_as_far_as_they_go() -> None:
    odd = decode({"code": "131047", "message": 7, "error_data": [1]}, status=400)
    assert (odd.code, odd.message, odd.details) == (131047, "", "")
    assert decode({"code": True}, status=400).code == 0
