"""Reports in Chromium, on a desk and on a phone: the period decides what is counted, chart, table
and file hold the same numbers, and a number leads to its conversations.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.support.mail_hub import until
from tests.support.office import at_work
from tests.support.real_hub import EMAIL, Api, RealHub, real_hub, signed_in
from tests.support.visitor import visitors_ask

DAYS_S = 24 * 3_600
OLD = "Where is my order?"
NEW = ("Is the mug blue?", "Do you ship to Poland?")


async def _open_queue(admin: Api) -> None:
    queue = await admin.post(
        "/queues", name="Support", members=[{"agent_id": admin.me["agent_id"]}]
    )
    chat = next(i for i in await admin.get("/inboxes") if i["channel"] == "webchat")
    await admin.write("PATCH", f"/inboxes/{chat['id']}", entry_queue_id=queue["id"])


async def _ten_days(hub: RealHub, admin: Api) -> None:
    """One question ten days ago, two now, all counted."""
    await visitors_ask(hub, OLD)
    await _are_counted(hub, admin, 1)
    hub.clock.jump(10 * DAYS_S)
    await admin.sign_in()
    await visitors_ask(hub, *NEW)
    await _are_counted(hub, admin, 3)


async def _are_counted(hub: RealHub, admin: Api, wanted: int) -> None:
    now = hub.clock.now_ms()
    span = {"start": str(now - 28 * DAYS_S * 1000), "end": str(now + DAYS_S * 1000)}

    async def is_so() -> bool:
        report = await admin.get("/reports", family="queue", **span)
        return bool(report["total"]["tally"].get("queued") == wanted)

    await until(is_so)


async def _choose(page: Any, field: str, option: str) -> None:
    await page.get_by_role("combobox", name=field, exact=True).click()
    await page.get_by_role("option", name=option, exact=True).click()


def _table(page: Any) -> Any:
    return page.get_by_role("region", name="Queues").get_by_role("table")


async def _numbers(table: Any) -> dict[str, list[str]]:
    """The cells of each row by its first one, which for the head is "Queue"."""
    rows = [await row.get_by_role("cell").or_(row.get_by_role("columnheader"))
            .or_(row.get_by_role("rowheader")).all_inner_texts()
            for row in await table.get_by_role("row").all()]  # fmt: skip
    return {row[0]: [cell.strip() for cell in row[1:]] for row in rows}


async def _exported(page: Any, folder: Path) -> dict[str, list[str]]:
    await page.get_by_role("button", name="Export").press("Enter")
    async with page.expect_download() as coming:
        await page.get_by_role("menuitem", name="CSV").click()
    download = await coming.value
    path = folder / "report.csv"
    await download.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row[0]: row[1:] for row in csv.reader(file)}


@pytest.mark.parametrize("width", [1400, 380])
async def test_a_report_says_the_same_in_chart_table_file_and_log(
    width: int, tmp_path: Path, browser: Any
) -> None:
    async with real_hub("sqlite", tmp_path) as hub, signed_in(hub.url) as admin:
        await _open_queue(admin)
        await _ten_days(hub, admin)
        size = {"width": width, "height": 900}
        page = await at_work(browser, hub, EMAIL, "/search", viewport=size)
        await page.clock.set_system_time(hub.clock.now_ms() / 1000)
        await page.goto(f"{hub.url}/reports")
        await page.get_by_role("definition").get_by_text("2", exact=True).first.wait_for()

        await page.get_by_role("link", name="Queues", exact=True).click()
        await _table(page).get_by_role("rowheader", name="Support").wait_for()
        week = await _numbers(_table(page))
        queued = week["Queue"].index("Came into a queue")
        assert (week["Support"][queued], week["Total"][queued]) == ("2", "2")

        await _choose(page, "Period", "Last 28 days")
        await _table(page).get_by_role("cell", name="3", exact=True).first.wait_for()
        weeks = await _numbers(_table(page))
        assert (weeks["Support"][queued], weeks["Total"][queued]) == ("3", "3")

        chart = page.get_by_role("figure")
        await chart.get_by_text("The chart as a table").press("Enter")
        points = await _numbers(chart.get_by_role("table"))
        assert sum(int(count) for _, (count,) in list(points.items())[1:]) == 3
        assert await chart.locator("canvas").is_visible()

        file = await _exported(page, tmp_path)
        [head, row, total] = [file[name] for name in ("Queue", "Support", "Total")]
        shown = weeks["Queue"].index("Came into a queue")
        assert row[head.index("Came into a queue")] == weeks["Support"][shown]
        assert total[head.index("Came into a queue")] == weeks["Total"][shown]

        support = _table(page).get_by_role("row", name="Support")
        await support.get_by_role("link", name="3", exact=True).first.press("Enter")
        log = page.get_by_role("region", name="Conversation log")
        await log.get_by_role("row").nth(3).wait_for()
        assert await log.get_by_role("row").count() == 1 + 3
        await page.get_by_text("Came into a queue: Support").wait_for()
        wider = await page.evaluate("document.scrollingElement.scrollWidth > innerWidth")
        assert not wider, "the page scrolls sideways"

        await log.get_by_role("link").first.press("Enter")
        await page.get_by_role("log").get_by_text(NEW[1]).wait_for()
