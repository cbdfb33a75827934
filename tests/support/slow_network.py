"""A pytest plugin: the hub's answers reach browsers late. It finds tests, and screens, that take
for granted that an answer is there: `pytest -p tests.support.slow_network tests/e2e`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import Browser, Error

READ_S, WRITE_S = 0.3, 0.8
_new_context = Browser.new_context


async def _late(route: Any) -> None:
    await asyncio.sleep(READ_S if route.request.method == "GET" else WRITE_S)
    try:
        await route.continue_()
    except Error:
        """The page has gone on."""


async def _far_away(self: Browser, **options: Any) -> Any:
    context = await _new_context(self, **options)
    await context.route(lambda url: "/api/v1/" in url, _late)
    return context


def pytest_configure() -> None:
    Browser.new_context = _far_away  # type: ignore[method-assign]
