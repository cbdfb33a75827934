"""A day's small tools in Chromium: one change of many conversations and its undo, a macro, a task
with a reminder, a saved view.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.office import at_work
from tests.support.real_hub import EMAIL, Api, real_hub, signed_in
from tests.support.visitor import visitors_ask

QUESTIONS = ("Where is my order?", "Is the mug blue?", "Do you ship to Poland?")


async def _priorities(admin: Api) -> list[int]:
    return [one["priority"] for one in (await admin.get("/conversations"))["items"]]


async def test_many_are_changed_at_once_and_changed_back(tmp_path: Path, browser: Any) -> None:
    async with real_hub("sqlite", tmp_path) as hub, signed_in(hub.url) as admin:
        await visitors_ask(hub, *QUESTIONS)
        page = await at_work(browser, hub, EMAIL, "/inbox/all")
        boxes = page.get_by_role("checkbox", name="Choose")
        await boxes.nth(2).wait_for()
        await boxes.nth(0).press("Space")
        bar = page.get_by_role("region", name="Chosen conversations")
        await bar.get_by_text("1 chosen").wait_for()
        await boxes.nth(2).click(modifiers=["Shift"])
        await bar.get_by_text("3 chosen").wait_for()
        await bar.get_by_role("button", name="Priority").press("Enter")
        await page.get_by_role("menuitem", name="Urgent").click()
        await page.get_by_text("3 conversations changed").wait_for()
        await page.get_by_role("link", name="Urgent").nth(2).wait_for()
        assert await _priorities(admin) == [4, 4, 4]
        await page.get_by_role("button", name="Undo").click()
        await page.get_by_role("img", name="Urgent").first.wait_for(state="detached")
        await bar.wait_for(state="detached")
        assert await _priorities(admin) == [0, 0, 0]


async def test_a_macro_writes_notes_labels_and_leaves_the_answer_to_be_sent(
    tmp_path: Path, browser: Any
) -> None:
    async with real_hub("sqlite", tmp_path) as hub, signed_in(hub.url) as admin:
        await visitors_ask(hub, *QUESTIONS)
        label = await admin.post("/labels", name="Thanked", color="green")
        steps = [
            {"kind": "reply", "value": "Thank you!"},
            {"kind": "note", "value": "thanked by macro"},
            {"kind": "add_label", "value": label["id"]},
        ]
        await admin.post("/macros", name="Say thanks", steps=steps)
        page = await at_work(browser, hub, EMAIL, "/inbox/all")
        await page.get_by_role("link", name="Is the mug blue?").press("Enter")
        editor = page.get_by_placeholder("Write a reply")
        await editor.wait_for()
        await page.keyboard.press("m")
        await page.get_by_role("option", name="Say thanks").click()
        await page.get_by_text('"Say thanks" is done').wait_for()
        await page.get_by_role("log").get_by_text("thanked by macro").wait_for()
        assert await editor.input_value() == "Thank you!"
        [found] = (await admin.get("/conversations", label=label["id"]))["items"]
        assert found["labels"] == [label["id"]]
        shown = await admin.get(f"/conversations/{found['id']}/messages")
        said = [(m["direction"], m["text"]) for m in shown["items"] if m["kind"] == "message"]
        assert said == [("in", "Is the mug blue?")]


async def test_a_task_is_kept_reminds_and_is_done(tmp_path: Path, browser: Any) -> None:
    async with real_hub("sqlite", tmp_path) as hub, signed_in(hub.url) as admin:
        await visitors_ask(hub, QUESTIONS[0])
        page = await at_work(browser, hub, EMAIL, "/inbox/all")
        await page.get_by_role("link", name=QUESTIONS[0]).press("Enter")
        tasks = page.get_by_role("region", name="Tasks")
        await tasks.get_by_role("textbox", name="What is to be done?").fill("Call back")
        await tasks.get_by_role("combobox", name="Until when").click()
        await page.get_by_role("option", name="In an hour").click()
        await tasks.get_by_role("button", name="Add task").click()
        await tasks.get_by_role("checkbox", name="Call back").wait_for()
        hub.clock.jump(3_700)
        await page.get_by_text("Reminder: Call back").wait_for()
        await page.clock.set_fixed_time(hub.clock.now_ms() / 1000)
        await page.get_by_role("link", name="Tasks").click()
        await page.get_by_role("heading", name="Overdue").wait_for()
        await page.get_by_role("checkbox", name="Call back").press("Space")
        await page.get_by_text("Nothing to do").wait_for()
        assert [one["state"] for one in (await admin.get("/tasks", state="done"))["items"]] == [
            "done"
        ]


async def test_a_filter_is_saved_as_a_view_in_the_side_bar(tmp_path: Path, browser: Any) -> None:
    async with real_hub("sqlite", tmp_path) as hub:
        page = await at_work(browser, hub, EMAIL, "/inbox/all?priority=4")
        await page.get_by_role("button", name="Filter", exact=True).click()
        await page.get_by_role("textbox", name="Save this view").fill("Fires")
        await page.get_by_role("button", name="Save", exact=True).click()
        saved = page.get_by_role("navigation").get_by_role("link", name="Fires")
        await saved.wait_for()
        await page.goto(f"{hub.url}/inbox/mine")
        await saved.click()
        await page.wait_for_url("**/inbox/all?priority=4")
