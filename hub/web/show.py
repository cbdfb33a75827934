"""From the model to what the API shows: ids local to the workspace, nothing that its reader may not
know.
"""

from __future__ import annotations

from hub.model.agent import Agent
from hub.model.contact import Contact, Identity
from hub.model.conversation import Conversation, Draft, SlaClock
from hub.model.ids import local
from hub.model.inbox import Inbox, InboxHealth
from hub.model.message import Attachment, Author, Message, Reaction
from hub.model.routing import Routing
from hub.model.task import Task
from hub.model.template import TemplateUse, restored
from hub.ports.channel import ChannelSpec
from hub.services.reading import Personal
from hub.web import routing_views as rv
from hub.web import views as v

API = "/api/v1"


def short(id: str) -> str:
    """A full id as the API shows it; "" stays ""."""
    return local(id) if id else ""


def conversation(item: Conversation, mine: Personal | None) -> v.ConversationView:
    """`mine` is None in live events."""
    return v.ConversationView(
        id=local(item.id),
        rev=item.v,
        contact=v.ContactRef(id=local(item.contact_id), name=item.contact_name),
        inbox_id=local(item.inbox_id),
        channel=item.channel,
        channels=item.channels or [item.channel],
        state=item.state,
        assignee_id=short(item.assignee_id),
        priority=item.priority,
        labels=item.labels,
        subject=item.subject,
        preview=item.preview,
        preview_from=item.preview_from,
        is_spam=item.is_spam,
        seq=item.seq,
        inbound_seq=item.inbound_seq,
        mine=v.Mine(read_seq=mine.read_seq, has_draft=mine.has_draft) if mine else None,
        last_at=item.last_at,
        last_inbound_at=item.last_inbound_at,
        waiting_since=item.waiting_since,
        snoozed_until=item.snoozed_until,
        closed_at=item.closed_at,
        created_at=item.created_at,
        merged_into=short(item.merged_into),
        routing=routing(item.routing) if item.routing else None,
        sla=sla(item.sla) if item.sla else None,
        disposition=item.disposition,
        form=item.form,
    )


def routing(item: Routing) -> rv.RoutingView:
    offer = None
    if item.offer is not None:
        offer = rv.OfferView(
            number=item.offer.number,
            agent_ids=[local(agent) for agent in item.offer.agent_ids],
            at=item.offer.at,
            until=item.offer.until,
        )
    return rv.RoutingView(
        queue_id=short(item.queue_id),
        state=item.state,
        entered_at=item.entered_at,
        is_vip=item.is_vip,
        offer=offer,
    )


def sla(item: SlaClock) -> rv.SlaView:
    return rv.SlaView(
        first_due=item.first_due,
        next_due=item.next_due,
        resolve_due=item.resolve_due,
        warned=item.warned,
        broken=item.broken,
    )


def attachment(item: Attachment) -> v.AttachmentView:
    file_id = short(item.file_id) if "." in item.file_id else item.file_id
    url = f"{API}/files/{file_id}" if file_id else ""
    has_thumbnail = bool(url) and item.media_type.startswith("image/")
    return v.AttachmentView(
        file_id=file_id,
        name=item.name,
        media_type=item.media_type,
        size_bytes=item.size_bytes,
        content_id=item.content_id,
        is_inline=item.is_inline,
        width=item.width,
        height=item.height,
        is_voice=item.is_voice,
        is_sticker=item.is_sticker,
        state=item.state,
        reason=item.reason,
        url=url,
        thumbnail_url=f"{url}/thumbnail" if has_thumbnail else "",
    )


