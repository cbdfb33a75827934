"""Kill the writing process at random moments and see that nothing acknowledged is gone.

python -m tests.chaos.store_kill --store sqlite --kills 100 --seed 7 python -m
tests.chaos.store_kill --store sqlite --kills 3 --early-ack (negative control: must lose)

A child process runs many concurrent writers and prints each acknowledgement; the parent sends
SIGKILL, opens the store and compares: every acknowledged insert is there once, counters stand
between acknowledged and begun, batches are whole, acknowledged texts are found, the file is intact.
With `--store mongo` the client is killed (HUB_TEST_MONGODB_URI names the server). Power loss is
another matter: see docs/operations on `synchronous`.
"""

import argparse
import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from pathlib import Path

from hub.clock import SystemClock
from hub.ports.store import DocumentStore, Insert, Patch
from hub.store.open import make_store
from tests.support.stores import MONGO_ENV, NOTES, PLAIN, drop_database, mongo_database

COLLS = (PLAIN, NOTES)
WRITERS = 45
COUNTERS = 5
#: How long before the commit the negative control acknowledges: a kill falls between for certain.
EARLY_S = 0.05


async def child(url: str, tag: str, early_ack: bool) -> None:
    """Write until killed. Lines: `i` inserted, `b` batch done, `c`/`C` counter begun/acked."""
    store = make_store(url, Path(), SystemClock())
    await store.open(COLLS)
    out = os.fdopen(1, "w", buffering=1)

    async def writer(number: int) -> None:
        for turn in range(10**9):
            name = f"{tag}x{number}x{turn}"
            if turn % 3 == 0:
                if early_ack:
                    out.write(f"i {name}\n")
                    await asyncio.sleep(EARLY_S)
                await store.insert(PLAIN, {"_id": f"w.{name}", "state": "new", "at": turn})
                if not early_ack:
                    out.write(f"i {name}\n")
            elif turn % 3 == 1:
                counter = f"w.counter{number % COUNTERS}"
                out.write(f"c {number % COUNTERS}\n")
                await store.patch(PLAIN, counter, Patch(inc={"n": 1}), upsert={"_id": counter})
                out.write(f"C {number % COUNTERS}\n")
            else:
                await _batch(store, name, number % COUNTERS)
                out.write(f"b {name}\n")

    await asyncio.gather(*(writer(number) for number in range(WRITERS)))


async def _batch(store: DocumentStore, name: str, counter: int) -> None:
    done = await store.apply(
        [
            Insert(NOTES, {"_id": f"w.{name}", "at": 1, "title": f"word{name}"}, or_ignore=True),
            Insert(PLAIN, {"_id": f"w.{name}", "state": "ref", "at": 0}, or_ignore=True),
        ]
    )
    assert done.failed_at is None


class Ledger:
    """What the children of all rounds said."""

    def __init__(self) -> None:
        self.inserted: set[str] = set()
        self.batches: set[str] = set()
        self.begun: Counter[int] = Counter()
        self.counted: Counter[int] = Counter()

    def read(self, lines: list[str]) -> None:
        for line in lines:
            if not line.endswith("\n"):
                continue  # cut off by the kill
            kind, _, what = line.strip().partition(" ")
            if kind == "i":
                self.inserted.add(what)
            elif kind == "b":
                self.batches.add(what)
            else:
                (self.begun if kind == "c" else self.counted)[int(what)] += 1

    def __len__(self) -> int:
        return len(self.inserted) + len(self.batches) + self.counted.total()


def one_kill(url: str, ledger: Ledger, rnd: random.Random, early_ack: bool) -> None:
    tag = uuid.uuid4().hex[:6]
    command = [sys.executable, "-m", "tests.chaos.store_kill", "--child", url, "--tag", tag]
    process = subprocess.Popen(
        command + ["--early-ack"] * early_ack, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = [process.stdout.readline()]  # it writes: only now does the clock of the kill start
    reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()))
    reader.start()
    time.sleep(rnd.uniform(0.01, 0.6))
    process.send_signal(signal.SIGKILL)
    process.wait()
    reader.join()
    process.stdout.close()
    ledger.read(lines)


