"""Two routers on one store, each sure that it alone gives out the work (`double.py`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.double import double
from tests.support.stores import KINDS

ASSIGNMENTS = {"sqlite": 400, "mongo": 150}


@pytest.mark.parametrize("kind", KINDS)
async def test_two_routers_give_nothing_twice_and_nobody_too_much(
    kind: str, tmp_path: Path
) -> None:
    outcome = await double(kind, tmp_path, ASSIGNMENTS[kind])
    assert outcome.is_fine, outcome.shown()
    assert len(outcome.by_side) == 2, "only one of them ever gave something out"
