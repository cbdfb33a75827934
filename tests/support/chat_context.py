"""A tiny hub in memory around one live adapter: journal, timeline, files, a browser's routes.

It keeps the contract's promises (an event id is stored once, `seq` numbers a conversation, only
those who took part may read) and nothing else. For the tests of web chat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from hub.clock import Clock, SystemClock
from hub.errors import ContentRejected, NotFound, Unavailable
from hub.model import ids
from hub.model.contact import Address
from hub.model.inbox import InboxState
from hub.model.message import Attachment, Author, Message, QuickReply
from hub.ports.channel import InboxFacts, OutboundMessage
from hub.ports.inbound import DeliveryReported, InboundEvent, MessageReceived, ReadReported
from hub.tasks import Tasks

WORKSPACE = "testwksp"
INBOX_ID = "inboxinboxinboxinboxinbox1"
STATIC = Path(__file__).parents[2] / "hub/web/static"


class MemoryFiles:
    """Files by id; a link is a path that names its reader."""

    def __init__(self) -> None:
        self.bytes: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.owners: dict[str, str] = {}

    async def save(
        self, data: bytes, name: str, *, declared_type: str = "", owner: str = ""
    ) -> Attachment:
        file_id = ids.new_id(WORKSPACE)
        self.bytes[file_id] = data
        self.types[file_id] = declared_type or "application/octet-stream"
        self.owners[file_id] = owner
        return Attachment(
            file_id=file_id, name=name, media_type=self.types[file_id], size_bytes=len(data)
        )

    async def read(self, file_id: str) -> bytes:
        if file_id not in self.bytes:
            raise ContentRejected("the file is gone")
        return self.bytes[file_id]

    def link(self, file_id: str, reader: str) -> str:
        return f"/files/{file_id}?reader={reader}"


class MemoryHistory:
    """Timelines of one inbox; `look_ups` counts what an adapter asked."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock
        self.current_of: dict[Address, str] = {}
        self.timelines: dict[str, list[Message]] = {}
        self.reads: dict[str, int] = {}
        self.look_ups = 0

    async def current(self, reader: Address) -> str | None:
        self.look_ups += 1
        return self.current_of.get(reader)

    async def messages(
        self, reader: Address, conversation_id: str, after_seq: int, limit: int
    ) -> list[Message]:
        self.look_ups += 1
        if self.current_of.get(reader) != conversation_id:
            raise NotFound("no such conversation")
        timeline = self.timelines[conversation_id]
        return [item for item in timeline if item.seq > after_seq][:limit]

    async def reader_id(self, reader: Address) -> str:
        return ids.derived_id(WORKSPACE, self._key, reader.kind, reader.value, reader.scope)

    def add(self, reader: Address, **fields: Any) -> Message:
        """Append a message to the reader's conversation, which is opened when missing."""
        conversation = self.current_of.setdefault(reader, ids.new_id(WORKSPACE))
        timeline = self.timelines.setdefault(conversation, [])
        seq = timeline[-1].seq + 1 if timeline else 1
        message = Message(
            **{
                "id": ids.message_id(conversation, seq),
                "conversation_id": conversation,
                "seq": seq,
                "kind": "message",
                "at": self._clock.now_ms(),
                **fields,
            }
        )
        timeline.append(message)
        return message

    def change(self, message_id: str, **fields: Any) -> Message | None:
        timeline = self.timelines.get(ids.conversation_of(message_id), [])
        for at, message in enumerate(timeline):
            if message.id == message_id:
                timeline[at] = msgspec.structs.replace(message, v=message.v + 1, **fields)
                return timeline[at]
        return None


