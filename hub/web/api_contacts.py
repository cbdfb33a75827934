"""API handlers: contacts and their addresses."""

from __future__ import annotations

import contextlib
import re

import msgspec

from hub.errors import BadInput
from hub.model.contact import Contact
from hub.services.docs import from_doc
from hub.services.phone import normalise_phone
from hub.services.typed import address_of
from hub.web import requests as r
from hub.web import show
from hub.web import views as v
from hub.web.api_conversations import show_all
from hub.web.regions import region_of
from hub.web.reply_input import full
from hub.web.route import Call

#: What may be a telephone number, in whole.
_NUMBER = re.compile(r"\s*\+?[\d\s()./-]{7,30}")


async def _show(call: Call, contact: Contact) -> v.ContactView:
    return show.contact(contact, await call.hub.contacts.identities(contact.id))


async def list_contacts(call: Call) -> v.ContactPage:
    """Latest active first, or those whose name or address holds the words given; a telephone number
    may be written in any way.
    """
    query: r.ListContacts = call.query
    text = query.text
    if _NUMBER.fullmatch(text):
        with contextlib.suppress(BadInput):
            text = normalise_phone(text, await region_of(call))
    page = await call.hub.contacts.find(call.scope, text, query.after or None, query.limit)
    items = [await _show(call, from_doc(Contact, doc)) for doc in page.docs]
    return v.ContactPage(items=items, next=page.next)


async def create_contact(call: Call) -> v.ContactView:
    """A new person with an e-mail address, a telephone number or both."""
    body: r.CreateContact = call.body
    typed = [("email", body.email), ("phone", body.phone)]
    region = await region_of(call)
    addresses = [address_of(kind, value, region) for kind, value in typed if value.strip()]
    contact = await call.hub.contacts.create(call.scope, body.name, addresses)
    return await _show(call, contact)


async def get_contact(call: Call) -> v.ContactView:
    """One contact with all addresses."""
    contact_id = full(call, call.path["contact_id"])
    return await _show(call, await call.hub.contacts.require(call.scope, contact_id))


async def change_contact(call: Call) -> v.ContactView:
    """Name, language, company, notes, own fields; block or unblock."""
    contact_id = full(call, call.path["contact_id"])
    given = msgspec.structs.asdict(call.body)
    changes = {k: value for k, value in given.items() if value is not msgspec.UNSET}
    contact = await call.hub.contacts.change(call.scope, contact_id, changes)
    if "name" in changes:
        await call.hub.conversations.rename_contact(contact)
    if "is_blocked" in changes:
        action = "contact.blocked" if contact.is_blocked else "contact.unblocked"
        await call.hub.audit.add(call.scope, action, contact.id, {}, call.ip)
    return await _show(call, contact)


async def list_contact_conversations(call: Call) -> v.ConversationPage:
    """This person's conversations that the caller may see, latest first."""
    contact_id = full(call, call.path["contact_id"])
    contact = await call.hub.contacts.require(call.scope, contact_id)
    cursor = call.hub.live.cursor(call.scope.workspace)
    found = await call.hub.reading.of_contact(call.scope, contact.id)
    items = await show_all(call, found.conversations)
    return v.ConversationPage(items=items, next=found.next, cursor=cursor)


async def add_identity(call: Call) -> v.ContactView:
    """One more address of this person: somewhere to write to."""
    body: r.AddIdentity = call.body
    contact_id = full(call, call.path["contact_id"])
    address = address_of(body.kind, body.value, await region_of(call))
    contact = await call.hub.contacts.add_address(call.scope, contact_id, address)
    return await _show(call, contact)


async def remove_identity(call: Call) -> v.ContactView:
    """Take an address away; the last one stays."""
    contact_id = full(call, call.path["contact_id"])
    identity_id = full(call, call.path["identity_id"])
    contact = await call.hub.contacts.remove_address(call.scope, contact_id, identity_id)
    return await _show(call, contact)
