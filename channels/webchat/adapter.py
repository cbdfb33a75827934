"""The web chat channel: one object per inbox, alive between `start` and `stop`.

Nothing is polled and nothing is kept: browsers come to us (`handle`), answers and changes are
pushed to those that are there (`send`, `show`, `send_typing`), and whoever comes later reads the
hub's history.
"""

from __future__ import annotations

from aiohttp import web

from channels.webchat.chat import Chat
from channels.webchat.config import read
from channels.webchat.http import Api
from hub.errors import TransientFailure, Unavailable
from hub.model.contact import Address
from hub.model.message import Message
from hub.ports.channel import AdapterContext, OutboundMessage, SendResult


class Adapter:
    """Implements ChannelAdapter, ServesHttp, SendsTyping, ShowsChanges, CatchesUp and
    KnowsPresence."""

    def __init__(self, ctx: AdapterContext) -> None:
        """Raises `ConfigFault` when the config cannot be read."""
        self._ctx = ctx
        self._chat = Chat(ctx, read(ctx.inbox.config))
        self._api = Api(self._chat)
        self._is_running = False

    async def start(self) -> None:
        self._is_running = True
        await self._ctx.report("connected")

    async def stop(self) -> None:
        """Send every browser away with "restart" (1012): they come back within 30 seconds."""
        self._is_running = False
        await self._chat.sockets.close_all()

    async def probe(self) -> None:
        """There are no credentials: the browser comes to us."""

    async def handle(self, request: web.Request, tail: str) -> web.StreamResponse:
        """Everything below the inbox's path."""
        if not self._is_running:
            error = Unavailable("This inbox is stopped.")
            return web.json_response(
                {"error": {"code": error.code, "message": str(error)}},
                status=503,
                headers={"Retry-After": "5"},
            )
        return await self._api.handle(request, tail)

    async def send(self, message: OutboundMessage) -> SendResult:
        """The answer is in the history already; show it to whoever is there."""
        try:
            await self._chat.deliver(message)
        except Unavailable as error:
            raise TransientFailure(str(error)) from error
        return SendResult()

    async def show(self, reader: Address, message: Message) -> None:
        await self._chat.show(reader, message)

    async def catch_up(self) -> None:
        await self._chat.catch_up()

    async def send_typing(self, to: Address, is_typing: bool) -> None:
        self._chat.sockets.push(to, self._chat.frame({"type": "typing", "is_typing": is_typing}))

    async def tell_place(self, to: Address, place: int, wait_s: int | None) -> None:
        told = {"type": "line", "place": place, "wait_s": wait_s}
        self._chat.sockets.push(to, self._chat.frame(told))

    def is_present(self, to: Address) -> bool:
        return self._chat.sockets.is_present(to)
