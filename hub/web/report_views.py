"""What the API takes and shows of reports: a period in a time zone, tallies by key, series for
charts, the conversation log.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hub.model.report import Family, Tally
from hub.web.requests import Query, Short

#: Before the year 3000: calendars end with the year 9999, and no zone leads beyond it from there.
Moment = Annotated[int, Meta(ge=0, le=32_503_680_000_000)]
#: Of a report's row: an id, or a channel's name.
Key = Annotated[str, Meta(max_length=64, pattern=r"^[\w-]*$")]


class ReportQuery(Query, frozen=True, kw_only=True):
    """`start` ≤ t < `end` in ms; `zone` (IANA) decides where days begin. `step` is the width of
    the chart's points; `key` narrows the chart to one row (a queue, an agent…).
    """

    family: Family = "queue"
    start: Moment
    end: Moment
    zone: Short = "UTC"
    step: Literal["hour", "day", "week", "month"] = "day"
    key: Key = ""


class ExportQuery(ReportQuery, frozen=True, kw_only=True):
    format: Literal["csv", "xlsx"] = "csv"
    language: Literal["en", "tr", "pl"] = "en"


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One key's tally and what the formulas make of it (null: nothing to divide by)."""

    key: str
    name: str
    tally: Tally
    measures: dict[str, float | None]


class ReportPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the chart, at the beginning of its step."""

    at: int
    tally: Tally
    measures: dict[str, float | None]


class MeasureView(msgspec.Struct, frozen=True, kw_only=True):
    """A formula as it is shown beside its numbers; `name` is a text key."""

    name: str
    unit: Literal["count", "ms", "ratio"]
    formula: str


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """`counted_until`: what came later is not in it yet; `counted_from`: what came earlier is being
    counted (0: everything has been). `fields` are those of a tally that are shown of this family.
    """

    family: Family
    start: int
    end: int
    zone: str
    counted_until: int
    counted_from: int
    fields: list[str]
    total: ReportRow
    rows: list[ReportRow]
    points: list[ReportPoint]
    measures: list[MeasureView]


class LogQuery(Query, frozen=True, kw_only=True):
    """The conversation log: begun in the period, narrowed by any of the rest. With a `field` of a
    report's tally, in the row `key` of `family`: those in which that was counted in the period.
    """

    start: Moment
    end: Moment
    queue_id: Short = ""
    agent_id: Short = ""
    inbox_id: Short = ""
    channel: Short = ""
    label: Short = ""
    outcome: Short = ""
    state: Literal["", "open", "snoozed", "closed"] = ""
    family: Family = "total"
    key: Key = ""
    field: Short = ""
    after: Annotated[str, Meta(max_length=1000)] = ""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class LogExportQuery(LogQuery, frozen=True, kw_only=True):
    format: Literal["csv", "xlsx"] = "csv"
    language: Literal["en", "tr", "pl"] = "en"
    zone: Short = "UTC"


class LogRow(msgspec.Struct, frozen=True, kw_only=True):
    """`times`: how often it was counted in the number asked for; the sum of them is the number."""

    conversation_id: str
    contact_name: str
    channel: str
    inbox_id: str
    queue_id: str
    assignee_id: str
    state: str
    labels: list[str]
    disposition: str
    created_at: int
    waited_ms: int
    first_answer_ms: int
    closed_at: int
    messages: int
    sla_broken: list[str]
    times: int


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[LogRow]
    next: str | None
