"""Everybody writes at once, and every network tells everything several times, in any order, over
parallel connections: `python -m tests.chaos.storm --messages 10000 --repeats 10 --store sqlite`.

A real hub takes the signed webhooks of three networks. Afterwards there is one row for each
message, one contact for each person, and one order, the same for the store, the API's pages, a
client that was connected all the time and one that loads anew. The first part of the messages is
held back before the intake, so that those of one person certainly wait together.
`--lost-answers N` runs the other direction instead: see `lost_answers.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from hub.clock import SystemClock
from hub.model.events import SettingsChanged
from hub.model.ids import LANES, workspace_of
from hub.ports.collections import JOURNAL
from hub.services.inboxes import Inboxes
from hub.services.journal import Journal, Row
from tests.chaos.networks import ALL, BY_ID, BY_PHONE, Letter, Network, Post
from tests.chaos.storm_check import Plan, Report, Told, check, everything
from tests.chaos.storm_client import Watcher
from tests.support.channel_hook import served
from tests.support.channel_sample import sample_of
from tests.support.live_client import LiveClient
from tests.support.mail_hub import until
from tests.support.real_hub import EMAIL, PASSWORD, Api, RealHub, real_hub, signed_in
from tests.support.redis_server import running_redis
from tests.support.web import Browser

CONNECTIONS = 32
#: A part of the messages that wait together before the intake.
HELD = 0.3
_BEGAN_S = 1_795_000_000
_MARK_S = 1.0
_FOLLOW_S = _PATIENCE_S = 300.0


class Held:
    """Keeps the intake from working until `release`: what comes in waits together."""

    def __init__(self, journal: Journal) -> None:
        self._open = asyncio.Event()
        self._next = journal._handler
        journal._handler = self._handle

    async def _handle(self, row: Row) -> None:
        assert self._next is not None
        await self._open.wait()
        await self._next(row)

    def release(self) -> None:
        self._open.set()


class Storm:
    """The hubs, their three inboxes, and what is written to them."""

    def __init__(self, plan: Plan, hubs: list[RealHub], api: Api, watcher: Watcher) -> None:
        self._plan = plan
        self._hubs = hubs
        self._hub = hubs[0]
        self._api = api
        self._watcher = watcher
        self._rnd = random.Random(plan.seed)
        self._urls: dict[str, tuple[str, str]] = {}
        letters = list(self._letters())
        self.told = Told(letters, held=int(len(letters) * HELD))

    def _letters(self) -> Iterator[Letter]:
        for number in range(self._plan.messages):
            yield Letter(number, self._rnd.randrange(self._plan.people), _BEGAN_S + number)

    async def open(self, standins: dict[str, str]) -> None:
        for name, base in standins.items():
            config = sample_of(name).config(base)
            await self._api.post("/inboxes", channel=name, name=name, config=config)

        for hub in self._hubs:
            inboxes = hub.services.inboxes

            async def are_up(inboxes: Inboxes = inboxes) -> bool:
                found = [one for one in inboxes.all() if one.channel in standins]
                is_whole = len(self._hubs) == 1 or await self._is_shared()
                are_there = len(found) == len(standins)
                return (
                    is_whole
                    and are_there
                    and all(inboxes.adapter(one.id) is not None for one in found)
                )

            await until(are_up, _PATIENCE_S)
        for inbox in self._hub.services.inboxes.all():
            self._urls[inbox.channel] = (f"/hooks/{inbox.channel}/{inbox.id}", inbox.id)

    async def _is_shared(self) -> bool:
        """Has each hub its lanes, and does each hear the others?"""
        every = [hub.running.hub for hub in self._hubs]
        shares = [len(one.leases.lanes()) for one in every]
        return sum(shares) == LANES and all(one.cluster.watch.is_whole for one in every)

    def posts(self, letters: Sequence[Letter]) -> list[Post]:
        """Each person by the networks that they use, several in one webhook where that can be."""
        waiting: dict[tuple[str, int], list[Letter]] = defaultdict(list)
        networks: dict[str, Network] = {network.name: network for network in ALL}
        found = []
        for letter in letters:
            network = self._rnd.choice(BY_ID if letter.person % 3 == 2 else BY_PHONE)
            if network.tells_time:
                self.told.by_time.add(letter.text)
            batch = waiting[network.name, letter.person]
            batch.append(letter)
            if len(batch) >= self._rnd.randint(1, network.most):
                found.append(self._post(network, batch))
                del waiting[network.name, letter.person]
        found += [self._post(networks[name], rest) for (name, _), rest in waiting.items()]
        return found

    def _post(self, network: Network, batch: list[Letter]) -> Post:
        if len(batch) > 1:
            self.told.batches.append(batch)
        mixed = self._rnd.sample(batch, len(batch))
        path, inbox_id = self._urls[network.name]
        return network.write(f"{self._rnd.choice(self._hubs).url}{path}", inbox_id, mixed)

    async def blow(self, report: Report) -> None:
        """Deliver everything; returns when all of it is on timelines and the watcher knows."""
        watching = asyncio.create_task(self._watch())
        journals = [hub.running.hub.journal for hub in self._hubs]
        began = time.monotonic()
        holds = [Held(journal) for journal in journals]
        letters, held = self.told.letters, self.told.held
        await self._deliver(self.posts(letters[:held]), report)
        for hold in holds:
            hold.release()
        await self._deliver(self.posts(letters[held:]), report)
        report.took_s = time.monotonic() - began
        began = time.monotonic()
        await until(self._is_settled, _PATIENCE_S)
        report.settled_s = time.monotonic() - began
        watching.cancel()
        await asyncio.wait([watching])
        if not watching.cancelled():
            watching.result()
        for number, hub in enumerate(self._hubs):  # what a hub tells comes before its mark
            await self._watcher.follow_until(self._mark(f"end {number}", hub), _FOLLOW_S)

    async def _is_settled(self) -> bool:
        """Nothing accepted by any hub waits for its owner."""
        for hub in self._hubs:
            await hub.running.hub.journal.settle()
        rows = await everything(self._hub.services.store, JOURNAL)
        return all(row["state"] != "new" for row in rows)

    def _mark(self, name: str, hub: RealHub) -> str:
        for about in {workspace_of(inbox.id) for inbox in hub.services.inboxes.all()}:
            hub.services.bus.publish(about, SettingsChanged(what=f"mark {name}"))
        return f"mark {name}"

    async def _watch(self) -> None:
        """As a person's inbox: apply what comes, all the time."""
        number = 0
        while True:
            number += 1
            reading = asyncio.create_task(
                self._watcher.follow_until(self._mark(str(number), self._hub), _FOLLOW_S)
            )
            try:
                await asyncio.shield(reading)
            finally:  # never in the middle of a frame
                await reading
            await asyncio.sleep(_MARK_S)

    async def _deliver(self, posts: Sequence[Post], report: Report) -> None:
        """Each `repeats` times, shuffled, until it was taken."""
        queue = [post for post in posts for _ in range(self._plan.repeats)]
        self._rnd.shuffle(queue)
        report.posts += len(queue)
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def carry() -> None:
                while queue:
                    post = queue.pop()
                    began = time.monotonic()
                    async with session.post(
                        post.url, data=post.body, headers=post.headers
                    ) as answer:
                        await answer.read()
                    report.answer_s.append(time.monotonic() - began)
                    report.statuses[answer.status] += 1
                    if answer.status >= 500:  # every vendor tells it again
                        queue.append(post)

            await asyncio.gather(*(carry() for _ in range(CONNECTIONS)))


