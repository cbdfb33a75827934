"""The schedule: load, kill, restart, again; then settle, stop and ask the oracle.

`run` is what `python -m tests.chaos` and the tests call. Its random moments come from one seed.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

from hub.services.migrate import TERM_MS
from tests.chaos import faults
from tests.chaos.ledger import Ledger
from tests.chaos.load import REPEATS, Load
from tests.chaos.oracle import check
from tests.chaos.pair import Pair
from tests.chaos.power import Power
from tests.chaos.server import UP_S, Died, Server, is_settled
from tests.support.mail_sink import Delivered, MailSink
from tests.support.stores import MONGO_ENV, drop_database, mongo_database

#: I3 of the contract.
SETTLE_S = 120.0
#: How long a busy machine may take to come to a point, or to do the work between two kills.
_WORK_S = 120.0
#: So many people have written before a migration is killed among their contacts.
_PEOPLE = 12
#: A line of progress after so many kills.
_TELL = 25


@dataclass(frozen=True)
class Plan:
    """What to do to the hub. `kills` at random moments, then each of `points` once."""

    store: str = "sqlite"
    kills: int = 25
    seed: int = 0
    points: tuple[str, ...] = ()
    without: str = ""
    env: dict[str, str] = field(default_factory=dict)
    #: No new kill after so many seconds, but the fewest in any case.
    within_s: float = 1e9
    fewest: int = 0
    #: Leases as short as this let MongoDB's lanes pass to the next process sooner.
    lease_ms: int = 0
    #: A life lasts a random time, and until so much that people sent was acknowledged in it.
    live_s: tuple[float, float] = (0.15, 1.2)
    acks: int = 1
    #: Work goes on at the end until three of this kind were sent twice.
    again: str = ""
    #: Each kill is a power failure: what was not flushed is gone (SQLite).
    cuts_power: bool = False
    #: Later than this after a kill is a fault; a busy machine says nothing about R-01's 10 s.
    ready_s: float = UP_S
    #: How often people send once more what was answered.
    repeats: float = REPEATS
    #: 2: two hubs on one MongoDB behind a balancer, with the Redis at `redis`, if any.
    hubs: int = 1
    redis: str = ""


@dataclass
class Report:
    faults: list[str] = field(default_factory=list)
    kills: int = 0
    in_start: int = 0
    points: dict[str, bool] = field(default_factory=dict)
    acked: dict[str, int] = field(default_factory=dict)
    mails_out: int = 0
    slowest_ready_s: float = 0.0
    settled_s: float = 0.0
    took_s: float = 0.0

    def __str__(self) -> str:
        acked = ", ".join(f"{n} {kind}" for kind, n in self.acked.items())
        return (
            f"{self.kills} kills ({self.in_start} while starting), acknowledged {acked}; "
            f"{self.mails_out} mails out; ready ≤ {self.slowest_ready_s:.1f} s, "
            f"settled in {self.settled_s:.1f} s; {self.took_s:.0f} s in all"
        )


class LedgerSink(MailSink):
    """Notes each mail before it answers 250."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.mails = _Noted(ledger)


class _Noted(list[Delivered]):
    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger

    def append(self, mail: Delivered) -> None:
        super().append(mail)
        self._ledger.accept(str(message_from_bytes(mail.raw)["Message-ID"]).strip())


async def run(plan: Plan, folder: Path | None = None) -> Report:
    """Carry out `plan` in a folder of its own, which is removed unless something was wrong."""
    home = Path(tempfile.mkdtemp(prefix="chaos-", dir=folder))
    database = f"chaos_{uuid.uuid4().hex[:10]}"
    server = os.environ.get(MONGO_ENV, "")
    url = "sqlite:" if plan.store == "sqlite" else mongo_database(server, database)
    try:
        report = await _Run(plan, home, url).go()
    finally:
        if plan.store != "sqlite":
            await drop_database(server, database)
    if report.faults and not plan.without:
        print(f"what is left of it: {home}")
    else:
        shutil.rmtree(home)
    return report


