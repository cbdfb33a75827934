"""What one line of a timeline adds to which buckets. Pure: the same message always gives the same,
so that everything can be counted again. Edits change nothing; a message's `at` decides the bucket.

Called by `counting` and `history`; the activities and their details are those that routing writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from operator import mul
from typing import Any, TypeGuard

import msgspec
from msgspec.structs import astuple

from hub.model.ids import local
from hub.model.message import Author
from hub.model.report import Family, Tally

#: Fields of `Tally` with what is added to them; nothing of what is 0.
Counts = dict[str, int]
Delta = tuple[Family, str, Counts]
Key = tuple[Family, str]

#: Of these the largest counts, not the sum.
LARGEST = frozenset({"longest_wait_ms"})
FIELDS: tuple[str, ...] = Tally.__struct_fields__
#: The one key of the family `total`.
ALL = "all"
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Line(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """As much of a `hub.model.message.Message` as is counted."""

    id: str
    seq: int
    kind: str
    direction: str
    author: Author
    at: int
    inbox_id: str = ""
    channel: str = ""
    activity: str = ""
    details: dict[str, Any] = {}
    is_auto: bool = False


def add(into: Counts, counts: Counts) -> None:
    for name, number in counts.items():
        if name in LARGEST:
            into[name] = max(into.get(name, 0), number)
        else:
            into[name] = into.get(name, 0) + number


def summed(tallies: Sequence[Tally], signs: Sequence[int] = ()) -> Counts:
    """All of them together, or some taken away from the others. Nothing is below 0: an outcome that
    was corrected is taken away where it was corrected. Columns are summed by the interpreter's own
    loops: reports sum up tens of thousands.
    """
    columns = zip(*map(astuple, tallies), strict=True)
    found: Counts = {}
    for name, column in zip(FIELDS, columns, strict=False):
        if name in LARGEST:
            number = 0 if signs else max(column)
        else:
            number = sum(map(mul, column, signs)) if signs else sum(column)
        if number > 0:
            found[name] = number
    return found


def deltas(line: Line) -> list[Delta]:
    """What `line` adds, by family and key."""
    found: list[Delta] = []
    if line.seq == 1:
        found += _to(_everywhere(line), {"created": 1})
    if line.kind == "message":
        found += _message(line)
    elif line.kind == "activity":
        count = _ACTIVITIES.get(line.activity)
        if count is not None:
            found += count(line, _Details(line.details))
    return found


class _Details:
    """Details as foreign data: whatever is not of the kind asked for is not there."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw = raw

    def id(self, name: str) -> str:
        value = self._raw.get(name)
        return value if _is_key(value) else ""

    def ids(self, name: str) -> list[str]:
        value = self._raw.get(name)
        return [one for one in value if _is_key(one)] if isinstance(value, list) else []

    def ms(self, name: str) -> int:
        """Never below 0, whatever a clock did."""
        value = self._raw.get(name)
        return max(0, value) if type(value) is int else 0

    def is_true(self, name: str) -> bool:
        return self._raw.get(name) is True


