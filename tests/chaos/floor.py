"""A floor full of agents while customers come in and connections break: what everybody sees by live
events must be what the store says.

    python -m tests.chaos.floor --agents 200 --customers 600 --store sqlite

A real hub with real sockets. Agents accept, decline or overlook what is offered to them, answer and
close; supervisors hold the wallboard; every socket breaks now and then. At the end all break at
once while more customers come in; the seconds from coming back until a client holds what a fresh
load tells are told. Prints one line of JSON; exit 1 when somebody never does. The hub is in this
process, its people are in one of their own (`floor_people.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from hub.model.ids import local
from tests.chaos.floor_people import LINE_BYTES, Crowd, Outcome, Person
from tests.support.loop_channel import Wire, chat_from
from tests.support.real_hub import RealHub, real_hub, signed_in

ROOT = Path(__file__).resolve().parents[2]
PEOPLE_A_QUEUE = 25
SUPERVISORS_OF = 20  # one of so many
ARRIVALS_PER_S = 20
OFFER_S = 10
PATIENCE_S = 240.0
#: Who is not right by then never will be.
RIGHT_WITHIN_S = 60.0


class Died(Exception):
    """The people's process ended before its time; it has told why on stderr."""


class PeopleProcess:
    """`floor_people.py` as started by `people_of`: does one command after the other."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, command: Crowd | str) -> bytes:
        """What the process answers when it has done it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(command) + b"\n")
        await self._process.stdin.drain()
        if not (answer := await self._process.stdout.readline()):
            raise Died(command)
        return answer


@asynccontextmanager
async def people_of(crowd: Crowd) -> AsyncIterator[PeopleProcess]:
    """In a process; when it dies, the body is cancelled and `Died` raised (in a group)."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chaos.floor_people",
        cwd=ROOT, stdin=PIPE, stdout=PIPE, limit=LINE_BYTES,
    )  # fmt: skip
    try:
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(_must_live(process))
            people = PeopleProcess(process)
            await people.tell(crowd)
            yield people
            watch.cancel()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _must_live(process: asyncio.subprocess.Process) -> None:
    raise Died(await process.wait())


class Floor:
    def __init__(self, hub: RealHub, wire: Wire, boss: Any, rnd: random.Random) -> None:
        self._hub, self._wire, self._boss, self._rnd = hub, wire, boss, rnd
        self._inboxes: list[str] = []
        self.written = 0

    @property
    def _workspace(self) -> str:
        return str(self._boss.me["workspace"]["id"])

    async def furnish(self, agents: int) -> list[Person]:
        """People, a queue for each 25 of them, an inbox for each queue."""
        people = []
        for number in range(agents):
            is_boss = number % SUPERVISORS_OF == SUPERVISORS_OF - 1
            people.append(await self._hire(number, is_boss))
        working = [one for one in people if not one.is_supervisor]
        for number, start in enumerate(range(0, len(working), PEOPLE_A_QUEUE)):
            team = working[start : start + PEOPLE_A_QUEUE]
            queue = await self._boss.post(
                "/queues",
                name=f"Queue {number}",
                accept="ask",
                offer_s=OFFER_S,
                missed_limit=0,
                members=[{"agent_id": one.agent_id, "tier": 1} for one in team],
            )
            made = await self._boss.post("/inboxes", channel="chat", name=f"Chat {number}")
            inbox_id = made["inbox"]["id"]
            await self._boss.write("PATCH", f"/inboxes/{inbox_id}", entry_queue_id=queue["id"])
            self._inboxes.append(f"{self._workspace}.{inbox_id}")
        async with asyncio.timeout(PATIENCE_S):
            while len(self._wire.adapters) < len(self._inboxes):
                await asyncio.sleep(0.05)
        return people

    async def _hire(self, number: int, is_supervisor: bool) -> Person:
        services = self._hub.services
        account = await services.accounts.create(f"a{number}@shop.example", f"Agent {number}")
        role = "supervisor" if is_supervisor else "agent"
        agent = await services.agents.add(
            self._workspace, account, name=f"Agent {number}", role=role
        )
        await services.agents.join(agent.id)
        token, opened = await services.sessions.start(
            account_id=account.id, agent_id=agent.id, workspace=self._workspace
        )
        return Person(local(agent.id), is_supervisor, token, opened.csrf, self._rnd.random())

    async def customers(self, count: int) -> None:
        for _ in range(count):
            self.written += 1
            inbox = self._rnd.choice(self._inboxes)
            visitor, event = f"visitor{self.written}", f"e{self.written}"
            await self._wire.receive(inbox, chat_from(inbox, visitor, "Hello?", event))
            await asyncio.sleep(self._rnd.expovariate(ARRIVALS_PER_S))

    async def empty(self) -> None:
        """Until every customer has been served."""
        async with asyncio.timeout(PATIENCE_S):
            while (await self._boss.get("/conversations", view="all"))["items"]:
                await asyncio.sleep(0.5)


async def floor(
    kind: str,
    folder: Path,
    agents: int,
    customers: int,
    seed: int = 1,
    right_within_s: float = RIGHT_WITHIN_S,
    is_deaf: bool = False,
) -> Outcome:
    rnd, wire = random.Random(seed), Wire()
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(real_hub(kind, folder, wire.specs()))
        boss = await stack.enter_async_context(signed_in(hub.url))
        made = Floor(hub, wire, boss, rnd)
        crowd = Crowd(hub.url, await made.furnish(agents), right_within_s, is_deaf)
        people = await stack.enter_async_context(people_of(crowd))
        await people.tell("work")
        await made.customers(customers)
        await made.empty()
        await people.tell("calm")
        await people.tell("away")  # from here on changes that nobody sees
        await made.customers(agents // 4)
        await people.tell("back")
        outcome = msgspec.json.decode(await people.tell("end"), type=Outcome)
        outcome.customers = made.written
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.chaos.floor")
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--customers", type=int, default=600)
    parser.add_argument("--store", choices=("sqlite", "mongo"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(
            floor(asked.store, Path(folder), asked.agents, asked.customers, asked.seed)
        )
    sys.stdout.write(outcome.shown() + "\n")
    return 0 if outcome.is_fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