class _Run:
    def __init__(self, plan: Plan, home: Path, url: str) -> None:
        self.plan, self.url = plan, url
        self.rnd = random.Random(plan.seed)
        self.ledger = Ledger(home / "ledger.jsonl")
        env = {**plan.env, faults.WITHOUT: plan.without}
        if plan.lease_ms:
            env[faults.LEASE_MS] = str(plan.lease_ms)
        if plan.redis:
            env["HUB_REDIS_URL"] = plan.redis
        self.server: Server | Pair = Server(home, url, env)
        if plan.hubs > 1:
            self.server = Pair(home, url, env, random.Random(plan.seed + 2))
        self.power = Power.make(home, self.server.data_dir) if plan.cuts_power else None
        if self.power is not None:
            self.server.env |= self.power.env
        self.report = Report()

    async def go(self) -> Report:
        began = time.monotonic()
        async with LedgerSink(self.ledger) as sink:
            try:
                await self._go(sink, began)
            finally:
                await (self.server.end() if isinstance(self.server, Pair) else self.server.kill())
                self.ledger.close()
        report = self.report
        report.took_s = time.monotonic() - began
        report.mails_out = len(sink.mails)
        report.acked = {kind: len(self.ledger.of(kind)) for kind in ("chat", "mail", "reply")}
        return report

    async def _go(self, sink: LedgerSink, began: float) -> None:
        await self.server.start()
        rnd = random.Random(self.plan.seed + 1)
        load = Load(self.server, self.ledger, rnd, sink.port, repeats=self.plan.repeats)
        await load.prepare()
        if self.power is not None:
            await self.server.stop()
            self.power.flush()
            await self.server.start()
        working = asyncio.get_running_loop().create_task(load.run())
        try:
            for _ in range(self.plan.kills):
                is_late = time.monotonic() - began > self.plan.within_s
                if is_late and self.report.kills >= self.plan.fewest:
                    break
                await self._one_kill()
            for point in self.plan.points:
                await self._at_point(point)
            if again := self.plan.again:
                await self._until(lambda: self.ledger.repeated[again] >= 3, f"repeats of {again}")
            load.is_ending = True
            await asyncio.wait([working], timeout=SETTLE_S)
            if not working.done():
                self.report.faults.append(f"somebody was not answered within {SETTLE_S} s")
        except (Died, TimeoutError) as fault:
            self.report.faults.append(f"went no further: {type(fault).__name__} {fault}"[:2000])
        finally:
            working.cancel()
            [ended] = await asyncio.gather(working, return_exceptions=True)
            if isinstance(ended, Exception):
                self.report.faults.append(f"the load failed: {ended!r}")
        await self._settle()
        self.report.faults += [f"refused: {what}" for what in load.refused]
        self.report.faults += await check(self.url, self.server.data_dir, self.ledger)

    async def _one_kill(self) -> None:
        """After a while of work, and sometimes once more while the hub comes back."""
        wanted = self.ledger.inbound() + self.plan.acks
        await asyncio.sleep(self.rnd.uniform(*self.plan.live_s))
        await self._until(lambda: self.ledger.inbound() >= wanted, "work between two kills")
        await self._die()
        self.report.kills += 1
        if self.rnd.random() < 0.2:
            await self.server.spawn()
            await asyncio.sleep(self.rnd.uniform(0.05, 2.0))
            await self._die()
            self.report.in_start += 1
        await self._back()
        if self.report.kills % _TELL == 0:
            print(f"{self.report.kills} kills, {len(self.ledger.acked)} acknowledged", flush=True)

    async def _until(self, is_so: Callable[[], bool], what: str) -> None:
        """A busy machine needs longer for the same work. Raises TimeoutError."""
        try:
            async with asyncio.timeout(_WORK_S):
                while not is_so():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise TimeoutError(f"no {what} within {_WORK_S} s") from None

    async def _die(self) -> None:
        await self.server.kill()
        if self.power is not None:
            self.power.cut()

    async def _back(self, lease_s: float = 0.0) -> None:
        took_s = await self.server.start(UP_S + lease_s)
        self.report.slowest_ready_s = max(self.report.slowest_ready_s, took_s)
        if took_s > self.plan.ready_s + lease_s:
            self.report.faults.append(f"ready only after {took_s:.1f} s")

    async def _at_point(self, point: str) -> None:
        """Let the hub die at a named point; then back to work without."""
        if point == "mid_migration":
            await self._until(lambda: self.ledger.people() >= _PEOPLE, "people enough")
        await self.server.kill()
        if point == "mid_migration":
            self.server.env[faults.MIGRATE] = "1"
        is_rare = point in ("mid_file", "before_vendor", "after_acceptance")
        passage = 1 if is_rare else self.rnd.randint(1, 4)
        extra = {faults.POINT: f"{point}:{passage}"}
        try:
            await self.server.start(**extra)
            await self.server.ended(_WORK_S)
        except Died:
            pass
        except TimeoutError:
            self.report.faults.append(f"the point {point} was never passed")
        assert self.server.process is not None
        self.report.points[point] = self.server.process.returncode == -9
        await self.server.kill()
        self.report.kills += 1
        is_locked = point == "mid_migration" and self.plan.store == "mongo"
        await self._back(TERM_MS / 1000 if is_locked else 0.0)

    async def _settle(self) -> None:
        began = time.monotonic()
        try:
            await self.server.until(is_settled, "/metrics", SETTLE_S, pause_s=0.3)
        except (Died, TimeoutError) as fault:
            self.report.faults.append(f"did not settle: {type(fault).__name__} {fault}"[:2000])
        self.report.settled_s = time.monotonic() - began
        if self.server.is_running:
            status = await self.server.stop()
            if status != 0:
                self.report.faults.append(f"ended with {status}: {self.server.last_words()}")
