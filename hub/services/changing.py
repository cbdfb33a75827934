"""What agents change about a conversation by hand: who has it, its state, labels, priority,
subject. Pure; the command is run by `hub.services.conversations`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.model.agent import Scope
from hub.services.docs import one_line
from hub.services.routing import steps
from hub.services.routing.around import Around
from hub.services.sketch import Sketch


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Wanted facts; UNSET ones stay as they are."""

    state: Literal["open", "snoozed", "closed"] | msgspec.UnsetType = msgspec.UNSET
    snoozed_until: int | msgspec.UnsetType = msgspec.UNSET
    assignee_id: str | msgspec.UnsetType = msgspec.UNSET
    priority: int | msgspec.UnsetType = msgspec.UNSET
    labels: list[str] | msgspec.UnsetType = msgspec.UNSET
    is_spam: bool | msgspec.UnsetType = msgspec.UNSET
    subject: str | msgspec.UnsetType = msgspec.UNSET


def change(sketch: Sketch, scope: Scope, wanted: Changes, around: Around) -> None:
    """New facts and lines about them, for what really differs."""
    current = sketch.conversation
    if isinstance(wanted.assignee_id, str) and wanted.assignee_id != current.assignee_id:
        _assign(sketch, scope, wanted.assignee_id, around)
    if isinstance(wanted.labels, list) and set(wanted.labels) != set(current.labels):
        sketch.set(labels=sorted(set(wanted.labels)))
        added = sorted(set(wanted.labels) - set(current.labels))
        removed = sorted(set(current.labels) - set(wanted.labels))
        sketch.say("labeled", added=added, removed=removed)
    if isinstance(wanted.priority, int) and wanted.priority != current.priority:
        sketch.set(priority=wanted.priority)
        sketch.say("priority", priority=wanted.priority)
    if isinstance(wanted.subject, str) and wanted.subject != current.subject:
        subject = one_line(wanted.subject, 500)
        sketch.set(subject=subject)
        sketch.say("subject", subject=subject)
    _change_state(sketch, wanted, around)


def _assign(sketch: Sketch, scope: Scope, agent_id: str, around: Around) -> None:
    if agent_id:
        by = steps.assigned_by(scope)
        steps.pass_on(sketch, agent_id, by, scope.agent_id, around.queue)
        return
    steps.unassign(sketch)
    if around.queue is not None and sketch.conversation.state == "open":
        steps.enter(sketch, around.queue, "manual", around.asks)


def _change_state(sketch: Sketch, wanted: Changes, around: Around) -> None:
    current, state = sketch.conversation, wanted.state
    is_spam = isinstance(wanted.is_spam, bool) and wanted.is_spam != current.is_spam
    if is_spam:
        sketch.set(is_spam=wanted.is_spam)
        sketch.say("spam" if wanted.is_spam else "not_spam")
        state = "closed" if wanted.is_spam else "open"
    if not isinstance(state, str):
        return
    if current.is_spam and state != "closed" and not is_spam:
        sketch.set(is_spam=False)  # whoever works on it does not hold it for spam
        sketch.say("not_spam")
    if state == "snoozed":
        until = wanted.snoozed_until if isinstance(wanted.snoozed_until, int) else 0
        steps.leave(sketch, "moved")
        sketch.set(state="snoozed", snoozed_until=until, closed_at=0)
        sketch.say("snoozed", until=until)
    elif state == "closed" and current.state != "closed":
        steps.close(sketch, is_spam=sketch.conversation.is_spam)
    elif state == "open" and current.state != "open":
        open_again(sketch, around)


def open_again(sketch: Sketch, around: Around) -> None:
    """Reopened or woken; what is in a queue goes to its agent, or in line."""
    steps.reopen(sketch)
    if around.queue is not None:
        steps.back(sketch, around.queue, around.asks, is_agent_there=around.is_agent_there)
