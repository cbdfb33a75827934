"""The wallboard in Chromium: its numbers move by themselves when a visitor writes, when an agent
comes, and when he answers.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.support.office import at_work, join
from tests.support.real_hub import EMAIL, Api, RealHub, real_hub, signed_in
from tests.support.visitor import visitors_ask


async def _open_queue(hub: RealHub, admin: Api) -> None:
    bora = await join(hub, admin, "Bora", "bora@shop.test")
    queue = await admin.post("/queues", name="Support", members=[{"agent_id": bora}])
    chat = next(i for i in await admin.get("/inboxes") if i["channel"] == "webchat")
    await admin.write("PATCH", f"/inboxes/{chat['id']}", entry_queue_id=queue["id"])


async def _says(tile: Any, name: str, value: str) -> None:
    """Until the tile says so: names stand below the large numbers and beside the small ones."""
    fact = re.compile(f"^({value}\\s*{name}|{name}\\s*{value})$")
    await tile.locator("p, dl > div").filter(has_text=fact).wait_for()


async def test_numbers_move_when_a_visitor_writes_and_an_agent_answers(
    tmp_path: Path, browser: Any
) -> None:
    async with real_hub("sqlite", tmp_path) as hub, signed_in(hub.url) as admin:
        await _open_queue(hub, admin)
        board = await at_work(browser, hub, EMAIL, "/wallboard")
        bora = await at_work(browser, hub, "bora@shop.test")
        tile = board.get_by_role("article").filter(has_text="Support")
        people = board.get_by_role("region", name="People")
        await _says(tile, "waiting", "0")
        await _says(tile, "longest wait", "–")
        await _says(tile, "free / available / all", "0 / 0 / 1")

        await visitors_ask(hub, "Where is my order?", "Is the mug blue?")
        await _says(tile, "waiting", "2")
        await board.get_by_text("Support: open, and nobody is available").wait_for()

        await bora.get_by_text("You are away.").wait_for()
        await bora.get_by_role("button", name="I am available").press("Enter")
        await bora.get_by_text("You are away.").wait_for(state="detached")
        await _says(tile, "being offered", "1")
        await people.get_by_role("listitem").filter(has_text="Available").wait_for()
        await board.get_by_text("nobody is available").wait_for(state="detached")

        await bora.keyboard.press("y")
        await bora.get_by_placeholder("Write a reply").fill("It left this morning.")
        await bora.keyboard.press("Control+Enter")
        await _says(tile, "answered today", "1")
        await _says(tile, "waiting", "1")
        await people.get_by_role("button", name="Bora has 1 conversation").click()
        await people.get_by_role("link", name="Chat, for").wait_for()
