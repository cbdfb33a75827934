"""What merging does to places in queues' lines. Pure; called by the steps of `merge_steps` and
`unmerge_steps`.

Of two conversations one closes into the other: it leaves its line, and whoever waited there goes on
waiting in the other one, at the place they had. What an agent has already stays with that agent.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hub.model.conversation import Conversation, in_line
from hub.model.routing import Routing

#: Facts of a conversation, by name.
Facts = dict[str, Any]
replace = msgspec.structs.replace


def out_of_line(current: Conversation) -> Facts:
    """Of a conversation that goes on in another one."""
    routing = current.routing
    if routing is None or not routing.state:
        return {}
    return {"routing": replace(routing, state="", offer=None)}


def place_kept(now: Conversation, other: Conversation) -> Facts:
    """What `now` takes of `other`, which closes into it: the earlier place in the same line, or
    the place at all where `now` waits in none and is nobody's.
    """
    theirs, ours = in_line(other), in_line(now)
    if theirs is None or now.assignee_id:
        return {}
    if ours is None:
        routing = waiting_again(theirs)
        return {"routing": routing, "home": theirs.queue_id, "state": "open", "snoozed_until": 0}
    if ours.queue_id == theirs.queue_id and theirs.entered_at < ours.entered_at:
        return {"routing": replace(ours, entered_at=theirs.entered_at)}
    return {}


def place_given_back(now: Conversation, before: Facts, after: Facts) -> Facts:
    """The undo of `place_kept`, where nobody has taken it out of that line since."""
    ours, was = in_line(now), before["routing"]
    made: Routing = after["routing"]
    if ours is None or (ours.queue_id, ours.entered_at) != (made.queue_id, made.entered_at):
        return {}
    if was is not None and was.state and was.queue_id == ours.queue_id:
        return {"routing": replace(ours, entered_at=was.entered_at)}
    return before


def waiting_again(routing: Routing | None) -> Any:
    """In line as it was, but that whoever was being asked then is asked anew."""
    if routing is None or routing.offer is None:
        return routing
    return replace(routing, state="waiting", offer=None)


def stored(facts: Facts) -> Facts:
    """Facts as an image keeps them."""
    kept: Facts = msgspec.to_builtins(facts)
    return kept


def read(facts: Facts) -> Facts:
    """Of an image, as conversations have them."""
    if "routing" not in facts:
        return facts
    return {**facts, "routing": msgspec.convert(facts["routing"], Routing | None)}
