"""Whether a queue's settings make sense, told in words with the field at fault. Pure but for the
check of texts. Called by `hub.services.queues` before it keeps one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Sequence

import msgspec

from hub.errors import BadInput
from hub.model.routing import FormField, Need, Outside, Overflow, Queue, SlaTargets
from hub.model.text import fold
from hub.services.told_texts import LINE_NAMES, NAMES, check_text

MAX_TIER = 20
MAX_LEVEL = 5
_MAX_WAIT_S = 30 * 24 * 3600
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TEXTS = {"label": 200, "say": 2000, "option": 200, "name": 120, "told": 1000}


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the workspace has, by full id (skills by local id)."""

    agent_ids: Collection[str]
    team_ids: Collection[str]
    skill_ids: Collection[str]
    schedule_ids: Collection[str]
    queue_ids: Collection[str]


async def check_queue(queue: Queue, known: Known) -> None:
    """Raise `BadInput` for the first fault found."""
    _check_people(queue, known)
    for at, need in enumerate(queue.needs):
        _check_need(need, known, f"needs.{at}")
    _check_unique([need.skill_id for need in queue.needs], "needs", "skill_twice")
    if queue.schedule_id and queue.schedule_id not in known.schedule_ids:
        raise BadInput("There is no such schedule.", "schedule_id", "no_schedule")
    _check_dispositions(queue)
    for at, field in enumerate(queue.form):
        _check_form_field(field, f"form.{at}")
    _check_unique([field.key for field in queue.form], "form", "form_key_twice")
    _check_sla(queue.sla, queue.id, known)
    _check_outside(queue.outside, queue.id, known)
    for at, rule in enumerate(queue.overflow):
        _check_overflow(rule, queue.id, known, f"overflow.{at}")
    await _check_texts(queue)


def _check_people(queue: Queue, known: Known) -> None:
    for at, member in enumerate(queue.members):
        if member.agent_id not in known.agent_ids:
            raise BadInput("There is no such colleague.", f"members.{at}.agent_id", "no_agent")
        if not 1 <= member.tier <= MAX_TIER:
            raise BadInput(f"Tiers go from 1 to {MAX_TIER}.", f"members.{at}.tier", "range")
    _check_unique([member.agent_id for member in queue.members], "members", "member_twice")
    for at, team_id in enumerate(queue.team_ids):
        if team_id not in known.team_ids:
            raise BadInput("There is no such team.", f"team_ids.{at}", "no_team")
    _check_unique(queue.team_ids, "team_ids", "member_twice")


def without_the_gone(queue: Queue, known: Known) -> Queue:
    """What it names and is not there any more is left out, so that it can be saved again."""
    targets = set(known.queue_ids) - {queue.id}
    outside, sla = queue.outside, queue.sla
    if outside.action == "queue" and outside.queue_id not in targets:
        outside = msgspec.structs.replace(outside, action="wait", queue_id="")
    if sla.move_to_queue_id not in targets:
        sla = msgspec.structs.replace(sla, move_to_queue_id="")
    return msgspec.structs.replace(
        queue,
        members=[one for one in queue.members if one.agent_id in known.agent_ids],
        team_ids=[id for id in queue.team_ids if id in known.team_ids],
        needs=[need for need in queue.needs if need.skill_id in known.skill_ids],
        schedule_id=queue.schedule_id if queue.schedule_id in known.schedule_ids else "",
        outside=outside,
        overflow=[r for r in queue.overflow if r.action != "queue" or r.queue_id in targets],
        sla=sla,
    )


def _check_need(need: Need, known: Known, field: str) -> None:
    if need.skill_id not in known.skill_ids:
        raise BadInput("There is no such skill.", f"{field}.skill_id", "no_skill")
    if not 1 <= need.level <= MAX_LEVEL:
        raise BadInput("Levels go from 1 to 5.", f"{field}.level", "range")
    before_s, level = 0, need.level
    for after_s, enough in need.steps:
        if not before_s < after_s <= _MAX_WAIT_S or not 0 <= enough < level:
            told = "Each step comes later than the one before and asks for less."
            raise BadInput(told, f"{field}.steps", "steps")
        before_s, level = after_s, enough


