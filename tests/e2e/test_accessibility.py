"""axe on every page and state of the inbox, the sample shop and the widget: in both themes, on a
phone and on a desk, in all languages in turn; and nothing is wider than the screen.

`SANTRAL_SHOTS=<folder>` keeps a picture of each, for people to look at.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support import tour_messengers
from tests.support.mail_hub import mail_hub
from tests.support.shop import shop
from tests.support.tour import Places, Stop, arrive, furnish, sign_in, stops
from tests.support.watch import Watch

pytestmark = pytest.mark.e2e

AXE = Path(__file__).parents[2] / "inbox_ui/node_modules/axe-core/axe.min.js"
SHOTS = os.environ.get("SANTRAL_SHOTS", "")
#: Two widths, each in both themes, so that every language is seen on both in the end.
LOOKS = [(380, "tr"), (1400, "pl")]


_FOLLOWS = """async (theme) => {
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return [undefined, theme].includes(document.documentElement.dataset.mantineColorScheme);
}"""


class Looker:
    """Collects what axe and the eye find at each stop."""

    def __init__(self, page: Any, width: int, language: str) -> None:
        self.page, self.width, self.language = page, width, language
        self.faults: list[str] = []
        self._themes = ("light", "dark")

    async def look(self, name: str) -> None:
        """All rules in the theme that it is in, colours again in the other one."""
        first, other = self._themes
        await self._show(first)
        await self._axe(f"{name}, {first}", {})
        if await self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.faults.append(f"{name}: wider than {self.width} px")
        keys = re.findall(r"(?<!\{)\b[a-z]+(?:_[a-z]+)*\.[a-z]+_[a-z_]+\b", await self._text())
        self.faults += [f"{name}: untranslated {key}" for key in keys]
        await self._shoot(name, first)
        await self._show(other)
        await self._axe(f"{name}, {other}", {"runOnly": ["color-contrast"]})
        await self._shoot(name, other)
        self._themes = other, first

    async def _show(self, theme: str) -> None:
        """Until the page has followed: the sample shop has no themes of its own to wait for."""
        await self.page.emulate_media(color_scheme=theme)
        await self.page.wait_for_function(_FOLLOWS, arg=theme)

    async def _text(self) -> str:
        return str(await self.page.locator("body").inner_text())

    async def _axe(self, name: str, options: dict[str, Any]) -> None:
        if not await self.page.evaluate("typeof window.axe === 'object'"):
            await self.page.evaluate(AXE.read_text())
        found = await self.page.evaluate(
            "options => axe.run(document, {resultTypes: ['violations'], ...options})", options
        )
        self.faults += [
            f"{name}: {rule['id']} {node['html'][:300]} {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    async def _shoot(self, name: str, theme: str) -> None:
        if SHOTS:
            file = f"{name.replace(' ', '_')}-{self.language}-{self.width}-{theme}.png"
            await self.page.screenshot(path=Path(SHOTS) / file)


@pytest.mark.parametrize(("width", "language"), LOOKS)
async def test_axe_finds_nothing_on_any_page(
    tmp_path: Path, browser: Any, width: int, language: str
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make ui")
    async with mail_hub("sqlite", tmp_path) as hub:
        places = await furnish(hub)
        await hub.api.write("PATCH", "/me", language=language)
        context = await browser.new_context(
            viewport={"width": width, "height": 900}, locale=language, reduced_motion="reduce"
        )
        watch = await Watch.over(context, hub.hub.url)
        looker = Looker(await watch.page(), width, language)
        await _look_from_outside(looker, watch, places)
        await _look_inside(looker, watch, stops(places))
        await context.close()
        assert not looker.faults, "\n".join(looker.faults)
        assert watch.faults == {}


@pytest.mark.parametrize(("width", "language"), LOOKS)
async def test_axe_finds_nothing_where_messengers_are(
    tmp_path: Path, browser: Any, width: int, language: str
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make ui")
    async with shop("sqlite", tmp_path) as here:
        places = await tour_messengers.furnish(here)
        await here.api.write("PATCH", "/me", language=language)
        context = await browser.new_context(
            viewport={"width": width, "height": 900}, locale=language, reduced_motion="reduce"
        )
        await context.add_init_script(tour_messengers.MICROPHONE)
        watch = await Watch.over(context, here.hub.url)
        looker = Looker(await watch.page(), width, language)
        await _look_inside(looker, watch, tour_messengers.stops(places))
        await context.close()
        assert not looker.faults, "\n".join(looker.faults)
        assert watch.faults == {}


async def _look_inside(looker: Looker, watch: Watch, places: dict[str, Stop]) -> None:
    await sign_in(watch, looker.page)
    is_inside = True
    for name, stop in places.items():
        await arrive(watch, looker.page, stop, is_inside=is_inside)
        await looker.look(name)
        is_inside = not stop.steps


async def _look_from_outside(looker: Looker, watch: Watch, places: Places) -> None:
    page = looker.page
    link = urlsplit(places.welcome)
    for name, path in (
        ("sign-in", "/sign-in"),
        ("welcome", f"{link.path}?{link.query}"),
        ("demo", "/demo"),
    ):
        await watch.go(page, path)
        await page.locator("h1").first.wait_for()
        await watch.quiet(page)
        await looker.look(name)
    await page.locator("#santral-chat .launch").click()
    await page.get_by_role("dialog").wait_for()
    await looker.look("widget")
