"""An AdapterContext in memory: records what an adapter does and fails on demand. For tests of
channels.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from hub.clock import Clock, SystemClock
from hub.errors import ContentRejected, NotFound, TooLarge, Unavailable
from hub.model.contact import Address
from hub.model.ids import derived_key, new_id, new_workspace_id
from hub.model.inbox import InboxState
from hub.model.message import Attachment, Message
from hub.ports.channel import InboxFacts
from hub.ports.inbound import InboundEvent
from hub.services.egress import EgressClient
from hub.services.vendor_http import HttpClient
from hub.tasks import Tasks


class QuickClock(SystemClock):
    """Real time, but nobody has to wait for it: backoffs pass in a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_for: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.asked_for.append(seconds)
        await asyncio.sleep(min(seconds, 0.02))


class MemoryFiles:
    """A FileSink; `fail_next` raises that many OSErrors."""

    def __init__(self, limit_bytes: int = 30 * 1024 * 1024) -> None:
        self.saved: dict[str, tuple[str, bytes]] = {}
        self.limit_bytes = limit_bytes
        self.fail_next = 0

    async def save(
        self, data: bytes, name: str, *, declared_type: str = "", owner: str = ""
    ) -> Attachment:
        if self.fail_next > 0:
            self.fail_next -= 1
            raise OSError("disk full")
        if len(data) > self.limit_bytes:
            raise TooLarge("too large", self.limit_bytes)
        file_id = f"file{len(self.saved)}"
        self.saved[file_id] = (name, data)
        return Attachment(
            file_id=file_id,
            name=name,
            media_type=declared_type or "application/octet-stream",
            size_bytes=len(data),
        )

    async def read(self, file_id: str) -> bytes:
        if file_id not in self.saved:
            raise ContentRejected("the file is gone")
        return self.saved[file_id][1]

    def link(self, file_id: str, reader: str) -> str:
        return f"/files/{file_id}?reader={reader}"


class NoHistory:
    """A History of nothing."""

    async def current(self, reader: Address) -> str | None:
        return None

    async def messages(
        self, reader: Address, conversation_id: str, after_seq: int, limit: int
    ) -> list[Message]:
        raise NotFound(conversation_id)

    async def reader_id(self, reader: Address) -> str:
        raise NotFound(reader.value)


class LoopbackEgress:
    """Sends every host to 127.0.0.1; notes who was asked for; `error` forbids."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.error: Exception | None = None

    async def resolve(self, host: str, port: int) -> str:
        self.asked.append((host, port))
        if self.error is not None:
            raise self.error
        return "127.0.0.1"


class MemoryContext:
    """Implements `hub.ports.channel.AdapterContext`."""

    def __init__(
        self,
        config: Mapping[str, Any],
        *,
        address: str = "",
        clock: Clock | None = None,
        notes: dict[str, dict[str, Any]] | None = None,
        inbox_id: str = "",
    ) -> None:
        self.inbox = InboxFacts(
            id=inbox_id or new_id(new_workspace_id()),
            name="Support",
            address=address or str(config.get("address", "")),
            config=config,
            public_url="http://127.0.0.1:8080",
            hook_path="/hooks/test/x",
            workspace_name="Shop",
        )
        self.clock = clock or QuickClock()
        self.tasks = Tasks(on_crash=lambda name, error: self.crashes.append(error))
        self.files = MemoryFiles()
        self.history = NoHistory()
        self.egress = LoopbackEgress()
        self.http = HttpClient(EgressClient(["127.0.0.1", "localhost"]), self.clock)
        self.events: list[InboundEvent] = []
        self.states: list[tuple[InboxState, str]] = []
        self.notes = notes if notes is not None else {}
        self.crashes: list[BaseException] = []
        self.fail_accepts = 0
        self.fail_remembers = 0
        self.refuse: dict[str, Exception] = {}
        self._changed = asyncio.Condition()

    async def accept(self, events: Sequence[InboundEvent]) -> None:
        if self.fail_accepts > 0:
            self.fail_accepts -= 1
            raise Unavailable("the store is down")
        for event in events:
            wrong = next((e for part, e in self.refuse.items() if part in repr(event)), None)
            if wrong is not None:
                raise wrong
        self.events.extend(events)
        await self._tell()

    async def report(self, state: InboxState, detail: str = "") -> None:
        self.states.append((state, detail))
        await self._tell()

    async def typing(self, sender: Address, is_typing: bool) -> None:
        return None

    async def remember(self, name: str, value: Mapping[str, Any]) -> None:
        if self.fail_remembers > 0:
            self.fail_remembers -= 1
            raise Unavailable("the store is down")
        self.notes[name] = dict(value)
        await self._tell()

    async def recall(self, name: str) -> dict[str, Any] | None:
        return self.notes.get(name)

    def sign(self, *parts: str) -> str:
        return derived_key(f"key of {self.inbox.id}".encode(), *parts)

    async def until(self, is_true: Any, timeout_s: float = 90.0) -> None:
        """Wait until `is_true()`; the limit only keeps a broken test from hanging."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(is_true)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
