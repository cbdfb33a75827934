"""Everybody comes back at once after a restart (R-29); a thousand by hand: `reconnect.py`."""

from pathlib import Path

import pytest

from tests.chaos.reconnect import WITHIN_S, run

WIDGETS = 300


@pytest.mark.chaos
@pytest.mark.slow
async def test_widgets_that_come_back_at_once_are_all_served(tmp_path: Path) -> None:
    outcome = await run(WIDGETS, tmp_path)
    print(outcome)
    assert len(outcome.back_s) == WIDGETS
    assert max(outcome.back_s) <= WITHIN_S
    assert outcome.missing == 0
