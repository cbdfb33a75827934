"""What tests of merging look at: every document of people and timelines, and who can reach which
message.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from hub.clock import SystemClock
from hub.model.contact import Contact, Identity
from hub.model.conversation import Conversation
from hub.model.merge import Merge
from hub.model.message import Message
from hub.ports.collections import CONTACTS, CONVERSATIONS, IDENTITIES, LEASES, MESSAGES
from hub.ports.store import Coll, DocumentStore
from hub.services.docs import from_doc
from tests.support.core import Core, bear
from tests.support.loop_channel import Wire, mail_from

_SEEN: tuple[tuple[Coll, type[msgspec.Struct]], ...] = (
    (CONTACTS, Contact),
    (IDENTITIES, Identity),
    (CONVERSATIONS, Conversation),
    (MESSAGES, Message),
)
Documents = dict[str, dict[str, Any]]


async def dump(store: DocumentStore, coll: Coll) -> list[dict[str, Any]]:
    docs: list[dict[str, Any]] = []
    after = None
    while True:
        page = await store.dump(coll, after)
        docs += page.docs
        after = page.next
        if after is None:
            return docs


async def documents(store: DocumentStore) -> Documents:
    """All of them by collection and id, without what every write changes. A default that is left
    out is the same as one that is written.
    """
    found: Documents = {}
    for coll, kind in _SEEN:
        for doc in await dump(store, coll):
            known = {**doc, **msgspec.structs.asdict(from_doc(kind, doc))}
            kept = {k: value for k, value in known.items() if k not in ("v", "updated_at", "last")}
            found[f"{coll.name} {doc['_id']}"] = kept
    return found


async def pages(core: Core) -> dict[str, set[str]]:
    """Message ids by the contact whose page shows them, as the API finds them."""
    scope = core.agent(role="admin")
    services = core.hub.services
    shown: dict[str, set[str]] = {}
    for doc in await dump(core.store, CONTACTS):
        contact = from_doc(Contact, doc)
        if contact.merged_into:
            continue
        found = await services.reading.of_contact(scope, contact.id, 1000)
        shown[contact.id] = set()
        for conversation in found.conversations:
            messages = await services.reading.messages(conversation.id, limit=1000)
            shown[contact.id] |= {m.id for m in messages}
    return shown


async def check_reachable(core: Core) -> None:
    """Every message on exactly one page; open claims are open conversations of their contact, one
    a join group.
    """
    shown = await pages(core)
    every = [id for ids in shown.values() for id in ids]
    stored = {doc["_id"] for doc in await dump(core.store, MESSAGES)}
    assert len(every) == len(set(every))
    assert set(every) == stored
    opens: dict[tuple[str, str], list[str]] = {}
    for doc in await dump(core.store, CONVERSATIONS):
        one = from_doc(Conversation, doc)
        if one.state in ("open", "snoozed"):
            opens.setdefault((one.contact_id, one.join_group), []).append(one.id)
    claims = {
        (doc["_id"], group): claimed
        for doc in await dump(core.store, CONTACTS)
        for group, claimed in doc["open"].items()
    }
    assert all(len(ids) == 1 for ids in opens.values()), opens
    assert {who: ids[0] for who, ids in opens.items()} == claims
    for doc in await dump(core.store, IDENTITIES):
        assert doc["contact_id"] in shown, doc


async def next_life(store: DocumentStore, path: Path, wire: Wire) -> Core:
    """The hub that starts once the leases of the dead one have run out."""
    for doc in await dump(store, LEASES):
        await store.delete(LEASES, doc["_id"])
    wire.adapters.clear()
    core = await bear(store, path, wire, SystemClock())
    await core.hub.services.merges.settle()
    return core


async def write(core: Core, who: str, text: str, event_id: str) -> None:
    await core.wire.receive(core.inboxes["mail"].id, mail_from(who, text, event_id))
    await core.settle()


async def contact_of(core: Core, address: str) -> Contact:
    """Whoever has the e-mail address now."""
    for doc in await dump(core.store, IDENTITIES):
        if doc["address"]["value"] == address:
            return await core.hub.services.contacts.require_raw(doc["contact_id"])
    raise AssertionError(f"nobody has {address}")


async def merge(core: Core, winner: str, loser: str, *fields: str) -> Merge:
    """By e-mail addresses."""
    first, second = await contact_of(core, winner), await contact_of(core, loser)
    merges = core.hub.services.merges
    return await merges.merge(core.agent(), first.id, second.id, list(fields))
