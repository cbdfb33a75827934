"""API handlers: lists, counts and what agents change about conversations."""

from __future__ import annotations

import msgspec

from hub.errors import BadInput
from hub.model.contact import Address, Contact
from hub.model.conversation import Conversation, Draft
from hub.model.events import ReaderTyping
from hub.model.ids import local
from hub.model.inbox import Inbox
from hub.ports.channel import Capabilities
from hub.services.conversations import Changes, Reply
from hub.services.conversations import Route as ReplyRoute
from hub.services.reading import Filter
from hub.services.typed import address_of
from hub.services.ways import AnswerWay, require_open
from hub.web import requests as r
from hub.web import show
from hub.web import views as v
from hub.web.regions import region_for
from hub.web.reply_input import content_of, full, ready_template, targets_of, template_reply
from hub.web.route import Call


async def require_conversation(call: Call) -> Conversation:
    """The conversation of the path, if the caller may see it."""
    return await call.hub.reading.require(call.scope, full(call, call.path["conversation_id"]))


async def show_all(call: Call, items: list[Conversation]) -> list[v.ConversationView]:
    mine = await call.hub.reading.personal(call.scope, [item.id for item in items])
    return [show.conversation(item, mine[item.id]) for item in items]


async def list_conversations(call: Call) -> v.ConversationPage:
    """A page of a view, newest first."""
    query: r.ListConversations = call.query
    wanted = Filter(
        view=query.view,
        inbox_id=full(call, query.inbox_id),
        queue_id=full(call, query.queue_id),
        label=query.label,
        channel=query.channel,
        assignee_id=full(call, query.assignee_id),
        priority=query.priority,
        unread=query.unread,
    )
    cursor = call.hub.live.cursor(call.scope.workspace)
    found = await call.hub.reading.find(call.scope, wanted, query.after or None, query.limit)
    items = await show_all(call, found.conversations)
    return v.ConversationPage(items=items, next=found.next, cursor=cursor)


async def count_conversations(call: Call) -> v.ViewCounts:
    """How many conversations each view holds, up to 999."""
    count = call.hub.reading.count
    return v.ViewCounts(
        mine=await count(call.scope, "mine"),
        unassigned=await count(call.scope, "unassigned"),
        all=await count(call.scope, "all"),
        mentions=await count(call.scope, "mentions"),
        snoozed=await count(call.scope, "snoozed"),
    )


async def get_conversation(call: Call) -> v.ConversationDetail:
    """One conversation with my draft and the ways to answer."""
    return await detail(call, await require_conversation(call))


async def detail(call: Call, conversation: Conversation) -> v.ConversationDetail:
    cursor = call.hub.live.cursor(call.scope.workspace)
    draft = await call.hub.drafts.get(call.scope, conversation)
    participants = await call.hub.reading.participants(conversation.id)
    return v.ConversationDetail(
        conversation=(await show_all(call, [conversation]))[0],
        draft=show.draft(draft) if draft else None,
        targets=await targets_of(call.hub, conversation),
        participants=[local(agent_id) for agent_id in participants],
        cursor=cursor,
    )


async def start_conversation(call: Call) -> v.ConversationDetail:
    """Write to a contact, or to an address, first."""
    body: r.StartConversation = call.body
    inboxes = call.hub.inboxes
    inbox = inboxes.require(call.scope.workspace, full(call, body.inbox_id))
    if not call.scope.sees_home(inbox.id):
        raise BadInput("you may not write from this inbox", "inbox_id")
    capabilities = inboxes.capabilities(inbox)
    if not capabilities.can_start:
        raise BadInput("nobody can be written to first through this inbox", "inbox_id")
    if not (body.text.strip() or body.file_ids or body.template):
        raise BadInput("write something first", "text")
    contact, way = await _addressee(call, inbox)
    require_open(way, has_template=body.template is not None)
    ready = await ready_template(call, inbox, body.template) if body.template else None
    conversation = await call.hub.conversations.begin(
        call.scope, inbox, contact, body.client_id, body.subject
    )
    if ready is not None:
        reply = await template_reply(call, body.client_id, ready, conversation)
    else:
        reply = await _first_words(call, capabilities, conversation)
    route = ReplyRoute(inbox, capabilities, way.to)
    await call.hub.conversations.reply(call.scope, conversation, reply, route)
    return await detail(call, await call.hub.reading.require(call.scope, conversation.id))


