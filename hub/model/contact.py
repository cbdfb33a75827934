"""Contact: a person; Identity: one address of theirs. Merging moves identities, never messages."""

from __future__ import annotations

from typing import Literal

import msgspec

#: What an address is. `visitor` is a browser (random token), `external` an id that the website
#: proved.
IdentityKind = Literal["email", "phone", "visitor", "external", "handle"]


class Address(msgspec.Struct, frozen=True):
    """Where somebody writes from. `value` is normalised by the channel (lower-case e-mail, E.164
    phone).
    """

    kind: IdentityKind
    value: str
    #: Inbox id when the address means something only there (visitors, page-scoped ids), else "".
    scope: str = ""


class Identity(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """An address that belongs to a contact. `_id` is derived from the address, so it
    has one owner.
    """

    id: str
    v: int = 1
    contact_id: str
    address: Address
    #: Proved by the network, DMARC, HMAC or our reply token; a typed address is only somewhere to
    #: write to.
    is_verified: bool = False
    #: Ids of inboxes where the network says that this address cannot be reached now.
    unreachable_in: list[str] = []
    #: Why, by the local id of the inbox: a code of `hub.errors`; nothing where they left.
    unreachable_why: dict[str, str] = {}
    name: str = ""
    created_at: int = 0


class Contact(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One person. `open` maps a join group to the one open conversation in it."""

    id: str
    v: int = 1
    name: str = ""
    #: The values of all addresses, for search and display; the truth is in `identities`.
    addresses: list[str] = []
    #: A typed, unproved e-mail address: somewhere to write to, never a key to history.
    claimed_email: str = ""
    language: str = ""
    company: str = ""
    about: str = ""
    fields: dict[str, str] = {}
    is_blocked: bool = False
    #: Goes before others in every queue.
    is_vip: bool = False
    #: The agent who last closed a conversation of theirs: preferred for the next one.
    last_agent_id: str = ""
    open: dict[str, str] = {}
    #: Set when somebody found that this is another contact: what is left is a pointer to that one.
    merged_into: str | None = None
    #: Ids of the merges in force that this contact took part in, in their order.
    merges: list[str] = []
    created_at: int = 0
    updated_at: int = 0
    last_seen_at: int = 0
