"""What the Cloud API's error codes mean to the outbox, row by row, for refused calls and for failed
statuses alike. After developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes (2026-11);
Graph's own codes stand in `channels/_meta/faults.py`.
"""

from __future__ import annotations

from channels._meta.faults import Rule, Table
from hub.errors import (
    AuthFailed,
    ContentRejected,
    OptedOut,
    OutsideWindow,
    RateLimited,
    RecipientUnreachable,
    TransientFailure,
    UnreachableNow,
)

#: The customer refuses marketing only: service messages still reach them.
MARKETING_STOPPED = 131050

_HOUR_S = 3600.0

ERRORS: Table = {
    # The account, its number or its permissions: a person must act, the queue is kept.
    (100, 33): Rule(AuthFailed),  # the phone number id is unknown to this token
    131005: Rule(AuthFailed),  # access denied
    131031: Rule(AuthFailed),  # account locked
    131037: Rule(AuthFailed),  # display name not approved
    131042: Rule(AuthFailed),  # payment
    131044: Rule(AuthFailed),  # payment (calls)
    131045: Rule(AuthFailed),  # number not registered rightly
    133000: Rule(AuthFailed),
    133005: Rule(AuthFailed),
    133006: Rule(AuthFailed),
    133008: Rule(AuthFailed),
    133010: Rule(AuthFailed),
    # Slower, please. Where Meta names no time, these are its documented intervals.
    130429: Rule(RateLimited, 5.0),
    131048: Rule(RateLimited, _HOUR_S),
    131056: Rule(RateLimited, 6.0, is_recipient=True),
    131064: Rule(RateLimited, _HOUR_S),
    132069: Rule(RateLimited, 600.0),
    133009: Rule(RateLimited, 60.0),
    133015: Rule(RateLimited, 300.0),
    133016: Rule(RateLimited, _HOUR_S),
    # "Message failed to send", "temporarily unavailable", "try again": not accepted.
    131000: Rule(TransientFailure),
    131016: Rule(TransientFailure),
    131057: Rule(TransientFailure),
    133004: Rule(TransientFailure),
    135000: Rule(TransientFailure),
    # The person.
    130497: Rule(UnreachableNow),  # their country
    131021: Rule(RecipientUnreachable),  # it is our own number
    131026: Rule(RecipientUnreachable),  # not on WhatsApp, or too old an app
    131030: Rule(UnreachableNow),  # a test number writes to listed people only
    131047: Rule(OutsideWindow),
    MARKETING_STOPPED: Rule(OptedOut),
    # This message.
    100: Rule(ContentRejected),
    130472: Rule(ContentRejected),  # their number is part of Meta's experiment
    131008: Rule(ContentRejected),
    131009: Rule(ContentRejected),
    131049: Rule(ContentRejected),  # Meta's cap of marketing messages to one person
    131051: Rule(ContentRejected),
    131052: Rule(ContentRejected),
    131053: Rule(ContentRejected),
    131062: Rule(ContentRejected),  # needs a phone number, not a user id
    131063: Rule(ContentRejected),
    132000: Rule(ContentRejected),
    132001: Rule(ContentRejected),
    132005: Rule(ContentRejected),
    132007: Rule(ContentRejected),
    132008: Rule(ContentRejected),
    132012: Rule(ContentRejected),
    132015: Rule(ContentRejected),
    132016: Rule(ContentRejected),
    132068: Rule(ContentRejected),
    137000: Rule(ContentRejected),  # the customer's identity changed: ask them first
    139100: Rule(ContentRejected),
    139101: Rule(ContentRejected),
}
