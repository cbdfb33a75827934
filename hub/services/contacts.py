"""Contacts and their addresses: finding the person behind an address, and what agents change about
people.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from hub.clock import Clock
from hub.errors import BadInput, Conflict, NotFound
from hub.model.agent import Scope
from hub.model.contact import Address, Contact, Identity
from hub.model.events import ContactChanged
from hub.model.ids import local, workspace_of
from hub.ports.bus import Bus
from hub.ports.collections import CONTACTS, IDENTITIES, MERGE_HINTS
from hub.ports.store import DocumentStore, Insert, Op, Page, Patch, PatchOp
from hub.services.docs import from_doc, from_docs, one_line, to_doc
from hub.services.names import NameBook, Names
from hub.services.typed import normalise_email

_LANGUAGE = re.compile(r"[a-z]{2}", re.IGNORECASE)
MAX_ADDRESSES = 100
_SEEN_MS = 60_000
#: Moving a contact in lists and in the search index is dear; an hour is exact enough.
_MOVED_MS = 3_600_000


class Person(msgspec.Struct, frozen=True):
    """An address and the contact it belongs to."""

    identity: Identity
    contact: Contact


class Contacts:
    """The only writer of contacts and identities."""

    def __init__(self, store: DocumentStore, names: NameBook, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._names = names
        self._bus = bus
        self._clock = clock

    async def meet(
        self,
        workspace: str,
        address: Address,
        *,
        name: str = "",
        is_verified: bool = False,
        aliases: Sequence[Address] = (),
    ) -> Person:
        """The person behind an address, founded now when nobody has it. Safe to repeat and to race.

        The contact's id is computed from the identity's, so that two racers found the same person.
        `aliases` are further addresses that the network states to be the same person's.
        """
        names = await self._names.of(workspace)
        if aliases:
            await self._join(names, [address, *aliases], name, is_verified=is_verified)
        identity_id = names.identity(address)
        doc = await self._store.get(IDENTITIES, identity_id)
        if doc is None:
            return await self._found(
                names.contact(identity_id), identity_id, address, name, is_verified
            )
        identity = from_doc(Identity, doc)
        if is_verified and not identity.is_verified:
            identity = await self._verify(identity)
        contact = await self._store.get(CONTACTS, identity.contact_id)
        if contact is None:
            return await self._found(identity.contact_id, identity_id, address, name, is_verified)
        return Person(identity, await self._followed(from_doc(Contact, contact)))

    async def _found(
        self, contact_id: str, identity_id: str, address: Address, name: str, is_verified: bool
    ) -> Person:
        new = _new_person(
            contact_id, identity_id, address, name, self._clock.now_ms(), is_verified=is_verified
        )
        await self._store.apply(
            [
                Insert(CONTACTS, to_doc(new.contact), or_ignore=True),
                Insert(IDENTITIES, to_doc(new.identity), or_ignore=True),
            ]
        )
        owner = await self._store.get(IDENTITIES, identity_id)
        person = await self._store.get(CONTACTS, owner["contact_id"] if owner else contact_id)
        if owner is None or person is None:
            raise Conflict("the contact vanished while it was made", "contact")
        return Person(from_doc(Identity, owner), await self._followed(from_doc(Contact, person)))

    async def known(self, identity_ids: Collection[str]) -> dict[str, Person | None]:
        """Who is behind those of the addresses that are somebody's; None where `meet` must look
        closer (a contact that is gone, or went on in another one).
        """
        found = await self._store.get_many(IDENTITIES, list(identity_ids))
        identities = from_docs(Identity, found)
        ids = {identity.contact_id for identity in identities}
        docs = await self._store.get_many(CONTACTS, list(ids)) if ids else []
        contacts = {contact.id: contact for contact in from_docs(Contact, docs)}
        people = dict[str, Person | None]()
        for identity in identities:
            contact = contacts.get(identity.contact_id)
            if contact is None or contact.merged_into:
                people[identity.id] = None
            else:
                people[identity.id] = Person(identity, contact)
        return people

    def newcomer(
        self,
        names: Names,
        address: Address,
        name: str,
        join_group: str,
        conversation_id: str,
        now: int,
        *,
        is_verified: bool,
    ) -> tuple[Person, list[Op]]:
        """Somebody whom nobody knows, with their open conversation, and what founds them."""
        identity_id = names.identity(address)
        contact_id = names.contact(identity_id)
        person = _new_person(contact_id, identity_id, address, name, now, is_verified=is_verified)
        contact = msgspec.structs.replace(person.contact, open={join_group: conversation_id})
        rows = [Insert(CONTACTS, to_doc(contact)), Insert(IDENTITIES, to_doc(person.identity))]
        return Person(person.identity, contact), [*rows]

    async def _join(
        self, names: Names, addresses: Sequence[Address], name: str, *, is_verified: bool
    ) -> None:
        """Addresses that nobody has go to the person who has one of the others, the first known
        (R-13). Who already is somebody else is only suggested to be the same.
        """
        ids = [names.identity(address) for address in addresses]
        docs = {doc["_id"]: doc for doc in await self._store.get_many(IDENTITIES, ids)}
        owners = [docs[id]["contact_id"] for id in ids if id in docs]
        if len(docs) < len(ids):
            owner = owners[0] if owners else names.contact(min(ids))
            missing = [pair for pair in zip(ids, addresses, strict=True) if pair[0] not in docs]
            await self._take_in(owner, missing, name, is_verified=is_verified)
        for other in owners[1:]:
            if other != owners[0]:
                await self.hint(names, owners[0], other, addresses[0].value)

    async def _take_in(
        self,
        contact_id: str,
        addresses: Sequence[tuple[str, Address]],
        name: str,
        *,
        is_verified: bool,
    ) -> None:
        """Give new addresses to a contact, who may be new too; racers write the same."""
        now = self._clock.now_ms()
        shown = [a.value for _, a in addresses if a.kind in ("email", "phone")]
        contact = Contact(
            id=contact_id,
            name=one_line(name, 120) or next(iter(shown), ""),
            addresses=shown,
            created_at=now,
            updated_at=now,
            last_seen_at=now,
        )
        rows: list[Op] = [Insert(CONTACTS, to_doc(contact), or_ignore=True)]
        for id, address in addresses:
            identity = Identity(
                id=id,
                contact_id=contact_id,
                address=address,
                is_verified=is_verified,
                name=one_line(name, 120),
                created_at=now,
            )
            rows.append(Insert(IDENTITIES, to_doc(identity), or_ignore=True))
        await self._store.apply(rows)
        await self._refresh_addresses(contact_id)

    async def hint(self, names: Names, first: str, second: str, why: str) -> None:
        """Two contacts may be one person: for people to decide."""
        hint = {
            "_id": names.merge_hint(first, second),
            "contacts": sorted((first, second)),
            "first": min(first, second),
            "second": max(first, second),
            "address": one_line(why, 254),
            "at": self._clock.now_ms(),
        }
        await self._store.insert_many(MERGE_HINTS, [hint])

    async def find_identity(self, identity_id: str) -> Identity | None:
        doc = await self._store.get(IDENTITIES, identity_id)
        return None if doc is None else from_doc(Identity, doc)

    async def set_reachable(
        self, identity: Identity, inbox_id: str, *, is_reachable: bool, why: str = ""
    ) -> Identity:
        """What the network says about an address in one inbox; `why` not, as a code of
        `hub.errors`. Safe to repeat.
        """
        key = local(inbox_id)
        places = [id for id in identity.unreachable_in if id != inbox_id]
        reasons = {k: code for k, code in identity.unreachable_why.items() if k != key}
        if not is_reachable:
            places.append(inbox_id)
            reasons |= {key: why} if why else {}
        if set(places) == set(identity.unreachable_in) and reasons == identity.unreachable_why:
            return identity
        now = {"unreachable_in": places, "unreachable_why": reasons}
        doc = await self._store.patch(IDENTITIES, identity.id, Patch(set=now))
        if doc is None:
            return identity
        await self._tell(identity.contact_id)
        return from_doc(Identity, doc)

    async def _tell(self, contact_id: str) -> None:
        """Whoever looks at the contact sees its addresses anew."""
        contact = await self.find_current(contact_id)
        if contact is not None:
            owned = await self.identities(contact.id)
            event = ContactChanged(contact=contact, identities=owned)
            self._bus.publish(workspace_of(contact_id), event)

    async def _verify(self, identity: Identity) -> Identity:
        doc = await self._store.patch(IDENTITIES, identity.id, Patch(set={"is_verified": True}))
        return from_doc(Identity, doc) if doc else identity

    async def prove(self, identity: Identity, contact_id: str) -> Identity:
        """A reply with our token came from this address: it belongs to `contact_id` if it was only
        just founded.

        An address that another person already had stays with them; the caller shows both on the
        conversation.
        """
        names = await self._names.of(workspace_of(identity.id))
        if identity.contact_id == contact_id:
            return await self._verify(identity) if not identity.is_verified else identity
        if identity.contact_id != names.contact(identity.id):
            return identity
        if len(await self.identities(identity.contact_id)) > 1:
            return identity
        lone = await self._store.get(CONTACTS, identity.contact_id)
        if lone is not None and any(lone.get("open", {}).values()):
            return identity
        doc = await self._store.patch(
            IDENTITIES,
            identity.id,
            Patch(set={"contact_id": contact_id, "is_verified": True}),
            expect={"contact_id": identity.contact_id},
        )
        if doc is None:
            return identity
        await self._store.delete(CONTACTS, identity.contact_id)
        await self._refresh_addresses(contact_id)
        return from_doc(Identity, doc)

    async def claim_open(self, contact_id: str, join_group: str, conversation_id: str) -> str:
        """Make `conversation_id` the contact's open one in `join_group`, or return the
        one that is.
        """
        claim = _claim(contact_id, join_group, conversation_id)
        won = await self._store.patch(CONTACTS, contact_id, claim.patch, expect=claim.expect)
        if won is not None:
            return conversation_id
        contact = await self.require_raw(contact_id)
        if contact.id != contact_id:
            return await self.claim_open(contact.id, join_group, conversation_id)
        return contact.open.get(join_group) or conversation_id

    def claiming(
        self, contact: Contact, join_group: str, conversation_id: str, now: int
    ) -> PatchOp:
        """As `claim_open` and `seen`, to be written with what needs it."""
        claim = _claim(contact.id, join_group, conversation_id)
        return msgspec.structs.replace(
            claim, patch=msgspec.structs.replace(claim.patch, max=_seen(contact, now))
        )

    async def release_open(self, contact_id: str, join_group: str, conversation_id: str) -> None:
        """The conversation is no longer the open one."""
        path = f"open.{join_group}"
        gone = Patch(unset=[path])
        await self._store.patch(CONTACTS, contact_id, gone, expect={path: conversation_id})

    async def note_details(
        self, contact: Contact, *, name: str = "", email: str = "", language: str = ""
    ) -> Contact:
        """Keep what somebody typed about themselves: claims, never proofs. What cannot be an
        address or a language is passed over: it must not cost the message that it came with.
        """
        changes: dict[str, Any] = {}
        if name and needs_name(contact):
            changes["name"] = one_line(name, 120)
        if email:
            with contextlib.suppress(BadInput):
                changes["claimed_email"] = normalise_email(email)
        if _LANGUAGE.match(language) and not contact.language:
            changes["language"] = language[:2]
        return await self._change(contact.id, changes) if changes else contact

    def seen(self, contact: Contact, at: int) -> list[PatchOp]:
        """What notes that the person was active: at most once a minute, lists need no more."""
        latest = _seen(contact, at)
        return [PatchOp(CONTACTS, contact.id, Patch(max=latest), required=False)] if latest else []

    async def note_agent(self, contact_id: str, agent_id: str) -> None:
        """Who last closed a conversation of theirs."""
        known = Patch(set={"last_agent_id": agent_id})
        await self._store.patch(CONTACTS, contact_id, known)

    async def require_raw(self, contact_id: str) -> Contact:
        """Whoever it is now: after a merge the contact that it was merged into."""
        doc = await self._store.get(CONTACTS, contact_id)
        if doc is None:
            raise NotFound("there is no such contact")
        return await self._followed(from_doc(Contact, doc))

    async def find_current(self, contact_id: str) -> Contact | None:
        """As `require_raw`, None for nobody."""
        doc = await self._store.get(CONTACTS, contact_id)
        return None if doc is None else await self._followed(from_doc(Contact, doc))

    async def _followed(self, contact: Contact) -> Contact:
        while contact.merged_into:
            doc = await self._store.get(CONTACTS, contact.merged_into)
            if doc is None:
                break
            contact = from_doc(Contact, doc)
        return contact

    async def require(self, scope: Scope, contact_id: str) -> Contact:
        """A contact of the caller's workspace; `NotFound` otherwise."""
        if workspace_of(contact_id) != scope.workspace:
            raise NotFound("there is no such contact")
        return await self.require_raw(contact_id)

    async def identities(self, contact_id: str) -> list[Identity]:
        page = await self._store.find(
            IDENTITIES,
            workspace_of(contact_id),
            {"contact_id": contact_id},
            index="by_contact",
            limit=MAX_ADDRESSES,
        )
        return [from_doc(Identity, doc) for doc in page.docs]

    async def find(self, scope: Scope, text: str, after: str | None, limit: int) -> Page:
        """Latest active first; with `text` those whose name or address holds all its words."""
        if text.strip():
            page = await self._store.search(
                CONTACTS, scope.workspace, text, {}, after=after, limit=limit
            )
        else:
            here = {"updated_at": {"$gt": 0}}  # a merge leaves 0 behind
            page = await self._store.find(
                CONTACTS,
                scope.workspace,
                here,
                index="by_updated",
                desc=True,
                after=after,
                limit=limit,
            )
        return Page([doc for doc in page.docs if not doc.get("merged_into")], page.next)

    async def create(self, scope: Scope, name: str, addresses: list[Address]) -> Contact:
        """A new person with given addresses; `Conflict` when one of them is somebody's already."""
        if not addresses:
            raise BadInput("give an e-mail address or a telephone number", "email")
        names = await self._names.of(scope.workspace)
        for address in addresses:
            if await self._store.get(IDENTITIES, names.identity(address)) is not None:
                raise Conflict("this address belongs to a contact already", address.kind)
        person = await self.meet(scope.workspace, addresses[0], name=name)
        for address in addresses[1:]:
            await self._link(person.contact.id, address)
        return await self._refresh_addresses(person.contact.id)

    async def change(self, scope: Scope, contact_id: str, changes: dict[str, Any]) -> Contact:
        contact = await self.require(scope, contact_id)
        if "name" in changes:
            changes["name"] = one_line(changes["name"], 120)
        return await self._change(contact.id, changes)

    async def add_address(self, scope: Scope, contact_id: str, address: Address) -> Contact:
        """Somewhere to write to; unverified until a message proves it."""
        contact_id = (await self.require(scope, contact_id)).id
        if len(await self.identities(contact_id)) >= MAX_ADDRESSES:
            raise BadInput("a contact has at most 100 addresses", "value")
        await self._link(contact_id, address)
        return await self._refresh_addresses(contact_id)

    async def _link(self, contact_id: str, address: Address) -> None:
        names = await self._names.of(workspace_of(contact_id))
        identity = Identity(
            id=names.identity(address),
            contact_id=contact_id,
            address=address,
            created_at=self._clock.now_ms(),
        )
        try:
            await self._store.insert(IDENTITIES, to_doc(identity))
        except Conflict as taken:
            raise Conflict("this address belongs to a contact already", "value") from taken

    async def remove_address(self, scope: Scope, contact_id: str, identity_id: str) -> Contact:
        contact_id = (await self.require(scope, contact_id)).id
        owned = await self.identities(contact_id)
        if identity_id not in {identity.id for identity in owned}:
            raise NotFound("there is no such address")
        if len(owned) == 1:
            raise BadInput("a contact keeps at least one address", "identity_id")
        await self._store.delete(IDENTITIES, identity_id)
        return await self._refresh_addresses(contact_id)

    async def _refresh_addresses(self, contact_id: str) -> Contact:
        shown = [
            identity.address.value
            for identity in await self.identities(contact_id)
            if identity.address.kind in ("email", "phone")
        ]
        return await self._change(contact_id, {"addresses": shown})

    async def _change(self, contact_id: str, changes: dict[str, Any]) -> Contact:
        patch = Patch(set={**changes, "updated_at": self._clock.now_ms()})
        doc = await self._store.patch(CONTACTS, contact_id, patch, expect={"merged_into": None})
        if doc is None:
            contact = await self.require_raw(contact_id)
            if contact.id == contact_id:
                raise Conflict("the contact was changed elsewhere; try again", "contact")
            return await self._change(contact.id, changes)
        contact = from_doc(Contact, doc)
        event = ContactChanged(contact=contact, identities=await self.identities(contact_id))
        self._bus.publish(workspace_of(contact_id), event)
        return contact


