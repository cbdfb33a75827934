"""The bus of several hubs: live events over one Redis channel, delivered here at once and first.

Everything published in one turn of the loop goes out as one message, in order. A hub passes over
what it published itself. Redis keeps nothing: while the connection is gone events between hubs are
lost, which `is_up` and `losses` tell (`hub.services.bus_watch` sees to it that nobody misses them).
A beat of our own every two seconds shows that both directions work. `run` is started by the server.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from hub import log
from hub.bus.local import LocalBus
from hub.clock import Clock
from hub.model.events import Event
from hub.model.ids import new_key
from hub.ports.bus import Listener
from hub.tasks import Tasks

BEAT_S = 2.0
SILENCE_S = 6.0
_CALL_S = 5.0
_AT_ONCE = 200
#: More than this that waits for Redis is given up, as when the connection is lost.
_WAITING = 20_000
_LONGEST_BACKOFF_S = 3.0

_log = log.get("hub.bus")


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """What goes over the wire: who sent it, and events with their workspaces. Empty: a beat."""

    origin: str
    items: list[tuple[str, Event]] = []


class _Broken(Exception):
    """The connection is of no use any more."""


#: What ends a connection, and is mended by the next one.
_FAULTS = (_Broken, RedisError, OSError, TimeoutError)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Envelope).decode


class RedisBus:
    """Implements `hub.ports.bus.Bus` and `hub.ports.bus.Connected`."""

    def __init__(self, url: str, channel: str, clock: Clock, tasks: Tasks) -> None:
        self._url = url
        self._channel = channel
        self._clock = clock
        self._tasks = tasks
        self._origin = new_key()
        self._local = LocalBus()
        self._waiting: deque[tuple[str, Event]] = deque()
        self._some = asyncio.Event()
        self._heard_at = 0.0
        self.is_up = False
        self.losses = 0

    def publish(self, workspace: str, event: Event) -> None:
        self._local.publish(workspace, event)
        if self.is_up:
            self._waiting.append((workspace, event))
            self._some.set()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        return self._local.subscribe(listener)

    async def run(self) -> None:
        """Be connected, for ever."""
        failures = 0
        while True:
            try:
                await self._session()
            except _FAULTS as fault:
                failures = 1 if self.is_up else failures + 1
                if failures == 1:
                    _log.warning("no connection between the hubs", why=str(fault))
            finally:
                self._went_down()
            longest = min(_LONGEST_BACKOFF_S, 0.1 * 2 ** min(failures, 10))
            await self._clock.sleep(random.uniform(longest / 2, longest))

    async def _session(self) -> None:
        """One connection to its end, which is always an exception."""
        client: Redis = Redis.from_url(
            self._url,
            socket_timeout=None,
            socket_connect_timeout=_CALL_S,
            health_check_interval=0,
            single_connection_client=False,
        )
        async with client:
            pubsub = client.pubsub(ignore_subscribe_messages=True)
            async with asyncio.timeout(_CALL_S):
                await pubsub.subscribe(self._channel)
            self._heard_at = self._clock.monotonic()
            parts = [
                self._tasks.spawn("bus in", _until_broken(self._read(pubsub))),
                self._tasks.spawn("bus out", _until_broken(self._write(client))),
                self._tasks.spawn("bus beat", _until_broken(self._beat())),
            ]
            try:
                ended, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
                raise ended.pop().result()
            finally:
                for part in parts:
                    part.cancel()
                await asyncio.wait(parts)
                await _quietly(pubsub)

    async def _read(self, pubsub: PubSub) -> None:
        async for message in pubsub.listen():
            try:
                envelope = _decode(message["data"])
            except msgspec.MsgspecError as fault:
                # Of a hub of another version, perhaps: as good as lost.
                _log.warning("an event of another hub cannot be read", error=fault)
                self.losses += 1
                continue
            if envelope.origin == self._origin:
                self._heard_own()
                continue
            for workspace, event in envelope.items:
                self._local.publish(workspace, event)
        raise _Broken("the subscription has ended")

    def _heard_own(self) -> None:
        self._heard_at = self._clock.monotonic()
        if not self.is_up:
            self.is_up = True
            _log.info("connected to the other hubs")

    async def _write(self, client: Redis) -> None:
        await self._send(client, [])
        while True:
            await self._some.wait()
            self._some.clear()
            if len(self._waiting) > _WAITING:
                raise _Broken("Redis takes events too slowly")
            while self._waiting:
                some = min(_AT_ONCE, len(self._waiting))
                await self._send(client, [self._waiting.popleft() for _ in range(some)])
            if self._is_beat_due:
                await self._send(client, [])

    @property
    def _is_beat_due(self) -> bool:
        return self._clock.monotonic() - self._heard_at >= BEAT_S * 0.9

    async def _send(self, client: Redis, items: list[tuple[str, Event]]) -> None:
        async with asyncio.timeout(_CALL_S):
            await client.publish(self._channel, _encode(Envelope(self._origin, items)))

    async def _beat(self) -> None:
        """Whoever does not hear himself for a while is not connected, whatever the socket says."""
        while True:
            await self._clock.sleep(BEAT_S)
            if self._clock.monotonic() - self._heard_at > SILENCE_S:
                raise _Broken("nothing comes back from Redis")
            self._some.set()

    def _went_down(self) -> None:
        if self.is_up:
            self.is_up = False
            self.losses += 1
        self._waiting.clear()


async def _until_broken(work: Coroutine[Any, Any, None]) -> Exception:
    """A part of a connection works for ever, or says why not."""
    try:
        await work
    except _FAULTS as fault:
        return fault
    return _Broken("a part of the connection has ended")


async def _quietly(pubsub: PubSub) -> None:
    try:
        async with asyncio.timeout(1.0):
            await pubsub.aclose()  # type: ignore[no-untyped-call]
    except (RedisError, OSError, TimeoutError):
        pass
