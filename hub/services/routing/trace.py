"""Why this agent: what was known of everybody at the moment of the choice, told on demand."""

from __future__ import annotations

import msgspec

from hub.model.routing import Passed, Strategy, Trace
from hub.services.routing.demands import Asked
from hub.services.routing.seats import Seats, bits
from hub.services.routing.work import Work

#: A trace is kept with its assignment: it names no more agents than this.
_NAMED = 60


class Moment(msgspec.Struct, frozen=True, gc=False):
    """Masks of agent numbers as they were when the choice was made."""

    members: int
    ready: int
    room: int
    asked: int
    candidates: int
    #: How many stood before it in its queue, for whom nobody suited.
    in_front: int


def trace_of(
    seats: Seats,
    moment: Moment,
    asked: Asked,
    work: Work,
    strategy: Strategy,
    chosen: list[int],
    now: int,
) -> Trace:
    """Expand a moment into words' raw material."""
    suited = moment.candidates.bit_count()
    because: str = strategy
    if asked.demand.only:
        because = "preferred"
    elif suited == 1:
        because = "only_one"
    chosen_mask = sum(1 << number for number in chosen)
    passed = [
        Passed(seats.seats[number].agent_id, _why(seats, moment, asked, number))
        for number in bits(moment.members & ~chosen_mask)
    ]
    passed.sort(key=lambda one: one.why != "later")
    return Trace(
        strategy=strategy,
        because=because,
        chosen=[seats.seats[number].agent_id for number in chosen],
        suited=suited,
        passed=passed[:_NAMED],
        relaxed=list(asked.relaxed),
        waited_ms=now - work.entered_at,
        place=moment.in_front,
    )


def _why(seats: Seats, moment: Moment, asked: Asked, number: int) -> str:
    bit = 1 << number
    demand = asked.demand
    if not moment.ready & bit:
        return seats.seats[number].why_not or "offline"
    for skill_id, level in demand.skills:
        if not seats.able(skill_id, level) & bit:
            return "skill"
    if demand.without & bit:
        return "declined"
    if demand.only and not demand.only & bit:
        return "not_preferred"
    if moment.asked & bit:
        return "busy_offer"
    if not moment.room & bit:
        return "full"
    return "later"
