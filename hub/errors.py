"""The one error tree of Santral.

    HubError
    ├── BadInput(field)            the caller sent something we refuse; nothing was changed
    │   └── TooLarge(limit)        over a size limit, refused before parsing
    ├── NotAllowed                 known caller, missing right (for what it may know to exist)
    ├── NotSignedIn                no valid session, key or token
    │   └── WrongPassword          sign-in refused; never says which of the two was wrong
    ├── BadSignature               a webhook or token whose signature does not verify
    ├── NotFound                   missing, or outside the caller's scope: the two look the same
    ├── Conflict(key)              a unique key exists already, or the version is stale
    ├── TooMany(retry_after_s)     a rate limit
    ├── Unavailable                store or worker cannot serve now; a write may have happened
    ├── ConfigFault(faults)        settings that cannot work; lists all of them
    └── SendError                  why a channel did not send (ports.channel documents each)
        ├── RateLimited(retry_after_s)
        ├── TransientFailure       certainly not accepted, may be tried again
        ├── AuthFailed             credentials refused; the inbox needs a person
        ├── RecipientUnreachable   this address cannot be reached; do not retry
        │   ├── Landline           it takes no messages, but it can be called
        │   └── UnreachableNow     not this time, or not from us: the address itself may be good
        ├── OptedOut               the recipient does not want messages
        ├── OutsideWindow          the channel allows only templates now
        ├── ContentRejected        this content can never be sent
        └── OutcomeUnknown         the request left and no answer came; never resent blindly

Every class has a stable `code`; `str(error)` says what to do. Only `hub/web/errors.py` knows HTTP.
"""

from __future__ import annotations


class HubError(Exception):
    """Base of all errors that Santral raises on purpose."""

    code = "error"


class BadInput(HubError):
    """Refused input; `field` names the part at fault (dotted path, may be empty), `why` the fault
    itself, where its text differs from the field's.
    """

    code = "bad_input"

    def __init__(self, message: str, field: str = "", why: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.why = why


class TooLarge(BadInput):
    """More bytes than `limit_bytes` allows."""

    code = "too_large"

    def __init__(self, message: str, limit_bytes: int) -> None:
        super().__init__(message)
        self.limit_bytes = limit_bytes


class NotAllowed(HubError):
    """The caller is known and lacks the permission."""

    code = "not_allowed"


class NotSignedIn(HubError):
    """No valid session, API key or visitor token."""

    code = "not_signed_in"


class WrongPassword(NotSignedIn):
    """Signing in was refused: unknown address, disabled account or wrong password alike."""

    code = "wrong_password"


class BadSignature(HubError):
    """The signature does not belong to these bytes."""

    code = "bad_signature"


class NotFound(HubError):
    """Missing, or not in the caller's scope."""

    code = "not_found"


class Conflict(HubError):
    """A unique key is taken, a version is stale or something is in use; `key` names which."""

    code = "conflict"

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


class TooMany(HubError):
    """A rate limit; try again after `retry_after_s` seconds."""

    code = "too_many"

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(HubError):
    """The store cannot serve now. For a write: it may or may not have happened."""

    code = "unavailable"


class ConfigFault(HubError):
    """Settings that cannot work, all of them at once, by name and without values."""

    code = "config_fault"

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class SendError(HubError):
    """Why one attempt to send failed."""

    code = "send_error"


class RateLimited(SendError):
    """The vendor asks to wait; certainly not accepted. With `is_recipient` only this recipient
    must wait, else the whole inbox.
    """

    code = "rate_limited"

    def __init__(self, message: str, retry_after_s: float, *, is_recipient: bool = False) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.is_recipient = is_recipient


class TransientFailure(SendError):
    """Certainly not accepted; the outbox tries again."""

    code = "transient_failure"


class AuthFailed(SendError):
    """The credentials were refused; the inbox waits for a person, its queue is kept."""

    code = "auth_failed"


class RecipientUnreachable(SendError):
    """This address cannot be reached, today or tomorrow: the way to it closes until its owner
    writes.
    """

    code = "recipient_unreachable"


class Landline(RecipientUnreachable):
    """A telephone that takes no messages; a call reaches it."""

    code = "landline"


class UnreachableNow(RecipientUnreachable):
    """This message did not reach the address: switched off, or the sender may not write there. The
    way stays open.
    """

    code = "unreachable_now"


class OptedOut(SendError):
    """The recipient has opted out."""

    code = "opted_out"


class OutsideWindow(SendError):
    """Free text is not allowed now on this channel."""

    code = "outside_window"


class ContentRejected(SendError):
    """This content can never be sent on this channel."""

    code = "content_rejected"


class OutcomeUnknown(SendError):
    """The request left and the answer is missing: the vendor may have accepted it."""

    code = "outcome_unknown"
