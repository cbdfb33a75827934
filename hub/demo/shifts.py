"""When the sample shop's people were at work in the past week: it makes the presence log from which
reports take times available and away.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from hub.model.agent import Scope
from hub.services.desks import Desks

What = Literal["come", "lunch", "back", "go"]
DAYS = 7


class Duty(NamedTuple):
    """At `at` (ms) somebody comes, goes to lunch, is back, or goes home."""

    at: int
    who: str
    what: What


#: Hours and minutes, UTC, of what somebody does each day.
_DAY: dict[str, tuple[tuple[What, int, int], ...]] = {
    "fern": (("come", 9, 0), ("lunch", 12, 30), ("back", 13, 5), ("go", 17, 0)),
    "moss": (("come", 10, 0), ("lunch", 14, 0), ("back", 14, 30), ("go", 19, 30)),
    "pip": (("come", 8, 0), ("lunch", 12, 0), ("back", 12, 40), ("go", 16, 30)),
    "toprak": (("come", 8, 15), ("lunch", 12, 45), ("back", 13, 15), ("go", 18, 10)),
}


def duties(anchor: int) -> list[Duty]:
    """Of the week before `anchor`, in their order; everybody has gone home before it."""
    today = datetime.fromtimestamp(anchor / 1000, UTC)
    found: list[Duty] = []
    for back in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=back)
        for who, plan in _DAY.items():
            for what, hour, minute in plan:
                moment = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
                found.append(Duty(int(moment.timestamp() * 1000), who, what))
    before = [duty for duty in found if duty.at < anchor - 1]
    return sorted(before) + [Duty(anchor - 1, who, "go") for who in _DAY]


async def carry_out(desks: Desks, duty: Duty, scope: Scope, lunch_id: str) -> None:
    """As if they had a browser open. Safe to repeat."""
    if duty.what == "go":
        await desks.set_presence(scope.agent_id, "away")
        desks.here.discard(scope.agent_id)
        await desks.refresh(scope.agent_id)
        return
    desks.here.add(scope.agent_id)
    if duty.what == "lunch":
        await desks.set_presence(scope.agent_id, "away", lunch_id)
    else:
        await desks.set_presence(scope.agent_id, "available")
