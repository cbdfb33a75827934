"""Fixtures of the contract tests: the same tests over every adapter."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.ports.store import DocumentStore
from tests.support.clock import ManualClock
from tests.support.stores import KINDS, fresh_store


@pytest.fixture(params=KINDS)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[DocumentStore]:
    async with fresh_store(request.param, tmp_path, clock) as store:
        yield store
