"""One inbox's web chat at work: what its endpoints and its sockets share.

Made by `adapter.Adapter`. Holds no conversation state: the hub's history is the truth, this only
knows who is connected.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from channels.webchat import parse, render
from channels.webchat.config import Settings
from channels.webchat.limits import Limits
from channels.webchat.origins import allowed
from channels.webchat.session import Socket, Sockets
from channels.webchat.signature import Reader, Tokens
from hub.errors import BadInput, NotFound
from hub.model.contact import Address
from hub.model.message import DELIVERY_RANK, Attachment, Message
from hub.ports.channel import AdapterContext, OutboundMessage

#: Messages a page of the history.
PAGE = 50
_ARRIVED = DELIVERY_RANK["delivered"]


class Chat:
    """The verbs that more than one endpoint needs."""

    def __init__(self, ctx: AdapterContext, settings: Settings) -> None:
        self.ctx = ctx
        self.settings = settings
        self.tokens = Tokens(ctx.sign, ctx.inbox.id)
        self.sockets = Sockets(ctx.tasks)
        self.limits = Limits(ctx.clock)
        self.origins = allowed(settings.origins, ctx.inbox.public_url)

    def now_s(self) -> int:
        return self.ctx.clock.now_ms() // 1000

    def reader(self, token: str) -> Reader:
        """Raises `NotSignedIn`."""
        return self.tokens.read(token, self.now_s())

    def frame(self, value: Any) -> str:
        return msgspec.json.encode(value).decode()

    async def link_for(
        self, reader: Address, messages: Iterable[Message | OutboundMessage]
    ) -> render.Link:
        """Makes this reader's signed links; asks who that is only when there is a file."""
        if not any(message.attachments for message in messages):
            return _no_link
        identity_id = await self.ctx.history.reader_id(reader)
        return lambda file_id: self.ctx.files.link(file_id, identity_id)

    def show_page(self, socket: Socket, page: Sequence[Message], link: render.Link) -> None:
        """Push a page of one conversation's history."""
        messages = [message for message in page if render.is_shown(message)]
        for message in messages:
            self._expect(socket, message.conversation_id, message.seq, message)
        views = [render.view(message, link) for message in messages]
        socket.push(self._messages(page[-1].conversation_id, views))

    async def catch_up(self) -> None:
        """Show everybody what came since the last number that their page has."""
        for reader in self.sockets.visitors():
            current = await self.ctx.history.current(reader)
            for socket in self.sockets.of(reader) if current else ():
                page = await self._unseen(reader, current or "", socket)
                if page:
                    self.show_page(socket, page, await self.link_for(reader, page))

    async def _unseen(self, reader: Address, conversation: str, socket: Socket) -> list[Message]:
        after = socket.shown.get(conversation, 0)
        try:
            return await self.ctx.history.messages(reader, conversation, after, PAGE)
        except NotFound:
            return []

    async def show(self, reader: Address, message: Message) -> None:
        """Push one new or changed message to all tabs of its reader."""
        if not render.is_shown(message):
            return
        link = await self.link_for(reader, [message])
        frame = self._messages(message.conversation_id, [render.view(message, link)])
        for socket in self.sockets.of(reader):
            self._expect(socket, message.conversation_id, message.seq, message)
            socket.push(frame)

    async def deliver(self, message: OutboundMessage) -> None:
        """Push one answer to all tabs of its reader; without a tab the history keeps it."""
        link = await self.link_for(message.to, [message])
        shown = render.view_outbound(message, link, self.ctx.clock.now_ms())
        frame = self._messages(message.conversation_id, [shown])
        for socket in self.sockets.of(message.to):
            self._expect(socket, message.conversation_id, message.seq, None)
            socket.push(frame)

    async def mark_delivered(
        self, socket: Socket, conversation_id: str, seqs: Sequence[int]
    ) -> None:
        """Report the arrival of answers that this socket was shown, each once."""
        arrived = {(conversation_id, seq) for seq in seqs} & socket.awaiting
        if not arrived:
            return
        now = self.ctx.clock.now_ms()
        await self.ctx.accept([parse.to_delivered(*each, now) for each in sorted(arrived)])
        socket.awaiting -= arrived

    async def mark_read(self, reader: Reader, conversation_id: str, seq: int) -> None:
        """Report how far the visitor has read, when that is news."""
        if not self.sockets.is_news(reader.address, conversation_id, seq):
            return
        now = self.ctx.clock.now_ms()
        await self.ctx.accept([parse.to_read(reader.address, conversation_id, seq, now)])
        self.sockets.note_read(reader.address, conversation_id, seq)

    def ticket(self, reader: Reader, file: Attachment) -> str:
        """A signed name for an uploaded file: only its uploader can put it into a message."""
        body = base64.urlsafe_b64encode(msgspec.json.encode(file)).decode()
        return f"{body}.{self.ctx.sign('file', reader.address.value, body)}"

    def redeem(self, reader: Reader, ticket: str) -> Attachment:
        """The file behind a ticket. Raises `BadInput` for foreign and forged ones."""
        body, _, signature = ticket.partition(".")
        expected = self.ctx.sign("file", reader.address.value, body)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise BadInput("This file was not uploaded here.", "file_ids")
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(body), type=Attachment)
        except (binascii.Error, msgspec.DecodeError) as error:
            raise BadInput("This file was not uploaded here.", "file_ids") from error

    def _expect(
        self, socket: Socket, conversation_id: str, seq: int, message: Message | None
    ) -> None:
        socket.shown[conversation_id] = max(seq, socket.shown.get(conversation_id, 0))
        is_out = message is None or message.direction == "out"
        if is_out and (message is None or DELIVERY_RANK[message.delivery] < _ARRIVED):
            socket.awaiting.add((conversation_id, seq))

    def _messages(self, conversation_id: str, views: list[render.MessageView]) -> str:
        return self.frame({"type": "messages", "conversation": conversation_id, "messages": views})


def _no_link(_file_id: str) -> str:
    return ""
