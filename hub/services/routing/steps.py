"""What happens to a conversation between queues and agents, as steps of a command: it enters a
line, is offered, assigned, passed on, closed, opened again. Pure. The lines that these steps leave
on the timeline are what reports are counted from, so their details are complete. Used by the verbs
of routing and by `hub.services.conversations`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from hub.model.agent import Scope
from hub.model.conversation import Conversation, in_line, queue_of
from hub.model.ids import local
from hub.model.message import Author
from hub.model.routing import Offer, Queue, Routing, Trace
from hub.services.sketch import Sketch

EnterWhy = Literal["entry", "transfer", "overflow", "reopened", "manual"]
LeaveWhy = Literal["closed", "moved", "spam"]
MissWhy = Literal["declined", "timeout", "gone", "cancelled"]
AssignedBy = Literal["routing", "agent", "supervisor"]
#: What besides the assignment tells the reader of it: then it need not be shown itself.
AssignedWith = Literal["", "answer", "transferred", "taken_over"]

Step = Callable[[Sketch], None]

SYSTEM = Author("system")
replace = msgspec.structs.replace


def short(id: str) -> str:
    return local(id) if id else ""


def shorts(ids: Sequence[str]) -> list[str]:
    return [local(id) for id in ids]


class Asks(msgspec.Struct, frozen=True, kw_only=True):
    """What the router needs to know of who waits."""

    needs: dict[str, int] = {}
    #: Local id of a language skill.
    language: str = ""
    is_vip: bool = False
    preferred_id: str = ""


def enter(sketch: Sketch, queue: Queue, why: EnterWhy, asks: Asks) -> None:
    """To the end of a queue's line; it is nobody's now."""
    waiting = in_line(sketch.conversation)
    hops = [*waiting.hops, queue.id] if waiting is not None and why == "overflow" else [queue.id]
    from_queue_id = queue_of(sketch.conversation)
    if why != "overflow":  # which tells itself where it came from
        leave(sketch, "moved")
    routing = Routing(
        queue_id=queue.id,
        state="waiting",
        entered_at=sketch.now,
        needs=asks.needs,
        language=asks.language,
        is_vip=asks.is_vip,
        preferred_id=asks.preferred_id,
        hops=hops,
    )
    sketch.set(routing=routing, home=queue.id, assignee_id="", assigned_at=0)
    sketch.say("queued", queue_id=local(queue.id), why=why, from_queue_id=short(from_queue_id))


def leave(sketch: Sketch, why: LeaveWhy) -> None:
    """Out of the line without an agent, if it is in one."""
    waiting = in_line(sketch.conversation)
    if waiting is None:
        return
    sketch.set(routing=_out(waiting))
    waited_ms = sketch.now - waiting.entered_at
    sketch.say("left_line", queue_id=local(waiting.queue_id), waited_ms=waited_ms, why=why)


def leave_to_inbox(sketch: Sketch) -> None:
    """Into the unassigned list of the inbox that it came by."""
    leave(sketch, "moved")
    sketch.set(home=sketch.conversation.inbox_id)


def offer(sketch: Sketch, agent_ids: Sequence[str], until: int, trace: Trace) -> None:
    """Propose it to agents; the conversation waits."""
    waiting = in_line(sketch.conversation)
    if waiting is None:
        return
    is_more = waiting.offer is not None and set(waiting.offer.agent_ids) <= set(agent_ids)
    number = waiting.offers if is_more else waiting.offers + 1
    known = waiting.offer.agent_ids if is_more and waiting.offer is not None else []
    made = Offer(number=number, agent_ids=list(agent_ids), at=sketch.now, until=until, trace=trace)
    sketch.set(routing=replace(waiting, state="offered", offer=made, offers=number))
    sketch.say(
        "offered",
        queue_id=local(waiting.queue_id),
        agent_ids=shorts(agent_ids),
        added=shorts([id for id in agent_ids if id not in known]),
        number=number,
        until=until,
    )


def miss(sketch: Sketch, number: int, agent_ids: Sequence[str], why: MissWhy) -> None:
    """These did not take the offer; when nobody is left to be asked, it waits again."""
    waiting = in_line(sketch.conversation)
    made = waiting.offer if waiting is not None else None
    if waiting is None or made is None or made.number != number:
        return
    gone = [id for id in made.agent_ids if id in agent_ids]
    if not gone:
        return
    left = [id for id in made.agent_ids if id not in gone]
    passed = waiting.passed_by if why == "cancelled" else [*waiting.passed_by, *gone]
    sketch.set(
        routing=replace(
            waiting,
            state="offered" if left else "waiting",
            offer=replace(made, agent_ids=left) if left else None,
            passed_by=list(dict.fromkeys(passed)),
            passed_at=sketch.now,
        )
    )
    for agent_id in gone:
        queue_id = local(waiting.queue_id)
        sketch.say("offer_missed", queue_id=queue_id, agent_id=local(agent_id), why=why)


def assign(
    sketch: Sketch,
    agent_id: str,
    by: AssignedBy,
    *,
    queue: Queue | None = None,
    trace: Trace | None = None,
    told_by: AssignedWith = "",
) -> None:
    """It is this agent's now."""
    current = sketch.conversation
    waiting = in_line(current)
    waited_ms = sketch.now - waiting.entered_at if waiting else 0
    level_ms = queue.service_level_s * 1000 if queue else 0
    previous_id = current.assignee_id
    if waiting is not None:
        sketch.set(routing=replace(_out(waiting), assigned_at=sketch.now))
    sketch.set(assignee_id=agent_id, assigned_at=sketch.now)
    sketch.say(
        "assigned",
        assignee_id=local(agent_id),
        queue_id=short(queue_of(current)),
        waited_ms=waited_ms,
        offers=waiting.offers if waiting else 0,
        by=by,
        trace=_told(trace) if trace else {},
        is_in_level=waiting is not None and waited_ms <= level_ms,
        previous_id=short(previous_id),
        told_by=told_by,
    )


