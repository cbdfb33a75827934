"""Twilio's error codes as a table: what each means for one of our messages, whether it comes as the
answer to a request or in a status callback. Used by `rest` and `statuses`; listed in the channels'
READMEs. Sources: twilio.com/docs/api/errors, read 2026-11.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

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

_WORDS_MAX = 300
_DEFAULT_WAIT_S = 1.0
#: A sender's queue is full for ten hours; looking every ten minutes is enough.
_LONG_WAIT_S = 600.0
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Row(msgspec.Struct, frozen=True):
    """`error` for the outbox, `words` for people when Twilio itself says nothing."""

    error: type[SendError]
    words: str
    wait_s: float = 0.0


#: Not listed: `ContentRejected` with Twilio's own words.
TABLE: dict[int, Row] = {
    20003: Row(AuthFailed, "account or auth token refused"),
    20404: Row(AuthFailed, "there is no such account"),
    20429: Row(RateLimited, "too many requests at once", _DEFAULT_WAIT_S),
    21211: Row(RecipientUnreachable, "not a valid number"),
    21212: Row(AuthFailed, "the sender is not valid"),
    21214: Row(RecipientUnreachable, "the number cannot be reached"),
    21408: Row(UnreachableNow, "the account may not send to this country"),
    21606: Row(AuthFailed, "the sender is not the account's, or cannot send texts"),
    21608: Row(UnreachableNow, "a trial account sends to verified numbers only"),
    21610: Row(OptedOut, "the recipient wrote STOP"),
    21611: Row(RateLimited, "the sender's queue is full", _LONG_WAIT_S),
    21612: Row(UnreachableNow, "not reachable from this sender"),
    21614: Row(Landline, "not a mobile number"),
    21617: Row(ContentRejected, "longer than 1600 characters"),
    21635: Row(Landline, "a landline takes no texts"),
    21660: Row(AuthFailed, "the sender belongs to another account"),
    21703: Row(AuthFailed, "the messaging service has no sender"),
    30001: Row(RateLimited, "the sender's queue is full", _LONG_WAIT_S),
    30002: Row(AuthFailed, "the account is suspended"),
    30003: Row(UnreachableNow, "the phone is switched off or has no network"),
    30004: Row(RecipientUnreachable, "blocked by the recipient or the carrier"),
    30005: Row(RecipientUnreachable, "the number is not in service"),
    30006: Row(Landline, "a landline, or a carrier that takes no texts"),
    30007: Row(ContentRejected, "filtered by the carrier as unwanted"),
    30008: Row(TransientFailure, "not delivered, for no known reason"),
    30019: Row(ContentRejected, "the file is too large for the carrier"),
    30022: Row(RateLimited, "over the carrier's rate for this campaign", _DEFAULT_WAIT_S),
    30023: Row(RateLimited, "over the carrier's daily limit", _LONG_WAIT_S),
    30024: Row(UnreachableNow, "the sender is not known to this carrier"),
    30034: Row(UnreachableNow, "the sender is not registered for this country"),
    30036: Row(TransientFailure, "not delivered within its time"),
    30410: Row(TransientFailure, "the carrier did not answer in time"),
    30450: Row(UnreachableNow, "stopped as likely SMS pumping"),
    30610: Row(TransientFailure, "held back during quiet hours"),
    63003: Row(RecipientUnreachable, "the number is not on this network"),
    63005: Row(ContentRejected, "the network did not take the content"),
    63007: Row(AuthFailed, "the sender is not set up on this network"),
    63012: Row(TransientFailure, "the network had an internal error"),
    63013: Row(ContentRejected, "against the network's policy"),
    63014: Row(OptedOut, "the recipient blocked this sender"),
    63016: Row(OutsideWindow, "outside the 24-hour window: use a template"),
    63017: Row(RateLimited, "over the account's rate", _DEFAULT_WAIT_S),
    63018: Row(RateLimited, "over the sender's rate", _DEFAULT_WAIT_S),
    63019: Row(ContentRejected, "the file could not be fetched"),
    63020: Row(AuthFailed, "the business is not linked to Twilio at the network"),
    63021: Row(ContentRejected, "the network does not know this content"),
    63024: Row(RecipientUnreachable, "not a valid recipient"),
    63032: Row(ContentRejected, "the network does not deliver this to this person"),
    63033: Row(RecipientUnreachable, "the recipient is blocked"),
    63049: Row(ContentRejected, "the network holds marketing back from this person"),
}


def failure(code: int, words: str = "", wait_s: float = 0.0) -> SendError:
    """The error of a code; `wait_s` is the vendor's own `Retry-After`."""
    row = TABLE.get(code)
    error: type[SendError] = row.error if row else ContentRejected
    told = tell(code, words)
    if issubclass(error, RateLimited):
        return RateLimited(told, max(wait_s, row.wait_s if row else 0.0, _DEFAULT_WAIT_S))
    return error(told)


def reason_of(code: int) -> str:
    """The code of `hub.errors` for a failed delivery."""
    return (TABLE[code].error if code in TABLE else ContentRejected).code


def tell(code: int, words: str = "") -> str:
    """`<code>: <words>` in one line, for people who look it up."""
    row = TABLE.get(code)
    said = _CONTROL.sub(" ", words or (row.words if row else "")).strip() or "no reason given"
    return (f"{code}: {said}" if code else said)[:_WORDS_MAX]


def from_answer(answer: VendorAnswer) -> SendError:
    """What an answer other than 2xx means for the message that was posted."""
    wait_s = _retry_after(answer)
    code, words = _said(answer)
    if answer.status == 429:
        row = TABLE.get(code)
        least = row.wait_s if row and row.error is RateLimited else _DEFAULT_WAIT_S
        return RateLimited(tell(code, words or "too many requests"), max(wait_s, least))
    if answer.status >= 500:
        return OutcomeUnknown(tell(code, words or f"HTTP {answer.status}"))
    is_refused = answer.status == 401 or (answer.status in (403, 404) and code not in TABLE)
    if is_refused:
        return AuthFailed(tell(code, words or f"HTTP {answer.status}"))
    return failure(code, words or ("" if code in TABLE else f"HTTP {answer.status}"), wait_s)


def _said(answer: VendorAnswer) -> tuple[int, str]:
    """Code and message of Twilio's error body; zero and nothing for anybody else's."""
    try:
        told: Any = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return 0, ""
    if not isinstance(told, dict):
        return 0, ""
    code, words = told.get("code"), told.get("message")
    if not isinstance(code, int) or isinstance(code, bool) or not 0 < code < 1_000_000:
        code = 0
    return code, words if isinstance(words, str) else ""


def _retry_after(answer: VendorAnswer) -> float:
    try:
        seconds = float(answer.headers.get("retry-after", ""))
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds <= 86_400 else 0.0
