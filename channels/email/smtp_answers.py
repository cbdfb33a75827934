"""What an SMTP server's refusal means in the hub's closed list of send errors. Pure tables;
`smtp_out.py` asks with the stage at which the answer came, because a 550 after RCPT and one after
the mail are different things.
"""

from __future__ import annotations

import re

from hub.errors import (
    AuthFailed,
    ContentRejected,
    RateLimited,
    RecipientUnreachable,
    SendError,
    TransientFailure,
    UnreachableNow,
)

_SLOW_DOWN = re.compile(r"\brate\b|too many|too fast|throttl|exceeded .{0,40}(?:limit|quota)", re.I)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
#: RFC 4954: 534 mechanism too weak, 535 credentials invalid, 530 authentication required.
_AUTH_CODES = frozenset({530, 534, 535, 538})
#: RFC 3463: the mailbox is full (X.2.2) or somebody's policy is against it (X.7); the address is.
_PASSES = re.compile(r"5\.(?:2\.2|7\.\d+)\b")
RETRY_AFTER_S = 300.0


def words_of(code: int, text: str) -> str:
    """The server's answer as one short line that people can read."""
    return f"{code} {_CONTROL.sub(' ', text).strip()}"[:300]


def temporary(code: int, text: str) -> SendError:
    """A 4xx: certainly not accepted. Only 421 with words about speed slows the whole inbox down."""
    if _SLOW_DOWN.search(text) and code in (421, 450, 451, 452, 454):
        return RateLimited(words_of(code, text), RETRY_AFTER_S)
    return TransientFailure(words_of(code, text))


def sign_in_refused(code: int, text: str) -> SendError:
    """The answer to AUTH."""
    return temporary(code, text) if 400 <= code < 500 else AuthFailed(words_of(code, text))


def sender_refused(code: int, text: str) -> SendError:
    """The answer to MAIL FROM: a 5xx is about this account, not about the mail, unless it is the
    size.
    """
    if code < 500:
        return temporary(code, text)
    if code == 552 or text.startswith("5.3.4"):
        return ContentRejected(words_of(code, text))
    return AuthFailed(words_of(code, text))


def recipient_refused(code: int, text: str) -> SendError:
    """The answer to RCPT TO."""
    if code in _AUTH_CODES:
        return AuthFailed(words_of(code, text))
    if code < 500:
        return temporary(code, text)
    passes = _PASSES.match(text) is not None
    return (UnreachableNow if passes else RecipientUnreachable)(words_of(code, text))


def mail_refused(code: int, text: str) -> SendError:
    """The answer to DATA or to the final dot."""
    return temporary(code, text) if code < 500 else ContentRejected(words_of(code, text))
