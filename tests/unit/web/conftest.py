"""Fixtures of the web layer's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.clock import ManualClock
from tests.support.people import Town
from tests.support.people import town as make_town
from tests.support.web import Site
from tests.support.web import site as make_site


@pytest.fixture
async def town(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Town]:
    async with make_town(tmp_path, clock) as built:
        yield built


@pytest.fixture
async def site(town: Town) -> AsyncIterator[Site]:
    async with make_site(town) as built:
        yield built