async def verify(store: DocumentStore, ledger: Ledger, sample: random.Random) -> list[str]:
    """Faults found, in words."""
    stored: Counter[str] = Counter()
    counters: dict[int, int] = {}
    after = None
    while True:
        page = await store.dump(PLAIN, after=after)
        for doc in page.docs:
            name = doc["_id"].removeprefix("w.")
            stored[name] += 1
            if name.startswith("counter"):
                counters[int(name.removeprefix("counter"))] = doc["n"]
        after = page.next
        if after is None:
            break
    faults = [f"lost: {name}" for name in ledger.inserted | ledger.batches if not stored[name]]
    faults += [f"doubled: {name}" for name, times in stored.items() if times > 1]
    for number, acknowledged in ledger.counted.items():
        if not acknowledged <= counters.get(number, 0) <= ledger.begun[number]:
            faults.append(f"counter {number}: {counters.get(number)}, acknowledged {acknowledged}")
    faults += await _verify_notes(store, ledger, sample)
    return faults


#: A kill may leave more texts waiting than one search feeds (2,000).
_FEEDS = 30


async def _verify_notes(store: DocumentStore, ledger: Ledger, sample: random.Random) -> list[str]:
    faults = []
    for _ in range(_FEEDS):  # each search feeds what still waits for the text index
        await store.search(NOTES, "w", "anything", {})
    for name in sample.sample(sorted(ledger.batches), min(25, len(ledger.batches))):
        if await store.get(NOTES, f"w.{name}") is None:
            faults.append(f"half a batch: {name}")
        found = await store.search(NOTES, "w", f"word{name}", {})
        if f"w.{name}" not in {doc["_id"] for doc in found.docs}:
            faults.append(f"not found by its word: {name}")
    return faults


def _file_faults(path: Path) -> list[str]:
    db = sqlite3.connect(path)
    answer = db.execute("PRAGMA integrity_check").fetchone()[0]
    db.close()
    return [] if answer == "ok" else [f"integrity: {answer}"]


async def _look(url: str, ledger: Ledger, rnd: random.Random) -> list[str]:
    store = make_store(url, Path(), SystemClock())
    await store.open(COLLS)
    try:
        return await verify(store, ledger, rnd)
    finally:
        await store.close()


def run(kind: str, kills: int, seed: int, early_ack: bool = False) -> tuple[int, list[str]]:
    """Acknowledgements given and faults found over `kills` rounds on one store."""
    rnd, ledger, faults = random.Random(seed), Ledger(), []
    folder = Path(tempfile.mkdtemp(prefix="store-kill-"))
    server, database = os.environ.get(MONGO_ENV, ""), f"kill_{uuid.uuid4().hex[:10]}"
    is_sqlite = kind == "sqlite"
    url = f"sqlite:{folder}/hub.db" if is_sqlite else mongo_database(server, database)
    try:
        asyncio.run(_look(url, ledger, rnd))
        for _ in range(kills):
            one_kill(url, ledger, rnd, early_ack)
            faults += asyncio.run(_look(url, ledger, rnd))
            faults += _file_faults(folder / "hub.db") if is_sqlite else []
            if faults:
                break
    finally:
        shutil.rmtree(folder)
        if not is_sqlite:
            asyncio.run(drop_database(server, database))
    return len(ledger), faults


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--store", choices=("sqlite", "mongo"), default="sqlite")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--early-ack", action="store_true", help="acknowledge before the commit")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--tag", default="", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        asyncio.run(child(args.child, args.tag, args.early_ack))
        return 0
    acknowledged, faults = run(args.store, args.kills, args.seed, args.early_ack)
    print(f"{args.store}: {args.kills} kills, seed {args.seed}, {acknowledged} acknowledged")
    print("\n".join(faults[:20]) or "0 lost, 0 doubled, 0 halves, intact")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
