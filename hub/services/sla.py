"""Promised times of a queue: what a command of the timeline does to the clocks of its conversation.
Pure. `hub.services.sla_watch` puts it into every command and tells when a promise is due.

The first answer is promised from the customer's first message on, the next from each one that
begins a new wait, the solution from the beginning (or reopening); all by the hours of work of the
queue. An automatic answer stops nothing. Coming into another queue, its promises hold from the same
beginnings; what was broken stays so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from hub.model.conversation import Conversation, SlaClock, queue_of
from hub.model.routing import Queue, SlaTargets
from hub.services.hours import Hours, add_open_time

Target = Literal["first", "next", "resolve"]
TARGETS: tuple[Target, ...] = ("first", "next", "resolve")
#: What became due longer ago than that is noted, and nothing is done about it (R-14, R-27).
LATE_MS = 10 * 60_000


class Promises(msgspec.Struct, frozen=True):
    """A queue's, with its hours."""

    targets: SlaTargets
    hours: Hours | None


class Due(msgspec.Struct, frozen=True):
    """What is to be told of a conversation now."""

    target: Target
    what: Literal["warned", "broken"]
    due: int
    is_late: bool = False


def has_promises(queue: Queue | None) -> bool:
    sla = queue.sla if queue is not None else SlaTargets()
    return bool(sla.first_answer_s or sla.next_answer_s or sla.resolve_s)


def clocks_after(
    before: Conversation | None, after: Conversation, promises: Promises | None
) -> SlaClock | None:
    """The clocks as the command leaves them; None where no queue ever promised anything."""
    if promises is None or after.state in ("closed", "merged") or after.is_spam:
        return after.sla and SlaClock(warned=after.sla.warned, broken=after.sla.broken)
    is_again = before is None or before.state == "closed"
    known = SlaClock() if is_again or after.sla is None else after.sla
    is_moved = before is None or queue_of(before) != queue_of(after)
    for target, start in _starts(after).items():
        is_new = is_again or (before is not None and _starts(before)[target] != start)
        if is_new and start:
            known = _forgotten(known, target)
        if not start:
            known = _stopped(known, target)
        elif is_new or is_moved or not due_of(known, target):
            known = _started(known, target, start, promises)
    return None if after.sla is None and known == SlaClock() else known


def due_of(clock: SlaClock, target: Target) -> int:
    due: int = getattr(clock, f"{target}_due")
    return due


def next_at(clock: SlaClock | None) -> int:
    """When something is to be told next; 0: nothing is."""
    if clock is None:
        return 0
    times = [
        clock.warn_at[target]
        for target in TARGETS
        if target in clock.warn_at and target not in (*clock.warned, *clock.broken)
    ]
    times += [
        due_of(clock, target)
        for target in TARGETS
        if due_of(clock, target) and target not in clock.broken
    ]
    return min(times, default=0)


def due_now(clock: SlaClock | None, now: int) -> list[Due]:
    """Warnings and breaches whose time has come. A warning that its breach has overtaken is not
    told any more.
    """
    found: list[Due] = []
    for target in TARGETS if clock is not None else ():
        assert clock is not None
        due = due_of(clock, target)
        if not due or target in clock.broken:
            continue
        if due <= now:
            found.append(Due(target, "broken", due, now - due > LATE_MS))
        elif target not in clock.warned and clock.warn_at.get(target, due) <= now:
            found.append(Due(target, "warned", due))
    return found


def told(clock: SlaClock, items: list[Due]) -> SlaClock:
    """With what has been told noted."""
    warned = [one.target for one in items if one.what == "warned"]
    broken = [one.target for one in items if one.what == "broken"]
    return msgspec.structs.replace(
        clock, warned=[*clock.warned, *warned], broken=[*clock.broken, *broken]
    )


def _starts(one: Conversation) -> Mapping[Target, int]:
    """Since when each promise runs; 0: it does not."""
    waiting = one.waiting_since
    return {
        "first": 0 if one.has_answer else waiting,
        "next": waiting if one.has_answer else 0,
        "resolve": one.reopened_at or one.created_at,
    }


def _stopped(clock: SlaClock, target: Target) -> SlaClock:
    warn_at = {key: at for key, at in clock.warn_at.items() if key != target}
    return msgspec.structs.replace(clock, warn_at=warn_at, **{f"{target}_due": 0})


def _started(clock: SlaClock, target: Target, start: int, promises: Promises) -> SlaClock:
    promised_s = _promised_s(promises.targets, target)
    due = add_open_time(promises.hours, start, promised_s * 1000) if promised_s else 0
    if not due:  # nothing is promised, or it would never be due
        return _stopped(clock, target)
    warn_ms = promised_s * 10 * promises.targets.warn_percent
    warn_at = {**clock.warn_at, target: add_open_time(promises.hours, start, warn_ms)}
    return msgspec.structs.replace(clock, warn_at=warn_at, **{f"{target}_due": due})


def _forgotten(clock: SlaClock, target: Target) -> SlaClock:
    """What was told of another wait says nothing about this one."""
    return msgspec.structs.replace(
        clock,
        warned=[one for one in clock.warned if one != target],
        broken=[one for one in clock.broken if one != target],
    )


def _promised_s(targets: SlaTargets, target: Target) -> int:
    match target:
        case "first":
            return targets.first_answer_s
        case "next":
            return targets.next_answer_s
        case "resolve":
            return targets.resolve_s
