"""Requests that another website makes a signed-in browser send (S-29): every route that writes
refuses them and changes nothing, and no reading route writes.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.web.route import PUBLIC
from hub.web.routes import ROUTES
from tests.security.test_matrix import ask, changed, contents
from tests.support.people import Town
from tests.support.web import Browser, Site
from tests.support.web import site as make_site
from tests.support.whole import Full, all_services, furnish

WRITES = [route for route in ROUTES if route.method != "GET"]
FORGED: dict[str, dict[str, str | None]] = {
    "a foreign form": {"Origin": "https://evil.test", "X-CSRF-Token": None},
    "a sandboxed frame": {"Origin": "null", "X-CSRF-Token": None},
    "a foreign script that knows the token": {"Origin": "https://evil.test"},
    "no origin, said to be cross-site": {"Origin": None, "Sec-Fetch-Site": "cross-site"},
    "our own origin, no token": {"X-CSRF-Token": None},
}


class Forger(Browser):
    """The victim's browser, sending what another site wants."""

    forged: dict[str, str | None]

    async def full(
        self,
        method: str,
        path: str,
        json: Any = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> tuple[int, Any, Any]:
        return await super().full(method, path, json, {**(headers or {}), **self.forged}, **more)  # type: ignore[dict-item]


@pytest.fixture
async def site(town: Town) -> AsyncIterator[Site]:
    async with make_site(town, **all_services(town)) as built:
        yield built


@pytest.fixture
async def full(site: Site) -> Full:
    return await furnish(site.town, site.services)


@pytest.mark.parametrize("how", FORGED)
async def test_no_route_writes_for_another_site(site: Site, full: Full, how: str) -> None:
    victim = await site.signed_in(full.admin.email)
    forger = Forger(victim.base, victim.session, victim.csrf, victim.public_url, victim.cookie)
    forger.forged = FORGED[how]
    before = await contents(site.town, full.workspace)
    wrong = []
    for route in WRITES:
        # What nobody needs to be signed in for has no token.
        if route.permission == PUBLIC and "Origin" not in forger.forged:
            continue
        status, said = await ask(forger, route, full)
        if status != 403:
            wrong.append(f"{route.method} {route.path}: {status} {said[:200]}")
    assert wrong == []
    assert changed(before, await contents(site.town, full.workspace)) == set()


async def test_reading_writes_nothing(site: Site, full: Full) -> None:
    victim = await site.signed_in(full.admin.email)
    before = await contents(site.town, full.workspace)
    for route in ROUTES:
        if route.method == "GET":
            await ask(victim, route, full)
    assert changed(before, await contents(site.town, full.workspace)) == set()
