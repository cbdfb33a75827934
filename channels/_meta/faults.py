"""Errors of the Graph API: decoded once into a `Fault`, then turned into the hub's `SendError`s by
the code tables, the channel's own first. Knows no channel; used by `graph.py`, and by WhatsApp for
the errors inside its webhooks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from hub.errors import (
    AuthFailed,
    ContentRejected,
    OutcomeUnknown,
    RateLimited,
    SendError,
    TransientFailure,
)
from hub.ports.channel import VendorAnswer

_WORDS_MAX = 300
_RATE_WAIT_S = 60.0
#: Graph repeats a token that it cannot read.
_TOKEN = re.compile(r"\b(?:EAA|IGQ|IGA)[A-Za-z0-9_\-]{12,}|(?<=access token )\S+", re.IGNORECASE)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What Graph said."""

    status: int
    code: int = 0
    subcode: int = 0
    message: str = ""
    #: `error_data.details` (WhatsApp) or the message for people: what to act on.
    details: str = ""
    #: Seconds that it asks to wait, 0 when it names none.
    retry_after_s: float = 0.0
    #: It came with a code; without one only the status counts.
    is_told: bool = True

    @property
    def words(self) -> str:
        """One line for people: the code and the vendor's words, without secrets."""
        said = [self.message, self.details if self.details not in self.message else ""]
        text = " ".join(": ".join(part for part in said if part).split())
        code = f"{self.code}/{self.subcode}" if self.subcode else str(self.code)
        line = f"({code if self.is_told else self.status}) {text or 'refused'}"
        return _TOKEN.sub("…", line)[:_WORDS_MAX]


class Rule(msgspec.Struct, frozen=True):
    """What a code means to the outbox. `wait_s`: how long, where the vendor names no time;
    `is_recipient`: only this recipient waits.
    """

    error: type[SendError]
    wait_s: float = 0.0
    is_recipient: bool = False


#: By (code, subcode) or by code alone.
Table = Mapping[int | tuple[int, int], Rule]

#: https://developers.facebook.com/docs/graph-api/guides/error-handling (2026-11). Code 1 ("invalid
#: request or possible server error") says nothing of whether it was done; code 2 (down or
#: overloaded) does.
COMMON: Table = {
    0: Rule(AuthFailed),
    1: Rule(OutcomeUnknown),
    2: Rule(TransientFailure),
    3: Rule(AuthFailed),
    4: Rule(RateLimited, _RATE_WAIT_S),
    10: Rule(AuthFailed),
    17: Rule(RateLimited, _RATE_WAIT_S),
    32: Rule(RateLimited, _RATE_WAIT_S),
    102: Rule(AuthFailed),
    190: Rule(AuthFailed),
    341: Rule(RateLimited, _RATE_WAIT_S),
    368: Rule(AuthFailed),
    613: Rule(RateLimited, _RATE_WAIT_S),
    80007: Rule(RateLimited, _RATE_WAIT_S),
}
_PERMISSIONS = range(200, 300)


def rule_of(fault: Fault, table: Table) -> Rule:
    """The channel's row, else Graph's own, else what the status says."""
    for row in (
        table.get((fault.code, fault.subcode)),
        table.get(fault.code),
        COMMON.get(fault.code) if fault.is_told else None,
    ):
        if row is not None:
            return row
    if fault.code in _PERMISSIONS or fault.status in (401, 403):
        return Rule(AuthFailed)
    if fault.status == 429:
        return Rule(RateLimited, _RATE_WAIT_S)
    return Rule(OutcomeUnknown if fault.status >= 500 or fault.status < 400 else ContentRejected)


def send_error(fault: Fault, table: Table) -> SendError:
    """The error to raise."""
    rule = rule_of(fault, table)
    if rule.error is RateLimited:
        wait_s = fault.retry_after_s or rule.wait_s or _RATE_WAIT_S
        return RateLimited(fault.words, wait_s, is_recipient=rule.is_recipient)
    return rule.error(fault.words)


def fault_in(answer: VendorAnswer) -> Fault | None:
    """None for a success. Anything but a 2xx is a fault, and so is a 2xx that holds an error."""
    try:
        body = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        return decode(error, status=answer.status, retry_after_s=_retry_after_s(answer.headers))
    if answer.status // 100 == 2:
        return None
    return Fault(status=answer.status, retry_after_s=_retry_after_s(answer.headers), is_told=False)


def decode(error: Mapping[str, Any], *, status: int, retry_after_s: float = 0.0) -> Fault:
    """An error object of an answer or a webhook."""
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else data
    return Fault(
        status=status,
        code=_number(error.get("code")),
        subcode=_number(error.get("error_subcode")),
        message=_text(error.get("message")) or _text(error.get("title")),
        details=_text(details) or _text(error.get("error_user_msg")),
        retry_after_s=retry_after_s,
        is_told="code" in error,
    )


def _retry_after_s(headers: Mapping[str, str]) -> float:
    """`Retry-After`, else the minutes in `X-Business-Use-Case-Usage`."""
    given = headers.get("retry-after", "")
    if given.isascii() and given.isdigit():
        return float(given)
    try:
        usage = msgspec.json.decode(headers.get("x-business-use-case-usage", "{}"))
        rows = [row for rows in usage.values() for row in rows]
        return 60.0 * max((_number(r["estimated_time_to_regain_access"]) for r in rows), default=0)
    except (msgspec.MsgspecError, UnicodeError, AttributeError, TypeError, KeyError):
        return 0.0


def _number(value: object) -> int:
    """Of a number, or of digits: webhooks write some codes as strings."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:18])
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
