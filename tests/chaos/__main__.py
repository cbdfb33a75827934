"""`python -m tests.chaos --kills 100 --store sqlite|mongo [--seed 7] [--points]`.

Kills a working hub and says what became of what it had promised; exit status 1 when anything was
lost, doubled or left over. MongoDB: HUB_TEST_MONGODB_URI, else the test server is started.
"""

import argparse
import asyncio
import dataclasses
import os
import random
import shutil
import sys
import time
from pathlib import Path

from tests.chaos.faults import GUARDS, POINTS
from tests.chaos.run import Plan, Report, run
from tests.support.redis_server import PROGRAM, running_redis
from tests.support.stores import MONGO_ENV

#: R-01's time until a killed hub serves again, on a machine with nothing else to do.
READY_S = 10.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Kill the hub.")
    parser.add_argument("--store", choices=("sqlite", "mongo"), default="sqlite")
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--points", type=int, default=0, metavar="N", help="each point N times")
    parser.add_argument("--without", default="", choices=["", *GUARDS], help="negative control")
    parser.add_argument("--lease-ms", type=int, default=0, help="shorter leases (MongoDB)")
    parser.add_argument("--ready-s", type=float, default=READY_S, help="on a busy machine: more")
    parser.add_argument("--within-s", type=float, default=1e9, help="no new kill after so long")
    parser.add_argument("--power", action="store_true", help="cut the power instead (SQLite, gcc)")
    parser.add_argument("--hubs", type=int, default=1, choices=(1, 2), help="on one MongoDB")
    args = parser.parse_args()
    points = tuple(point for point in POINTS if point != "mid_migration") * args.points
    plan = Plan(
        store=args.store, kills=args.kills, seed=args.seed, without=args.without,
        points=(*points, "mid_migration") if points else (), lease_ms=args.lease_ms,
        cuts_power=args.power, ready_s=args.ready_s, within_s=args.within_s,
        hubs=args.hubs,
    )  # fmt: skip
    print(f"{plan.store}, {plan.kills} kills, seed {plan.seed}", flush=True)
    mongo = _mongo() if plan.store == "mongo" else None
    try:
        report = asyncio.run(_run(plan))
    finally:
        if mongo is not None:
            mongo.stop()
    print(report)
    missed = [point for point, was_hit in report.points.items() if not was_hit]
    print(f"points missed: {missed}" if missed else f"points: {sorted(set(report.points))}")
    print("\n".join(report.faults[:40]) or "0 lost, 0 doubled, ≤ 1 acceptance a row, all settled")
    return 1 if report.faults else 0


async def _run(plan: Plan) -> Report:
    """Two hubs have a Redis between them, where there is one."""
    if plan.hubs == 1 or shutil.which(PROGRAM) is None:
        return await run(plan)
    async with running_redis() as redis:
        return await run(dataclasses.replace(plan, redis=redis.url))


def _mongo():  # type: ignore[no-untyped-def]
    """The test server, started where none is given."""
    if os.environ.get(MONGO_ENV):
        return None
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
    from mongo_server import MongoServer

    server = MongoServer()
    server.start()
    uri = server.uri()
    if uri is None:
        sys.exit("no MongoDB: set HUB_TEST_MONGODB_URI")
    os.environ[MONGO_ENV] = uri
    time.sleep(0)
    return server


if __name__ == "__main__":
    sys.exit(main())
