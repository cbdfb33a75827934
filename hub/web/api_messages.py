"""API handlers: the timeline of a conversation, answers and notes."""

from __future__ import annotations

import msgspec

from hub.errors import BadInput
from hub.model.conversation import Conversation
from hub.model.ids import local, message_id
from hub.model.message import Message, Quoted
from hub.services.conversations import Reply, Route
from hub.services.quoting import quote_of
from hub.services.ways import AnswerWay, require_open
from hub.web import requests as r
from hub.web import show
from hub.web import views as v
from hub.web.api_amending import seq_of
from hub.web.api_conversations import require_conversation
from hub.web.reply_input import (
    attach,
    choose,
    content_of,
    full,
    present_ways,
    ready_template,
    shown_address,
    template_reply,
)
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


async def list_ways(call: Call) -> list[v.WayView]:
    """The ways by which this contact can be answered, and why some are closed now."""
    conversation = await require_conversation(call)
    ways = await present_ways(call.hub, await call.hub.ways.of(conversation))
    return [_way(way, is_present) for way, is_present in ways]


def _way(way: AnswerWay, is_present: bool) -> v.WayView:
    return v.WayView(
        inbox_id=local(way.inbox.id),
        channel=way.inbox.channel,
        name=way.inbox.name,
        address=shown_address(way),
        identity_id=local(way.identity.id) if way.identity is not None else "",
        state=way.state,
        reason=way.reason,
        window_until=way.window_until,
        is_present=is_present,
        capabilities=way.capabilities,
    )


async def send_message(call: Call) -> v.MessageView:
    """Answer the customer, or leave a note for colleagues."""
    body: r.SendMessage = call.body
    conversation = await require_conversation(call)
    is_template = body.template is not None and body.kind == "message"
    if not is_template and not (body.text.strip() or body.file_ids or body.html.strip()):
        raise BadInput("write something first", "text")
    if body.kind == "note":
        return show.message(await _note(call, body, conversation))
    ways = await call.hub.ways.of(conversation)
    way = choose(ways, full(call, body.inbox_id), full(call, body.identity_id))
    require_open(way, has_template=is_template)
    _check_fits(way, body)
    write = _template if is_template else _content
    reply = await write(call, body, conversation, way)
    if body.reply_to_seq:
        quoted = await _quoted(call, conversation, body.reply_to_seq)
        reply = msgspec.structs.replace(reply, quoted=quoted)
    _check_sizes(way, reply)
    route = Route(way.inbox, way.capabilities, way.to)
    return show.message(await call.hub.conversations.reply(call.scope, conversation, reply, route))


async def _content(
    call: Call, body: r.SendMessage, conversation: Conversation, way: AnswerWay
) -> Reply:
    content = await content_of(
        call,
        way.capabilities,
        conversation,
        text=body.text,
        html=body.html,
        file_ids=body.file_ids,
    )
    return Reply(
        client_id=body.client_id,
        text=content.text,
        html=content.html,
        subject=body.subject,
        cc=body.cc if way.capabilities.has_subject else [],
        attachments=content.attachments,
        quick_replies=body.quick_replies,
    )


async def _template(
    call: Call, body: r.SendMessage, conversation: Conversation, way: AnswerWay
) -> Reply:
    assert body.template is not None
    if body.text.strip() or body.file_ids or body.quick_replies:
        raise BadInput("a template goes alone", "template")
    ready = await ready_template(call, way.inbox, body.template)
    return await template_reply(call, body.client_id, ready, conversation)


async def _quoted(call: Call, conversation: Conversation, seq: int) -> Quoted:
    message = await call.hub.timeline.require_message(message_id(conversation.id, seq))
    if message.kind != "message" or message.deleted_at:
        raise BadInput("only a message can be answered", "reply_to_seq")
    return quote_of(message, conversation.id)


def _check_fits(way: AnswerWay, body: r.SendMessage) -> None:
    can = way.capabilities
    if not can.takes(body.text):
        limit, unit = can.text_max_bytes or can.text_max_chars, "characters"
        if can.text_max_bytes:
            unit = "bytes; letters with accents and emojis take two to four"
        raise BadInput(f"this channel takes at most {limit} {unit}", "text")
    if body.file_ids and not can.can_attach:
        raise BadInput("this channel takes no files", "file_ids")
    if body.quick_replies and not can.can_quick_replies:
        raise BadInput("this channel has no quick replies", "quick_replies")
    if can.quick_replies_max and len(body.quick_replies) > can.quick_replies_max:
        limit = can.quick_replies_max
        raise BadInput(f"this channel takes at most {limit} quick replies", "quick_replies")
    if body.template is not None and not can.can_templates:
        raise BadInput("this channel has no templates", "template")


def _check_sizes(way: AnswerWay, reply: Reply) -> None:
    """In a mail all files count together, elsewhere each is a message of its own."""
    can = way.capabilities
    sizes = [attachment.size_bytes for attachment in reply.attachments]
    largest = sum(sizes) if can.has_subject else max(sizes, default=0)
    if largest > can.attachment_max_bytes:
        limit = can.attachment_max_bytes // 1_000_000
        raise BadInput(f"this channel takes at most {limit} MB", "file_ids")
    for attachment in reply.attachments:
        if can.media_types and not attachment.media_type.startswith(can.media_types):
            raise BadInput(f"this channel does not take {attachment.name[:80]}", "file_ids")


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
    id = message_id(conversation.id, seq_of(call))
    match body.action:
        case "resend":
            await call.hub.outbox.resend(id)
        case "mark_sent":
            await call.hub.outbox.decide(id, "accepted")
        case "mark_failed":
            await call.hub.outbox.decide(id, "failed")
    await call.hub.audit.add(call.scope, f"message.{body.action}", id, {}, call.ip)
    return show.message(await call.hub.timeline.require_message(id))
