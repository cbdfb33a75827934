"""API handlers: what agents do to messages that exist: change, take back, react."""

from __future__ import annotations

from hub.errors import NotFound
from hub.model.ids import message_id
from hub.web import show
from hub.web import views as v
from hub.web.api_conversations import require_conversation
from hub.web.route import Call


def seq_of(call: Call) -> int:
    """The `seq` of the path; `NotFound` when it is no number."""
    seq = call.path["seq"]
    if not (seq.isascii() and seq.isdigit() and len(seq) <= 10):
        raise NotFound("there is no such message")
    return int(seq)


async def edit_message(call: Call) -> v.MessageView:
    """Change the text of an answer that was sent, where the channel can."""
    conversation = await require_conversation(call)
    seq = seq_of(call)
    changed = await call.hub.amending.edit(call.scope, conversation, seq, call.body.text)
    await _audit(call, "message.edited", message_id(conversation.id, seq))
    return show.message(changed)


async def delete_message(call: Call) -> v.MessageView:
    """Take an answer back; one that waits is not sent at all."""
    conversation = await require_conversation(call)
    seq = seq_of(call)
    changed = await call.hub.amending.delete(call.scope, conversation, seq)
    await _audit(call, "message.deleted", message_id(conversation.id, seq))
    return show.message(changed)


async def react(call: Call) -> v.MessageView:
    """Put an emoji on the customer's message."""
    conversation = await require_conversation(call)
    changed = await call.hub.amending.react(call.scope, conversation, seq_of(call), call.body.emoji)
    return show.message(changed)


async def _audit(call: Call, action: str, id: str) -> None:
    await call.hub.audit.add(call.scope, action, id, {}, call.ip)
