"""The table of errors, row by row: what Meta says → what the outbox does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import channels
from channels._meta.direct.errors import TABLE, TAGGED
from channels._meta.faults import fault_in, send_error
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

#: (HTTP status, code, subcode) as Meta answers, and what it means.
ROWS: list[tuple[int, int, int, type[SendError]]] = [
    (400, 0, 0, AuthFailed),
    (500, 1, 0, OutcomeUnknown),
    (400, 1, 99, AuthFailed),
    (500, 1, 1357046, OutcomeUnknown),
    (500, 2, 0, TransientFailure),
    (500, 2, 1545133, TransientFailure),
    (400, 2, 2018344, AuthFailed),
    (400, 3, 0, AuthFailed),
    (400, 4, 0, RateLimited),
    (400, 4, 2018022, RateLimited),
    (400, 9, 2018352, RateLimited),
    (403, 10, 0, AuthFailed),
    (400, 10, 2018065, OutsideWindow),
    (400, 10, 2018278, OutsideWindow),
    (403, 10, 2534022, OutsideWindow),
    (400, 10, 2018108, RecipientUnreachable),
    (400, 17, 0, RateLimited),
    (400, 32, 0, RateLimited),
    (400, 100, 0, ContentRejected),
    (400, 100, 2018001, RecipientUnreachable),
    (400, 100, 2534014, RecipientUnreachable),
    (400, 100, 2534001, RecipientUnreachable),
    (400, 100, 2018028, AuthFailed),
    (400, 100, 2018008, TransientFailure),
    (400, 100, 2018034, ContentRejected),
    (400, 100, 2018047, ContentRejected),
    (400, 100, 2018109, ContentRejected),
    (401, 102, 0, AuthFailed),
    (401, 190, 0, AuthFailed),
    (401, 190, 463, AuthFailed),
    (403, 200, 0, AuthFailed),
    (400, 200, 1545041, RecipientUnreachable),
    (403, 230, 0, AuthFailed),
    (400, 341, 0, RateLimited),
    (400, 368, 0, AuthFailed),
    (400, 551, 0, RecipientUnreachable),
    (400, 551, 1545041, RecipientUnreachable),
    (400, 613, 0, RateLimited),
    (400, 613, 1893016, RateLimited),
    (500, 1200, 0, TransientFailure),
    (400, 80001, 0, RateLimited),
    (400, 80002, 0, RateLimited),
    (400, 80006, 0, RateLimited),
    (400, 999_999, 0, ContentRejected),
    (500, 999_999, 0, OutcomeUnknown),
]


def answer(status: int, code: int, subcode: int, **headers: str) -> VendorAnswer:
    error: dict[str, object] = {"message": f"(#{code}) Words", "code": code}
    if subcode:
        error["error_subcode"] = subcode
    return VendorAnswer(status, headers, json.dumps({"error": error}).encode())


def raised(status: int, code: int, subcode: int, **headers: str) -> SendError:
    fault = fault_in(answer(status, code, subcode, **headers))
    assert fault is not None
    return send_error(fault, TABLE)


@pytest.mark.parametrize(("status", "code", "subcode", "expected"), ROWS)
def test_row(status: int, code: int, subcode: int, expected: type[SendError]) -> None:
    error = raised(status, code, subcode)
    assert type(error) is expected
    assert str(code) in str(error) and "Words" in str(error)


def test_every_row_of_the_table_is_tried() -> None:
    tried = {key for _, code, subcode, _ in ROWS for key in (code, (code, subcode))}
    assert set(TABLE) <= tried


def test_the_time_that_meta_names_is_kept_to() -> None:
    error = raised(400, 613, 0, **{"retry-after": "17"})
    assert isinstance(error, RateLimited) and error.retry_after_s == 17
    usage = json.dumps({"1": [{"type": "messenger", "estimated_time_to_regain_access": 3}]})
    error = raised(400, 80006, 0, **{"x-business-use-case-usage": usage})
    assert isinstance(error, RateLimited) and error.retry_after_s == 180
    warned, plain = raised(400, 613, 1893016), raised(400, 613, 0)
    assert isinstance(warned, RateLimited) and isinstance(plain, RateLimited)
    assert warned.retry_after_s > plain.retry_after_s > 0


@pytest.mark.parametrize(
    ("code", "subcode", "expected"),
    [
        (10, 0, OutsideWindow),
        (200, 0, OutsideWindow),
        (10, 2018108, RecipientUnreachable),
        (200, 1545041, RecipientUnreachable),
        (190, 0, AuthFailed),
    ],
)
def test_a_tag_that_the_app_may_not_use_closes_the_window_and_not_the_inbox(
    code: int, subcode: int, expected: type[SendError]
) -> None:
    fault = fault_in(answer(403, code, subcode))
    assert fault is not None
    assert type(send_error(fault, TAGGED)) is expected


def test_the_readmes_name_every_code() -> None:
    names = ("messenger", "instagram")
    folder = Path(channels.__path__[0])
    told = "".join((folder / name / "README.md").read_text("utf-8") for name in names)
    # What is refused for its content, like any other parameter, needs no name.
    wanted = {key if isinstance(key, int) else key[1] for key in TABLE if key != 100}
    wanted = {key for key in wanted if key not in (2018022, 2018034, 2018047, 2018109)}
    assert wanted - {int(number) for number in re.findall(r"\d+", told)} == set()
