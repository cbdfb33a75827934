"""What the other side's answers mean for the outbox: its `error` codes, row by row, then the HTTP
status. The codes are those of `hub.errors`, so that a bridge can say exactly what happened.
"""

from __future__ import annotations

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

RETRY_AFTER_S = 30.0
_MAX_WORDS = 300

#: `{"error": code}` with any 4xx or 5xx: the other side knows, whatever the status.
ERRORS: dict[str, type[SendError]] = {
    AuthFailed.code: AuthFailed,
    ContentRejected.code: ContentRejected,
    OptedOut.code: OptedOut,
    OutcomeUnknown.code: OutcomeUnknown,
    OutsideWindow.code: OutsideWindow,
    RecipientUnreachable.code: RecipientUnreachable,
    Landline.code: Landline,
    UnreachableNow.code: UnreachableNow,
    TransientFailure.code: TransientFailure,
}


class Refusal(msgspec.Struct, frozen=True):
    error: str = ""
    message: str = ""


class Taken(msgspec.Struct, frozen=True):
    """`id`: what the network calls the message."""

    id: str


def taken(answer: VendorAnswer) -> str:
    """The id that the other side gave. Raises what a refusal means."""
    if not 200 <= answer.status < 300:
        raise _refused(answer)
    try:
        id = msgspec.json.decode(answer.body, type=Taken).id
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
        raise OutcomeUnknown('the answer is not {"id": "…"}') from fault
    if not 0 < len(id) <= 200:
        raise OutcomeUnknown("the answer's id has 1 to 200 characters")
    return id


def done(answer: VendorAnswer) -> None:
    """Any 2xx will do: of changes, which have no id of their own."""
    if not 200 <= answer.status < 300:
        raise _refused(answer)


def _refused(answer: VendorAnswer) -> SendError:
    refusal = _refusal(answer)
    words = f"{answer.status} {_one_line(refusal.message or refusal.error)}".strip()
    if answer.status == 429 or refusal.error == RateLimited.code:
        return RateLimited(words, _retry_after(answer))
    known = ERRORS.get(refusal.error)
    if known is not None:
        return known(words)
    if answer.status in (401, 403):
        return AuthFailed(words)
    # 5xx and redirects: nobody says whether it was taken.
    return ContentRejected(words) if 400 <= answer.status < 500 else OutcomeUnknown(words)


def _refusal(answer: VendorAnswer) -> Refusal:
    try:
        return msgspec.json.decode(answer.body, type=Refusal)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return Refusal()


def _retry_after(answer: VendorAnswer) -> float:
    told = answer.headers.get("retry-after", "")
    return min(float(told), 86_400.0) if told.isascii() and told.isdigit() else RETRY_AFTER_S


def _one_line(words: Any) -> str:
    return " ".join(str(words).split())[:_MAX_WORDS]
