"""API handlers: offers, transfers and what else moves a conversation between agents and queues."""

from __future__ import annotations

from hub.errors import BadInput
from hub.model.conversation import Conversation
from hub.services.routing.verbs import Target
from hub.web import routing_views as rv
from hub.web import views as v
from hub.web.api_conversations import require_conversation, show_all
from hub.web.api_presence import require_agent
from hub.web.reply_input import full
from hub.web.route import Call


async def accept_offer(call: Call) -> v.ConversationView:
    """I take what was offered to me; 409 when somebody else has it, or the offer is over."""
    require_agent(call)
    conversation = await require_conversation(call)
    return await _shown(
        call, await call.hub.routing.accept(call.scope, conversation, call.body.number)
    )


async def decline_offer(call: Call) -> v.Ok:
    """Not me: the next one is asked."""
    require_agent(call)
    conversation = await require_conversation(call)
    await call.hub.routing.decline(call.scope, conversation, call.body.number)
    return v.Ok()


async def transfer(call: Call) -> v.ConversationView:
    """On to a colleague, a team or a queue, with a note."""
    body: rv.Transfer = call.body
    conversation = await require_conversation(call)
    if sum(map(bool, (body.queue_id, body.agent_id, body.team_id))) != 1:
        raise BadInput("choose one of agent, team and queue", why="one_target")
    target = Target(
        queue_id=full(call, body.queue_id),
        agent_id=full(call, body.agent_id),
        team_id=full(call, body.team_id),
    )
    moved = await call.hub.routing.transfer(
        call.scope, conversation, body.client_id, target, body.note
    )
    return await _shown(call, moved)


async def invite(call: Call) -> v.ConversationView:
    """A colleague joins in; the conversation stays whose it is."""
    body: rv.Invite = call.body
    conversation = await require_conversation(call)
    invited = await call.hub.routing.invite(
        call.scope, conversation, body.client_id, full(call, body.agent_id), body.note
    )
    return await _shown(call, invited)


async def take_over(call: Call) -> v.ConversationView:
    """It is mine now."""
    require_agent(call)
    conversation = await require_conversation(call)
    taken = await call.hub.routing.take_over(call.scope, conversation, call.body.client_id)
    return await _shown(call, taken)


async def move_to_queue(call: Call) -> v.ConversationView:
    """Into a queue's line, or out of it."""
    body: rv.MoveToQueue = call.body
    conversation = await require_conversation(call)
    queue_id = full(call, body.queue_id)
    moved = await call.hub.routing.move(call.scope, conversation, body.client_id, queue_id)
    return await _shown(call, moved)


async def wrap_up(call: Call) -> v.ConversationView:
    """The outcome and the form's answers."""
    body: rv.WrapUp = call.body
    conversation = await require_conversation(call)
    done = await call.hub.routing.wrap_up(
        call.scope,
        conversation,
        body.client_id,
        body.disposition,
        body.form,
        is_finished=body.is_finished,
    )
    return await _shown(call, done)


async def _shown(call: Call, conversation: Conversation) -> v.ConversationView:
    return (await show_all(call, [conversation]))[0]
