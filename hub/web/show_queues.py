"""Queues, teams, skills, hours and presence reasons as the API shows and takes them: ids local to
the workspace outside, full inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from hub.model.agent import Agent
from hub.model.board import QueueState
from hub.model.desk import PresenceReason
from hub.model.hours import Schedule
from hub.model.ids import local
from hub.model.routing import Member, Outside, Overflow, Queue, Skill, SlaTargets, Team
from hub.services.hours import Hours, is_open, make_hours, next_change
from hub.services.skills import shown_levels
from hub.web import routing_views as rv

Naming = Callable[[str], str]
Rule = TypeVar("Rule", Outside, Overflow)


def _short(id: str) -> str:
    return local(id) if id else ""


def skill(one: Skill, agents: int) -> rv.SkillView:
    return rv.SkillView(id=local(one.id), name=one.name, language=one.language, agents=agents)


def team(one: Team) -> rv.TeamView:
    return rv.TeamView(id=local(one.id), name=one.name, agent_ids=[local(a) for a in one.agent_ids])


def presence_reason(one: PresenceReason) -> rv.PresenceReasonView:
    return rv.PresenceReasonView(
        id=local(one.id), name=one.name, limit_minutes=one.limit_minutes, position=one.position
    )


def agent_skills(one: Agent, known: Mapping[str, Skill]) -> rv.AgentSkillsView:
    return rv.AgentSkillsView(
        agent_id=local(one.id), skills=shown_levels(one, known), capacity=one.capacity
    )


def schedule(one: Schedule, hours: Hours | None, now_ms: int) -> rv.ScheduleView:
    """`hours` is what the queue book knows of it, with its holidays."""
    hours = hours or make_hours(one)
    return rv.ScheduleView(
        id=local(one.id),
        name=one.name,
        time_zone=one.time_zone,
        week=one.week,
        holidays_country=one.holidays_country,
        holidays_region=one.holidays_region,
        dates=one.dates,
        is_open=is_open(hours, now_ms),
        changes_at=next_change(hours, now_ms),
        next_holidays=_next_holidays(hours, now_ms),
    )


def _next_holidays(hours: Hours, now_ms: int) -> list[rv.HolidayView]:
    today = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(hours.zone).date()
    first, last = today.isoformat(), (today + timedelta(days=365)).isoformat()
    found = sorted((day, name) for day, name in hours.holidays.items() if first <= day <= last)
    return [rv.HolidayView(date=day, name=name) for day, name in found]


def queue(
    one: Queue, now: QueueState, *, waiting: int, is_mine: bool, is_open: bool
) -> rv.QueueView:
    """`now` may be a second old, `waiting` and `is_open` are exact."""
    fields = msgspec.structs.asdict(_mapped(one, _short))
    shown = {name: fields[name] for name in rv.QueueView.__struct_fields__ if name in fields}
    return rv.QueueView(
        **shown,
        is_mine=is_mine,
        is_open=is_open,
        waiting=waiting,
        agents_available=now.agents_available,
        agents_free=now.agents_free,
    )


def queue_settings(body: rv.SaveQueue, workspace: str) -> dict[str, Any]:
    """Of a queue as the services take them."""

    def full(id: str) -> str:
        return f"{workspace}.{id}" if id else ""

    given = Queue(id="", **msgspec.structs.asdict(body))
    fields = msgspec.structs.asdict(_mapped(given, full))
    return {name: fields[name] for name in body.__struct_fields__}


def _mapped(one: Queue, named: Naming) -> Queue:
    """All ids in it by another name. Skills go by their local ids everywhere."""
    sla: SlaTargets = one.sla
    return msgspec.structs.replace(
        one,
        id=named(one.id),
        members=[Member(agent_id=named(m.agent_id), tier=m.tier) for m in one.members],
        team_ids=[named(team_id) for team_id in one.team_ids],
        schedule_id=named(one.schedule_id),
        outside=_with_queue(one.outside, named),
        overflow=[_with_queue(rule, named) for rule in one.overflow],
        sla=msgspec.structs.replace(sla, move_to_queue_id=named(sla.move_to_queue_id)),
    )


def _with_queue(rule: Rule, named: Naming) -> Rule:
    return msgspec.structs.replace(rule, queue_id=named(rule.queue_id))
