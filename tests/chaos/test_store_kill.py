"""kill -9 of the writing process: what was acknowledged stays, and the check itself can fail."""

import os
import random

import pytest

from tests.chaos.store_kill import run
from tests.support.stores import mongo_uri

KILLS = int(os.environ.get("KILLS", "20"))

pytestmark = [pytest.mark.chaos, pytest.mark.slow]


@pytest.mark.parametrize("kind", ["sqlite", "mongo"])
def test_a_killed_process_loses_nothing_acknowledged(kind: str) -> None:
    if kind == "mongo":
        mongo_uri()
    seed = random.SystemRandom().randrange(10**6)
    acknowledged, faults = run(kind, KILLS, seed)
    print(f"seed {seed}: {acknowledged} acknowledged")
    assert faults == [], f"seed {seed}"
    assert acknowledged > KILLS * 10


def test_acknowledging_before_the_commit_is_noticed() -> None:
    """The negative control: with the guard taken away the check must turn red."""
    _, faults = run("sqlite", 10, seed=1, early_ack=True)
    assert any(fault.startswith("lost") for fault in faults)
