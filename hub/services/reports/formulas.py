"""Measures, as sums of a tally's fields divided by sums of others. The formula that people read is
made from the same two lists that are calculated with. Called by `report` and by exports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from hub.model.report import Family

Unit = Literal["count", "ms", "ratio"]


class Measure(msgspec.Struct, frozen=True):
    """`over` ÷ `under`; the unit is `ms` for a mean time, `ratio` for a share (1 is all)."""

    name: str
    unit: Unit
    over: tuple[str, ...]
    under: tuple[str, ...]

    def of(self, counts: Mapping[str, int]) -> float | None:
        """None where there is nothing to divide by."""
        below = sum(counts.get(name, 0) for name in self.under)
        return sum(counts.get(name, 0) for name in self.over) / below if below else None

    @property
    def formula(self) -> str:
        return f"{_sum(self.over)} / {_sum(self.under)}"


def _sum(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"({' + '.join(names)})"


_WORK = ("handle_ms", "wrap_up_ms")
#: Names as in the trade: average speed of answer, average handling time, first response time,
#: time to resolution; service level is of those who were answered or gave up.
_ALL = (
    Measure("service_level", "ratio", ("in_level",), ("answered", "abandoned")),
    Measure("answer_rate", "ratio", ("answered",), ("queued",)),
    Measure("abandon_rate", "ratio", ("abandoned",), ("queued",)),
    Measure("asa", "ms", ("wait_ms",), ("answered",)),
    Measure("frt", "ms", ("first_answer_ms",), ("first_answers",)),
    Measure("nrt", "ms", ("next_answer_ms",), ("next_answers",)),
    Measure("aht", "ms", _WORK, ("handled",)),
    Measure("ttr", "ms", ("resolve_ms",), ("resolutions",)),
    Measure("transfer_rate", "ratio", ("transfers",), ("handled",)),
    Measure("reopen_rate", "ratio", ("reopened",), ("closed",)),
    Measure("missed_rate", "ratio", ("missed",), ("offers",)),
    Measure("declined_rate", "ratio", ("declined",), ("offers",)),
    Measure("occupancy", "ratio", _WORK, ("available_ms",)),
)
_OFFERS = ("missed_rate", "declined_rate")
_LINES = ("service_level", "answer_rate", "abandon_rate", "asa")
_WORKED = ("aht", "ttr")
_TALKS = ("frt", "nrt", *_WORKED, "transfer_rate", "reopen_rate")
_OF: dict[Family, tuple[str, ...]] = {
    "total": (*_LINES, *_TALKS, *_OFFERS, "occupancy"),
    "queue": (*_LINES, *_TALKS, *_OFFERS),
    "agent": ("asa", "frt", "nrt", "aht", "transfer_rate", *_OFFERS, "occupancy"),
    "channel": (*_LINES, *_TALKS),
    "inbox": (*_LINES, *_TALKS),
    "label": _WORKED,
    "outcome": _WORKED,
}
_COUNTED: dict[Family, tuple[str, ...]] = {
    "total": (
        "created", "queued", "answered", "abandoned", "overflowed", "closed", "reopened",
        "messages_in", "messages_out", "messages_auto", "longest_wait_ms", "sla_broken",
    ),
    "queue": (
        "queued", "answered", "abandoned", "overflowed", "closed", "reopened", "longest_wait_ms",
        "sla_warned", "sla_broken",
    ),
    "agent": (
        "answered", "handled", "closed", "messages_out", "offers", "declined", "missed",
        "transfers", "handle_ms", "wrap_up_ms", "available_ms", "away_ms",
    ),
    "channel": (
        "created", "queued", "answered", "abandoned", "closed", "reopened", "messages_in",
        "messages_out", "messages_auto", "sla_broken",
    ),
    "inbox": (
        "created", "queued", "answered", "abandoned", "closed", "reopened", "messages_in",
        "messages_out", "messages_auto", "sla_broken",
    ),
    "label": ("closed", "handled", "handle_ms"),
    "outcome": ("closed", "handled", "handle_ms", "wrap_up_ms"),
}  # fmt: skip


def measures(family: Family) -> list[Measure]:
    """Those that make sense for rows of this family."""
    wanted = _OF[family]
    return [one for one in _ALL if one.name in wanted]


def fields(family: Family) -> tuple[str, ...]:
    """The fields of a tally that are shown of this family, in their order."""
    return _COUNTED[family]


def measured(family: Family, counts: Mapping[str, int]) -> dict[str, float | None]:
    return {one.name: one.of(counts) for one in measures(family)}
