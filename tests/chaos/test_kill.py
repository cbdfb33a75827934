"""kill -9 of the whole hub under load, at random moments and at named points: promises hold (R-01,
R-02). By hand: `make chaos KILLS=500 STORE=mongo`.
"""

import os
import random

import pytest

from tests.chaos.faults import POINTS
from tests.chaos.run import Plan, run
from tests.support.stores import mongo_uri

KILLS = int(os.environ.get("KILLS", "25"))
#: Both stores together stay below two and a half minutes; a slow machine kills less often.
WITHIN_S = {"sqlite": 65.0, "mongo": 55.0}
FEWEST = 5
LEASE_MS = 1500

pytestmark = [pytest.mark.chaos, pytest.mark.slow]


@pytest.mark.parametrize("store", ["sqlite", "mongo"])
async def test_a_killed_hub_keeps_every_promise(store: str) -> None:
    if store == "mongo":
        mongo_uri()
    seed = random.SystemRandom().randrange(10**6)
    plan = Plan(
        store=store, kills=KILLS, seed=seed, within_s=WITHIN_S[store], lease_ms=LEASE_MS,
        live_s=(0.1, 0.8), fewest=min(KILLS, FEWEST),
    )  # fmt: skip
    report = await run(plan)
    print(f"seed {seed}: {report}")
    assert report.faults == [], f"seed {seed}"
    assert report.kills >= min(KILLS, FEWEST), f"only {report}"
    assert report.acked["chat"] + report.acked["mail"] > report.kills


async def test_a_hub_killed_at_each_point_keeps_every_promise() -> None:
    seed = random.SystemRandom().randrange(10**6)
    report = await run(Plan(kills=0, seed=seed, points=POINTS))
    print(f"seed {seed}: {report}")
    assert report.faults == [], f"seed {seed}"
    assert report.points == dict.fromkeys(POINTS, True), f"seed {seed}"