def needs_name(contact: Contact) -> bool:
    """Whether nobody has said yet what the person is called."""
    return not contact.name or contact.name in contact.addresses


def _claim(contact_id: str, join_group: str, conversation_id: str) -> PatchOp:
    path = f"open.{join_group}"
    free = {path: None, "merged_into": None}
    return PatchOp(CONTACTS, contact_id, Patch(set={path: conversation_id}), expect=free)


def _seen(contact: Contact, at: int) -> dict[str, int]:
    if at - contact.last_seen_at <= _SEEN_MS:
        return {}
    latest = {"last_seen_at": at}
    if at - contact.updated_at > _MOVED_MS:
        latest["updated_at"] = at
    return latest


def _new_person(
    contact_id: str, identity_id: str, address: Address, name: str, now: int, *, is_verified: bool
) -> Person:
    shown = address.value if address.kind in ("email", "phone") else ""
    contact = Contact(
        id=contact_id,
        name=one_line(name, 120) or shown,
        addresses=[shown] if shown else [],
        created_at=now,
        updated_at=now,
        last_seen_at=now,
    )
    identity = Identity(
        id=identity_id,
        contact_id=contact_id,
        address=address,
        is_verified=is_verified,
        name=one_line(name, 120),
        created_at=now,
    )
    return Person(identity, contact)
