"""What must hold after a storm: one row for each message, one contact for each person, and one
order, the same for the store, the API's pages, a client that stayed and one that loads anew.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.model.ids import local
from hub.ports.collections import CONTACTS, CONVERSATIONS, IDENTITIES, JOURNAL, MESSAGES
from hub.ports.store import Coll, Doc, DocumentStore
from tests.chaos.networks import Letter
from tests.chaos.storm_client import Watcher
from tests.support.live_client import LiveClient
from tests.support.real_hub import Api

_PER_PERSON = 60


@dataclass(frozen=True)
class Plan:
    messages: int
    repeats: int
    store: str = "sqlite"
    seed: int = 1
    hubs: int = 1

    @property
    def people(self) -> int:
        return min(150, max(6, self.messages // _PER_PERSON))


@dataclass
class Report:
    """`faults` in words, most telling first; the rest are figures."""

    plan: Plan
    rows: int = 0
    journal: int = 0
    contacts: int = 0
    conversations: int = 0
    #: Webhooks that went out, and their answers by status.
    posts: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    answer_s: list[float] = field(default_factory=list)
    took_s: float = 0.0
    settled_s: float = 0.0
    #: People of whom several messages waited together.
    waited: int = 0
    resyncs: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        times = sorted(self.answer_s)
        p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
        return (
            f"{self.plan.store}: {self.posts} webhooks of {self.plan.messages} messages "
            f"× {self.plan.repeats} in {self.took_s:.1f} s ({self.posts / self.took_s:.0f}/s, "
            f"answered after {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms), all on timelines "
            f"{self.settled_s:.1f} s later: {self.rows} rows, {self.journal} in the journal, "
            f"{self.contacts} contacts, {self.conversations} conversations; {self.waited} people's "
            f"messages waited together; {self.resyncs} resyncs; faults: {self.faults or 'none'}"
        )


@dataclass
class Told:
    """What the networks told the hub."""

    letters: Sequence[Letter]
    #: So many of the first were held back before the intake.
    held: int
    #: Letters that came in one webhook, in the order in which they were written.
    batches: list[list[Letter]] = field(default_factory=list)
    #: Texts of those that came with a time.
    by_time: set[str] = field(default_factory=set)


async def check(
    report: Report,
    told: Told,
    store: DocumentStore,
    api: Api,
    watcher: Watcher,
    fresh: LiveClient,
) -> None:
    messages = [m for m in await everything(store, MESSAGES) if m["kind"] == "message"]
    report.rows = len(messages)
    report.journal = len(await everything(store, JOURNAL))
    report.contacts = len(await everything(store, CONTACTS))
    conversations = await everything(store, CONVERSATIONS)
    report.conversations = len(conversations)
    report.resyncs = watcher.resyncs
    faults = report.faults
    faults += _rows(report, told, messages)
    people = {letter.person for letter in told.letters}
    identities = len(await everything(store, IDENTITIES))
    if not report.contacts == report.conversations == identities == len(people):
        faults.append(
            f"{len(people)} people, {report.contacts} contacts, {identities} addresses, "
            f"{report.conversations} conversations"
        )
    faults += _order(report, told, messages)
    pages = {local(c["_id"]): await paged(api, local(c["_id"])) for c in conversations}
    faults += _same(messages, pages, watcher, fresh)


async def everything(store: DocumentStore, coll: Coll) -> list[Doc]:
    docs: list[Doc] = []
    after = None
    while True:
        page = await store.dump(coll, after)
        docs += page.docs
        after = page.next
        if after is None:
            return docs


async def paged(api: Api, conversation: str) -> list[dict[str, Any]]:
    """All pages from the latest back, joined in order."""
    found: list[dict[str, Any]] = []
    before: dict[str, str] = {}
    while True:
        page = await api.get(f"/conversations/{conversation}/messages", limit="50", **before)
        found = page["items"] + found
        if not page["items"] or page["items"][0]["seq"] <= 1:
            return found
        before = {"before": str(page["items"][0]["seq"])}


def _rows(report: Report, told: Told, messages: list[Doc]) -> list[str]:
    stored = Counter(message["text"] for message in messages)
    faults = [f"lost: {one.text}" for one in told.letters if not stored[one.text]]
    faults += [f"doubled: {text} ×{n}" for text, n in stored.items() if n > 1]
    if report.journal != len(told.letters):
        faults.append(f"{report.journal} rows in the journal")
    refused = {status: n for status, n in report.statuses.items() if status != 200}
    return faults + ([f"answers: {refused}"] if refused else [])


def _order(report: Report, told: Told, messages: list[Doc]) -> list[str]:
    """By provider time among those that waited together: all of one webhook; and of what was held
    back two runs at most, those that the intake had taken up and all the others.
    """
    faults = []
    by_text = {message["text"]: message for message in messages}
    for batch in told.batches:
        seqs = [by_text[one.text]["seq"] for one in batch if one.text in by_text]
        if seqs != sorted(seqs):
            faults.append(f"one webhook out of order: {[one.text for one in batch]} {seqs}")
    held: dict[int, list[Doc]] = defaultdict(list)
    for letter in told.letters:
        message = by_text.get(letter.text)
        if message is None:
            continue
        if letter.text in told.by_time and message["sent_at"] != letter.at_s * 1000:
            faults.append(f"{letter.text} has another time: {message['sent_at']}")
        if letter.number < told.held:
            held[letter.person].append(message)
    for person, waited in held.items():
        report.waited += len(waited) > 2
        times = [m["sent_at"] for m in sorted(waited, key=lambda m: int(m["seq"]))]
        falls = sum(later < sooner for sooner, later in itertools.pairwise(times))
        if falls > 1:
            faults.append(f"person {person}: {falls} steps back in time among {len(times)}")
    return faults


def _same(
    messages: list[Doc],
    pages: dict[str, list[dict[str, Any]]],
    watcher: Watcher,
    fresh: LiveClient,
) -> list[str]:
    """Store, pages, the client that stayed and the one that came: one order, strictly rising."""
    faults = []
    stored: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for message in messages:
        stored[local(message["conversation_id"])].append((message["seq"], message["text"]))
    shown = {"watcher": watcher.state["messages"], "reload": fresh.state["messages"]}
    for id, page in pages.items():
        seqs = [one["seq"] for one in page]
        if seqs != sorted(set(seqs)):
            faults.append(f"pages of {id} out of order: {seqs}")
        expected = sorted(stored[id])
        if [(m["seq"], m["text"]) for m in page if m["kind"] == "message"] != expected:
            faults.append(f"pages of {id} are not the store's")
        for who, held in shown.items():
            known = {str(one["seq"]): one for one in page}
            if {seq: one["text"] for seq, one in held.get(id, {}).items()} != {
                seq: one["text"] for seq, one in known.items()
            }:
                faults.append(f"the {who} shows {id} otherwise than the pages")
        if watcher.heard[id] != sorted(watcher.heard[id]):
            faults.append(f"the watcher heard of {id} out of order: {watcher.heard[id]}")
    if watcher.state["conversations"] != fresh.state["conversations"]:
        faults.append("the watcher's list is not the reload's")
    return faults
