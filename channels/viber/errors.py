"""What Viber's answers mean for the outbox: its status table, row by row, and plain HTTP statuses.
Source: developers.viber.com, REST bot API, "Error codes" (2026-11).
"""

from __future__ import annotations

from typing import Any

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

RETRY_AFTER_S = 60.0
_MAX_WORDS = 300

#: status → what it means. 12 is told apart below: it wants a time to wait.
ERRORS: dict[int, type[SendError]] = {
    1: ContentRejected,  # invalidUrl
    2: AuthFailed,  # invalidAuthToken
    3: ContentRejected,  # badData
    4: ContentRejected,  # missingData
    5: RecipientUnreachable,  # receiverNotRegistered
    6: RecipientUnreachable,  # receiverNotSubscribed
    7: AuthFailed,  # publicAccountBlocked
    8: AuthFailed,  # publicAccountNotFound
    9: AuthFailed,  # publicAccountSuspended
    10: TransientFailure,  # webhookNotSet: `start` is about to set it
    11: RecipientUnreachable,  # receiverNoSuitableDevice
    13: RecipientUnreachable,  # apiVersionNotSupported
    14: ContentRejected,  # incompatibleWithVersion
    15: AuthFailed,  # publicAccountNotAuthorized
    16: ContentRejected,  # inchatReplyMessageNotAllowed
    17: ContentRejected,  # publicAccountIsNotInline
    18: ContentRejected,  # noPublicChat
    19: ContentRejected,  # cannotSendBroadcast
    20: ContentRejected,  # broadcastNotAllowed
    21: RecipientUnreachable,  # unsupportedCountry
    22: ContentRejected,  # paymentUnsupported
    23: OutsideWindow,  # freeMessagesExceeded: only those who write may be answered
    24: OutsideWindow,  # noBalance: the same for a paid bot
}
TOO_MANY = 12
INVALID_URL = 1


def accepted(answer: VendorAnswer) -> dict[str, Any]:
    """The answer of status 0. Raises what any other one means."""
    if answer.status != 200:
        raise _http_error(answer)
    said = answer.json()
    status = said.get("status") if isinstance(said, dict) else None
    if not isinstance(status, int) or isinstance(status, bool):
        raise OutcomeUnknown("Viber's answer cannot be read")
    if status == 0:
        return dict(said)
    words = f"Viber: {status} {_one_line(said.get('status_message'))}"
    if status == TOO_MANY:
        raise RateLimited(words, _retry_after(answer))
    # "General error" and whatever is not in the table: nobody says that it was not accepted.
    raise ERRORS.get(status, OutcomeUnknown)(words)


def _http_error(answer: VendorAnswer) -> SendError:
    words = f"Viber answered with HTTP status {answer.status}"
    if answer.status in (401, 403):
        return AuthFailed(words)
    if answer.status == 429:
        return RateLimited(words, _retry_after(answer))
    return ContentRejected(words) if 400 <= answer.status < 500 else OutcomeUnknown(words)


def _retry_after(answer: VendorAnswer) -> float:
    told = answer.headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdigit() else RETRY_AFTER_S


def _one_line(words: object) -> str:
    return " ".join(str(words or "").split())[:_MAX_WORDS]
