"""Messengers in the inbox, in Chromium: one person by SMS and WhatsApp, the composer's ways,
templates and opting out; and the demo's phone, on which a newcomer plays the customer.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_demo import spawned
from tests.support.real_hub import EMAIL, PASSWORD
from tests.support.shop import shop

pytestmark = pytest.mark.e2e
HOUR_S = 3600


async def _signed_in(browser: Any, url: str, email: str, password: str) -> Any:
    """A person's page with all conversations."""
    context = await browser.new_context(
        locale="en-GB", reduced_motion="reduce", viewport={"width": 1400, "height": 900}
    )
    page = await context.new_page()
    await page.goto(url)
    await page.get_by_label("E-mail").fill(email)
    await page.locator("input[type=password]").fill(password)
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="All").first.wait_for()
    await page.goto(f"{url}/inbox/all")
    return page


async def _answer(page: Any, text: str) -> None:
    await page.get_by_placeholder("Write a reply").fill(text)
    await page.keyboard.press("Control+Enter")
    await page.get_by_role("log").get_by_text(text).wait_for()


async def _answer_by(page: Any, name: str) -> None:
    await page.get_by_role("button", name="Send by").click()
    await page.get_by_role("menuitem", name=re.compile(f"^{name}")).click()


async def test_one_person_by_sms_and_whatsapp(tmp_path: Path, browser: Any) -> None:
    async with shop("sqlite", tmp_path) as here:
        texter = await here.customer("twilio_sms")
        await texter.writes("By SMS")
        chatter = await here.same(texter, "whatsapp")
        await chatter.writes("By WhatsApp")
        listed = await here.api.post(f"/inboxes/{here.inbox(chatter.network)}/templates/sync")
        assert listed
        page = await _signed_in(browser, here.hub.url, EMAIL, PASSWORD)
        await page.get_by_text("By WhatsApp").first.click()
        log = page.get_by_role("log")
        for text in ("By SMS", "By WhatsApp"):
            await log.get_by_text(text, exact=True).wait_for()

        await _answer_by(page, "twilio_sms")
        await _answer(page, "Answered by SMS")
        queued = await texter.until_stored("Answered by SMS")
        await texter.until_delivery(queued["seq"], "accepted")
        for delivery, shown in (("delivered", "Delivered"),):
            await texter.network.report(texter.address, delivery)
            await log.get_by_role("img", name=shown).first.wait_for()
        await _answer_by(page, "whatsapp")
        await _answer(page, "Answered by WhatsApp")
        queued = await texter.until_stored("Answered by WhatsApp")
        await chatter.until_delivery(queued["seq"], "accepted")
        await chatter.network.report(chatter.address, "read")
        await log.get_by_role("img", name="Read", exact=True).first.wait_for()
        for one, text in ((texter, "Answered by SMS"), (chatter, "Answered by WhatsApp")):
            assert [seen.text for seen in await one.network.phone(one.address)] == [text]

        here.hub.clock.jump(25 * HOUR_S)
        await page.reload()
        await _answer_by(page, "whatsapp")
        await page.get_by_role("status").filter(has_text="Only approved templates").wait_for()
        await page.get_by_role("button", name="Send a template").first.click()
        sheet = page.get_by_role("dialog")
        await sheet.get_by_role("button", name=re.compile("order.shipped")).click()
        for label, value in (("Variable 1", "Ada"), ("Variable 2", "7"), ("Button 1", "7")):
            await sheet.get_by_label(label).fill(value)
        await sheet.get_by_role("button", name="Send", exact=True).click()
        await log.get_by_text("Hello Ada, your order 7 is on its way.").wait_for()

        await texter.writes("STOP")
        await _answer_by(page, "twilio_sms")
        told = page.get_by_role("status").filter(has_text="asked for no more messages")
        await told.wait_for()


async def test_a_newcomer_plays_sms_whatsapp_and_telegram_on_the_phone(
    tmp_path: Path, browser: Any
) -> None:
    async with spawned(tmp_path) as demo:
        await demo.read_notes()
        page = await _signed_in(browser, demo.url, demo.notes["Sign in as"], demo.notes["Password"])
        customer = await browser.new_context(locale="en-GB", reduced_motion="reduce")
        phone = await customer.new_page()
        await phone.goto(demo.notes["A customer's phone"])
        await phone.get_by_label("Name").fill("Nora Newcomer")
        await phone.get_by_label("Phone number").fill("+48600123456")
        for app in ("SMS", "WhatsApp", "Telegram"):
            await phone.get_by_role("tab", name=re.compile(app)).click()
            await phone.get_by_role("textbox", name="Message", exact=True).fill(f"Hi by {app}")
            await phone.keyboard.press("Enter")
            await phone.get_by_role("log").get_by_text(f"Hi by {app}").wait_for()
            await page.get_by_text(f"Hi by {app}").first.click()
            await page.get_by_role("log").get_by_text(f"Hi by {app}").wait_for()
            await _answer(page, f"Hello by {app}")
            await phone.get_by_role("log").get_by_text(f"Hello by {app}").wait_for()