class ChatContext:
    """An `AdapterContext`. Whoever makes it sets `adapter`."""

    def __init__(
        self, config: Mapping[str, Any], *, public_url: str, clock: Clock | None = None
    ) -> None:
        self.key = b"k" * 32
        self.clock: Clock = clock or SystemClock()
        self.inbox = InboxFacts(
            id=f"{WORKSPACE}.{INBOX_ID}",
            name="Website",
            address="shop.example",
            config=config,
            public_url=public_url,
            hook_path=f"/hooks/webchat/{INBOX_ID}",
            workspace_name="Corner Shop",
        )
        self.tasks = Tasks()
        self.files = MemoryFiles()
        self.history = MemoryHistory(self.key, self.clock)
        self.egress: Any = None
        self.adapter: Any = None
        self.events: list[InboundEvent] = []
        self.seen_ids: set[str] = set()
        self.states: list[InboxState] = []
        self.typed: list[tuple[Address, bool]] = []
        self.is_down = False
        self.is_open = True

    async def accept(self, events: Sequence[InboundEvent]) -> None:
        if self.is_down:
            raise Unavailable("the store is down")
        for event in events:
            if event.event_id in self.seen_ids:
                continue
            self.seen_ids.add(event.event_id)
            self.events.append(event)
            await self._apply(event)

    async def _apply(self, event: InboundEvent) -> None:
        match event:
            case MessageReceived():
                message = self.history.add(
                    event.sender,
                    direction="in",
                    author=Author("contact", await self.history.reader_id(event.sender)),
                    text=event.text,
                    attachments=event.attachments,
                    client_id=event.client_id,
                )
                await self.adapter.show(event.sender, message)
            case DeliveryReported():
                self.history.change(event.message_id, delivery=event.delivery)
            case ReadReported():
                self.history.reads[event.conversation_id] = event.seq
            case _:
                pass

    async def report(self, state: InboxState, detail: str = "") -> None:
        self.states.append(state)

    async def typing(self, sender: Address, is_typing: bool) -> None:
        self.typed.append((sender, is_typing))

    async def remember(self, name: str, value: Mapping[str, Any]) -> None:
        raise AssertionError("web chat remembers nothing")

    async def recall(self, name: str) -> dict[str, Any] | None:
        raise AssertionError("web chat remembers nothing")

    async def is_staffed(self) -> bool:
        return self.is_open

    def sign(self, *parts: str) -> str:
        return ids.derived_key(self.key, *parts)

    def messages(self) -> list[MessageReceived]:
        return [event for event in self.events if isinstance(event, MessageReceived)]

    def visitors(self) -> list[Address]:
        return list(self.history.current_of)

    async def answer(
        self,
        to: Address,
        text: str,
        *,
        attachments: Sequence[Attachment] = (),
        quick_replies: Sequence[QuickReply] = (),
        details: Mapping[str, Any] | None = None,
    ) -> Message:
        """An agent answers: on the timeline first, then through `send` (a card through `show`)."""
        message = self.history.add(
            to,
            direction="out",
            author=Author("agent", f"{WORKSPACE}.agent", "Anna Nowak"),
            text=text,
            attachments=list(attachments),
            quick_replies=list(quick_replies),
            details=dict(details or {}),
            delivery="accepted",
        )
        if details:
            await self.adapter.show(to, message)
            return message
        await self.adapter.send(
            OutboundMessage(
                id=message.id,
                conversation_id=message.conversation_id,
                seq=message.seq,
                to=to,
                from_name="Anna Nowak",
                text=text,
                attachments=list(attachments),
                quick_replies=list(quick_replies),
                at=message.at,
            )
        )
        return message

    async def close(self) -> None:
        await self.adapter.stop()
        await self.tasks.close()


def app_for(ctx: ChatContext) -> web.Application:
    """The routes that the hub gives a browser: hook, files, the widget's script."""
    app = web.Application()

    async def hook(request: web.Request) -> web.StreamResponse:
        return await ctx.adapter.handle(request, request.match_info["tail"])  # type: ignore[no-any-return]

    async def file(request: web.Request) -> web.StreamResponse:
        file_id = request.match_info["id"]
        return web.Response(
            body=await ctx.files.read(file_id),
            content_type=ctx.files.types[file_id],
            headers={"Cross-Origin-Resource-Policy": "cross-origin"},
        )

    async def script(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "widget.js", headers={"Cache-Control": "no-cache"})

    app.router.add_route("*", ctx.inbox.hook_path + "/{tail:.*}", hook)
    app.router.add_get("/files/{id}", file)
    app.router.add_get("/widget.js", script)
    return app


class Site:
    """An aiohttp app on a free port of 127.0.0.1."""

    def __init__(self, app: web.Application, port: int = 0) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        self._port = port
        self.url = ""

    async def start(self) -> str:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"
        return self.url

    async def stop(self) -> None:
        await asyncio.wait_for(self._runner.cleanup(), 10)
