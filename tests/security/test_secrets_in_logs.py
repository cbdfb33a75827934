"""A secret sent to every route, in every place that a request has, stands in no log line (S-49);
also when the route breaks, and at the finest level. How lines are made: `tests/unit/test_log.py`.
"""

import io
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from hub import log
from hub.errors import Unavailable
from hub.web.routes import PREFIX, ROUTES
from tests.security.matrix import CASES
from tests.security.test_inputs import filled, path_of
from tests.security.test_matrix import in_order
from tests.support.people import Town
from tests.support.web import Browser, Site
from tests.support.web import site as make_site
from tests.support.whole import Full, all_services, furnish

SECRET = "s3cr3t-0f-the-canary"
SECRET_HEADERS = {
    "X-Api-Key": SECRET,
    "User-Agent": SECRET,
    "Referer": f"https://x/?token={SECRET}",
}


@pytest.fixture
async def site(town: Town) -> AsyncIterator[Site]:
    async with make_site(town, **all_services(town)) as built:
        yield built


@pytest.fixture
async def full(site: Site) -> Full:
    return await furnish(site.town, site.services)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    log.setup("DEBUG", stream, human=False)
    yield stream
    log.setup("WARNING", io.StringIO(), human=False)


def spoiled(body: Any) -> Any:
    """The body with the secret in all of its texts."""
    if isinstance(body, dict):
        return {name: spoiled(value) for name, value in body.items()}
    return f"{SECRET}\r\nlevel=error" if isinstance(body, str) else body


async def knock(site: Site, browser: Browser, full: Full) -> None:
    for route in in_order(list(ROUTES)):
        case, path = CASES[route.method, route.path], path_of(route, full)
        more: dict[str, Any] = {"data": SECRET.encode()} if route.is_raw else {}
        good = filled(case.body, full) if case.body is not None else None
        for body in (good, spoiled(good)) if good is not None else (None,):
            for query in (case.query, f"token={SECRET}&text={SECRET}"):
                site.town.people.limits.__init__(site.town.clock)  # type: ignore[misc]
                url = f"{path}?{query}" if query else path
                await browser.ask(route.method, url, body, dict(SECRET_HEADERS), **more)


async def test_no_log_line_holds_what_was_secret(
    site: Site, full: Full, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = site.browser()
    stranger.cookie = SECRET
    program = site.browser()
    program.session.headers["Authorization"] = f"Bearer {SECRET}"
    for browser in (stranger, program):
        await knock(site, browser, full)

    async def broken(*_: object, **__: object) -> Any:
        raise ZeroDivisionError(1)

    async def away(*_: object, **__: object) -> Any:
        raise Unavailable("down")

    for fault, verb in ((broken, "insert"), (away, "get")):
        agent = await site.signed_in(full.admin.email)  # the last route signs out
        with monkeypatch.context() as worse:
            worse.setattr(site.town.store, verb, fault)
            await knock(site, agent, full)
    await knock(site, await site.signed_in(full.admin.email), full)
    written = lines.getvalue()
    told = [json.loads(line) for line in written.split("\n") if line]
    assert {"unexpected error", "request failed"} <= {one["event"] for one in told}
    assert SECRET not in written
    assert PREFIX in written
