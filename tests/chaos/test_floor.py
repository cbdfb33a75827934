"""Everybody's picture by live events is the store's, also after their sockets broke; the large run
is `python -m tests.chaos.floor`.
"""

from pathlib import Path

import pytest

from tests.chaos.floor import floor
from tests.chaos.floor_client import FloorClient
from tests.support.stores import KINDS

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize("kind", KINDS)
async def test_a_floor_of_agents_sees_what_the_store_says(kind: str, tmp_path: Path) -> None:
    outcome = await floor(kind, tmp_path, agents=20, customers=12)
    assert outcome.is_fine, outcome.shown()
    assert outcome.offers


async def test_who_misses_events_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = FloorClient._apply

    def deaf(client: FloorClient, event: dict[str, object]) -> None:
        if not (client.is_calm and event["type"] in ("queue", "desk")):
            kept(client, event)

    monkeypatch.setattr(FloorClient, "_apply", deaf)
    monkeypatch.setattr("tests.chaos.floor.RIGHT_WITHIN_S", 3.0)
    outcome = await floor("sqlite", tmp_path, agents=20, customers=0)
    assert not outcome.is_fine
