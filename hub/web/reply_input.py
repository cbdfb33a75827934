"""What handlers that answer or start conversations share: ids, ways to a contact, files, HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import msgspec

from hub.errors import BadInput
from hub.model.contact import Address, Contact, Identity
from hub.model.conversation import Conversation
from hub.model.ids import local
from hub.model.inbox import Inbox
from hub.model.message import Attachment
from hub.ports.channel import Capabilities
from hub.services.joining import join_group_of
from hub.web import views as v
from hub.web.clean_html import clean_html
from hub.web.route import Call

if TYPE_CHECKING:
    from hub.web.services import Services


#: A picture that an agent put into formatted text: one of our own uploads.
_PICTURE = re.compile(r'src="/api/v1/files/([a-z0-9]{26})"')


class Target(msgspec.Struct, frozen=True):
    """An inbox through which a contact can be answered, at one address."""

    inbox: Inbox
    capabilities: Capabilities
    to: Address
    view: v.ReplyTarget


def full(call: Call, id: str) -> str:
    """The full id of a local one of the caller's workspace; "" stays ""."""
    return f"{call.scope.workspace}.{id}" if id else ""


class Content(msgspec.Struct, frozen=True):
    """What an agent wrote, safe to store and to send; pictures in it are inline attachments."""

    text: str
    html: str
    attachments: list[Attachment]


async def content_of(
    call: Call,
    capabilities: Capabilities,
    conversation: Conversation,
    *,
    text: str,
    html: str,
    file_ids: Sequence[str],
) -> Content:
    """HTML only where the channel has it; the agent's signature only where mails are signed."""
    inline: list[Attachment] = []
    if html and capabilities.can_html:
        pictures = list(dict.fromkeys(_PICTURE.findall(html)))
        for picture in await attach(call, pictures, conversation):
            named = local(picture.file_id) if "." in picture.file_id else picture.file_id
            inline.append(msgspec.structs.replace(picture, content_id=named, is_inline=True))
        html = clean_html(_PICTURE.sub(r'src="cid:\1"', html))
    else:
        html = ""
    files = [id for id in file_ids if id not in {picture.content_id for picture in inline}]
    attachments = [*inline, *await attach(call, files, conversation)]
    signature = await _signature(call) if capabilities.has_subject else ""
    if signature:
        text = f"{text}\n\n-- \n{signature}"
        html = html and f"{html}<p>-- <br>{_as_html(signature)}</p>"
    return Content(text, html, attachments)


async def _signature(call: Call) -> str:
    agent = await call.hub.agents.get(call.scope.agent_id) if call.scope.agent_id else None
    return agent.signature.strip() if agent is not None else ""


def _as_html(text: str) -> str:
    return escape(text).replace("\n", "<br>")


async def attach(
    call: Call, file_ids: Sequence[str], conversation: Conversation
) -> list[Attachment]:
    """The caller's uploads, given to the conversation."""
    if not file_ids:
        return []
    owners = {call.scope.agent_id}
    return await call.hub.files.attach(
        call.scope.workspace, file_ids, conversation.id, owners=owners
    )


async def targets_of(hub: Services, conversation: Conversation) -> list[Target]:
    """All ways to the contact, the one by which the customer wrote last first."""
    contact = await hub.contacts.require_raw(conversation.contact_id)
    identities = await hub.contacts.identities(contact.id)
    workspace = conversation.id.split(".", 1)[0]
    found = []
    for inbox in hub.inboxes.of_workspace(workspace):
        if join_group_of(inbox) != conversation.join_group:
            continue
        capabilities = hub.inboxes.spec(inbox).capabilities
        to = _address_in(inbox, capabilities, identities, contact)
        if to is not None:
            found.append(_target(hub, inbox, capabilities, to))
    return sorted(found, key=lambda target: target.inbox.id != conversation.inbox_id)


def _address_in(
    inbox: Inbox, capabilities: Capabilities, identities: list[Identity], contact: Contact
) -> Address | None:
    scoped = [i for i in identities if i.address.scope == inbox.id]
    if scoped:
        return max(scoped, key=lambda i: (i.is_verified, i.created_at)).address
    kind = capabilities.address_kind
    general = [i for i in identities if i.address.kind == kind and not i.address.scope]
    if general:
        return max(general, key=lambda i: (i.is_verified, i.created_at)).address
    if kind == "email" and contact.claimed_email:
        return Address("email", contact.claimed_email)
    return None


def _target(hub: Services, inbox: Inbox, capabilities: Capabilities, to: Address) -> Target:
    shown = to.value if to.kind in ("email", "phone") else ""
    view = v.ReplyTarget(
        inbox_id=local(inbox.id),
        channel=inbox.channel,
        name=inbox.name,
        address=shown,
        capabilities=capabilities,
        is_paused=inbox.is_paused,
        is_present=hub.inboxes.is_present(inbox.id, to),
    )
    return Target(inbox, capabilities, to, view)


def choose(targets: Sequence[Target], inbox_id: str) -> Target:
    """The way asked for, else the first. Raises `BadInput` that says what to do."""
    for target in targets:
        if inbox_id in ("", target.inbox.id):
            return target
    if inbox_id:
        raise BadInput("this contact cannot be reached through this inbox", "inbox_id")
    raise BadInput("there is no way to write to this contact; add an address first", "inbox_id")
