"""One vendor that hangs beside one that works (R-22): `python -m tests.chaos.hanging --sends 300`
prints how long answers by the working one take, with and without the hanging one.

Both inboxes are of one channel and of one hub; the hanging vendor reads every request whole and
never says a word.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from channels.custom.config import SPEC
from hub.model.contact import Address
from hub.model.inbox import Inbox
from hub.model.message import Message
from hub.ports.collections import OUTBOX
from tests.channels.custom.sample import SAMPLE
from tests.support.channel_hook import served
from tests.support.hostile_vendor import HostileVendor, hostile_vendor
from tests.support.mail_hub import until
from tests.support.still_hub import StillHub, still_hub

FINAL = ("accepted", "failed", "unknown", "cancelled")


class Works:
    """The vendor that takes everything at once; `accepted_at` in seconds."""

    def __init__(self) -> None:
        self.accepted_at: dict[str, float] = {}

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        told = json.loads(await request.read())
        text = str(told.get("text"))
        assert text not in self.accepted_at, f"twice: {text}"
        self.accepted_at[text] = time.monotonic()
        return web.json_response({"id": f"m{len(self.accepted_at)}"})


@dataclass
class Pair:
    """Two inboxes of one hub: what hangs, what works, and who wrote to them."""

    still: StillHub
    hangs: HostileVendor
    works: Works
    hanging: Inbox
    working: Inbox
    queued_at: dict[str, float] = field(default_factory=dict)

    async def send(self, inbox: Inbox, count: int, name: str) -> list[Message]:
        """An answer to each of `count` people, all at once."""
        people = [Address("handle", f"{name}{n}", inbox.id) for n in range(count)]
        await self.still.hear(inbox, *people)
        talks = await self.still.conversations(inbox)
        names = await self.still.hub.services.names.of(self.still.workspace)
        by_identity = {talk.identities[0]: talk for talk in talks}

        async def answer(to: Address) -> Message:
            self.queued_at[to.value] = time.monotonic()
            talk = by_identity[names.identity(to)]
            return await self.still.answer(inbox, talk, to, to.value)

        return list(await asyncio.gather(*map(answer, people)))

    async def states(self, messages: Sequence[Message]) -> list[str]:
        rows = [await self.still.row(message) for message in messages]
        return [row.state for row in rows]

    async def are(self, messages: Sequence[Message], *states: str) -> None:
        """Wait until each of them is in one of `states`."""

        async def is_so() -> bool:
            return all(state in states for state in await self.states(messages))

        await until(is_so, 60)

    def waits_s(self, messages: Sequence[Message]) -> list[float]:
        return sorted(
            self.works.accepted_at[one.text] - self.queued_at[one.text] for one in messages
        )


@asynccontextmanager
async def pair(kind: str, data_dir: Path) -> AsyncIterator[Pair]:
    works = Works()
    async with (
        hostile_vendor("timeout_after") as hangs,
        served(works.app()) as url,
        still_hub(kind, data_dir, {SPEC.name: SPEC}) as still,
    ):
        hanging = await still.open(SPEC.name, SAMPLE.config(hangs.base))
        working = await still.open(SPEC.name, SAMPLE.config(url))
        yield Pair(still, hangs, works, hanging, working)


async def measure(sends: int, held: int, folder: Path) -> str:
    """p50 and p95 of the working inbox, alone and beside `held` sends that hang."""
    async with pair("sqlite", folder) as both:
        await both.are(await both.send(both.working, sends, "warm"), *FINAL)
        alone = await both.send(both.working, sends, "alone")
        await both.are(alone, *FINAL)
        stuck = await both.send(both.hanging, held, "stuck")
        await both.hangs.arrived.wait()
        await both.are(stuck, "sending")
        beside = await both.send(both.working, sends, "beside")
        await both.are(beside, *FINAL)
        left = (await both.states(stuck)).count("sending")
        lines = [
            _line("alone", both.waits_s(alone)),
            _line(f"beside {left} that hang", both.waits_s(beside)),
        ]
        rows = len((await both.still.hub.services.store.dump(OUTBOX, limit=10_000)).docs)
        return "\n".join([*lines, f"{rows} rows, {both.hangs.requests} calls hang at the vendor"])


def _line(name: str, waits: list[float]) -> str:
    p50, p95 = waits[len(waits) // 2], waits[int(len(waits) * 0.95)]
    return f"{name}: {len(waits)} sends, p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.hanging")
    parser.add_argument("--sends", type=int, default=300)
    parser.add_argument("--held", type=int, default=150)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hanging-") as folder:
        print(asyncio.run(measure(args.sends, args.held, Path(folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
