"""One command's facts and lines while they are put together, step after step: each step sees the
conversation as those before it left it. Used by planners of timeline commands.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hub.model.conversation import Conversation
from hub.model.message import Author, Message
from hub.ports.store import Op
from hub.services.timeline import Plan, activity


class Sketch:
    """`offset`: how many messages of the command come before its lines."""

    def __init__(self, current: Conversation, now: int, by: Author, offset: int = 0) -> None:
        self.now = now
        self.by = by
        #: As the command will leave it.
        self.conversation = current
        self.facts: dict[str, Any] = {}
        self.lines: list[Message] = []
        self.after: list[Op] = []
        self._base = current
        self._offset = offset

    def set(self, **facts: Any) -> None:
        self.facts |= facts
        self.conversation = msgspec.structs.replace(self.conversation, **facts)

    def say(self, what: str, **details: Any) -> None:
        """A line of the timeline. Ids in `details` are local."""
        number = self._offset + len(self.lines) + 1
        line = activity(self._base, at=self.now, what=what, by=self.by, offset=number)
        self.lines.append(msgspec.structs.replace(line, details=details))

    def add(self, message: Message) -> None:
        """A message of another kind among the lines; it must carry the next number."""
        self.lines.append(message)

    @property
    def next_seq(self) -> int:
        return self._base.seq + self._offset + len(self.lines) + 1

    def plan(self) -> Plan:
        return Plan(facts=self.facts, messages=self.lines, after=self.after)
