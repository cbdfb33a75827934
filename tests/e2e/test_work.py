"""Saved views in Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.office import at_work
from tests.support.real_hub import EMAIL, real_hub


async def test_a_filter_is_saved_as_a_view_in_the_side_bar(tmp_path: Path, browser: Any) -> None:
    async with real_hub("sqlite", tmp_path) as hub:
        page = await at_work(browser, hub, EMAIL, "/inbox/all?priority=4")
        await page.get_by_role("button", name="Filter", exact=True).click()
        await page.get_by_role("textbox", name="Save this view").fill("Fires")
        await page.get_by_role("button", name="Save", exact=True).click()
        await page.goto(f"{hub.url}/inbox/mine")
        await page.get_by_role("navigation").get_by_role("link", name="Fires").click()
        await page.wait_for_url("**/inbox/all?priority=4")
