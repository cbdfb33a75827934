"""A floor full of agents while customers come in and connections break: what everybody sees by live
events must be what the store says.

    python -m tests.chaos.floor --agents 200 --customers 600 --store sqlite

A real hub with real sockets. Agents accept, decline or overlook what is offered to them, answer and
close; supervisors hold the wallboard; every socket breaks now and then. At the end all break at
once while more customers come in; the seconds from coming back until a client holds what a fresh
load tells are told. Prints one line of JSON; exit 1 when somebody never does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from hub.model.ids import local
from tests.chaos.floor_client import FloorClient
from tests.support.loop_channel import Wire, chat_from
from tests.support.real_hub import RealHub, real_hub, signed_in
from tests.support.web import Browser

PEOPLE_A_QUEUE = 25
SUPERVISORS_OF = 20  # one of so many
ARRIVALS_PER_S = 20
OFFER_S = 10
PATIENCE_S = 240.0
#: Who is not right by then never will be.
RIGHT_WITHIN_S = 60.0
#: A client's state is compared so often until it is right, and so many at a time.
LOOK_S, LOOKERS = 0.5, 8


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


class Floor:
    def __init__(self, hub: RealHub, wire: Wire, boss: Any, rnd: random.Random) -> None:
        self._hub, self._wire, self._boss, self._rnd = hub, wire, boss, rnd
        self.outcome = Outcome()
        self.clients: list[FloorClient] = []
        self._inboxes: list[str] = []
        self._written = 0
        self._looking = asyncio.Semaphore(LOOKERS)

    @property
    def _workspace(self) -> str:
        return str(self._boss.me["workspace"]["id"])

    async def furnish(self, agents: int, session: aiohttp.ClientSession) -> None:
        """People, a queue for each 25 of them, an inbox for each queue."""
        for number in range(agents):
            is_boss = number % SUPERVISORS_OF == SUPERVISORS_OF - 1
            self.clients.append(await self._hire(number, is_boss, session))
        working = [one for one in self.clients if not one.is_supervisor]
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
        self.outcome.agents = agents

    async def _hire(
        self, number: int, is_supervisor: bool, session: aiohttp.ClientSession
    ) -> FloorClient:
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
        browser = Browser(self._hub.url, session, csrf=opened.csrf, cookie=token)
        rnd = random.Random(self._rnd.random())
        return FloorClient(browser, local(agent.id), is_supervisor, rnd, self.outcome)

    async def customers(self, count: int) -> None:
        for _ in range(count):
            self._written += 1
            inbox = self._rnd.choice(self._inboxes)
            visitor, event = f"visitor{self._written}", f"e{self._written}"
            await self._wire.receive(inbox, chat_from(inbox, visitor, "Hello?", event))
            await asyncio.sleep(self._rnd.expovariate(ARRIVALS_PER_S))
        self.outcome.customers += count

    async def empty(self) -> None:
        """Until every customer has been served."""
        async with asyncio.timeout(PATIENCE_S):
            while (await self._boss.get("/conversations", view="all"))["items"]:
                await asyncio.sleep(0.5)

    async def comes_back(self) -> None:
        """Everybody at once, after changes that nobody saw; then each looks at the store."""
        await asyncio.gather(*(client.go_away() for client in self.clients))
        await self.customers(len(self.clients) // 4)
        await asyncio.gather(*(self._right_again(client) for client in self.clients))

    async def _right_again(self, client: FloorClient) -> None:
        began = time.monotonic()
        await client.come_back()
        while not client.caught_up_at > began:
            await asyncio.sleep(0.02)
        wrong_until = 0.0
        while wrong := await self._differs(client):
            if time.monotonic() - began > RIGHT_WITHIN_S:
                self.outcome.wrong.append(wrong)
                return
            await asyncio.sleep(LOOK_S)
            wrong_until = time.monotonic()
        self.outcome.right_s.append(max(wrong_until, client.caught_up_at) - began)

    async def _differs(self, client: FloorClient) -> str:
        """A few at a time: looking is no part of what is measured."""
        async with self._looking:
            return await client.differs()


async def floor(kind: str, folder: Path, agents: int, customers: int, seed: int = 1) -> Outcome:
    rnd, wire = random.Random(seed), Wire()
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(real_hub(kind, folder, wire.specs()))
        boss = await stack.enter_async_context(signed_in(hub.url))
        connector, jar = aiohttp.TCPConnector(limit=0), aiohttp.DummyCookieJar()
        calls = aiohttp.ClientSession(connector=connector, cookie_jar=jar)
        session = await stack.enter_async_context(calls)
        made = Floor(hub, wire, boss, rnd)
        await made.furnish(agents, session)
        async with asyncio.TaskGroup() as work:
            tasks = [work.create_task(client.works()) for client in made.clients]
            await made.customers(customers)
            await made.empty()
            for client in made.clients:
                client.is_calm = True
            await made.comes_back()
            for task in tasks:
                task.cancel()
    return made.outcome


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
