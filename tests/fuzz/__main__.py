"""Generated and mutated inputs at every parser: `python -m tests.fuzz --runs 100000` (`make fuzz`).

Each input comes from its target's name, the seed and its number alone, so the line that is printed
with a finding makes it again. A finding is anything but the errors that a parser is permitted, and
any input that takes more than `BUDGET_S` of this process's own time.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random, SystemRandom

from tests.fuzz.targets import Try, all_targets

BUDGET_S = 2.0
_FINDINGS_MAX = 10


class TooSlow(BaseException):
    """No `except Exception` on the way may swallow it."""


@dataclass
class Tally:
    runs: int = 0
    worst_s: float = 0.0
    worst: int = 0
    findings: list[int] = field(default_factory=list)


@contextmanager
def limited(budget_s: float = BUDGET_S) -> Iterator[None]:
    """Raises `TooSlow` in the middle of what takes too much time of the processor."""

    def over(number: int, frame: object) -> None:
        raise TooSlow(f"more than {budget_s} s")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, budget_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def attempt(
    name: str, target: Try, seed: int, number: int, tally: Tally, budget_s: float = BUDGET_S
) -> None:
    """One input; a finding is printed with how to repeat it."""
    rnd = Random(f"{seed}:{name}:{number}")
    began = time.process_time()
    try:
        with limited(budget_s):
            target(rnd)
    except (Exception, TooSlow):  # noqa: BLE001 - what is not permitted is what we look for
        tally.findings.append(number)
        print(f"FINDING: python -m tests.fuzz --only '{name}' --seed {seed} --start {number}")
        print(traceback.format_exc(limit=-6), flush=True)
    took_s = time.process_time() - began
    tally.runs += 1
    if took_s > tally.worst_s:
        tally.worst_s, tally.worst = took_s, number


def run(runs: int, seed: int, only: str = "", start: int = 0) -> dict[str, Tally]:
    """`runs` inputs in turn over all targets (or those named `only`)."""
    targets = {name: one for name, one in all_targets().items() if not only or name == only}
    if not targets:
        raise SystemExit(f"no such target: {only}; there are {', '.join(all_targets())}")
    tallies = {name: Tally() for name in targets}
    for number in range(runs):
        name = list(targets)[number % len(targets)]
        attempt(name, targets[name], seed, start + number // len(targets), tallies[name])
        if sum(len(tally.findings) for tally in tallies.values()) >= _FINDINGS_MAX:
            print("enough findings for now")
            break
    return tallies


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--runs", type=int, default=0, help="inputs altogether")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", default="", help="one target")
    parser.add_argument("--start", type=int, default=0, help="number of the first input")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    seed = SystemRandom().randrange(10**6) if args.seed is None else args.seed
    began = time.monotonic()
    print(f"seed {seed}", flush=True)
    tallies = run(args.runs or 1, seed, args.only, args.start)
    for name, tally in tallies.items():
        worst = f"slowest {tally.worst_s * 1000:.0f} ms (number {tally.worst})"
        print(f"{name:<24}{tally.runs:>8} inputs, {len(tally.findings)} findings, {worst}")
    total = sum(tally.runs for tally in tallies.values())
    found = sum(len(tally.findings) for tally in tallies.values())
    print(f"{total} inputs, {found} findings, {time.monotonic() - began:.0f} s, seed {seed}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
