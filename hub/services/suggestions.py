"""Who may be the same person: what networks state, equal e-mail addresses, national variants of a
telephone number, or the same name together with something else in common.

Only suggested, with the reason; people decide. "Not the same person" is kept for both directions.
Reads contacts and identities, writes only rows of MERGE_HINTS. Called by the API.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from hub.clock import Clock
from hub.model.agent import Scope
from hub.model.contact import Address, Contact, Identity
from hub.model.ids import workspace_of
from hub.model.text import fold
from hub.ports.collections import CONTACTS, IDENTITIES, MERGE_HINTS
from hub.ports.store import Doc, DocumentStore, Patch
from hub.services.contacts import Contacts
from hub.services.docs import from_docs
from hub.services.names import NameBook, Names
from hub.services.phone import phone_variants

ReasonKind = Literal["network", "email", "phone", "company", "domain", "mailbox", "field"]
_WEIGHTS: dict[ReasonKind, int] = {
    "network": 100, "email": 80, "phone": 60,
    "company": 30, "field": 25, "domain": 20, "mailbox": 20,
}  # fmt: skip
#: The same mailbox provider says nothing about two people.
_PUBLIC = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com",
        "yahoo.com", "icloud.com", "me.com", "aol.com", "gmx.net", "gmx.de", "web.de", "proton.me",
        "protonmail.com", "mail.com", "yandex.com", "yandex.ru", "mail.ru", "wp.pl", "o2.pl",
        "onet.pl", "interia.pl", "op.pl", "mynet.com", "hotmail.com.tr", "yahoo.com.tr",
    }
)  # fmt: skip
_LOOKED_AT = 30
_SHOWN = 5


class Reason(msgspec.Struct, frozen=True):
    """`value` is what the two have in common."""

    kind: ReasonKind
    value: str


class Suggestion(msgspec.Struct, frozen=True):
    """The best reason first."""

    contact: Contact
    identities: list[Identity]
    reasons: list[Reason]


class Suggestions:
    def __init__(
        self, store: DocumentStore, contacts: Contacts, names: NameBook, clock: Clock
    ) -> None:
        self._store = store
        self._contacts = contacts
        self._names = names
        self._clock = clock

    async def find(self, scope: Scope, contact_id: str) -> list[Suggestion]:
        """Others who may be this contact, the likeliest first."""
        contact = await self._contacts.require(scope, contact_id)
        names = await self._names.of(scope.workspace)
        owned = await self._contacts.identities(contact.id)
        emails = _emails(contact, owned)
        found: dict[str, list[Reason]] = {}
        await self._by_network(contact, found)
        await self._by_address(names, contact, owned, emails, found)
        await self._by_claim(contact, emails, found)
        await self._by_name(contact, emails, found)
        return await self._ranked(names, contact, found)

    async def dismiss(self, scope: Scope, contact_id: str, other_id: str) -> None:
        """They are two people. Safe to repeat."""
        first = (await self._contacts.require(scope, contact_id)).id
        second = (await self._contacts.require(scope, other_id)).id
        names = await self._names.of(scope.workspace)
        id = names.merge_hint(first, second)
        now = self._clock.now_ms()
        both = sorted((first, second))
        row = {
            "_id": id, "contacts": both, "first": both[0], "second": both[1], "address": "",
            "at": now,
        }  # fmt: skip
        dismissal = {"dismissed_at": now, "dismissed_by": scope.agent_id}
        await self._store.patch(MERGE_HINTS, id, Patch(set=dismissal), upsert=row)

    async def _by_network(self, contact: Contact, found: dict[str, list[Reason]]) -> None:
        for side, index, other in (
            ("first", "by_first", "second"),
            ("second", "by_second", "first"),
        ):
            page = await self._store.find(
                MERGE_HINTS,
                workspace_of(contact.id),
                {side: contact.id},
                index=index,
                desc=True,
                limit=_LOOKED_AT,
            )
            for hint in page.docs:
                if hint["address"]:
                    _add(found, hint[other], Reason("network", hint["address"]))

    async def _by_address(
        self,
        names: Names,
        contact: Contact,
        owned: list[Identity],
        emails: set[str],
        found: dict[str, list[Reason]],
    ) -> None:
        """Whose identity it is what this one claims, or what networks write differently."""
        asked = {
            names.identity(Address("email", email)): Reason("email", email) for email in emails
        }
        for number in _numbers(contact, owned):
            for variant in phone_variants(number):
                for kind in ("phone", "handle"):
                    address = Address(kind, variant)
                    asked[names.identity(address)] = Reason("phone", number)
        docs = await self._store.get_many(IDENTITIES, list(asked))
        for doc in docs:
            _add(found, doc["contact_id"], asked[doc["_id"]])

    async def _by_claim(
        self, contact: Contact, emails: set[str], found: dict[str, list[Reason]]
    ) -> None:
        for email in sorted(emails):
            for other in await self._search(contact, email):
                if email in (other.claimed_email, *other.addresses):
                    _add(found, other.id, Reason("email", email))

    async def _by_name(
        self, contact: Contact, emails: set[str], found: dict[str, list[Reason]]
    ) -> None:
        name = fold(contact.name).split()
        if len(name) < 2:
            return
        for other in await self._search(contact, contact.name):
            if sorted(fold(other.name).split()) != sorted(name):
                continue
            theirs = {value for value in (*other.addresses, other.claimed_email) if "@" in value}
            for reason in _in_common(contact, other, emails, theirs):
                _add(found, other.id, reason)

    async def _search(self, contact: Contact, text: str) -> list[Contact]:
        page = await self._store.search(
            CONTACTS, workspace_of(contact.id), text, {}, limit=_LOOKED_AT
        )
        return from_docs(Contact, page.docs)

    async def _ranked(
        self, names: Names, contact: Contact, found: dict[str, list[Reason]]
    ) -> list[Suggestion]:
        by_id: dict[str, list[Reason]] = {}
        for contact_id, reasons in found.items():
            other = await self._contacts.find_current(contact_id)
            if other is not None and other.id != contact.id:
                known = by_id.setdefault(other.id, [])
                known += [reason for reason in reasons if reason not in known]
        hints = {id: names.merge_hint(contact.id, id) for id in by_id}
        docs = await self._store.get_many(MERGE_HINTS, list(hints.values()))
        dismissed = {doc["_id"] for doc in docs if _is_dismissed(doc)}
        left = [id for id in by_id if hints[id] not in dismissed]
        best = sorted(left, key=lambda id: (-_weight(by_id[id]), id))[:_SHOWN]
        return [
            Suggestion(
                await self._contacts.require_raw(id),
                await self._contacts.identities(id),
                sorted(by_id[id], key=lambda reason: -_WEIGHTS[reason.kind]),
            )
            for id in best
        ]


def _emails(contact: Contact, owned: Iterable[Identity]) -> set[str]:
    own = {one.address.value for one in owned if one.address.kind == "email"}
    return own | ({contact.claimed_email} if contact.claimed_email else set())


def _numbers(contact: Contact, owned: Iterable[Identity]) -> set[str]:
    """Telephone numbers, those that stand in a handle or in somebody's own fields too."""
    values = [one.address.value for one in owned if one.address.kind in ("phone", "handle")]
    plain = ["".join(value.split()) for value in (*values, *contact.fields.values())]
    return {value for value in plain if value.startswith("+") and value[1:].isdigit()}


