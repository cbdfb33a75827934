"""The table of errors, row by row, against the list of codes in specs/."""

from __future__ import annotations

import json

from channels._meta.faults import Fault, rule_of, send_error
from channels.whatsapp.errors import ERRORS
from hub.errors import (
    AuthFailed,
    ContentRejected,
    OptedOut,
    OutcomeUnknown,
    OutsideWindow,
    RateLimited,
    RecipientUnreachable,
    SendError,
    TransientFailure,
    UnreachableNow,
)
from tests.support import specs

#: What the classes of specs/whatsapp/error_codes.json ask for.
CLASSES: dict[str, type[SendError]] = {
    "config": AuthFailed,
    "account": AuthFailed,
    "throttle": RateLimited,
    "throttle_long": RateLimited,
    "transient": TransientFailure,
    "recipient": RecipientUnreachable,
    "permanent": RecipientUnreachable,
    "window": OutsideWindow,
    "opt_out": OptedOut,
    "marketing_cap": ContentRejected,
    "bug": ContentRejected,
    "template": ContentRejected,
    "media": ContentRejected,
    "security": ContentRejected,
}
#: Rows where the outbox must do something else than the class says.
OTHERWISE: dict[int, type[SendError]] = {
    1: OutcomeUnknown,  # "possible server error": nobody says that it was not sent
    130497: UnreachableNow,  # this business may not write to their country
    131030: UnreachableNow,  # true of this recipient only
    131062: ContentRejected,  # this template needs a number
    131063: ContentRejected,  # marketing templates only
    133008: AuthFailed,  # a person mistyped a PIN: waiting alone helps nobody
    139101: ContentRejected,
}


def codes() -> dict[int, str]:
    """Code → class; ranges by their ends."""
    rows = json.loads(specs.require("whatsapp/error_codes.json").read_text())["codes"]
    found: dict[int, str] = {}
    for row in rows:
        first, _, last = str(row["code"]).partition("-")
        found |= {int(first): row["class"], int(last or first): row["class"]}
    return found


def test_every_code_becomes_the_error_that_its_class_asks_for() -> None:
    table = codes()
    assert len(table) >= 60
    found = {code: rule_of(Fault(status=400, code=code), ERRORS).error for code in table}
    assert found == {code: OTHERWISE.get(code, CLASSES[table[code]]) for code in table}


def test_a_limit_says_how_long() -> None:
    named = send_error(Fault(status=429, code=130429, retry_after_s=17), ERRORS)
    assert isinstance(named, RateLimited)
    assert named.retry_after_s == 17
    pair = send_error(Fault(status=400, code=131056), ERRORS)
    assert isinstance(pair, RateLimited)
    assert (pair.retry_after_s, pair.is_recipient) == (6, True)
    spam = send_error(Fault(status=400, code=131048), ERRORS)
    assert isinstance(spam, RateLimited)
    assert (spam.retry_after_s, spam.is_recipient) == (3600, False)


def test_codes_that_nobody_knows_go_by_the_status() -> None:
    by_status = {400: ContentRejected, 401: AuthFailed, 403: AuthFailed, 429: RateLimited}
    by_status |= {404: ContentRejected, 500: OutcomeUnknown, 503: OutcomeUnknown}
    found = {s: rule_of(Fault(status=s, code=999999), ERRORS).error for s in by_status}
    assert found == by_status
