"""Merging two contacts in the inbox and taking it back, on a phone and on a desk, by keyboard."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.real_hub import Api, RealHub, real_hub, signed_in
from tests.support.tour import sign_in
from tests.support.watch import Watch

pytestmark = pytest.mark.e2e

AXE = Path(__file__).parents[2] / "inbox_ui/node_modules/axe-core/axe.min.js"
SHOTS = os.environ.get("SANTRAL_SHOTS", "")


async def _people(api: Api) -> tuple[str, str]:
    await api.write("PATCH", "/workspace", time_zone="Europe/Warsaw")
    ann = await api.post("/contacts", name="Ann Smith", email="ann@kowalski.example")
    anna = await api.post("/contacts", name="Ann Smith", phone="600 100 200")
    company = {"company": "Kowalski"}
    await api.write("PATCH", f"/contacts/{ann['id']}", **company, about="Likes tea")
    await api.write("PATCH", f"/contacts/{anna['id']}", **company, about="Calls on Mondays")
    return str(ann["id"]), str(anna["id"])


async def _look(page: Any, name: str, width: int) -> None:
    if SHOTS:
        await page.wait_for_timeout(300)
        await page.screenshot(path=Path(SHOTS) / f"merge-{name}-{width}.png")
    if not await page.evaluate("typeof window.axe === 'object'"):
        await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(rule["id"], rule["nodes"][0]["target"]) for rule in found["violations"]] == []
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")


async def _merge_and_undo(hub: RealHub, api: Api, watch: Watch, width: int) -> None:
    ann, anna = await _people(api)
    page = await watch.page()
    await sign_in(watch, page)
    await page.goto(f"{hub.url}/contacts/{ann}")
    card = page.get_by_text("Perhaps the same person")
    await card.wait_for()
    assert await page.get_by_text("same name and company Kowalski").count() == 1
    await _look(page, "suggestion", width)
    await page.get_by_role("button", name="Merge with Ann Smith").focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    about = dialog.get_by_role("radiogroup", name="About")
    await about.get_by_role("radio", name="Calls on Mondays").focus()
    await page.keyboard.press("Space")
    await _look(page, "comparison", width)
    await dialog.get_by_role("button", name="Merge", exact=True).focus()
    await page.keyboard.press("Enter")
    await dialog.wait_for(state="hidden")
    undo = page.get_by_role("button", name="Undo the merge of Ann Smith")
    await undo.wait_for()
    await undo.scroll_into_view_if_needed()
    await _look(page, "merged", width)
    one = await api.get(f"/contacts/{anna}")
    assert (one["id"], one["about"]) == (ann, "Calls on Mondays")
    assert {i["value"] for i in one["identities"]} == {"ann@kowalski.example", "+48600100200"}
    await page.goto(f"{hub.url}/contacts/{anna}")
    await page.wait_for_url(f"**/contacts/{ann}")  # an old link opens who it is now
    await undo.focus()
    await page.keyboard.press("Enter")
    await card.wait_for()
    apart = [await api.get(f"/contacts/{id}") for id in (ann, anna)]
    assert [c["id"] for c in apart] == [ann, anna]
    assert [c["about"] for c in apart] == ["Likes tea", "Calls on Mondays"]
    await page.get_by_role("button", name="Ann Smith is not the same person").click()
    await card.wait_for(state="hidden")
    await page.get_by_role("button", name="Merge with…").click()
    find = dialog.get_by_role("searchbox")  # the list beside it has one, too
    await find.fill("nobody at all")
    await dialog.get_by_text("Nobody else found").wait_for()
    await find.fill("600-100-200")
    await _look(page, "search", width)
    await page.keyboard.press("Enter")
    await page.get_by_role("radiogroup", name="About").wait_for()


@pytest.mark.parametrize("width", [380, 1400])
async def test_two_contacts_are_merged_and_told_apart_again(
    width: int, browser: Any, tmp_path: Path
) -> None:
    async with real_hub("sqlite", tmp_path) as hub, signed_in(hub.url) as api:
        context = await browser.new_context(
            viewport={"width": width, "height": 900}, locale="en-GB", reduced_motion="reduce"
        )
        try:
            await _merge_and_undo(hub, api, await Watch.over(context, hub.url), width)
        finally:
            await context.close()
