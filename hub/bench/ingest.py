"""Webhooks through the whole HTTP stack against bare aiohttp that answers the same POST.

`accepted`: until every one was answered 2xx, so is on disk (the hub works them off at the same
time). `projected` belongs to `hub.bench.projection`, which uses `measure` too. Processor time a
message is given beside the wall clock: on a busy machine it is the steadier number.
"""

from __future__ import annotations

import contextlib
import time

from hub.bench import group_commit
from hub.bench.child import Child, on_client_core, server
from hub.bench.http_load import send_all
from hub.bench.report import Result, result
from hub.bench.sample import fill
from hub.bench.settings import SMALL, CannotRunError, Settings, say
from hub.bench.webhooks import Webhooks

GOAL = 0.40


class Tally:
    """Rates a second and processor microseconds a message, one number a round."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.cpu_us: list[float] = []

    def note(self, count: int, took_s: float, cpu_s: float) -> None:
        self.rates.append(count / took_s)
        self.cpu_us.append(cpu_s / count * 1e6)


class Sides:
    """What one run measured."""

    def __init__(self) -> None:
        self.accepted, self.projected, self.bare = Tally(), Tally(), Tally()


async def run(settings: Settings) -> list[Result]:
    with settings.scratch() as folder:
        await fill(folder, SMALL)
        sides = await measure(settings, str(folder), SMALL.contacts)
    rows = [
        result("accepted", "messages/s", sides.accepted.rates, sides.bare.rates, goal=GOAL),
        result(
            "accepted_cpu", "us/message", sides.accepted.cpu_us, sides.bare.cpu_us, better="lower"
        ),
    ]
    return rows + await group_commit.run(settings)


async def measure(settings: Settings, folder: str, contacts: int) -> Sides:
    """Both servers in turn, a warming round first."""
    sides = Sides()
    async with contextlib.AsyncExitStack() as stack:
        hub = await stack.enter_async_context(server("hub", folder))
        bare = await stack.enter_async_context(server("http"))
        stack.enter_context(on_client_core())
        webhooks = Webhooks(hub.ready["inboxes"][0], contacts)
        before = await hub.ask("journal")
        sent = 0
        for number in range(settings.rounds + 1):
            count = settings.scale.requests if number else settings.scale.requests // 4
            requests = webhooks.make(count)
            sent += count
            now = sides if number else Sides()
            await _hub_round(hub, requests, now)
            await _bare_round(bare, requests, now)
            if number:
                say(
                    f"  round {number}: accepted {now.accepted.rates[-1]:.0f}/s, projected "
                    f"{now.projected.rates[-1]:.0f}/s, bare {now.bare.rates[-1]:.0f}/s"
                )
        await _check(hub, before, sent)
    return sides


async def _hub_round(hub: Child, requests: list[bytes], sides: Sides) -> None:
    began, cpu = time.perf_counter(), await hub.cpu_s()
    took_s = await send_all(hub.port, requests)
    sides.accepted.note(len(requests), took_s, await hub.cpu_s() - cpu)
    await hub.ask("settle")
    sides.projected.note(len(requests), time.perf_counter() - began, await hub.cpu_s() - cpu)


async def _bare_round(bare: Child, requests: list[bytes], sides: Sides) -> None:
    cpu = await bare.cpu_s()
    took_s = await send_all(bare.port, requests)
    sides.bare.note(len(requests), took_s, await bare.cpu_s() - cpu)


async def _check(hub: Child, before: dict[str, int], sent: int) -> None:
    """What was measured must have happened: every message accepted and worked off."""
    after = await hub.ask("journal")
    done = after["done"] - before["done"]
    if done != sent or after["new"] or after["dead"] != before["dead"]:
        raise CannotRunError(f"{sent} messages were sent, but {done} were worked off: {after}")
