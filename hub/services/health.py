"""How inboxes are doing: in memory at once, in the store within seconds (it changes with every
message).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from hub.clock import Clock
from hub.model.inbox import InboxHealth, InboxState
from hub.ports.collections import INBOX_HEALTH
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import from_doc, to_doc

#: Times of the last message are told to people at most this often.
_TELL_MS = 5_000
_LATEST = ("last_in_at", "last_out_at")


class Health:
    """`changed(inbox_id)` is called when people should see something new."""

    def __init__(self, store: DocumentStore, clock: Clock, changed: Callable[[str], None]) -> None:
        self._store = store
        self._clock = clock
        self._changed = changed
        self._known: dict[str, InboxHealth] = {}
        self._dirty: set[str] = set()
        self._told: dict[str, int] = {}

    def of(self, inbox_id: str) -> InboxHealth:
        return self._known.get(inbox_id) or InboxHealth(id=inbox_id)

    async def load(self, inbox_id: str) -> None:
        """Times from before the restart; the state itself is new."""
        doc = await self._store.get(INBOX_HEALTH, inbox_id)
        if doc is not None:
            kept = from_doc(InboxHealth, doc)
            self._known[inbox_id] = msgspec.structs.replace(kept, state="stopped", detail="")

    async def adopt(self, inbox_id: str) -> None:
        """Another hub knows how it is: this one only waits."""
        doc = await self._store.get(INBOX_HEALTH, inbox_id)
        if doc is not None:
            kept, known = from_doc(InboxHealth, doc), self.of(inbox_id)
            if (kept.state, kept.detail) != (known.state, known.detail):
                self._known[inbox_id] = kept
                self._changed(inbox_id)

    def set_state(self, inbox_id: str, state: InboxState, detail: str) -> None:
        before = self.of(inbox_id)
        if (before.state, before.detail) == (state, detail):
            return
        now = self._clock.now_ms()
        changes: dict[str, Any] = {"state": state, "detail": detail}
        if before.state != state:
            changes["since"] = now
        if state in ("error", "bad_credentials"):
            changes |= {"last_error_at": now, "last_error": detail}
        self._known[inbox_id] = msgspec.structs.replace(before, **changes)
        self._dirty.add(inbox_id)
        self._changed(inbox_id)

    def note(self, inbox_id: str, **facts: Any) -> None:
        """Times and last errors."""
        self._known[inbox_id] = msgspec.structs.replace(self.of(inbox_id), **facts)
        self._dirty.add(inbox_id)
        now = self._clock.now_ms()
        if now - self._told.get(inbox_id, 0) >= _TELL_MS:
            self._told[inbox_id] = now
            self._changed(inbox_id)

    def set_quiet(self, inbox_id: str, *, is_quiet: bool) -> None:
        """Whether nothing came in for too long; told at once."""
        self._known[inbox_id] = msgspec.structs.replace(self.of(inbox_id), is_quiet=is_quiet)
        self._dirty.add(inbox_id)
        self._changed(inbox_id)

    async def flush(self) -> None:
        """Write what changed; called every few seconds and at the end."""
        dirty, self._dirty = self._dirty, set()
        for inbox_id in dirty:
            doc = to_doc(self.of(inbox_id))
            facts = {name: value for name, value in doc.items() if name not in ("_id", "v")}
            latest = {name: facts.pop(name) for name in _LATEST}  # another hub may have later ones
            patch = Patch(set=facts, max=latest)
            stored = await self._store.patch(INBOX_HEALTH, inbox_id, patch, upsert=doc)
            if stored is not None:
                times = {name: stored[name] for name in _LATEST}
                self._known[inbox_id] = msgspec.structs.replace(self.of(inbox_id), **times)
