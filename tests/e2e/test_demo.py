"""`hub demo` as a newcomer meets it: a real process, its printed sign-in, a browser."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from hub.demo.script import load_talks
from tests.support.real_hub import Api, free_port

ROOT = Path(__file__).parents[2]
START_S = 120.0
#: What time itself adds while a test looks.
BY_TIME = {"sla_warned", "sla_broken"}
NOTE = re.compile(r"^  ([A-Z][^:]+): +(\S.*)$")


class Demo:
    """A running `hub demo` and what it printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.notes: dict[str, str] = {}

    @property
    def url(self) -> str:
        return self.notes["Santral is ready"]

    @property
    def mailbox(self) -> str:
        return self.notes["Customers' mailboxes"]

    async def read_notes(self) -> None:
        """Until the last line of the announcement."""
        assert self.process.stdout is not None
        async with asyncio.timeout(START_S):
            while "Same password for" not in self.notes:
                line = (await self.process.stdout.readline()).decode()
                assert line, "hub demo ended before it was ready"
                if found := NOTE.match(line):
                    self.notes[found[1]] = found[2].strip()

    async def snapshot(self) -> dict[str, Any]:
        """Everything that an administrator and a customer can see of the sample."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            api = Api(session, self.url)
            await api.sign_in(self.notes["Sign in as"], self.notes["Password"])
            found: dict[str, Any] = {}
            for view in ("all", "snoozed", "closed", "spam", "mentions"):
                page = await api.get("/conversations", view=view, limit="100")
                found[view] = [item["id"] for item in page["items"]]
                for item in page["items"]:
                    timeline = await api.get(f"/conversations/{item['id']}/messages")
                    found[item["id"]] = [
                        (m["kind"], m["text"], m["at"], m["delivery"])
                        for m in timeline["items"]
                        if m["activity"] not in BY_TIME
                    ]
                    found.setdefault("labels", set()).update(item["labels"])
            found["known_labels"] = {label["id"] for label in await api.get("/labels")}
            found["queues"] = {
                queue["name"]: [
                    one["contact_name"] for one in await api.get(f"/queues/{queue['id']}/line")
                ]
                for queue in await api.get("/queues")
            }
            found["agents"] = sorted(a["name"] for a in await api.get("/agents"))
            async with session.get(f"{self.mailbox}mails") as answer:
                found["mails"] = sorted(m["id"] for m in (await answer.json())["mails"])
        return found


@asynccontextmanager
async def spawned(folder: Path, **settings: str) -> AsyncIterator[Demo]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HUB_")},
        "HUB_DATA_DIR": str(folder / "data-demo"),
        "HUB_LISTEN": f"127.0.0.1:{free_port()}",
        "HUB_SMTP_LISTEN": f"127.0.0.1:{free_port()}",
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub", "demo", "--log-level", "warning",
        cwd=ROOT, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Demo(process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(START_S):
            _, errors = await process.communicate()
        print(errors.decode())  # shown by pytest when the test fails


def texts_of(snapshot: dict[str, Any]) -> list[str]:
    said = [text for key, items in snapshot.items() if len(key) == 26 for _, text, *_ in items]
    return sorted(" ".join(text.split()) for text in said if text)


async def test_a_newcomer_plays_both_sides(tmp_path: Path, browser: Any) -> None:
    async with spawned(tmp_path) as demo:
        await demo.read_notes()
        customer = await browser.new_context(locale="en-GB", reduced_motion="reduce")
        agent = await browser.new_context(
            locale="en-GB", reduced_motion="reduce", viewport={"width": 1400, "height": 900}
        )
        inbox = await agent.new_page()
        await inbox.goto(demo.url)
        await inbox.get_by_label("E-mail").fill(demo.notes["Sign in as"])
        await inbox.locator("input[type=password]").fill(demo.notes["Password"])
        await inbox.keyboard.press("Enter")
        await inbox.get_by_text("Poppy Glazebrook").first.wait_for()

        shop = await customer.new_page()
        await shop.goto(demo.notes["Sample website"])
        await _ask(shop, "Do you fire at night?", "newcomer@example.com")
        mailbox = shop.get_by_role("link", name="Open the customer's mailbox")
        await mailbox.click()
        await shop.wait_for_url(f"{demo.mailbox}**")

        await inbox.goto(f"{demo.url}/inbox/all")
        await inbox.get_by_text("Do you fire at night?").first.click()
        await inbox.get_by_placeholder("Write a reply").fill("Only when the moon is out.")
        await inbox.keyboard.press("Control+Enter")
        await inbox.get_by_role("log").get_by_text("Only when the moon is out.").wait_for()

        # Nobody is there to read it: it follows by e-mail after a minute, and the page shows it.
        arrived = shop.get_by_role("button", name=re.compile("Only when the moon is out"))
        await arrived.click(timeout=100_000)
        await shop.get_by_role("button", name="Reply", exact=True).click()
        await shop.get_by_role("textbox", name="Your mail").fill("Then I will wait for the moon.")
        await shop.get_by_role("button", name="Send", exact=True).click()
        await shop.get_by_text("Sent.").wait_for()
        await inbox.get_by_role("log").get_by_text("Then I will wait for the moon.").wait_for()


async def _check_wallboard_and_reports(demo: Demo) -> None:
    """They show a week of work."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        api = Api(session, demo.url)
        await api.sign_in(demo.notes["Sign in as"], demo.notes["Password"])
        async with asyncio.timeout(START_S):
            while not (rows := await _week(api, "outcome")):
                await asyncio.sleep(0.2)
        assert set(rows) == {"Sold", "Question answered", "Solved", "Replaced", "Refunded"}
        queues, agents = await _week(api, "queue"), await _week(api, "agent")
        board = await api.get("/wallboard")
    for row in queues.values():
        assert row["tally"]["queued"] > row["tally"]["answered"] > 5
        assert 0 < row["measures"]["service_level"] < 1
    assert len(agents) == 4
    for row in agents.values():
        assert row["tally"]["available_ms"] > row["tally"]["away_ms"] > 0
    assert [state["waiting"] for state in board["queues"]] == [3, 2]
    for state in board["queues"]:  # the others are not of today
        assert state["offered_today"] < 19