def _check_dispositions(queue: Queue) -> None:
    for at, one in enumerate(queue.dispositions):
        if not _KEY.fullmatch(one.id):
            raise BadInput(_KEY_RULE, f"dispositions.{at}.id", "key")
        _check_length(one.name, "name", f"dispositions.{at}.name", is_needed=True)
    _check_unique([one.id for one in queue.dispositions], "dispositions", "disposition_twice")
    names = [fold(one.name) for one in queue.dispositions]
    _check_unique(names, "dispositions", "disposition_twice")
    if queue.is_disposition_required and not queue.dispositions:
        told = "Give outcomes to choose from, or let agents finish without one."
        raise BadInput(told, "dispositions", "no_disposition")


_KEY_RULE = "Use up to 40 small letters, digits and _, with a letter first."


def _check_form_field(field: FormField, at: str) -> None:
    if not _KEY.fullmatch(field.key):
        raise BadInput(_KEY_RULE, f"{at}.key", "key")
    _check_length(field.label, "label", f"{at}.label", is_needed=True)
    _check_length(field.say, "say", f"{at}.say")
    if field.kind == "choice" and not field.options:
        raise BadInput("A choice needs options.", f"{at}.options", "no_options")
    if len(field.options) > 100:
        raise BadInput("A choice has at most 100 options.", f"{at}.options", "too_many_options")
    for option in field.options:
        _check_length(option, "option", f"{at}.options", is_needed=True)
    _check_unique(field.options, f"{at}.options", "option_twice")


def _check_sla(sla: SlaTargets, own_id: str, known: Known) -> None:
    for name in ("first_answer_s", "next_answer_s", "resolve_s"):
        if not 0 <= getattr(sla, name) <= _MAX_WAIT_S:
            raise BadInput("A promise is at most 30 days of work.", f"sla.{name}", "range")
    if not 1 <= sla.warn_percent <= 99:
        raise BadInput("Warn between 1 and 99 percent.", "sla.warn_percent", "range")
    if not 0 <= sla.raise_priority <= 4:
        raise BadInput("Priorities go from 0 to 4.", "sla.raise_priority", "range")
    if sla.move_to_queue_id:
        _check_target(sla.move_to_queue_id, own_id, known, "sla.move_to_queue_id")


def _check_outside(outside: Outside, own_id: str, known: Known) -> None:
    if outside.action == "queue":
        _check_target(outside.queue_id, own_id, known, "outside.queue_id")


def _check_overflow(rule: Overflow, own_id: str, known: Known, field: str) -> None:
    if not 0 <= rule.after_wait_s <= _MAX_WAIT_S:
        raise BadInput("Nobody waits longer than 30 days.", f"{field}.after_wait_s", "range")
    if not 0 <= rule.over_length <= 100_000:
        raise BadInput("Give a length up to 100000.", f"{field}.over_length", "range")
    if not rule.after_wait_s and not rule.over_length:
        raise BadInput("Say after which wait or length this happens.", field, "no_condition")
    if rule.action == "queue":
        _check_target(rule.queue_id, own_id, known, f"{field}.queue_id")
    if rule.action == "message" and not rule.text.strip():
        raise BadInput("Say what the customer is told.", f"{field}.text", "no_text")


def _check_target(queue_id: str, own_id: str, known: Known, field: str) -> None:
    if queue_id == own_id:
        raise BadInput("A queue cannot lead to itself.", field, "to_itself")
    if queue_id not in known.queue_ids:
        raise BadInput("There is no such queue.", field, "no_queue")


async def _check_texts(queue: Queue) -> None:
    texts = [("waiting_text", queue.waiting_text, LINE_NAMES)]
    texts.append(("outside.text", queue.outside.text, NAMES))
    for at, rule in enumerate(queue.overflow):
        texts.append((f"overflow.{at}.text", rule.text, LINE_NAMES))
    for field, text, names in texts:
        _check_length(text, "told", field)
        await check_text(text, names, field)


def _check_length(text: str, kind: str, field: str, *, is_needed: bool = False) -> None:
    if is_needed and not text.strip():
        raise BadInput("This cannot be empty.", field, "empty")
    if len(text) > _TEXTS[kind]:
        raise BadInput(f"At most {_TEXTS[kind]} characters.", field, "too_long")


def _check_unique(values: Sequence[Hashable], field: str, why: str) -> None:
    if len(values) != len(set(values)):
        raise BadInput("The same stands here twice.", field, why)
