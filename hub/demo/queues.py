"""The sample shop's queues: Sales behind the chat, Support behind the mail, with hours, promised
times, skills and outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.demo.shop import Shop
from hub.model.agent import Scope
from hub.model.hours import DAYS, Day, Span
from hub.model.ids import local
from hub.model.inbox import Inbox
from hub.model.routing import Disposition, FormField, Member, Need, SlaTargets
from hub.web.services import Services

HOURS = "Workshop"
LUNCH = "Lunch"
_MINUTE_S = 60
_HOUR_S = 3600
_WEEKDAY = Span(8 * 60, 20 * 60)
_SUNDAY = Span(10 * 60, 18 * 60)
#: Skill → (language, levels by colleague).
SKILLS: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "Turkish": ("tr", {"toprak": 5}),
    "Polish": ("pl", {"moss": 4, "pip": 3}),
    "Glazes and clay": ("", {"fern": 5, "moss": 4, "toprak": 3, "pip": 1}),
}
_CLAY = "Glazes and clay"
SALES = ("fern", "moss", "toprak", "pip")
SUPPORT = ("pip", "toprak", "moss", "fern")


async def open_queues(services: Services, shop: Shop, staff: Mapping[str, Scope]) -> str:
    """Make what is missing; the id of the lunch break. Safe to repeat."""
    schedule_id = await _hours(services, shop.workspace)
    skills = await _skills(services, shop.workspace, staff)
    known = {queue.name: queue.id for queue in await services.queues.all(shop.workspace)}
    wanted = [
        ("Sales", SALES, _sales(skills), shop.chat),
        ("Support", SUPPORT, _SUPPORT, shop.mail),
    ]
    for position, (name, people, settings, inbox) in enumerate(wanted):
        if name not in known:
            members = [Member(agent_id=staff[key].agent_id) for key in people]
            given = {
                "name": name, "position": position, "members": members,
                "schedule_id": schedule_id, "match_language": True, **settings,
            }  # fmt: skip
            known[name] = (await services.queues.create(shop.workspace, given)).id
        await _lead(services, shop.workspace, inbox, known[name])
    return await _lunch(services, shop.workspace)


async def _lunch(services: Services, workspace: str) -> str:
    reasons = services.presence_reasons
    found = {one.name: one.id for one in await reasons.all(workspace)}
    if LUNCH not in found:
        return (await reasons.create(workspace, LUNCH, limit_minutes=45)).id
    return found[LUNCH]


def _sales(skills: Mapping[str, str]) -> dict[str, Any]:
    return {
        "strategy": "longest_idle",
        # After two minutes of waiting anybody may answer.
        "needs": [Need(skill_id=skills[_CLAY], level=2, steps=[(2 * _MINUTE_S, 0)])],
        "sla": SlaTargets(first_answer_s=4 * _HOUR_S, next_answer_s=8 * _HOUR_S),
        "service_level_s": 2 * _MINUTE_S,
        "wrap_up_s": 30,
        "dispositions": [
            Disposition("sold", "Sold"),
            Disposition("answered", "Question answered"),
            Disposition("lost", "Did not buy"),
        ],
        "script": "Welcome them by name. Say what a pot is good for before you say its price.",
        "alert_length": 5,
        "alert_wait_s": 2 * _HOUR_S,
    }


_SUPPORT: dict[str, Any] = {
    "strategy": "least_loaded",
    "sla": SlaTargets(first_answer_s=6 * _HOUR_S, resolve_s=40 * _HOUR_S),
    "service_level_s": 30 * _MINUTE_S,
    "wrap_up_s": 60,
    "dispositions": [
        Disposition("solved", "Solved"),
        Disposition("replaced", "Replaced"),
        Disposition("refunded", "Refunded"),
    ],
    "form": [FormField(key="order", label="Order number", say="May I have your order number?")],
    "alert_length": 8,
}


async def _lead(services: Services, workspace: str, inbox: Inbox, queue_id: str) -> None:
    """What comes in there goes into the queue."""
    if services.inboxes.require(workspace, inbox.id).entry_queue_id != queue_id:
        await services.inboxes.change(workspace, inbox.id, entry_queue_id=queue_id)


async def _hours(services: Services, workspace: str) -> str:
    found = {one.name: one.id for one in await services.schedules.all(workspace)}
    if HOURS in found:
        return found[HOURS]
    week: dict[Day, list[Span]] = {day: [_WEEKDAY] for day in DAYS[:-1]}
    week["sun"] = [_SUNDAY]
    zone = (await services.workspaces.require(workspace)).time_zone
    given = {"name": HOURS, "time_zone": zone, "week": week}
    return (await services.schedules.create(workspace, given)).id


async def _skills(services: Services, workspace: str, staff: Mapping[str, Scope]) -> dict[str, str]:
    """Local ids by name; everybody has theirs."""
    found = {one.name: local(one.id) for one in await services.skills.all(workspace)}
    for name, (language, _) in SKILLS.items():
        if name not in found:
            found[name] = local((await services.skills.create(workspace, name, language)).id)
    for key, scope in staff.items():
        levels = {found[name]: of[key] for name, (_, of) in SKILLS.items() if key in of}
        await services.skills.set_levels(workspace, scope.agent_id, levels, {})
    return found