def message(item: Message) -> v.MessageView:
    at = f"{API}/conversations/{local(item.conversation_id)}/messages/{item.seq}"
    mail = None
    if item.mail is not None:
        facts = item.mail
        mail = v.MailView(
            message_id=facts.message_id,
            from_=facts.from_,
            to=facts.to,
            cc=facts.cc,
            has_html=bool(facts.html),
            body_url=f"{at}/body",
            source_url=f"{at}/source" if facts.source_file_id else "",
            quoted=facts.quoted,
            remote_images=facts.remote_images,
            kind=facts.kind,
            auth=facts.auth,
            notices=facts.notices,
            calendar=facts.calendar,
        )
    return v.MessageView(
        conversation_id=local(item.conversation_id),
        seq=item.seq,
        rev=item.v,
        kind=item.kind,
        direction=item.direction,
        author=Author(item.author.kind, short(item.author.id), item.author.name),
        inbox_id=short(item.inbox_id),
        channel=item.channel,
        at=item.at,
        sent_at=item.sent_at,
        text=item.text,
        subject=item.subject,
        address=item.address,
        attachments=[attachment(a) for a in item.attachments],
        quick_replies=item.quick_replies,
        mail=mail,
        mentions=[short(agent) for agent in item.mentions],
        delivery=item.delivery,
        reason=item.reason,
        detail=item.detail,
        client_id=item.client_id,
        activity=item.activity,
        details=item.details,
        is_auto=item.is_auto,
        location=item.location,
        shared=item.shared,
        reactions=[_reaction(one) for one in item.reactions],
        quoted=item.quoted,
        payload=item.payload,
        template=_template_use(item.template) if item.template else None,
        unsupported=item.unsupported,
        edits=item.edits,
        edited_at=item.edited_at,
        deleted_at=item.deleted_at,
    )


def _reaction(item: Reaction) -> Reaction:
    return Reaction(short(item.by), item.name, item.emoji, item.at)


def _template_use(item: TemplateUse) -> v.TemplateUseView:
    values = [v.SlotValue(name, value) for name, value in restored(item).values.items()]
    return v.TemplateUseView(name=item.name, language=item.language, values=values)


def contact(item: Contact, identities: list[Identity]) -> v.ContactView:
    """A typed address that has become one of theirs is no longer a claim."""
    known = {identity.address.value for identity in identities}
    return v.ContactView(
        id=local(item.id),
        rev=item.v,
        name=item.name,
        claimed_email="" if item.claimed_email in known else item.claimed_email,
        language=item.language,
        company=item.company,
        about=item.about,
        fields=item.fields,
        is_blocked=item.is_blocked,
        is_vip=item.is_vip,
        identities=[_identity(i) for i in identities],
        created_at=item.created_at,
        updated_at=item.updated_at,
        last_seen_at=item.last_seen_at,
        merged_into=short(item.merged_into or ""),
    )


def _identity(item: Identity) -> v.IdentityView:
    """A browser's token hash says nothing to people, so it is not shown."""
    value = "" if item.address.kind == "visitor" else item.address.value
    return v.IdentityView(
        id=local(item.id),
        kind=item.address.kind,
        value=value,
        is_verified=item.is_verified,
        created_at=item.created_at,
    )


def health(item: InboxHealth) -> v.HealthView:
    return v.HealthView(
        state=item.state,
        detail=item.detail,
        since=item.since,
        last_in_at=item.last_in_at,
        last_out_at=item.last_out_at,
        last_error_at=item.last_error_at,
        last_error=item.last_error,
        is_quiet=item.is_quiet,
    )


def inbox(item: Inbox, spec: ChannelSpec, how: InboxHealth) -> v.InboxView:
    return v.InboxView(
        id=local(item.id),
        rev=item.v,
        channel=item.channel,
        name=item.name,
        address=item.address,
        is_paused=item.is_paused,
        capabilities=spec.capabilities_with(item.config),
        health=health(how),
    )


def draft(item: Draft) -> v.DraftView:
    return v.DraftView(
        kind=item.kind,
        text=item.text,
        html=item.html,
        subject=item.subject,
        inbox_id=item.inbox_id,
        file_ids=item.file_ids,
        at=item.at,
    )


def agent(item: Agent, *, is_online: bool) -> v.AgentView:
    homes = None if item.homes is None else [local(home) for home in item.homes]
    return v.AgentView(
        id=local(item.id),
        name=item.name,
        email=item.email,
        role=item.role,
        homes=homes,
        is_active=item.is_active,
        has_joined=item.has_joined,
        is_online=is_online,
    )


def task(item: Task) -> rv.TaskView:
    return rv.TaskView(
        id=local(item.id),
        text=item.text,
        state=item.state,
        assignee_id=short(item.assignee_id),
        conversation_id=short(item.conversation_id),
        contact_id=short(item.contact_id),
        contact_name=item.contact_name,
        due_at=item.due_at,
        remind_at=item.remind_at,
        created_by=short(item.created_by),
        created_at=item.created_at,
        done_at=item.done_at,
        done_by=short(item.done_by),
    )