async def run(plan: Plan, folder: Path) -> Report:
    """The storm and all that is checked after it."""
    report = Report(plan)
    async with (
        _standins() as standins,
        _hubs(plan, folder) as hubs,
        signed_in(hubs[0].url) as api,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        browser = Browser(hubs[0].url, session)
        await browser.sign_in(EMAIL, PASSWORD)
        watcher = Watcher(browser)
        storm = Storm(plan, hubs, api, watcher)
        await storm.open(standins)
        await watcher.load()
        await watcher.come_back()
        await storm.blow(report)
        fresh = LiveClient(browser)
        await fresh.load()
        await watcher.go_away()
        await check(report, storm.told, hubs[0].services.store, api, watcher, fresh)
    return report


@asynccontextmanager
async def _hubs(plan: Plan, folder: Path) -> AsyncIterator[list[RealHub]]:
    """One, or two on one MongoDB with a Redis between them: the first is who is asked."""
    async with AsyncExitStack() as stack:
        settings = {}
        if plan.hubs > 1:
            redis = await stack.enter_async_context(running_redis())
            settings["HUB_REDIS_URL"] = redis.url
        found = [await stack.enter_async_context(real_hub(plan.store, folder, **settings))]
        for _ in range(1, plan.hubs):
            settings["HUB_STORE"] = found[0].services.config.store
            found.append(await stack.enter_async_context(real_hub("given", folder, **settings)))
        yield found


@asynccontextmanager
async def _standins() -> AsyncIterator[dict[str, str]]:
    async with AsyncExitStack() as stack:
        found = {}
        for network in ALL:
            make = sample_of(network.name).standin
            assert make is not None
            found[network.name] = await stack.enter_async_context(served(make(SystemClock())))
        yield found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.storm")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--store", choices=["sqlite", "mongo"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hubs", type=int, default=1, choices=(1, 2), help="2: on MongoDB")
    parser.add_argument("--lost-answers", type=int, default=0, metavar="N")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        if args.lost_answers:
            from tests.chaos import lost_answers

            outcome = asyncio.run(lost_answers.run(args.lost_answers, args.store, Path(folder)))
            print(outcome)
            return 1 if outcome.faults else 0
        plan = Plan(args.messages, args.repeats, args.store, args.seed, args.hubs)
        report = asyncio.run(run(plan, Path(folder)))
    print(report)
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
