"""A browser, a website with the chat window, and a hub in memory behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.chat_browser import opened, watched
from tests.support.chat_site import ROOT, ChatSite
from tests.support.chromium import launch_options

playwright = pytest.importorskip("playwright.sync_api")

WIDGET = ROOT / "hub/web/static/widget.js"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    options = launch_options()
    if not WIDGET.exists():
        pytest.skip("the widget is not built: make ui")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(**options)
        yield browser
        browser.close()


@pytest.fixture
def site() -> Iterator[ChatSite]:
    with ChatSite({"quick_replies": ["Delivery", "Returns"], "upload_max_mb": 1}) as running:
        yield running


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    context = browser.new_context(
        viewport={"width": 1400, "height": 900}, locale="en-GB", reduced_motion="reduce"
    )
    with watched(context):
        yield context


@pytest.fixture
def page(context: Any, site: ChatSite) -> Any:
    return opened(context, site)
