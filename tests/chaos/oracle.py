"""Compares what was promised (the ledger) with what the store holds after the last restart.

`check` reads the closed hub's store and returns faults in words; the invariants are those of
DESIGN §4 and research/reliability §2.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from hub.clock import SystemClock
from hub.ports.collections import (
    ALL,
    CONTACTS,
    CONVERSATIONS,
    FILES,
    IDENTITIES,
    JOURNAL,
    MESSAGES,
    OUTBOX,
)
from hub.ports.store import Coll, Doc, DocumentStore
from hub.store.open import make_store
from tests.chaos.ledger import Ledger

FINAL = {"accepted", "failed", "cancelled", "unknown"}
#: What a message's own delivery may say when its row has ended so.
DELIVERIES = {"accepted": {"accepted", "sent", "delivered", "read"}}

#: What a stored message leaves out when it is empty.
_LEFT_OUT: Doc = {"text": "", "channel": "", "client_id": "", "attachments": []}


class Found:
    """Everything of one store, read once."""

    def __init__(self) -> None:
        self.docs: dict[str, list[Doc]] = {}

    async def read(self, store: DocumentStore) -> Found:
        for coll in (MESSAGES, OUTBOX, JOURNAL, CONVERSATIONS, CONTACTS, IDENTITIES, FILES):
            self.docs[coll.name] = await _all(store, coll)
        self.docs[MESSAGES.name] = [{**_LEFT_OUT, **doc} for doc in self.of(MESSAGES)]
        return self

    def of(self, coll: Coll) -> list[Doc]:
        return self.docs[coll.name]

    def messages(self, direction: str) -> list[Doc]:
        return [
            m for m in self.of(MESSAGES) if m["kind"] == "message" and m["direction"] == direction
        ]


async def check(url: str, data_dir: Path, ledger: Ledger) -> list[str]:
    """Faults found, most telling first."""
    store = make_store(url, data_dir, SystemClock())
    await store.open(ALL)
    try:
        found = await Found().read(store)
    finally:
        await store.close()
    faults = _inbound(found, ledger) + _outbound(found, ledger) + _rows(found, ledger)
    faults += _order(found, ledger) + _people(found) + _journal(found)
    return faults + _files(found, ledger, data_dir)


async def _all(store: DocumentStore, coll: Coll) -> list[Doc]:
    docs: list[Doc] = []
    after = None
    while True:
        page = await store.dump(coll, after)
        docs += page.docs
        after = page.next
        if after is None:
            return docs


def _counted(what: str, promised: Any, stored: Counter[str]) -> list[str]:
    faults = [f"lost: {what} {key}" for key in promised if not stored[key]]
    return faults + [f"doubled: {what} {key} ×{n}" for key, n in stored.items() if n > 1]


def _inbound(found: Found, ledger: Ledger) -> list[str]:
    stored = Counter(m["text"].strip() for m in found.messages("in"))
    promised = {**ledger.of("chat"), **ledger.of("mail")}
    strangers = [f"nobody sent: {text}" for text in stored if text not in ledger.begun]
    return _counted("inbound", promised, stored) + strangers


def _outbound(found: Found, ledger: Ledger) -> list[str]:
    stored = Counter(m["client_id"] for m in found.messages("out"))
    faults = _counted("reply", ledger.of("reply"), stored)
    return faults + [f"accepted ×{n}: {id}" for id, n in ledger.accepted.items() if n > 1]


def _rows(found: Found, ledger: Ledger) -> list[str]:
    faults = []
    messages = {m["_id"]: m for m in found.of(MESSAGES)}
    seen = {id.strip("<>").partition("@")[0].rsplit(".", 1)[0] for id in ledger.accepted}
    rows = found.of(OUTBOX)
    for row in rows:
        state, message = row["state"], messages.get(row["message_id"])
        if state not in FINAL:
            faults.append(f"unfinished: {row['_id']} is {state} ({row['reason']})")
        if message is None:
            faults.append(f"row without its message: {row['_id']}")
            continue
        if not row["kind"] and message["delivery"] not in DELIVERIES.get(state, {state}):
            faults.append(f"{row['_id']} is {state}, its message {message['delivery']}")
        was_taken = row["message_id"].split(".", 1)[1] in seen
        may_be = {"accepted", "unknown"} if was_taken else FINAL - {"accepted"}
        if message["channel"] == "email" and state in FINAL and state not in may_be:
            faults.append(f"{row['_id']} is {state}, at the vendor: {was_taken}")
    with_row = {row["message_id"] for row in rows}
    outgoing = {m["_id"] for m in found.messages("out")}
    return faults + [f"never sent: {id}" for id in outgoing - with_row]


def _order(found: Found, ledger: Ledger) -> list[str]:
    """Numbers are unique, within the conversation's, and in the order in which a person wrote."""
    faults = []
    highest = {c["_id"]: c["seq"] for c in found.of(CONVERSATIONS)}
    for message in found.of(MESSAGES):
        if message["seq"] > highest.get(message["conversation_id"], -1):
            faults.append(f"beyond its conversation: {message['_id']}")
    written: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for message in found.messages("in"):
        facts = ledger.acked.get(message["text"].strip())
        if facts is not None:
            where = (facts["sender"], message["conversation_id"])
            written[where].append((message["seq"], facts["turn"]))
    for (sender, _), turns in written.items():
        in_order = [turn for _, turn in sorted(turns)]
        if in_order != sorted(in_order):
            faults.append(f"out of order: {sender} {in_order}")
    return faults


def _people(found: Found) -> list[str]:
    """Each address belongs to one contact, each contact has one open conversation."""
    identities, contacts = found.of(IDENTITIES), found.of(CONTACTS)
    owners = {identity["contact_id"] for identity in identities}
    known = {contact["_id"] for contact in contacts}
    faults = [f"contact without address: {id}" for id in known - owners]
    faults += [f"address without contact: {id}" for id in owners - known]
    if len(known) != len(identities):
        faults.append(f"{len(identities)} addresses, {len(known)} contacts")
    opened = Counter(c["contact_id"] for c in found.of(CONVERSATIONS) if c["state"] == "open")
    return faults + [f"{n} open conversations of {id}" for id, n in opened.items() if n > 1]


def _journal(found: Found) -> list[str]:
    states = Counter(row["state"] for row in found.of(JOURNAL))
    return [f"journal: {n} rows {state}" for state, n in states.items() if state in ("new", "dead")]


def _files(found: Found, ledger: Ledger, data_dir: Path) -> list[str]:
    faults = []
    blobs = data_dir / "files"
    files = {file["_id"]: file for file in found.of(FILES)}
    for file in files.values():
        workspace, sha256 = file["_id"].split(".", 1)[0], file["sha256"]
        path = blobs / workspace / sha256[:2] / sha256[2:]
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            faults.append(f"file damaged or missing: {file['_id']}")
    for message in found.messages("in"):
        wanted = ledger.acked.get(message["text"].strip(), {}).get("sha256")
        attached = [files.get(a["file_id"], {}).get("sha256") for a in message["attachments"]]
        if wanted and attached != [wanted]:
            faults.append(f"attachment lost: {message['_id']} {attached}")
    return faults
