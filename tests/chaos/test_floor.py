"""Everybody's picture by live events is the store's, also after their sockets broke; the large run
is `python -m tests.chaos.floor`.
"""

import asyncio
from pathlib import Path

import pytest

from tests.chaos.floor import Died, floor, people_of
from tests.chaos.floor_people import Crowd, Person
from tests.chaos.server import free_port
from tests.support.stores import KINDS

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize("kind", KINDS)
async def test_a_floor_of_agents_sees_what_the_store_says(kind: str, tmp_path: Path) -> None:
    outcome = await floor(kind, tmp_path, agents=20, customers=12)
    assert outcome.is_fine, outcome.shown()
    assert outcome.offers


async def test_who_misses_events_is_found_out(tmp_path: Path) -> None:
    outcome = await floor(
        "sqlite", tmp_path, agents=20, customers=0, right_within_s=3.0, is_deaf=True
    )
    assert outcome.wrong
    assert all(" queues: " in one or " desks: " in one for one in outcome.wrong), outcome.wrong


async def test_people_who_die_end_the_floor_at_once() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    crowd = Crowd(nowhere, [Person("a1", False, "", "", 0.5)], right_within_s=3.0)
    with pytest.raises(ExceptionGroup) as caught:
        async with people_of(crowd) as people:
            await people.tell("work")
            await asyncio.Event().wait()
    assert caught.group_contains(Died)
