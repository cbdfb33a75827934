"""The sample data of a benchmark: made once in a folder through the store's own port, reused from
run to run.

A quarter of the conversations' number are contacts; the last conversation of most of them is open,
all others are closed. Ids and times ascend together, as if the years had passed one after the
other. Words follow Zipf's law, so that a search can hit a hundred messages or half of them. Used by
projection, inbox and search.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from hub import config
from hub.app.build import Hub, build
from hub.bench import channel
from hub.bench.settings import Scale, Settings, say
from hub.clock import SystemClock
from hub.model.contact import Contact, Identity
from hub.model.conversation import Conversation
from hub.model.ids import local, message_id, new_id
from hub.model.inbox import Inbox
from hub.model.message import Author, Message
from hub.ports.collections import CONTACTS, CONVERSATIONS, IDENTITIES, MESSAGES
from hub.services.docs import to_doc
from hub.services.names import Names
from hub.tasks import Tasks

INBOXES = 2
AGENTS = 200
WORDS = 20_000
WORDS_EACH = 12
_BATCH = 1_000
_FEED = 2_000
_OPEN_OF_100 = 60
_EVERY_MS = 1_000
_MARK = "sample.json"


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What the benchmarks need to know about the data in a folder."""

    scale: Scale
    workspace: str
    inboxes: list[str]
    agents: list[str]


def word(rank: int) -> str:
    """The word that is the `rank`-th most frequent one."""
    return (
        "w"
        + base64.b32encode(hashlib.blake2b(b"%d" % rank, digest_size=5).digest()).decode().lower()
    )


def number_of(contact: int) -> str:
    """A contact's telephone number, digits only."""
    return f"48{600_000_000 + contact}"


async def require_sample(settings: Settings) -> Path:
    """The folder with the data of this scale; filled now if it is not there yet."""
    folder = settings.sample_dir()
    if not await is_there(folder, settings.scale):
        shutil.rmtree(folder, ignore_errors=True)
        await fill(folder, settings.scale)
    return folder


async def is_there(folder: Path, scale: Scale) -> bool:
    mark = folder / _MARK
    return mark.exists() and read_sample(folder).scale == scale


def read_sample(folder: Path) -> Sample:
    return msgspec.json.decode((folder / _MARK).read_bytes(), type=Sample)


async def open_hub(folder: Path, tasks: Tasks) -> Hub:
    """A hub on the folder, with the benchmark's channel only and a port of the system's choice."""
    settings = {"HUB_DATA_DIR": str(folder), "HUB_LISTEN": "127.0.0.1:0"}
    own = {channel.NAME: channel.SPEC}
    return await build(config.load(settings), SystemClock(), tasks, specs=own)


async def fill(folder: Path, scale: Scale) -> None:
    """Make the data; a run that was broken off leaves no mark and begins anew."""
    tasks = Tasks()
    hub = await open_hub(folder, tasks)
    try:
        await hub.services.welcome.first_start(hub.services.config)
        (about,) = await hub.services.workspaces.all()
        workspace = local(about.id)
        inboxes = [
            await hub.services.inboxes.create(workspace, channel.NAME, f"Inbox {n}", {}, "main")
            for n in range(INBOXES)
        ]
        sample = Sample(
            scale=scale,
            workspace=workspace,
            inboxes=[inbox.id for inbox in inboxes],
            agents=[new_id(workspace) for _ in range(AGENTS)],
        )
        await _load(hub, sample, inboxes, await hub.services.names.of(workspace))
    finally:
        await hub.services.inboxes.close()
        await tasks.close()
        await hub.services.store.close()
    (folder / _MARK).write_bytes(msgspec.json.encode(sample))


async def _load(hub: Hub, sample: Sample, inboxes: list[Inbox], names: Names) -> None:
    maker = Maker(sample, inboxes, names, hub.services.clock.now_ms())
    store, scale = hub.services.store, sample.scale
    began = time.monotonic()
    for part in itertools.count():
        numbers = range(part * _BATCH, min((part + 1) * _BATCH, scale.conversations))
        if not numbers:
            break
        people = [n for n in numbers if n < scale.contacts]
        if people:
            await store.insert_many(CONTACTS, [maker.contact(n) for n in people])
            await store.insert_many(IDENTITIES, [maker.identity(n) for n in people])
        await store.insert_many(CONVERSATIONS, [maker.conversation(n) for n in numbers])
        texts = [doc for n in numbers for doc in maker.messages(n)]
        await store.insert_many(MESSAGES, texts)
        for _ in range(0, len(texts), _FEED):
            await index_waiting(hub, sample.workspace)
        if part % 25 == 24:
            _progress(numbers.stop, scale.conversations, time.monotonic() - began)
    for _ in range(3):
        await index_waiting(hub, sample.workspace)