async def _addressee(call: Call, inbox: Inbox) -> tuple[Contact, AnswerWay]:
    """Who is written to, and how: a contact, or an address that becomes one."""
    body: r.StartConversation = call.body
    to: Address | None = None
    if body.contact_id:
        contact = await call.hub.contacts.require(call.scope, full(call, body.contact_id))
    else:
        kind = call.hub.inboxes.capabilities(inbox).address_kind
        region = await region_for(call, inbox) if kind == "phone" else None
        to = address_of(kind, body.address, region)
        person = await call.hub.contacts.meet(call.scope.workspace, to, name=body.name)
        contact = person.contact
    way = await call.hub.ways.to_contact(contact, inbox, to)
    if way is None:
        raise BadInput("this contact has no address for this inbox", "contact_id")
    return contact, way


async def _first_words(call: Call, capabilities: Capabilities, conversation: Conversation) -> Reply:
    body: r.StartConversation = call.body
    content = await content_of(
        call, capabilities, conversation, text=body.text, html=body.html, file_ids=body.file_ids
    )
    return Reply(
        client_id=body.client_id,
        text=content.text,
        html=content.html,
        subject=body.subject,
        attachments=content.attachments,
    )


async def change_conversation(call: Call) -> v.ConversationView:
    """State, assignee, labels, priority, spam, subject: what is given changes."""
    body: r.ChangeConversation = call.body
    conversation = await require_conversation(call)
    if isinstance(body.labels, list):
        known = {local(label.id) for label in await call.hub.settings.labels(call.scope.workspace)}
        if not set(body.labels) <= known | set(conversation.labels):
            raise BadInput("there is no such label", "labels")
    assignee = body.assignee_id
    wanted = Changes(
        state=body.state,
        snoozed_until=body.snoozed_until,
        assignee_id=full(call, assignee) if isinstance(assignee, str) else msgspec.UNSET,
        priority=body.priority,
        labels=body.labels,
        is_spam=body.is_spam,
        subject=body.subject,
    )
    changed = await call.hub.conversations.change(call.scope, conversation, body.client_id, wanted)
    return (await show_all(call, [changed]))[0]


async def mark_read(call: Call) -> v.Ok:
    """I have read up to `seq`."""
    conversation = await require_conversation(call)
    seq = min(call.body.seq, conversation.seq)
    await call.hub.conversations.mark_read(call.scope, conversation.id, seq)
    if call.scope.agent_id:
        call.hub.receipts.read(conversation, seq)
    return v.Ok()


async def report_activity(call: Call) -> v.Ok:
    """I look at it, I type: colleagues and the customer may see that."""
    conversation = await require_conversation(call)
    body: r.Activity = call.body
    call.hub.conversations.report_activity(
        call.scope, conversation, is_viewing=body.is_viewing, is_typing=body.is_typing
    )
    await call.hub.inboxes.tell_typing(conversation, is_typing=body.is_typing)
    if not call.hub.store.is_exclusive:  # the customer may be connected to another hub
        typing = ReaderTyping(conversation=conversation, is_typing=body.is_typing)
        call.hub.bus.publish(call.scope.workspace, typing)
    return v.Ok()


async def save_draft(call: Call) -> v.DraftView:
    """Keep what I have typed."""
    conversation = await require_conversation(call)
    body: r.SaveDraft = call.body
    draft = Draft(
        id="",
        kind=body.kind,
        text=body.text,
        html=body.html,
        subject=body.subject,
        inbox_id=body.inbox_id,
        file_ids=body.file_ids,
    )
    return show.draft(await call.hub.drafts.save(call.scope, conversation, draft))


async def delete_draft(call: Call) -> v.Ok:
    """Throw my draft away."""
    await call.hub.drafts.delete(call.scope, await require_conversation(call))
    return v.Ok()
