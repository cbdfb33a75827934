"""A browser, a website with the chat window, and a hub in memory behind it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.chat_browser import opened, watched
from tests.support.chat_site import ROOT, ChatSite

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDGET = ROOT / "hub/web/static/widget.js"
FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    if not WIDGET.exists():
        pytest.skip("the widget is not built: make ui")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
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
