"""What the hub has promised: every acknowledgement on disk before the load goes on.

Lines of JSON in one file, flushed with fsync; the sets in memory are the same for the oracle.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Ledger:
    """`begun` may exist, `acked` must. Keys are the senders' own ids; values who sent and what."""

    path: Path
    begun: dict[str, dict[str, Any]] = field(default_factory=dict)
    acked: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Message-IDs of mails that the sink took, with how often.
    accepted: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    #: How many of each kind were acknowledged, and how many of those sent once more and answered.
    confirmed: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._file = self.path.open("a", encoding="utf-8")

    def begin(self, kind: str, key: str, **facts: Any) -> None:
        self.asked[kind] += 1
        self.begun.setdefault(key, {"kind": kind, **facts})

    def ack(self, key: str) -> None:
        """The hub said yes."""
        if key not in self.acked:
            self._write({"acked": key, **self.begun[key]})
            self.acked[key] = self.begun[key]
            self.confirmed[self.begun[key]["kind"]] += 1

    def repeat(self, key: str) -> None:
        """The hub said yes to the same once more."""
        self.repeated[self.begun[key]["kind"]] += 1

    def inbound(self) -> int:
        """How much of what people sent us was acknowledged."""
        return self.confirmed["chat"] + self.confirmed["mail"]

    def people(self) -> int:
        """How many of them have something acknowledged."""
        return len({facts["sender"] for facts in self.acked.values() if "sender" in facts})

    def accept(self, message_id: str) -> None:
        """The vendor said yes; called before its answer leaves."""
        self._write({"accepted": message_id})
        self.accepted[message_id] += 1

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """What was acknowledged of this kind, in order."""
        return {key: facts for key, facts in self.acked.items() if facts["kind"] == kind}

    def close(self) -> None:
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
