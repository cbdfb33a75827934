"""What the stand-in of Telegram keeps of one bot: people, messages, files, and updates that wait
for it. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.clock import Clock

FIRST_UPDATE = 900_000_001
FIRST_MESSAGE = 101
#: Without being named these are not sent (https://core.telegram.org/bots/api#getupdates).
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass
class Kept:
    """A file at Telegram."""

    data: bytes
    name: str
    media_type: str


@dataclass
class Person:
    """Somebody who uses the bot, or a group (its id is negative), and their messages with it."""

    id: int
    first_name: str
    language: str = "en"
    is_blocked: bool = False
    moved_to: int = 0
    #: By message id, as Telegram's API gives them.
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    #: What the bot put on the person's messages.
    reactions: dict[int, str] = field(default_factory=dict)
    #: Messages that were marked as read (business chats only).
    read: list[int] = field(default_factory=list)
    typing: int = 0

    @property
    def user(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "language_code": self.language,
        }

    @property
    def chat(self) -> dict[str, Any]:
        if self.id < 0:
            return {"id": self.id, "type": "supergroup", "title": self.first_name}
        return {"id": self.id, "type": "private", "first_name": self.first_name}


class Bot:
    """One bot; `token` is `<id>:<secret>`."""

    def __init__(self, token: str, clock: Clock) -> None:
        self.id = int(token.partition(":")[0])
        self.people: dict[int, Person] = {}
        self.files: dict[str, Kept] = {}
        self.updates: list[dict[str, Any]] = []
        self.presses: dict[str, bool] = {}
        self.webhook = ""
        self.secret = ""
        self.wanted: list[str] = []
        self.retry: asyncio.Task[None] | None = None
        self.last_error = ""
        self.last_error_at = 0
        #: Set whenever something changed for who polls.
        self.changed = asyncio.Event()
        #: Counts the polls: a new one ends the one before.
        self.polls = 0
        self._clock = clock
        self._next_update = FIRST_UPDATE
        self._next_message = FIRST_MESSAGE

    @property
    def user(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "is_bot": True,
            "first_name": "Helpdesk",
            "username": f"helpdesk_{self.id}_bot",
        }

    def now_s(self) -> int:
        return self._clock.now_ms() // 1000

    def meet(self, id: int, name: str = "") -> Person:
        """Somebody opens the bot's chat."""
        if id not in self.people:
            self.people[id] = Person(id, name or f"Customer {id}")
        elif name:
            self.people[id].first_name = name
        return self.people[id]

    def message(self, person: Person, sender: Mapping[str, Any], **content: Any) -> dict[str, Any]:
        """A new message in somebody's chat."""
        id = self._next_message
        self._next_message += 1
        whole = {
            "message_id": id,
            "from": dict(sender),
            "chat": person.chat,
            "date": self.now_s(),
            **content,
        }
        person.messages[id] = whole
        return whole

    def keep(self, data: bytes, name: str, media_type: str) -> str:
        """Store a file; its id."""
        id = f"BQACAgQAAxk-{self.id}-{len(self.files)}"
        self.files[id] = Kept(data, name, media_type)
        return id

    def tell(self, kind: str, body: dict[str, Any]) -> None:
        """An update for the bot, if it wants such ones."""
        is_wanted = kind in self.wanted if self.wanted else kind not in NOT_BY_DEFAULT
        if not is_wanted:
            return
        self.updates.append({"update_id": self._next_update, kind: body})
        self._next_update += 1
        self.wake()

    def fail(self, why: str) -> None:
        """The webhook did not take what waits."""
        self.last_error, self.last_error_at = why, self.now_s()

    def wake(self) -> None:
        """Whoever polls looks again."""
        self.changed.set()
        self.changed = asyncio.Event()