async def _week(api: Api, family: str) -> dict[str, Any]:
    """The rows of a report by name, once all of the past is counted."""
    end = int(time.time() * 1000)
    start = end - 8 * 24 * 3600 * 1000
    report = await api.get("/reports", family=family, start=str(start), end=str(end))
    is_whole = report["counted_until"] and not report["counted_from"]
    return {row["name"]: row for row in report["rows"]} if is_whole else {}


async def _ask(page: Any, text: str, address: str) -> None:
    """Chat in the shop and leave an address."""
    await page.get_by_role("button", name="Ask us something").click()
    await page.get_by_role("textbox", name="Write a message").fill(text)
    await page.keyboard.press("Enter")
    await page.get_by_text("Sent").first.wait_for()
    await page.get_by_role("textbox", name="Your e-mail address").fill(address)
    await page.keyboard.press("Enter")
    await page.get_by_text("Answers also go to").wait_for()
    await page.get_by_role("button", name=re.compile("close", re.IGNORECASE)).first.click()


async def test_a_week_of_work_is_there_and_a_second_start_changes_nothing(tmp_path: Path) -> None:
    async with spawned(tmp_path) as demo:
        await demo.read_notes()
        first, password = await demo.snapshot(), demo.notes["Password"]
        await _check_wallboard_and_reports(demo)
    assert demo.process.returncode == 0
    async with spawned(tmp_path) as demo:
        await demo.read_notes()
        assert demo.notes["Password"] == password
        assert await demo.snapshot() == first
    _check_is_whole(first)


async def test_a_start_that_was_killed_is_completed_by_the_next(tmp_path: Path) -> None:
    kept = tmp_path / "data-demo/mailboxes.jsonl"
    async with spawned(tmp_path) as demo:
        async with asyncio.timeout(START_S):
            while not (kept.exists() and kept.read_bytes().count(b"\n") >= 10):
                await asyncio.sleep(0.01)
        demo.process.kill()
    async with spawned(tmp_path) as demo:
        await demo.read_notes()
        _check_is_whole(await demo.snapshot())


def _check_is_whole(snapshot: dict[str, Any]) -> None:
    """Every text of the script once, and every state that a newcomer should see."""
    talks = load_talks()
    written = [" ".join(step.text.split()) for talk in talks for step in talk.steps if step.text]
    assert texts_of(snapshot) == sorted(written)
    assert len([key for key in snapshot if len(key) == 26]) == len(talks)
    for view in ("all", "snoozed", "closed", "spam", "mentions"):
        assert snapshot[view], view
    deliveries = {d for key, items in snapshot.items() if len(key) == 26 for *_, d in items}
    assert {"failed", "unknown", "read", "accepted"} <= deliveries
    assert snapshot["labels"] == snapshot["known_labels"] != set()
    assert snapshot["queues"] == {
        "Sales": ["Marigold Saucepan", "Lale Vazocu", "Poppy Glazebrook"],
        "Support": ["Filiżanka Spodeczkowa", "Bramble Postman"],
    }
    assert snapshot["agents"] == [
        "Fern Potterly",
        "Mossa Glazewell",
        "Pip Kilnworth",
        "Toprak Çömlekoğlu",
    ]


async def test_a_taken_port_is_said_in_one_line_and_nothing_is_made(tmp_path: Path) -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as taken:
        port = taken.sockets[0].getsockname()[1]
        async with spawned(tmp_path, HUB_LISTEN=f"127.0.0.1:{port}") as demo:
            _, errors = await demo.process.communicate()
            assert demo.process.returncode == 1
            assert errors.decode().strip().splitlines()[-1].startswith("hub: the port is taken")
    assert not (tmp_path / "data-demo").exists()