def _is_key(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _KEY.fullmatch(value) is not None


def _everywhere(line: Line) -> list[Key]:
    """Families in which each line of its conversation counts."""
    keys: list[Key] = [("total", ALL)]
    if line.channel:
        keys.append(("channel", line.channel))
    if line.inbox_id:
        keys.append(("inbox", local(line.inbox_id)))
    return keys


def _with(line: Line, *, queue: str = "", agent: str = "") -> list[Key]:
    keys = _everywhere(line)
    if queue:
        keys.append(("queue", queue))
    if agent:
        keys.append(("agent", agent))
    return keys


def _to(keys: Iterable[Key], counts: Counts) -> list[Delta]:
    said = {name: number for name, number in counts.items() if number}
    return [(family, key, said) for family, key in keys] if said else []


def _message(line: Line) -> list[Delta]:
    details = _Details(line.details)
    if line.direction == "in":
        what = "messages_auto" if line.is_auto else "messages_in"
        return _to(_everywhere(line), {what: 1})
    if line.direction != "out":
        return []
    if line.is_auto or line.author.kind != "agent":
        return _to(_everywhere(line), {"messages_auto": 1})
    counts = {"messages_out": 1}
    answer = details.id("answer")
    if answer in ("first", "next"):
        counts |= {f"{answer}_answers": 1, f"{answer}_answer_ms": details.ms("answer_ms")}
    agent = local(line.author.id) if line.author.id else ""
    return _to(_with(line, queue=details.id("queue_id"), agent=agent), counts)


def _queued(line: Line, details: _Details) -> list[Delta]:
    found = _to(_with(line, queue=details.id("queue_id")), {"queued": 1})
    source = details.id("from_queue_id")
    if source and details.id("why") == "overflow":
        found += _to(_with(line, queue=source), {"overflowed": 1})
    return found


def _left_line(line: Line, details: _Details) -> list[Delta]:
    keys = _with(line, queue=details.id("queue_id"))
    waited = details.ms("waited_ms")
    match details.id("why"):
        case "closed":
            counts = {"abandoned": 1, "abandoned_wait_ms": waited, "longest_wait_ms": waited}
            return _to(keys, counts)
        case "moved":
            return _to(keys, {"overflowed": 1})
    return []


def _offered(line: Line, details: _Details) -> list[Delta]:
    """Each agent who is asked counts; who was asked before and still is stands in `agent_ids`."""
    asked = details.ids("added")
    found = _to(_with(line, queue=details.id("queue_id")), {"offers": len(asked)})
    return found + _to([("agent", id) for id in asked], {"offers": 1})


def _offer_missed(line: Line, details: _Details) -> list[Delta]:
    what = {"declined": "declined", "timeout": "missed", "gone": "missed"}.get(details.id("why"))
    if what is None:
        return []
    keys = _with(line, queue=details.id("queue_id"), agent=details.id("agent_id"))
    return _to(keys, {what: 1})


def _assigned(line: Line, details: _Details) -> list[Delta]:
    """An answer to who waited in a queue; passing on by hand is none."""
    queue, waited = details.id("queue_id"), details.ms("waited_ms")
    is_in_level = details.is_true("is_in_level")
    if not queue or not (waited or is_in_level or details.id("by") == "routing"):
        return []
    counts = {
        "answered": 1,
        "in_level": int(is_in_level),
        "wait_ms": waited,
        "longest_wait_ms": waited,
    }
    return _to(_with(line, queue=queue, agent=details.id("assignee_id")), counts)


def _handled(line: Line, details: _Details, agent: str, queue: str) -> list[Delta]:
    """An agent's part of the work has ended."""
    if not agent:
        return []
    counts = {"handled": 1, "handle_ms": details.ms("handle_ms")}
    return _to(_with(line, queue=queue, agent=agent), counts)


def _unassigned(line: Line, details: _Details) -> list[Delta]:
    return _handled(line, details, details.id("previous_id"), details.id("queue_id"))


def _transferred(line: Line, details: _Details) -> list[Delta]:
    agent, queue = details.id("from_agent_id"), details.id("from_queue_id")
    found = _to(_with(line, queue=queue, agent=agent), {"transfers": 1})
    return found + _handled(line, details, agent, queue)


def _taken_over(line: Line, details: _Details) -> list[Delta]:
    return _handled(line, details, details.id("from_agent_id"), details.id("queue_id"))


def _closed(line: Line, details: _Details) -> list[Delta]:
    agent, queue = details.id("agent_id"), details.id("queue_id")
    keys = _with(line, queue=queue, agent=agent)
    keys += [("label", id) for id in details.ids("labels")]
    outcome = details.id("disposition")
    if outcome:
        keys.append(("outcome", outcome))
    return _to(keys, _closing(details))


def _closing(details: _Details) -> Counts:
    counts = {"closed": 1}
    if details.id("agent_id"):
        counts |= {"handled": 1, "handle_ms": details.ms("handle_ms")}
    if details.ms("resolve_ms"):
        counts |= {"resolutions": 1, "resolve_ms": details.ms("resolve_ms")}
    return counts


def _reopened(line: Line, details: _Details) -> list[Delta]:
    keys = _with(line, queue=details.id("queue_id"), agent=details.id("agent_id"))
    return _to(keys, {"reopened": 1})


def _sla(line: Line, details: _Details) -> list[Delta]:
    return _to(_with(line, queue=details.id("queue_id")), {line.activity: 1})


def _wrapped_up(line: Line, details: _Details) -> list[Delta]:
    keys = _with(line, queue=details.id("queue_id"), agent=details.id("agent_id"))
    outcome = details.id("disposition")
    if outcome:
        keys.append(("outcome", outcome))
    return _to(keys, {"wrap_up_ms": details.ms("wrap_up_ms")})


def _disposition(line: Line, details: _Details) -> list[Delta]:
    """Chosen after the end: the closing goes from one outcome, if there was any, to another."""
    found: list[Delta] = []
    for outcome, sign in ((details.id("disposition"), 1), (details.id("previous"), -1)):
        counts = {name: sign * number for name, number in _closing(details).items()}
        found += _to([("outcome", outcome)] if outcome else [], counts)
    return found


_ACTIVITIES: dict[str, Callable[[Line, _Details], list[Delta]]] = {
    "queued": _queued,
    "left_line": _left_line,
    "offered": _offered,
    "offer_missed": _offer_missed,
    "assigned": _assigned,
    "unassigned": _unassigned,
    "transferred": _transferred,
    "taken_over": _taken_over,
    "closed": _closed,
    "reopened": _reopened,
    "sla_warned": _sla,
    "sla_broken": _sla,
    "wrapped_up": _wrapped_up,
    "disposition": _disposition,
}
