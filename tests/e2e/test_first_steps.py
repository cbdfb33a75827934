"""The very first sign-in, in Chromium: the place takes its language and its time zone from who
sets it up, and the first steps lead on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.real_hub import PASSWORD, real_hub


async def test_a_new_place_is_where_its_first_person_is(tmp_path: Path, browser: Any) -> None:
    nobody = {"HUB_ADMIN_EMAIL": "", "HUB_ADMIN_PASSWORD": ""}
    async with real_hub("sqlite", tmp_path, **nobody) as hub:
        link = await hub.services.welcome.first_start(hub.services.config)
        context = await browser.new_context(
            locale="tr-TR", timezone_id="Europe/Istanbul", reduced_motion="reduce"
        )
        context.set_default_timeout(20_000)
        page = await context.new_page()
        await page.goto(hub.url + link)
        await page.get_by_role("textbox", name="Ad", exact=True).fill("Zeynep")
        await page.get_by_role("textbox", name="E-posta").fill("zeynep@shop.test")
        await page.locator("input[type=password]").fill(PASSWORD)
        await page.get_by_role("button", name="Başla").press("Enter")
        await page.get_by_role("link", name="Bir kuyruk kurun").press("Enter")
        await page.get_by_text("Henüz kuyruk yok").wait_for()
        (place,) = await hub.services.workspaces.all()
        assert (place.language, place.time_zone) == ("tr", "Europe/Istanbul")
        (inbox,) = hub.services.inboxes.of_workspace(place.id.rpartition(".")[2])
        assert inbox.name == hub.services.channel_texts.get(inbox.channel, "tr", "name")
        assert inbox.name != hub.services.channel_texts.get(inbox.channel, "en", "name")
