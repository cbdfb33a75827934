"""What handlers that answer or start conversations share: ids, ways to a contact, files, HTML."""

from __future__ import annotations

from collections.abc import Sequence
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


class Target(msgspec.Struct, frozen=True):
    """An inbox through which a contact can be answered, at one address."""

    inbox: Inbox
    capabilities: Capabilities
    to: Address
    view: v.ReplyTarget


def full(call: Call, id: str) -> str:
    """The full id of a local one of the caller's workspace; "" stays ""."""
    return f"{call.scope.workspace}.{id}" if id else ""


def html_of(capabilities: Capabilities, html: str) -> str:
    """The agent's HTML, safe to store and to send; "" where the channel has none."""
    return clean_html(html) if capabilities.can_html and html else ""


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
