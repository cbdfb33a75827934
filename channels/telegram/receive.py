"""How an inbox gets its updates: Telegram's calls of our webhook, or our polling where the world
cannot reach us. One `Receiver` for each inbox that runs; `adapter.py` starts and stops it.

Both ways keep what waits at Telegram (24 hours), and each ends the other: Telegram refuses polling
while a webhook is set.
"""

from __future__ import annotations

import asyncio
import ipaddress
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import msgspec

from channels.telegram.config import Settings
from channels.telegram.errors import Taken
from channels.telegram.parse import Terms, callback_id, parse
from channels.telegram.signature import secret_of
from hub import log
from hub.errors import (
    AuthFailed,
    BadInput,
    ContentRejected,
    RateLimited,
    SendError,
    Unavailable,
)
from hub.model.inbox import InboxState
from hub.ports.channel import AdapterContext, InboxFacts, is_our_turn
from hub.ports.inbound import Ignored, InboundEvent

if TYPE_CHECKING:
    from channels.telegram.client import Client, Polled

_log = log.get(__name__)

#: Telegram calls these ports only (https://core.telegram.org/bots/api#setwebhook).
_PORTS = (443, 80, 88, 8443)
_LOOK_AGAIN_S = 300.0
_LOOK_AGAIN_MS = 300_000
_POLL_S = 25
#: How often a hub that only sends asks whether polling has become its turn.
_NEXT_TURN_S = 2.0
_DAY_MS = 24 * 3600 * 1000
_BACK_OFF_S = (1.0, 2.0, 5.0, 15.0, 60.0)
_NO_PERSON_S = 60.0
_OFFSET = "offset"


def can_webhook(inbox: InboxFacts, settings: Settings) -> bool:
    """Whether Telegram can reach this hub; another Bot API server is asked for nothing."""
    if settings.is_own_server:
        return True
    url = urlsplit(inbox.public_url)
    host = url.hostname or ""
    return url.scheme == "https" and (url.port or 443) in _PORTS and _is_public(host)


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal"))


class Way(Protocol):
    """One of the two ways to receive."""

    async def connect(self) -> None:
        """Agree with Telegram on this way. Raises `SendError`s."""

    async def turn(self) -> str:
        """Work for a while; a text for people when something is not as it should be. Raises
        `SendError`s and `Unavailable`.
        """


class Webhook:
    """Telegram calls us: only to be looked after."""

    def __init__(self, ctx: AdapterContext, client: Client, settings: Settings) -> None:
        self._ctx = ctx
        self._client = client
        self._url = ctx.inbox.public_url.rstrip("/") + ctx.inbox.hook_path
        self._secret = secret_of(settings.token, ctx.inbox.id)

    async def connect(self) -> None:
        await self._client.set_webhook(self._url, self._secret)

    async def turn(self) -> str:
        """Another program that sets its own webhook is reported, not fought."""
        await self._ctx.clock.sleep(_LOOK_AGAIN_S)
        info = await self._client.webhook()
        if not info.url:
            await self.connect()
            return ""
        if info.url != self._url:
            raise Taken("another program has set this bot's webhook")
        last_error_ms = int(info.last_error_date.timestamp() * 1000) if info.last_error_date else 0
        is_failing = last_error_ms > self._ctx.clock.now_ms() - 2 * _LOOK_AGAIN_MS
        if is_failing and info.pending_update_count:
            return f"telegram.state.webhook_failing: {info.last_error_message or ''}"
        return ""


class Position(msgspec.Struct, frozen=True):
    """Where polling goes on, and when it got there."""

    next: int
    at: int


