"""One row of the conversation log: what a conversation took, and how often a number of a report was
counted in it. Read from its timeline. Called by `conversation_log` and `behind`.
"""

from __future__ import annotations

import msgspec

from hub.errors import BadInput
from hub.model.conversation import Conversation
from hub.model.ids import message_range, workspace_of
from hub.model.report import Family
from hub.ports.collections import MESSAGES
from hub.ports.store import DocumentStore
from hub.services.reports.tally import ALL, FIELDS, Line, deltas

_TIMELINE_PAGE = 500
#: What is counted in messages; all else is counted in activities.
_OF_MESSAGES = frozenset(
    {"messages_in", "messages_out", "messages_auto", "first_answers", "next_answers"}
)
#: A line's time and id.
Place = tuple[int, str]


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number of a report: `field` of the tally in the row `key` of `family`."""

    family: Family
    key: str
    field: str

    def of(self, line: Line) -> int:
        """What the line adds to it."""
        return sum(
            counts.get(self.field, 0)
            for family, key, counts in deltas(line)
            if family == self.family and key == self.key
        )

    @property
    def kind(self) -> str:
        """Of the lines that it is counted in; "": of any."""
        if self.field == "created":
            return ""
        return "message" if self.field in _OF_MESSAGES else "activity"


def number_of(family: Family, key: str, field: str) -> Number:
    """Raises `BadInput` for what is no number of a report, or a sum of times."""
    if field not in FIELDS or field.endswith("_ms"):
        raise BadInput("no conversations are counted there", "field")
    return Number(family=family, key=ALL if family == "total" else key, field=field)


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`waited_ms` in its last queue; `first_answer_ms` from the customer's first message to ours;
    0 where there was none. `times` and `last` (its last line) are about the number asked for.
    """

    conversation: Conversation
    waited_ms: int
    first_answer_ms: int
    messages: int
    times: int = 0
    last: Place = (0, "")


class Period(msgspec.Struct, frozen=True):
    """[start, end) and what was counted in it."""

    start: int
    end: int
    number: Number


async def read_entry(
    store: DocumentStore, one: Conversation, period: Period | None = None
) -> LogEntry:
    first_in = first_out = messages = times = 0
    last: Place = (0, "")
    kinds = {"kind": "message"} if period is None else {}
    after: str | None = None
    while True:
        page = await store.find_as(
            Line,
            MESSAGES,
            workspace_of(one.id),
            {"_id": message_range(one.id), **kinds},
            after=after,
            limit=_TIMELINE_PAGE,
        )
        for line in page.items:
            if period is not None and period.start <= line.at < period.end:
                number = period.number.of(line)
                times += number
                last = max(last, (line.at, line.id)) if number else last
            if line.kind != "message":
                continue
            messages += 1
            if line.direction == "in":
                first_in = first_in or line.at
            elif first_in and line.author.kind == "agent" and not line.is_auto:
                first_out = first_out or line.at
        after = page.next
        if after is None:
            break
    return LogEntry(
        conversation=one,
        waited_ms=_waited(one),
        first_answer_ms=max(0, first_out - first_in) if first_out else 0,
        messages=messages,
        times=times,
        last=last,
    )


def _waited(one: Conversation) -> int:
    """Until somebody got it, or it was closed without."""
    if one.routing is None or not one.routing.entered_at:
        return 0
    until = one.routing.assigned_at or one.closed_at
    return max(0, until - one.routing.entered_at) if until else 0