async def index_waiting(hub: Hub, workspace: str) -> None:
    """A search indexes the texts that wait before it looks."""
    for coll in (MESSAGES, CONTACTS):
        await hub.services.store.search(coll, workspace, "nobodywritesthis", {}, limit=1)


def _progress(done: int, of: int, took_s: float) -> None:
    left_s = took_s / done * (of - done)
    say(f"  sample data: {done:,} of {of:,} conversations, {left_s:.0f} s left")


class Maker:
    """Makes documents by number; the same number gives the same document."""

    def __init__(self, sample: Sample, inboxes: list[Inbox], names: Names, now_ms: int) -> None:
        self._sample, self._inboxes, self._names = sample, inboxes, names
        self._began = now_ms - sample.scale.conversations * _EVERY_MS
        self._words = Words(random.Random(1))

    def _contact_of(self, number: int) -> int:
        return number % self._sample.scale.contacts

    def _is_open(self, number: int) -> bool:
        scale = self._sample.scale
        is_last = number >= scale.conversations - scale.contacts
        return is_last and number * 7919 % 100 < _OPEN_OF_100

    def _conversation_id(self, number: int) -> str:
        noise = hashlib.blake2b(number.to_bytes(6, "big"), digest_size=11).digest()
        key = base64.b32encode(number.to_bytes(6, "big") + noise)[:26].decode().lower()
        return f"{self._sample.workspace}.{key}"

    def _identity_id(self, contact: int) -> str:
        return self._names.identity(channel.address(number_of(contact)))

    def contact(self, number: int) -> dict[str, Any]:
        scale = self._sample.scale
        last = scale.conversations - scale.contacts + number
        is_open = self._is_open(last)
        at = self._began + last * _EVERY_MS
        return to_doc(
            Contact(
                id=self._names.contact(self._identity_id(number)),
                name=f"Customer {number}",
                addresses=[f"+{number_of(number)}"],
                open={"main": self._conversation_id(last)} if is_open else {},
                created_at=self._began,
                updated_at=at,
                last_seen_at=at,
            )
        )

    def identity(self, number: int) -> dict[str, Any]:
        id = self._identity_id(number)
        return to_doc(
            Identity(
                id=id,
                contact_id=self._names.contact(id),
                address=channel.address(number_of(number)),
                is_verified=True,
                name=f"Customer {number}",
                created_at=self._began,
            )
        )

    def conversation(self, number: int) -> dict[str, Any]:
        contact, count = self._contact_of(number), self._sample.scale.messages_each
        inbox = self._inboxes[number % len(self._inboxes)]
        identity = self._identity_id(contact)
        at = self._began + number * _EVERY_MS
        is_open = self._is_open(number)
        return to_doc(
            Conversation(
                id=self._conversation_id(number),
                contact_id=self._names.contact(identity),
                contact_name=f"Customer {contact}",
                home=inbox.id,
                inbox_id=inbox.id,
                channel=inbox.channel,
                channels=[inbox.channel],
                join_group="main",
                identities=[identity],
                state="open" if is_open else "closed",
                assignee_id=self._assignee(number),
                preview=f"The last words of conversation {number}",
                preview_from="contact",
                seq=count,
                inbound_seq=count,
                last_at=at,
                last_inbound_at=at,
                waiting_since=at if is_open else 0,
                closed_at=0 if is_open else at,
                created_at=at - count * 60_000,
            )
        )

    def _assignee(self, number: int) -> str:
        """Three of ten are nobody's."""
        return "" if number * 31 % 10 < 3 else self._sample.agents[number * 17 % AGENTS]

    def messages(self, number: int) -> Iterator[dict[str, Any]]:
        count = self._sample.scale.messages_each
        id = self._conversation_id(number)
        inbox = self._inboxes[number % len(self._inboxes)]
        identity = self._identity_id(self._contact_of(number))
        for seq in range(1, count + 1):
            is_inbound = seq % 2 == count % 2
            author = Author("contact", identity) if is_inbound else Author("agent", "", "Agent")
            yield to_doc(
                Message(
                    id=message_id(id, seq),
                    conversation_id=id,
                    seq=seq,
                    kind="message",
                    direction="in" if is_inbound else "out",
                    author=author,
                    inbox_id=inbox.id,
                    channel=inbox.channel,
                    at=self._began + number * _EVERY_MS - (count - seq) * 60_000,
                    text=self._words.text(),
                )
            )


class Words:
    """Texts of words whose frequency falls with their rank."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._words = [word(rank) for rank in range(1, WORDS + 1)]
        self._weights = list(itertools.accumulate(1 / rank for rank in range(1, WORDS + 1)))
        self._drawn: list[str] = []

    def text(self) -> str:
        if len(self._drawn) < WORDS_EACH:
            self._drawn = self._chance.choices(self._words, cum_weights=self._weights, k=60_000)
        found, self._drawn = self._drawn[-WORDS_EACH:], self._drawn[:-WORDS_EACH]
        return " ".join(found)
