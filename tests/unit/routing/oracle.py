"""What must hold of every decision, worked out anew by plain loops: the slow twin of the engine."""

from __future__ import annotations

from collections.abc import Iterable

from hub.model.routing import DEFAULT_CAPACITY, FULL, Queue
from hub.services.routing.work import Seat, Work

ROUND_PAUSE_MS = 10_000


def cost(seat: Seat, kind: str) -> int:
    return FULL // seat.capacity.get(kind, DEFAULT_CAPACITY[kind])


def needed(work: Work, queue: Queue, now: int) -> dict[str, int]:
    """Skill → level after this wait."""
    waited = (now - work.entered_at) / 1000
    found = dict(work.needs)
    for need in queue.needs:
        level = min([need.level, *(at for after, at in need.steps if waited >= after)])
        if level:
            found[need.skill_id] = max(level, found.get(need.skill_id, 0))
    if queue.match_language and work.language:
        limit = queue.language_relax_s
        if not limit or waited < limit:
            found.setdefault(work.language, 1)
    return found


def suits(seat: Seat, work: Work, queue: Queue, now: int) -> bool:
    skills = needed(work, queue, now)
    return all(seat.skills.get(skill, 0) >= level for skill, level in skills.items())


def has_room(seat: Seat, load: int, kind: str) -> bool:
    return load + cost(seat, kind) <= FULL


def turn(work: Work, queue: Queue) -> tuple[int, str]:
    boost = (work.priority - 2) * queue.priority_step_s + work.is_vip * queue.vip_boost_s
    return work.entered_at - boost * 1000, work.id


def rank(work: Work, queue: Queue) -> tuple[int, int, str, str]:
    at, id = turn(work, queue)
    return at - queue.weight_s * 1000, queue.position, queue.id, id


def longest_boost_ms(queue: Queue) -> int:
    """How much a conversation can gain over another of its queue."""
    return (4 * queue.priority_step_s + queue.vip_boost_s) * 1000


def free_for(
    seats: Iterable[tuple[Seat, int]], work: Work, queue: Queue, members: set[str], now: int
) -> list[str]:
    """Who could take it: (seat, load with promises) of everybody not looking at an offer."""
    kept = [
        seat.agent_id
        for seat, load in seats
        if seat.agent_id in members
        and seat.is_ready
        and has_room(seat, load, work.kind)
        and suits(seat, work, queue, now)
    ]
    return [agent_id for agent_id in kept if agent_id not in work.passed_by]