class Polling:
    """We ask, and tell Telegram what we have by the next question."""

    def __init__(self, ctx: AdapterContext, client: Client, settings: Settings) -> None:
        self._ctx = ctx
        self._client = client
        self._has_groups = settings.groups
        self._position = Position(0, 0)

    async def connect(self) -> None:
        await self._client.delete_webhook()
        if not self._position.next:
            await self._recall()

    async def _recall(self) -> None:
        known = await self._ctx.recall(_OFFSET)
        self._position = msgspec.convert(known, Position) if known else self._position

    async def turn(self) -> str:
        if not is_our_turn(self._ctx):
            self._position = Position(0, 0)
            await self._ctx.clock.sleep(_NEXT_TURN_S)
            return ""
        if not self._position.next:
            await self._recall()
        updates = await self._client.updates(self._offset(), _POLL_S)
        if not updates:
            return ""
        now = self._ctx.clock.now_ms()
        terms = Terms(self._has_groups, now)
        await self._ctx.accept([event for update in updates for event in _events(update, terms)])
        self._position = Position(updates[-1].number + 1, now)
        await self._remember()
        for update in updates:
            await self._answer(callback_id(update.body))
        return ""

    def _offset(self) -> int:
        """After a day without updates Telegram has none that we know, and soon counts anew from
        anywhere: then the first that waits is the right one.
        """
        is_fresh = self._ctx.clock.now_ms() - self._position.at < _DAY_MS
        return self._position.next if is_fresh else 0

    async def _remember(self) -> None:
        """Telegram repeats what it was not told of, so a lost note costs nothing."""
        try:
            await self._ctx.remember(_OFFSET, msgspec.to_builtins(self._position))
        except Unavailable as fault:
            _log.warning("a position could not be kept", error=fault, inbox=self._ctx.inbox.id)

    async def _answer(self, callback: str) -> None:
        if not callback:
            return
        try:
            await self._client.answer_press(callback)
        except SendError as fault:
            _log.info("a press was not answered", error=fault, inbox=self._ctx.inbox.id)


def _events(update: Polled, terms: Terms) -> list[InboundEvent]:
    """One that cannot be read must not hold the others up."""
    try:
        return parse(update.body, terms)
    except BadInput:
        return [Ignored(event_id=f"update:{update.number}", reason="unreadable_item")]


class Receiver:
    """Keeps one way going and tells people how it is."""

    def __init__(self, ctx: AdapterContext, way: Way) -> None:
        self._ctx = ctx
        self._way = way
        self._task: asyncio.Task[None] | None = None
        self._told: tuple[InboxState, str] | None = None

    async def start(self) -> None:
        """Raises what no waiting mends: `AuthFailed`, `ContentRejected`."""
        is_connected = False
        try:
            await self._way.connect()
            is_connected = True
            await self._tell("connected")
        except (AuthFailed, ContentRejected):
            raise
        except (SendError, Unavailable) as fault:
            await self._tell_fault(fault)
        name = f"telegram {self._ctx.inbox.id}"
        self._task = self._ctx.tasks.spawn(name, self._run(is_connected))

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self, is_connected: bool) -> None:
        failures = 0 if is_connected else 1
        while True:
            if failures:
                await self._ctx.clock.sleep(_BACK_OFF_S[min(failures, len(_BACK_OFF_S)) - 1])
            try:
                if not is_connected:
                    await self._way.connect()
                    is_connected = True
                    await self._tell("connected")
                trouble = await self._way.turn()
                await self._tell("error" if trouble else "connected", trouble)
                failures = 0
            except (SendError, Unavailable) as fault:
                failures += 1
                await self._tell_fault(fault)
                await self._wait_for(fault)

    async def _wait_for(self, fault: SendError | Unavailable) -> None:
        """Longer than the usual pause, where that is asked or of no use."""
        if isinstance(fault, RateLimited):
            await self._ctx.clock.sleep(fault.retry_after_s)
        elif isinstance(fault, AuthFailed | ContentRejected):
            await self._ctx.clock.sleep(_NO_PERSON_S)

    async def _tell_fault(self, fault: SendError | Unavailable) -> None:
        match fault:
            case AuthFailed():
                await self._tell("bad_credentials", "telegram.state.token")
            case Taken():
                await self._tell("error", "telegram.state.taken")
            case Unavailable():
                await self._tell("error", "telegram.state.not_stored")
            case _:
                await self._tell("disconnected", "telegram.state.lost")

    async def _tell(self, state: InboxState, detail: str = "") -> None:
        if self._told != (state, detail):
            self._told = (state, detail)
            await self._ctx.report(state, detail)