def pass_on(
    sketch: Sketch, agent_id: str, by: AssignedBy, by_agent_id: str, queue: Queue | None
) -> None:
    """Assign by hand: whoever had it is told apart from whoever gets it."""
    previous_id = sketch.conversation.assignee_id
    told_by: AssignedWith = ""
    if previous_id == agent_id:
        return
    if previous_id and agent_id == by_agent_id:
        told_by = "taken_over"
        handle_ms = handled_ms(sketch.conversation, sketch.now)
        sketch.say(
            "taken_over",
            from_agent_id=local(previous_id),
            queue_id=short(queue_of(sketch.conversation)),
            handle_ms=handle_ms,
        )
    elif previous_id:
        told_by = "transferred"
        transferred(sketch, agent_id=agent_id)
    assign(sketch, agent_id, by, queue=queue, told_by=told_by)


def unassign(sketch: Sketch) -> None:
    """It is nobody's now."""
    current = sketch.conversation
    if not current.assignee_id:
        return
    handle_ms = handled_ms(current, sketch.now)
    sketch.set(assignee_id="", assigned_at=0)
    sketch.say(
        "unassigned",
        previous_id=local(current.assignee_id),
        queue_id=short(queue_of(current)),
        handle_ms=handle_ms,
    )


def transferred(
    sketch: Sketch,
    *,
    agent_id: str = "",
    queue_id: str = "",
    team_id: str = "",
    has_note: bool = False,
) -> None:
    """The line that says who passed it on to whom; the assignment or the queue follows."""
    current = sketch.conversation
    target = {"agent_id": agent_id, "queue_id": queue_id, "team_id": team_id}
    sketch.say(
        "transferred",
        from_agent_id=short(current.assignee_id),
        from_queue_id=short(queue_of(current)),
        **{name: local(id) for name, id in target.items() if id},
        handle_ms=handled_ms(current, sketch.now),
        note=has_note,
    )


def close(sketch: Sketch, *, is_spam: bool = False) -> None:
    """It is done; who waited in line and was never answered has given up."""
    leave(sketch, "spam" if is_spam else "closed")
    current, now = sketch.conversation, sketch.now
    sketch.set(state="closed", closed_at=now, snoozed_until=0, waiting_since=0)
    sketch.say(
        "closed",
        queue_id=short(queue_of(current)),
        agent_id=short(current.assignee_id),
        labels=current.labels,
        disposition=current.disposition,
        handle_ms=handled_ms(current, now),
        resolve_ms=resolved_ms(current, now),
        is_answered=current.has_answer,
    )


def choose_outcome(sketch: Sketch, disposition: str) -> None:
    """Before the end it is a fact that closing will tell; afterwards it is told, and counted, with
    what the work took.
    """
    current = sketch.conversation
    previous = current.disposition
    if disposition == previous:
        return
    sketch.set(disposition=disposition)
    if current.state != "closed":
        return
    sketch.say(
        "disposition",
        disposition=disposition,
        previous=previous,
        queue_id=short(queue_of(current)),
        agent_id=short(current.assignee_id),
        handle_ms=handled_ms(current, current.closed_at),
        resolve_ms=resolved_ms(current, current.closed_at),
    )


def reopen(sketch: Sketch) -> None:
    """Open again, as it was left; its queue's part follows (`back`)."""
    was_closed = sketch.conversation.state == "closed"
    sketch.set(state="open", closed_at=0, snoozed_until=0)
    if was_closed:
        sketch.set(
            reopened_at=sketch.now,
            has_answer=False,
            disposition="",
            assigned_at=sketch.now if sketch.conversation.assignee_id else 0,
        )
    queue_id, agent_id = queue_of(sketch.conversation), sketch.conversation.assignee_id
    what = "reopened" if was_closed else "woken"
    sketch.say(what, queue_id=short(queue_id), agent_id=short(agent_id))


def back(sketch: Sketch, queue: Queue, asks: Asks, *, is_agent_there: bool) -> None:
    """What was opened again goes to its last agent, else into its queue's line."""
    current = sketch.conversation
    if current.state != "open" or in_line(current) is not None:
        return
    if current.assignee_id and is_agent_there:
        return
    if current.assignee_id:
        unassign(sketch)
    enter(sketch, queue, "reopened", asks)


def assigned_by(scope: Scope) -> AssignedBy:
    return "supervisor" if scope.can("queue:assign") else "agent"


def handled_ms(conversation: Conversation, now: int) -> int:
    """How long the present agent has had it."""
    is_held = conversation.assignee_id and conversation.assigned_at
    return now - conversation.assigned_at if is_held else 0


def resolved_ms(conversation: Conversation, closed_at: int) -> int:
    """From its beginning, or from when it was opened again, to its end."""
    return closed_at - (conversation.reopened_at or conversation.created_at)


def _out(routing: Routing) -> Routing:
    return replace(routing, state="", offer=None)


def _told(trace: Trace) -> dict[str, Any]:
    """With local ids."""
    passed = [replace(one, agent_id=local(one.agent_id)) for one in trace.passed]
    shown = replace(trace, chosen=shorts(trace.chosen), passed=passed)
    told: dict[str, Any] = msgspec.to_builtins(shown)
    return told
