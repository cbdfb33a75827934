"""What a piece of work asks for at a given moment: needs relax as it waits, the preferred agent is
asked first, who passed it by is asked last. Pure; used by the engine.
"""

from __future__ import annotations

import msgspec

from hub.model.routing import Need, Queue
from hub.services.routing.seats import Seats
from hub.services.routing.work import Work

#: When everybody has passed a piece of work by, the next round begins after so long.
ROUND_PAUSE_MS = 10_000


class Demand(msgspec.Struct, frozen=True, gc=False):
    """Work with equal demands is served by the same agents. Skill ids with the level needed now;
    `only` and `without` are masks of agent numbers (`only` 0: no such limit).
    """

    queue_id: str
    kind: str
    skills: tuple[tuple[str, int], ...]
    only: int = 0
    without: int = 0

    def eligible(self, seats: Seats, members: int) -> int:
        mask = members & ~self.without
        if self.only:
            mask &= self.only
        for skill_id, level in self.skills:
            mask &= seats.able(skill_id, level)
        return mask


class Asked(msgspec.Struct, frozen=True):
    """The demand now, when time alone changes it (ms, 0: never), and what had been relaxed."""

    demand: Demand
    until: int
    relaxed: tuple[str, ...]


def demand_of(work: Work, queue: Queue, seats: Seats, members: int, now: int) -> Asked:
    """What `work` asks for at `now`."""
    waited_s = (now - work.entered_at) / 1000
    skills = dict(work.needs)
    next_s = 0
    relaxed: tuple[str, ...] = ()
    for need in queue.needs:
        level = need.level
        if need.steps:
            level, falls_s = _level(need, waited_s)
            next_s = _sooner(next_s, falls_s)
            relaxed += (need.skill_id,) if level < need.level else ()
        if level:
            skills[need.skill_id] = max(level, skills.get(need.skill_id, 0))
    if queue.match_language and work.language:
        if not queue.language_relax_s or waited_s < queue.language_relax_s:
            skills.setdefault(work.language, 1)
            next_s = _sooner(next_s, queue.language_relax_s)
        else:
            relaxed += (work.language,)
    until = work.entered_at + next_s * 1000 if next_s else 0
    demand = Demand(work.queue_id, work.kind, tuple(sorted(skills.items())))
    if work.preferred_id:
        demand, until = _preferred(demand, until, work, queue, seats, now)
    if work.passed_by:
        demand, until = _passed(demand, until, work, seats, members, now)
    return Asked(demand, until, relaxed)


def _sooner(one: int, other: int) -> int:
    """The earlier of two times; 0 is never."""
    return min(one, other) if one and other else one or other


def _level(need: Need, waited_s: float) -> tuple[int, int]:
    """The level needed after this wait, and when it falls next (seconds, 0: never)."""
    level = need.level
    for after_s, relaxed in sorted(need.steps):
        if waited_s < after_s:
            return level, after_s
        level = min(level, relaxed)
    return level, 0


def _preferred(
    demand: Demand, until: int, work: Work, queue: Queue, seats: Seats, now: int
) -> tuple[Demand, int]:
    """For a while it is kept for the preferred agent, who is here, suits and has not passed."""
    kept_until = work.entered_at + queue.preferred_wait_s * 1000
    if now >= kept_until or work.preferred_id in work.passed_by:
        return demand, until
    bit = seats.bit(work.preferred_id)
    if not bit & seats.ready:
        return demand, until
    kept = msgspec.structs.replace(demand, only=bit)
    return kept, _sooner(until, kept_until)


def _passed(
    demand: Demand, until: int, work: Work, seats: Seats, members: int, now: int
) -> tuple[Demand, int]:
    """Who passed it by comes last: after everybody else who is here, and after a pause."""
    passed = seats.mask(work.passed_by)
    others = demand.eligible(seats, members) & seats.ready & ~passed
    again_at = work.passed_at + ROUND_PAUSE_MS
    if not others and now >= again_at:
        return demand, until
    if not others:
        until = _sooner(until, again_at)
    return msgspec.structs.replace(demand, without=passed), until
