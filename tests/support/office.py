"""People who work in a running hub, each at a browser of their own. Used by `tests/e2e`."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from tests.support.real_hub import PASSWORD, Api, RealHub


async def join(hub: RealHub, admin: Api, name: str, email: str, role: str = "agent") -> str:
    """Invites somebody who joins at once; the agent's id."""
    invited = await admin.post("/agents", email=email, name=name, role=role)
    token = parse_qs(urlsplit(invited["link"]).query)["token"][0]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        await Api(session, hub.url).post("/auth/accept", token=token, password=PASSWORD, name=name)
    return str(invited["agent"]["id"])


async def at_work(browser: Any, hub: RealHub, email: str, path: str = "/", **options: Any) -> Any:
    """A signed-in page; a script that breaks fails whoever waits for it."""
    settings = {"locale": "en-GB", "viewport": {"width": 1400, "height": 900}, **options}
    context = await browser.new_context(reduced_motion="reduce", **settings)
    context.set_default_timeout(20_000)
    page = await context.new_page()
    await page.goto(f"{hub.url}/sign-in")
    await page.locator("input[type=email]").fill(email)
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator("main#main").wait_for()
    if path != "/":
        await page.goto(hub.url + path)
        await page.locator("main#main").wait_for()
    return page


async def be_available(page: Any) -> None:
    """By keyboard, as agents do at the beginning of the day."""
    await page.get_by_role("button", name="My presence").wait_for()
    await page.keyboard.press("v")
    await page.get_by_role("menuitem", name="Available", exact=True).click()
    await page.get_by_role("button", name="My presence: Available").wait_for()
