"""Reads the arguments of `hub bench`, runs what was asked for and prints one JSON report a
benchmark.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import uvloop

from hub import log
from hub.bench.report import Report, Result, machine
from hub.bench.settings import SCALES, CannotRunError, Settings, say
from hub.errors import HubError

Run = Callable[[Settings], Awaitable[list[Result]]]

#: Name → module with `run`, in the order of `hub bench all`.
BENCHES = {
    "store": "group_commit",
    "ingest": "ingest",
    "projection": "projection",
    "fanout": "fanout",
    "inbox": "inbox",
    "search": "search",
    "reports": "reports",
    "memory": "memory",
    "routing": "routing",
}
TO_COME = ("dispatch", "voice")


def main(argv: Sequence[str] | None = None) -> int:
    try:
        args = _parser().parse_args(argv)
    except SystemExit as ended:
        return int(ended.code or 0)
    if args.name in TO_COME:
        say(f"hub bench {args.name}: not built yet")
        return 2
    log.setup("WARNING", sys.stderr)
    settings = Settings(scale=SCALES[args.scale], rounds=args.rounds)
    names = list(BENCHES) if args.name == "all" else [args.name]
    return max(_run(name, settings) for name in names)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hub bench", description="Measure against the bare floor of this machine."
    )
    parser.add_argument("name", choices=[*BENCHES, *TO_COME, "all"], metavar="NAME")
    parser.add_argument("--scale", choices=list(SCALES), default="small")
    parser.add_argument("--rounds", type=_rounds, default=5, help="of each side, in turn")
    parser.epilog = f"NAME is one of: all {' '.join([*BENCHES, *TO_COME])}"
    return parser


def _rounds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100):
        raise argparse.ArgumentTypeError("1 to 100")
    return int(text)


def _run(name: str, settings: Settings) -> int:
    say(f"hub bench {name}, scale {settings.scale.name}, {settings.rounds} rounds")
    run: Run = importlib.import_module(f"hub.bench.{BENCHES[name]}").run
    began = time.monotonic()
    about = machine()
    try:
        results = uvloop.run(_awaited(run, settings))
    except (CannotRunError, HubError, OSError) as fault:
        say(f"hub bench {name} could not run: {fault}")
        return 2
    is_ok = all(row.ok for row in results)
    report = Report(bench=name, ok=is_ok, scale=settings.scale.name, machine=about, results=results)
    print(msgspec.json.encode(report).decode(), flush=True)
    say(f"hub bench {name}: {time.monotonic() - began:.0f} s")
    for row in results:
        say(_line(row))
    return 0 if is_ok else 1


async def _awaited(run: Run, settings: Settings) -> list[Result]:
    return await run(settings)


def _line(row: Result) -> str:
    floor = "" if row.floor is None else f"  floor {row.floor:g}  ratio {row.ratio:g}"
    sign = ">=" if row.better == "higher" else "<="
    goal = "" if row.goal is None else f"  goal {sign} {row.goal:g}"
    verdict = "" if row.goal is None else ("  ok" if row.ok else "  MISSED")
    return f"  {row.name:<26} {row.value:g} {row.unit}{floor}{goal}{verdict}"
