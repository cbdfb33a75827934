"""Lines of made-up timelines for tests of counting: what routing and agents write, by chance."""

from __future__ import annotations

import random
from typing import Any

from hub.model.ids import message_id
from hub.model.message import Author, Message
from hub.ports.collections import MESSAGES, PRESENCE_LOG
from hub.ports.store import DocumentStore
from hub.services.docs import to_doc

WORKSPACE = "shopshop"
QUEUES = ("sales", "help")
AGENTS = ("ada", "bob", "cem")
CHANNELS = ("webchat", "email")


def key(name: str) -> str:
    """An id's second part, as long as real ones."""
    return (name * 26)[:26]


def line(at: int, *, seq: int = 2, talk: str = "talk", **fields: Any) -> Message:
    """A message of the timeline; an activity when `activity` is given."""
    conversation = f"{WORKSPACE}.{key(talk)}"
    given = {
        "kind": "activity" if "activity" in fields else "message",
        "direction": "none" if "activity" in fields else "in",
        "author": Author("system"),
        "channel": "webchat",
        "inbox_id": f"{WORKSPACE}.{key('inbox')}",
        **fields,
    }
    return Message(
        id=message_id(conversation, seq), conversation_id=conversation, seq=seq, at=at, **given
    )


class Days:
    """Writes lines and presence into a store; each line has a number of its own."""

    def __init__(self, store: DocumentStore, seed: int) -> None:
        self.store, self.chance = store, random.Random(seed)
        self._seq = 0

    async def happen(self, at: int) -> None:
        await self.write(self._by_chance(at))

    async def write(self, *messages: Message) -> None:
        await self.store.insert_many(MESSAGES, [to_doc(message) for message in messages])

    async def presence(self, at: int, agent: str, presence: str) -> None:
        id = f"{WORKSPACE}.{at:013d}.{key(agent)}"
        await self.store.insert_many(PRESENCE_LOG, [{"_id": id, "presence": presence}])

    def _by_chance(self, at: int) -> Message:
        self._seq += 1
        chance = self.chance
        queue, agent = key(chance.choice(QUEUES)), key(chance.choice(AGENTS))
        where = {"channel": chance.choice(CHANNELS), "talk": chance.choice("pqrs")}
        waited = chance.randrange(100_000)
        by_agent = Author("agent", f"{WORKSPACE}.{agent}", agent)
        answer = {"answer": chance.choice(["first", "next"]), "answer_ms": waited}
        told: list[dict[str, Any]] = [
            {"direction": "in", "author": Author("contact", "x")},
            {"direction": "out", "author": by_agent, "details": answer},
            {"direction": "out", "author": Author("bot")},
            {"activity": "queued", "details": {"queue_id": queue, "why": "entry"}},
            {
                "activity": "offered",
                "details": {"queue_id": queue, "agent_ids": [agent], "added": [agent]},
            },
            {
                "activity": "assigned",
                "details": {
                    "queue_id": queue, "assignee_id": agent, "waited_ms": waited,
                    "by": "routing", "is_in_level": waited < 20_000,
                },
            },
            {
                "activity": "closed",
                "details": {
                    "queue_id": queue, "agent_id": agent, "labels": ["vip"],
                    "disposition": "sold", "handle_ms": waited, "resolve_ms": waited,
                },
            },
            {
                "activity": "disposition",
                "details": {
                    "queue_id": queue, "agent_id": agent, "previous": "sold",
                    "disposition": "lost", "handle_ms": waited, "resolve_ms": waited,
                },
            },
            {
                "activity": "left_line",
                "details": {"queue_id": queue, "waited_ms": waited, "why": "closed"},
            },
        ]  # fmt: skip
        return line(at, seq=self._seq, **where, **chance.choice(told))
