"""Who can take what now: every agent is a bit, every question an AND of a few integers.

The masks answer for 500 agents what a loop would take a hundred times as long for. Used by the
engine alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from hub.model.routing import DEFAULT_CAPACITY, FULL, WorkKind
from hub.services.routing.work import Seat

_KINDS: tuple[WorkKind, ...] = ("call", "chat", "mail")
_NOBODY = Seat(agent_id="", is_ready=False, why_not="offline")


def cost_of(kind: str, capacity: dict[str, int]) -> int:
    """What a piece of work of this kind takes of `FULL`."""
    return FULL // capacity.get(kind, DEFAULT_CAPACITY[kind])  # type: ignore[index]


def bits(mask: int) -> Iterator[int]:
    """Numbers of the bits that are set, the lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Seats:
    """Agents by number. A number, once given, stays its agent's."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.seats: list[Seat] = []
        self._costs: list[dict[str, int]] = []
        #: Room that decisions have promised, by agent number.
        self._promised: list[int] = []
        #: What was left of each when `room` was last told; -1: `room` has none of them.
        self._left: list[int] = []
        self.ready = 0
        #: Kind → who has room for one more of it.
        self.room: dict[str, int] = dict.fromkeys(_KINDS, 0)
        #: Who looks at an offer: nobody is asked two things at once.
        self.asked = 0
        self._levels: dict[tuple[str, int], int] = {}

    def number(self, agent_id: str) -> int:
        """The agent's number; who is not known yet gets one and is offline."""
        number = self._numbers.get(agent_id)
        if number is None:
            number = self._numbers[agent_id] = len(self.seats)
            self.seats.append(_NOBODY)
            self._costs.append({})
            self._promised.append(0)
            self._left.append(-1)
        return number

    def bit(self, agent_id: str) -> int:
        return 1 << self.number(agent_id)

    def mask(self, agent_ids: Sequence[str]) -> int:
        mask = 0
        for agent_id in agent_ids:
            mask |= self.bit(agent_id)
        return mask

    def set(self, seat: Seat) -> int:
        """Take over what is known of an agent; their number."""
        number = self.number(seat.agent_id)
        known = self.seats[number]
        self.seats[number] = seat
        if seat.skills is not known.skills and seat.skills != known.skills:
            self._set_skills(number, known.skills, seat.skills)
        if known is _NOBODY or seat.capacity != known.capacity:
            self._set_costs(number, seat.capacity)
        if seat.is_ready:
            self.ready |= 1 << number
        else:
            self.ready &= ~(1 << number)
        self._set_room(number)
        return number

    def promise(self, number: int, kind: str, *, is_asked: bool) -> int:
        """Keep room for a piece of work of this kind; what it takes."""
        cost = self._costs[number][kind]
        self._promised[number] += cost
        if is_asked:
            self.asked |= 1 << number
        self._set_room(number)
        return cost

    def release(self, number: int, cost: int, *, is_asked: bool) -> None:
        self.forget_promise(number, cost, is_asked=is_asked)
        self._set_room(number)

    def forget_promise(self, number: int, cost: int, *, is_asked: bool) -> None:
        """As `release`, where `set` follows."""
        self._promised[number] -= cost
        if is_asked:
            self.asked &= ~(1 << number)

    def note_given(self, number: int, now: int) -> None:
        """They have just been given work: until the desk says so itself, count it."""
        seat = self.seats[number]
        self.seats[number] = msgspec.structs.replace(
            seat, idle_since=now, last_assigned_at=now, handled=seat.handled + 1
        )

    def able(self, skill_id: str, level: int) -> int:
        """Who has a skill at this level or above."""
        return self._levels.get((skill_id, level), 0)

    def load(self, number: int) -> int:
        return self.seats[number].load + self._promised[number]

    def _set_room(self, number: int) -> None:
        left = FULL - self.seats[number].load - self._promised[number]
        known = self._left[number]
        if left == known:
            return
        self._left[number] = left
        for kind, cost in self._costs[number].items():
            if (cost <= left) is not (cost <= known):
                self.room[kind] ^= 1 << number

    def _set_costs(self, number: int, capacity: dict[str, int]) -> None:
        for kind in _KINDS:
            self.room[kind] &= ~(1 << number)
        self._costs[number] = {kind: cost_of(kind, capacity) for kind in _KINDS}
        self._left[number] = -1

    def _set_skills(self, number: int, old: dict[str, int], new: dict[str, int]) -> None:
        bit, levels = 1 << number, self._levels
        for skill_id, level in old.items():
            for at in range(1, level + 1):
                levels[skill_id, at] &= ~bit
        for skill_id, level in new.items():
            for at in range(1, level + 1):
                levels[skill_id, at] = levels.get((skill_id, at), 0) | bit
