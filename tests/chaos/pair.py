"""Two hubs as processes on one MongoDB behind a balancer, in the place of one `Server`: what is
killed and started again is one of them by chance, the other goes on.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

from tests.chaos.server import STOP_S, UP_S, Server, free_port
from tests.support.balancer import Balancer


class Pair:
    """Has what the schedule asks of a `Server`. Clients come through `base` and `smtp_port`."""

    def __init__(self, folder: Path, store: str, env: dict[str, str], rnd: random.Random) -> None:
        self.port, self.smtp_port = free_port(), free_port()
        self.data_dir = folder / "data"
        self.env = {**env, "HUB_PUBLIC_URL": self.base}
        self.hubs = [member(folder, number, store) for number in (1, 2)]
        for hub in self.hubs:
            hub.env = self.env
            hub.shared_data_dir = self.data_dir
        self._rnd = rnd
        self._victim = self.hubs[0]
        self._balancers = [
            Balancer([hub.port for hub in self.hubs], self.port),
            Balancer([hub.smtp_port for hub in self.hubs], self.smtp_port),
        ]
        self._is_open = False

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> asyncio.subprocess.Process | None:
        return self._victim.process

    @property
    def is_running(self) -> bool:
        return self._victim.is_running

    async def open(self) -> None:
        if not self._is_open:
            self._is_open = True
            for balancer in self._balancers:
                await balancer.start()

    async def spawn(self, **extra: str) -> None:
        await self._victim.spawn(**extra)

    async def start(self, timeout_s: float = UP_S, **extra: str) -> float:
        """The one that is down, and the other one if it was never there."""
        await self.open()
        took_s = await self._victim.start(timeout_s, **extra)
        for hub in self.hubs:
            if not hub.is_running and hub is not self._victim:
                await hub.start(timeout_s)
        return took_s

    async def until(
        self, is_so: Callable[[int, str], bool], path: str, timeout_s: float, pause_s: float = 0.05
    ) -> None:
        await self._victim.until(is_so, path, timeout_s, pause_s)

    async def kill(self) -> None:
        """One of those that run; at the end, when one is down already, the rest."""
        running = [hub for hub in self.hubs if hub.is_running]
        if self._victim.is_running:
            self._victim = self._rnd.choice(running)
        await self._victim.kill()

    async def end(self) -> None:
        for hub in self.hubs:
            await hub.kill()
        for balancer in self._balancers if self._is_open else ():
            balancer.stop()

    async def ended(self, timeout_s: float) -> int:
        return await self._victim.ended(timeout_s)

    async def stop(self, timeout_s: float = STOP_S) -> int:
        statuses = [await hub.stop(timeout_s) for hub in self.hubs if hub.is_running]
        return max(statuses)

    def last_words(self) -> str:
        return "\n".join(hub.last_words() for hub in self.hubs)


class Member(Server):
    """One of them: its own log and ports, the data folder of both."""

    shared_data_dir: Path

    @property
    def data_dir(self) -> Path:
        return self.shared_data_dir


def member(folder: Path, number: int, store: str) -> Member:
    """Its data folder is still to be set."""
    home = folder / f"hub{number}"
    home.mkdir(parents=True, exist_ok=True)
    return Member(home, store)
