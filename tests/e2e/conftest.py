"""What the tests with a whole hub share: a browser, a mail server, a mailbox of the hub."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.chromium import launch_options
from tests.support.dovecot import Dovecot, require_dovecot

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    require_dovecot()
    server = Dovecot()
    server.start()
    yield server
    server.remove()


@pytest.fixture
async def browser() -> AsyncIterator[Any]:
    playwright = pytest.importorskip("playwright.async_api")
    options = launch_options()
    if not (ROOT / "hub/web/static/app/index.html").exists():
        pytest.skip("the inbox is not built: make ui")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(**options)
        yield browser
        await browser.close()
