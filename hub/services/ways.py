"""The ways by which a conversation's contact can be answered now, and why others cannot: asked by
the composer, and before anything is queued. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from hub.clock import Clock
from hub.errors import Landline, OptedOut, OutsideWindow, RecipientUnreachable
from hub.model.contact import Address, Contact, Identity
from hub.model.conversation import Conversation, heard_key
from hub.model.ids import local, workspace_of
from hub.model.inbox import Inbox
from hub.ports.channel import Capabilities
from hub.services.contacts import Contacts
from hub.services.inboxes import Inboxes
from hub.services.joining import join_group_of
from hub.services.reading import Reading
from hub.services.suppression import Suppressions

WayState = Literal["ok", "window_closed", "opted_out", "unreachable", "paused", "bad_credentials"]

_HOUR_MS = 3600 * 1000
#: How many of the contact's conversations are asked when they last wrote.
_RECENT = 10


class AnswerWay(msgspec.Struct, frozen=True, kw_only=True):
    """Through this inbox to this address. `identity` is None for a typed, unproved address."""

    inbox: Inbox
    capabilities: Capabilities
    to: Address
    identity: Identity | None
    state: WayState
    #: Of an unreachable one: a code of `hub.errors`, "" where they left or blocked us.
    reason: str = ""
    #: When free text is no longer taken (ms); 0 where the channel has no such limit.
    window_until: int = 0


class Ways:
    """Made once; called by the API."""

    def __init__(
        self,
        inboxes: Inboxes,
        contacts: Contacts,
        reading: Reading,
        suppressions: Suppressions,
        clock: Clock,
    ) -> None:
        self._inboxes = inboxes
        self._contacts = contacts
        self._reading = reading
        self._suppressions = suppressions
        self._clock = clock

    async def of(self, conversation: Conversation) -> list[AnswerWay]:
        """All of them: the inbox by which the customer wrote last first, in each inbox the best
        address first.
        """
        contact = await self._contacts.require_raw(conversation.contact_id)
        identities = await self._contacts.identities(contact.id)
        heard: dict[str, int] | None = None
        found = []
        for inbox in self._inboxes.of_workspace(workspace_of(conversation.id)):
            if join_group_of(inbox) != conversation.join_group:
                continue
            capabilities = self._inboxes.capabilities(inbox)
            if capabilities.reply_window_h and heard is None:
                heard = await self._heard(conversation.contact_id)
            known = heard or {}
            addresses = addresses_in(inbox, capabilities, identities, contact, known)
            found += await self._in(inbox, capabilities, addresses, known)
        return sorted(found, key=lambda way: way.inbox.id != conversation.inbox_id)

    async def _in(
        self,
        inbox: Inbox,
        capabilities: Capabilities,
        addresses: list[tuple[Identity | None, Address]],
        heard: dict[str, int],
    ) -> list[AnswerWay]:
        if not addresses:
            return []
        everyone = [address for _, address in addresses]
        workspace = workspace_of(inbox.id)
        refused = await self._suppressions.refused(workspace, inbox.channel, everyone)
        ways = []
        for identity, to in addresses:
            until = window_until(capabilities, inbox, identity, heard)
            is_closed = bool(capabilities.reply_window_h) and until <= self._clock.now_ms()
            state = self._state(inbox, identity, is_refused=to in refused, is_closed=is_closed)
            ways.append(
                AnswerWay(
                    inbox=inbox,
                    capabilities=capabilities,
                    to=to,
                    identity=identity,
                    state=state,
                    reason=_reason(inbox, identity) if state == "unreachable" else "",
                    window_until=until,
                )
            )
        return ways

    def _state(
        self, inbox: Inbox, identity: Identity | None, *, is_refused: bool, is_closed: bool
    ) -> WayState:
        if is_refused:
            return "opted_out"
        if inbox.is_paused:
            return "paused"
        if self._inboxes.health.of(inbox.id).state == "bad_credentials":
            return "bad_credentials"
        if identity is not None and inbox.id in identity.unreachable_in:
            return "unreachable"
        return "window_closed" if is_closed else "ok"

    async def to_contact(
        self, contact: Contact, inbox: Inbox, to: Address | None = None
    ) -> AnswerWay | None:
        """The best way to a contact through one inbox, or the one to the address `to`."""
        capabilities = self._inboxes.capabilities(inbox)
        identities = await self._contacts.identities(contact.id)
        heard = await self._heard(contact.id) if capabilities.reply_window_h else {}
        known = addresses_in(inbox, capabilities, identities, contact, heard)
        addresses = [pair for pair in known if to in (None, pair[1])]
        ways = await self._in(inbox, capabilities, addresses[:1], heard)
        return ways[0] if ways else None

    async def _heard(self, contact_id: str) -> dict[str, int]:
        """When each address last wrote by each inbox, over the contact's latest conversations."""
        heard: dict[str, int] = {}
        for other in await self._reading.recent_of(contact_id, _RECENT):
            for key, at in other.heard.items():
                heard[key] = max(at, heard.get(key, 0))
        return heard


def addresses_in(
    inbox: Inbox,
    capabilities: Capabilities,
    identities: Iterable[Identity],
    contact: Contact,
    heard: Mapping[str, int],
) -> list[tuple[Identity | None, Address]]:
    """Where this inbox can write to, the one that wrote last first. An id that means something in
    this inbox alone serves where nothing else does, or where the person wrote by it.
    """
    kinds = {capabilities.address_kind, *capabilities.also_writes_to}
    scopes = ("", inbox.channel)  # a network's own ids may mean the same in all its inboxes

    def heard_at(one: Identity) -> int:
        return heard.get(heard_key(inbox.id, one.id), 0)

    known = [i for i in identities if i.address.kind in kinds and i.address.scope in scopes]
    own = [i for i in identities if i.address.scope == inbox.id]
    known += [i for i in own if not known or heard_at(i)]
    known.sort(key=lambda i: (heard_at(i), i.is_verified, i.created_at), reverse=True)
    if capabilities.is_live:  # one reader at a time
        known = known[:1]
    found: list[tuple[Identity | None, Address]] = [(i, i.address) for i in known]
    if not found and capabilities.address_kind == "email" and contact.claimed_email:
        found = [(None, Address("email", contact.claimed_email))]
    return found


def window_until(
    capabilities: Capabilities, inbox: Inbox, identity: Identity | None, heard: dict[str, int]
) -> int:
    hours = max(capabilities.reply_window_h, capabilities.human_window_h)
    if not capabilities.reply_window_h or identity is None:
        return 0
    at = heard.get(heard_key(inbox.id, identity.id), 0)
    return at + hours * _HOUR_MS if at else 0


def _reason(inbox: Inbox, identity: Identity | None) -> str:
    return identity.unreachable_why.get(local(inbox.id), "") if identity is not None else ""


def require_open(way: AnswerWay, *, has_template: bool) -> None:
    """Raise what tells the agent what to do instead. An inbox that is paused or waits for new
    credentials keeps what is queued.
    """
    match way.state:
        case "opted_out":
            raise OptedOut("this person does not want messages here; they can write START")
        case "unreachable" if way.reason == Landline.code:
            raise Landline("this telephone takes no messages; call, or choose another way")
        case "unreachable":
            raise RecipientUnreachable("this address cannot be reached now; choose another way")
        case "window_closed" if not has_template:
            raise OutsideWindow("the customer wrote too long ago; choose a template")
        case _:
            return
