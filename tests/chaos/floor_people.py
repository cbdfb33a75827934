"""The people of `floor.py` in a process of their own, so that what they read and count takes no
time from the hub's loop: `python -m tests.chaos.floor_people`, started by the floor only.

The first line of its input is a `Crowd` as JSON, each further one a name in `COMMANDS`; each is
answered by a line when it is done: null, of the last one the `Outcome`. A fault of one person ends
the process with its traceback.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp
import msgspec

from tests.chaos.floor_client import DeafClient, FloorClient
from tests.support.web import Browser

#: Of a line, either way.
LINE_BYTES = 4 * 1024 * 1024
#: A client's state is compared so often until it is right, and so many at a time.
LOOK_S, LOOKERS = 0.5, 8


class Person(msgspec.Struct, frozen=True):
    """Somebody who is signed in."""

    agent_id: str
    is_supervisor: bool
    cookie: str
    csrf: str
    seed: float


class Crowd(msgspec.Struct, frozen=True):
    """Who works at the hub `url`, each right within so many seconds of coming back, or never; the
    deaf miss the numbers of queues and desks once they are calm.
    """

    url: str
    people: list[Person]
    right_within_s: float
    is_deaf: bool = False


@dataclass
class Outcome:
    agents: int = 0
    customers: int = 0
    frames: int = 0
    breaks: int = 0
    resyncs: int = 0
    #: Asked again because the hub could not answer.
    repeated: int = 0
    offers: int = 0
    #: Seconds from the hub's offer to the agent's screen.
    shown_s: list[float] = field(default_factory=list)
    #: Seconds from coming back to holding what the store says.
    right_s: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def is_fine(self) -> bool:
        return not self.wrong and len(self.right_s) == self.agents

    def shown(self) -> str:
        facts = {
            "agents": self.agents,
            "customers": self.customers,
            "frames": self.frames,
            "breaks": self.breaks,
            "resyncs": self.resyncs,
            "repeated": self.repeated,
            "offers": self.offers,
            "offer_shown_s": _spread(self.shown_s),
            "right_after_s": _spread(self.right_s),
            "wrong": self.wrong[:5],
        }
        return json.dumps(facts)


def _spread(times: Iterable[float]) -> dict[str, float]:
    ordered = sorted(times)
    if not ordered:
        return {}
    at = {"half": 0.5, "p95": 0.95, "worst": 1.0}
    return {name: round(ordered[int((len(ordered) - 1) * q)], 2) for name, q in at.items()}


class People:
    """The commands, each a method."""

    def __init__(
        self, crowd: Crowd, session: aiohttp.ClientSession, working: asyncio.TaskGroup
    ) -> None:
        self._crowd, self._session, self._working = crowd, session, working
        self._outcome = Outcome(agents=len(crowd.people))
        self._clients = [self._client(person) for person in crowd.people]
        self._tasks: list[asyncio.Task[None]] = []
        self._looking = asyncio.Semaphore(LOOKERS)

    def _client(self, person: Person) -> FloorClient:
        kind = DeafClient if self._crowd.is_deaf else FloorClient
        browser = Browser(self._crowd.url, self._session, person.csrf, cookie=person.cookie)
        rnd = random.Random(person.seed)
        return kind(browser, person.agent_id, person.is_supervisor, rnd, self._outcome)

    async def work(self) -> None:
        """All come in, each in its time; this doesn't wait for them."""
        self._tasks = [self._working.create_task(client.works()) for client in self._clients]

    async def calm(self) -> None:
        """All have come in and from now on only look."""
        for client in self._clients:
            await client.has_come.wait()
            client.is_calm = True

    async def away(self) -> None:
        """All lines break at once."""
        await asyncio.gather(*(client.go_away() for client in self._clients))

    async def back(self) -> None:
        """All come back at once; done when each holds what the store says, or is told as wrong."""
        await asyncio.gather(*(self._right_again(client) for client in self._clients))

    async def end(self) -> Outcome:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return self._outcome

    async def _right_again(self, client: FloorClient) -> None:
        began = time.monotonic()
        await client.come_back()
        while not client.caught_up_at > began:
            await asyncio.sleep(0.02)
        wrong_until = 0.0
        while wrong := await self._differs(client):
            if time.monotonic() - began > self._crowd.right_within_s:
                self._outcome.wrong.append(wrong)
                return
            await asyncio.sleep(LOOK_S)
            wrong_until = time.monotonic()
        self._outcome.right_s.append(max(wrong_until, client.caught_up_at) - began)

    async def _differs(self, client: FloorClient) -> str:
        """A few at a time: looking is no part of what is measured."""
        async with self._looking:
            return await client.differs()


COMMANDS = {
    "work": People.work,
    "calm": People.calm,
    "away": People.away,
    "back": People.back,
    "end": People.end,
}


async def _input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _answer(result: Outcome | None) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
    sys.stdout.buffer.flush()


async def _serve() -> None:
    """Until the floor has heard the outcome, or is gone."""
    lines = await _input()
    crowd = msgspec.json.decode(await lines.readline(), type=Crowd)
    async with AsyncExitStack() as stack:
        connector, jar = aiohttp.TCPConnector(limit=0), aiohttp.DummyCookieJar()
        calls = aiohttp.ClientSession(connector=connector, cookie_jar=jar)
        session = await stack.enter_async_context(calls)
        working = await stack.enter_async_context(asyncio.TaskGroup())
        people = People(crowd, session, working)
        _answer(None)
        while line := await lines.readline():
            _answer(await COMMANDS[msgspec.json.decode(line, type=str)](people))
        await people.end()


def main() -> int:
    asyncio.run(_serve())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