def _in_common(
    one: Contact, other: Contact, emails: set[str], theirs: set[str]
) -> Iterable[Reason]:
    """Weak signals, worth something beside an equal name."""
    if one.company and fold(one.company) == fold(other.company):
        yield Reason("company", other.company)
    for name, value in one.fields.items():
        if value and fold(other.fields.get(name, "")) == fold(value):
            yield Reason("field", f"{name}: {value}")
    domains = {_after(email) for email in emails} & {_after(email) for email in theirs}
    for domain in sorted(domains - _PUBLIC):
        yield Reason("domain", domain)
    boxes = {_before(email) for email in emails} & {_before(email) for email in theirs}
    for box in sorted(boxes):
        yield Reason("mailbox", box)


def _after(email: str) -> str:
    return email.rpartition("@")[2]


def _before(email: str) -> str:
    return email.partition("@")[0]


def _add(found: dict[str, list[Reason]], contact_id: str, reason: Reason) -> None:
    reasons = found.setdefault(contact_id, [])
    if reason not in reasons:
        reasons.append(reason)


def _weight(reasons: list[Reason]) -> int:
    return sum(_WEIGHTS[reason.kind] for reason in reasons)


def _is_dismissed(doc: Doc) -> bool:
    return bool(doc.get("dismissed_at"))
