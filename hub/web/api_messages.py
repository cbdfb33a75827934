"""API handlers: the timeline of a conversation, answers and notes."""

from __future__ import annotations

from hub.errors import BadInput, NotFound
from hub.model.conversation import Conversation
from hub.model.ids import message_id
from hub.model.message import Message
from hub.services.conversations import Reply, Route
from hub.web import requests as r
from hub.web import show
from hub.web import views as v
from hub.web.api_conversations import require_conversation
from hub.web.reply_input import Target, attach, choose, content_of, full, targets_of
from hub.web.route import Call


async def list_messages(call: Call) -> v.MessagePage:
    """A stretch of the timeline, oldest first."""
    query: r.ListMessages = call.query
    if query.before < 0 or query.after < 0 or (query.before and query.after):
        raise BadInput("give `before` or `after`, a positive number", "before")
    conversation = await require_conversation(call)
    cursor = call.hub.live.cursor(call.scope.workspace)
    found = await call.hub.reading.messages(
        conversation.id, before=query.before, after=query.after, limit=query.limit
    )
    has_older = bool(found) and len(found) == query.limit and found[0].seq > 1 and not query.after
    return v.MessagePage(
        items=[show.message(m) for m in found],
        before=found[0].seq if has_older else None,
        cursor=cursor,
    )


async def send_message(call: Call) -> v.MessageView:
    """Answer the customer, or leave a note for colleagues."""
    body: r.SendMessage = call.body
    conversation = await require_conversation(call)
    if not body.text.strip() and not body.file_ids and not body.html.strip():
        raise BadInput("write something first", "text")
    if body.kind == "note":
        return show.message(await _note(call, body, conversation))
    target = choose(await targets_of(call.hub, conversation), full(call, body.inbox_id))
    _check_fits(target, body)
    content = await content_of(
        call,
        target.capabilities,
        conversation,
        text=body.text,
        html=body.html,
        file_ids=body.file_ids,
    )
    reply = Reply(
        client_id=body.client_id,
        text=content.text,
        html=content.html,
        subject=body.subject,
        cc=body.cc if target.capabilities.has_subject else [],
        attachments=content.attachments,
        quick_replies=body.quick_replies,
    )
    _check_sizes(target, reply)
    route = Route(target.inbox, target.capabilities, target.to)
    return show.message(await call.hub.conversations.reply(call.scope, conversation, reply, route))


def _check_fits(target: Target, body: r.SendMessage) -> None:
    can = target.capabilities
    if len(body.text) > can.text_max_chars:
        raise BadInput(f"this channel takes at most {can.text_max_chars} characters", "text")
    if body.file_ids and not can.can_attach:
        raise BadInput("this channel takes no files", "file_ids")
    if body.quick_replies and not can.can_quick_replies:
        raise BadInput("this channel has no quick replies", "quick_replies")


def _check_sizes(target: Target, reply: Reply) -> None:
    limit = target.capabilities.attachment_max_bytes
    if sum(a.size_bytes for a in reply.attachments) > limit:
        raise BadInput(f"this channel takes at most {limit // 1_000_000} MB", "file_ids")


async def _note(call: Call, body: r.SendMessage, conversation: Conversation) -> Message:
    mentions = [full(call, agent_id) for agent_id in dict.fromkeys(body.mentions)]
    for agent_id in mentions:
        agent = await call.hub.agents.require(call.scope.workspace, agent_id)
        if not agent.is_active:
            raise BadInput("a colleague mentioned no longer works here", "mentions")
    reply = Reply(
        client_id=body.client_id,
        kind="note",
        text=body.text,
        attachments=await attach(call, body.file_ids, conversation),
        mentions=mentions,
    )
    return await call.hub.conversations.note(call.scope, conversation, reply)


async def resolve_message(call: Call) -> v.MessageView:
    """Decide about a message that failed or may not have arrived."""
    body: r.ResolveMessage = call.body
    conversation = await require_conversation(call)
    seq = call.path["seq"]
    if not (seq.isascii() and seq.isdigit() and len(seq) <= 10):
        raise NotFound("there is no such message")
    id = message_id(conversation.id, int(seq))
    match body.action:
        case "resend":
            await call.hub.outbox.resend(id)
        case "mark_sent":
            await call.hub.outbox.decide(id, "accepted")
        case "mark_failed":
            await call.hub.outbox.decide(id, "failed")
    await call.hub.audit.add(call.scope, f"message.{body.action}", id, {}, call.ip)
    return show.message(await call.hub.timeline.require_message(id))
