"""The Send API's errors, row by row: (code, subcode) or code → what it means to the outbox. Graph's
own codes (tokens, limits, faults) stand in `channels._meta.faults`.

Sources: Messenger Platform "Common Error Codes" (2026-03-18), Instagram's answers as reported to
the tools that send there (2026).
"""

from __future__ import annotations

from channels._meta.faults import Rule, Table
from hub.errors import (
    AuthFailed,
    ContentRejected,
    OutcomeUnknown,
    OutsideWindow,
    RateLimited,
    RecipientUnreachable,
    TransientFailure,
)

_RATE_WAIT_S = 60.0
#: Meta asks for a clearly lower rate after a warning.
_WARNING_WAIT_S = 600.0

TABLE: Table = {
    # "The messages are all sent successfully, but the endpoint returns an error."
    (1, 1357046): Rule(OutcomeUnknown),
    # "An unknown error occurred. Missing permissions can cause this issue."
    (1, 99): Rule(AuthFailed),
    # The page's terms for labels wait for its owner.
    (2, 2018344): Rule(AuthFailed),
    # "Temporary send message failure. Please try again later."
    1200: Rule(TransientFailure),
    (4, 2018022): Rule(RateLimited, _RATE_WAIT_S),
    9: Rule(RateLimited, _RATE_WAIT_S),
    (613, 1893016): Rule(RateLimited, _WARNING_WAIT_S),
    # Business use cases: pages, Instagram, Messenger.
    80001: Rule(RateLimited, _RATE_WAIT_S),
    80002: Rule(RateLimited, _RATE_WAIT_S),
    80006: Rule(RateLimited, _RATE_WAIT_S),
    # "This message is sent outside of allowed window."
    (10, 2018278): Rule(OutsideWindow),
    (10, 2018065): Rule(OutsideWindow),
    (10, 2534022): Rule(OutsideWindow),
    # "This person isn't receiving messages from you right now."
    (10, 2018108): Rule(RecipientUnreachable),
    (200, 1545041): Rule(RecipientUnreachable),
    551: Rule(RecipientUnreachable),
    # "No matching user found", "The requested user cannot be found", a closed thread.
    (100, 2018001): Rule(RecipientUnreachable),
    (100, 2534014): Rule(RecipientUnreachable),
    (100, 2534001): Rule(RecipientUnreachable),
    # The app is not live: only its own testers may be written to.
    (100, 2018028): Rule(AuthFailed),
    # Meta could not fetch the file from our address.
    (100, 2018008): Rule(TransientFailure),
    # Too large, of another type than it says, empty.
    (100, 2018109): Rule(ContentRejected),
    (100, 2018047): Rule(ContentRejected),
    (100, 2018034): Rule(ContentRejected),
    100: Rule(ContentRejected),
}  # fmt: skip

#: With the tag for human agents a missing permission is the tag's, not the inbox's: after 24 hours
#: only an app that Meta has approved for it may write.
TAGGED: Table = {**TABLE, 10: Rule(OutsideWindow), 200: Rule(OutsideWindow)}
