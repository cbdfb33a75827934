"""Which conversation an inbound message belongs to (DESIGN §12.3).

Signed reply token → its conversation; a reference to one of our messages → its conversation, if the
sender already takes part and the network did not disown the sender; else the contact's open one;
else a new one. Unverified claims open nobody's history.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.model.contact import Contact
from hub.model.conversation import Conversation
from hub.model.ids import conversation_of
from hub.model.inbox import Inbox
from hub.ports.inbound import MessageReceived
from hub.services.contacts import Contacts, Person
from hub.services.docs import one_line
from hub.services.names import NameBook, Names
from hub.services.timeline import Timeline

REOPEN_MS = 14 * 24 * 3600 * 1000
#: A bound on merge pointers, against loops in damaged data.
_MAX_HOPS = 8

JoinedBy = Literal["token", "reference", "open", "new"]


class Joined(msgspec.Struct, frozen=True):
    """The conversation's id, how it was found, and itself unless it must be made."""

    conversation_id: str
    by: JoinedBy
    conversation: Conversation | None = None


class Joining:
    """Reads only, but for the claim that makes a conversation the contact's open one."""

    def __init__(self, timeline: Timeline, contacts: Contacts, names: NameBook) -> None:
        self._timeline = timeline
        self._contacts = contacts
        self._names = names

    async def find(
        self, inbox: Inbox, event: MessageReceived, person: Person, cause: str, now_ms: int
    ) -> Joined:
        """`cause` is the journal row: a repeated search ends at the same new conversation."""
        names = await self._names.of(inbox.id.split(".", 1)[0])
        found = await self._by_token(names, event)
        if found is not None and self._may_continue(found, now_ms):
            return Joined(found.id, "token", found)
        referred = await self._by_reference(names, inbox, event, person)
        if referred is not None and self._may_continue(referred, now_ms):
            return Joined(referred.id, "reference", referred)
        if found is not None and found.contact_id != person.contact.id:
            return await self._claim(names, inbox, found.contact_id, cause)
        return await self._open_one(names, inbox, person.contact, cause)

    async def _by_token(self, names: Names, event: MessageReceived) -> Conversation | None:
        for token in event.thread.tokens if event.thread else ():
            conversation_id = names.conversation_of_token(token)
            found = await self._follow(conversation_id) if conversation_id else None
            if found is not None:
                return found
        return None

    async def _by_reference(
        self, names: Names, inbox: Inbox, event: MessageReceived, person: Person
    ) -> Conversation | None:
        if event.thread is None or event.thread.auth == "fail":
            return None
        for provider_id in event.thread.refs:
            message = await self._timeline.find_by_ref(names.provider_ref(inbox.id, provider_id))
            found = await self._follow(conversation_of(message)) if message else None
            if found is not None and person.identity.id in found.identities:
                return found
        return None

    async def _open_one(self, names: Names, inbox: Inbox, contact: Contact, cause: str) -> Joined:
        """What the contact says is open needs no claim, as long as it is."""
        known_id = contact.open.get(join_group_of(inbox))
        known = await self._timeline.get(known_id) if known_id else None
        if known is not None and known.state in ("open", "snoozed"):
            return Joined(known.id, "open", known)
        return await self._claim(names, inbox, contact.id, cause)

    async def _claim(self, names: Names, inbox: Inbox, contact_id: str, cause: str) -> Joined:
        fresh = names.conversation(cause)
        group = join_group_of(inbox)
        for _ in range(_MAX_HOPS):
            claimed = await self._contacts.claim_open(contact_id, group, fresh)
            known = await self._timeline.get(claimed)
            if known is None or known.state in ("open", "snoozed"):
                return Joined(claimed, "new" if claimed == fresh else "open", known)
            await self._contacts.release_open(contact_id, group, claimed)
            fresh = names.conversation(f"{cause}:{claimed}")
        return Joined(fresh, "new")

    async def _follow(self, conversation_id: str) -> Conversation | None:
        conversation = await self._timeline.get(conversation_id)
        for _ in range(_MAX_HOPS):
            if conversation is None or conversation.state != "merged":
                return conversation
            conversation = await self._timeline.get(conversation.merged_into)
        return None

    @staticmethod
    def _may_continue(conversation: Conversation, now_ms: int) -> bool:
        is_open = conversation.state in ("open", "snoozed")
        return is_open or now_ms - conversation.closed_at <= REOPEN_MS


def join_group_of(inbox: Inbox) -> str:
    """The key under which a contact's open conversation is claimed; an inbox kept apart has its
    own.
    """
    return inbox.id.split(".", 1)[1] if inbox.join_group == "none" else inbox.join_group


def new_conversation(
    id: str, inbox: Inbox, contact: Contact, sender_name: str, now: int
) -> Conversation:
    """As it begins with a message of the contact."""
    return Conversation(
        id=id,
        contact_id=contact.id,
        contact_name=contact.name or one_line(sender_name, 120),
        home=inbox.id,
        inbox_id=inbox.id,
        channel=inbox.channel,
        join_group=join_group_of(inbox),
        created_at=now,
        last_at=now,
    )
