"""A hub at work for a long time: `python -m tests.chaos.soak --minutes 20 [--store mongo]`.

Visitors, mails and agents who answer and watch, at an even pace; nothing is killed. Says what
memory, open files and tasks did after the caches were warm, how late the outbox was and what the
oracle finds at the end (R-36 in outline; the slope of a day cannot be seen in minutes).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression, median

import aiohttp

from tests.chaos.ledger import Ledger
from tests.chaos.load import API, Load
from tests.chaos.oracle import check
from tests.chaos.run import SETTLE_S, LedgerSink
from tests.chaos.server import Server, is_settled, numbers

LOOK_S = 5.0
WATCHERS = 5
OVERDUE_MAX_S = 5.0
#: What the medians of two halves may differ by: R-36's 2 %, and what is open at just that moment.
GROWTH_MAX, AT_WORK = 0.02, 3
_MB = 1_000_000
_SIGNS = {
    "rss": "process_resident_memory_bytes",
    "fds": "process_open_fds",
    "tasks": "chaos_tasks",
    "overdue": "santral_outbox_overdue_seconds",
    "waiting": "santral_journal_oldest_seconds",
    "lag": "santral_loop_lag_worst_seconds",
    "sockets": "santral_live_sockets",
}


@dataclass
class Watch:
    """What /metrics said, again and again; `at` in hours."""

    at: list[float] = field(default_factory=list)
    seen: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in _SIGNS})

    def note(self, hours: float, metrics: str) -> None:
        found = numbers(metrics)
        self.at.append(hours)
        for name, metric in _SIGNS.items():
            self.seen[name].append(found[metric])

    def late(self, name: str) -> list[float]:
        """Without the first third, while caches fill."""
        return self.seen[name][len(self.at) // 3 :]

    def p99(self, name: str) -> float:
        return sorted(self.seen[name])[int(len(self.at) * 0.99)]

    def halves(self, name: str) -> tuple[float, float]:
        late = self.late(name)
        return median(late[: len(late) // 2]), median(late[len(late) // 2 :])

    def rss_mb_an_hour(self) -> float:
        return linear_regression(self.at[len(self.at) // 3 :], self.late("rss")).slope / _MB

    def faults(self) -> list[str]:
        faults = []
        for name in ("fds", "tasks"):
            before, after = self.halves(name)
            if after > before * (1 + GROWTH_MAX) + AT_WORK:
                faults.append(f"{name} grew from {before:.0f} to {after:.0f}")
        if self.p99("overdue") > OVERDUE_MAX_S:
            faults.append(f"the outbox was {self.p99('overdue'):.1f} s late")
        return faults

    def __str__(self) -> str:
        rss = [value / _MB for value in self.seen["rss"]]
        quarters = [rss[(len(rss) - 1) * part // 4] for part in range(5)]
        lines = [
            f"memory {' → '.join(f'{mb:.0f}' for mb in quarters)} MB by quarters, "
            f"{self.rss_mb_an_hour():+.1f} MB an hour after the first third"
        ]
        for name in ("fds", "tasks", "sockets"):
            first, last = self.seen[name][0], self.seen[name][-1]
            before, after = self.halves(name)
            lines.append(f"{name} {first:.0f} → {last:.0f}, medians {before:.0f} → {after:.0f}")
        for name in ("overdue", "waiting", "lag"):
            lines.append(f"{name} p99 {self.p99(name):.2f} s, worst {max(self.seen[name]):.2f} s")
        return "\n".join(lines)


async def _watch_inbox(load: Load) -> None:
    """An agent's open window: reads live events, opens again what ended."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        while True:
            url, headers = f"{load.server.base}{API}/live", load.headers()
            async with session.ws_connect(url, headers=headers, max_msg_size=0) as ws:
                async for _ in ws:
                    pass


async def run(minutes: float, url: str, folder: Path, pause_s: float) -> tuple[Watch, list[str]]:
    """The hub's signs, and faults in words."""
    server, ledger, watch = Server(folder, url), Ledger(folder / "ledger.jsonl"), Watch()
    try:
        async with LedgerSink(ledger) as sink:
            await server.start()
            load = Load(server, ledger, random.Random(1), sink.port, pause_s)
            await load.prepare()
            await _work(minutes, server, load, watch)
            await server.until(is_settled, "/metrics", SETTLE_S)
            status = await server.stop()
    finally:
        await server.kill()
        ledger.close()
    said = server.last_words()
    print(f"acknowledged {dict(ledger.confirmed)}, {len(sink.mails)} mails out")
    faults = watch.faults() + await check(url, server.data_dir, ledger)
    faults += [f"refused: {what}" for what in load.refused]
    if status or "never" in said:
        faults.append(f"ended with {status}: {said}")
    return watch, faults


async def _work(minutes: float, server: Server, load: Load, watch: Watch) -> None:
    loop = asyncio.get_running_loop()
    working = loop.create_task(load.run())
    watching = [loop.create_task(_watch_inbox(load)) for _ in range(WATCHERS)]
    began = time.monotonic()

    def note(status: int, metrics: str) -> bool:
        if status == 200:
            watch.note((time.monotonic() - began) / 3600, metrics)
        return status == 200

    try:
        while time.monotonic() - began < minutes * 60:
            await asyncio.sleep(LOOK_S)
            await server.until(note, "/metrics", SETTLE_S)
        load.is_ending = True
        await working
    finally:
        for task in (working, *watching):
            task.cancel()
        await asyncio.gather(working, *watching, return_exceptions=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.soak")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--store", default="sqlite:", help="sqlite: or mongodb://…/database")
    parser.add_argument("--pause-s", type=float, default=2.0, help="between two of one's messages")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        watch, faults = asyncio.run(run(args.minutes, args.store, Path(folder), args.pause_s))
    print(watch)
    print("\n".join(faults[:40]) or "0 lost, 0 doubled, nothing left over")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
