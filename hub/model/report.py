"""What is counted: one tally per bucket of time, family and key.

Everything is folded from the timeline (`hub.services.reports.tally`): a bucket can be counted again
from the messages at any time and comes out equal.
"""

from __future__ import annotations

from typing import Literal

import msgspec

#: By what is counted. `total` has the one key "all".
Family = Literal["total", "queue", "agent", "channel", "inbox", "label", "outcome"]
#: Buckets in UTC: `quarter` of an hour (zones with odd offsets), hour, day, month.
Grain = Literal["quarter", "hour", "day", "month"]


class Tally(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Counts and sums of milliseconds; the formulas that are made of them stand in
    `hub.services.reports.formulas`.
    """

    #: Messages of customers and of ours, automatic ones apart.
    messages_in: int = 0
    messages_out: int = 0
    messages_auto: int = 0
    #: Conversations begun, closed, opened again.
    created: int = 0
    closed: int = 0
    reopened: int = 0
    #: Came into a queue; of these answered by an agent, left it unanswered (abandoned), moved on.
    queued: int = 0
    answered: int = 0
    abandoned: int = 0
    overflowed: int = 0
    #: Answered within the queue's service level.
    in_level: int = 0
    wait_ms: int = 0
    abandoned_wait_ms: int = 0
    longest_wait_ms: int = 0
    offers: int = 0
    declined: int = 0
    missed: int = 0
    transfers: int = 0
    first_answers: int = 0
    first_answer_ms: int = 0
    next_answers: int = 0
    next_answer_ms: int = 0
    #: From assignment to close or transfer, and the work after it.
    handled: int = 0
    handle_ms: int = 0
    wrap_up_ms: int = 0
    resolutions: int = 0
    resolve_ms: int = 0
    sla_warned: int = 0
    sla_broken: int = 0
    #: Agents: time in these states (presence log).
    available_ms: int = 0
    away_ms: int = 0


class Bucket(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`<ws>.<family>.<grain>.<start yyyymmddhhmm UTC>`: all keys of a family in one document."""

    id: str
    v: int = 1
    start: int
    rows: dict[str, Tally] = {}
    #: Nothing more can come into it: counted once more after its end.
    is_final: bool = False
