"""Security headers on every route × status, and what the inbox's own page may do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from hub.web import pages
from hub.web.headers import APP_PAGE
from hub.web.routes import PREFIX, ROUTES
from tests.support.people import Town
from tests.support.web import Site
from tests.support.web import site as make_site
from tests.support.whole import CANARY, Full, all_services, furnish

REQUIRED = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Server": "Santral",
}


@pytest.fixture
async def site(town: Town) -> AsyncIterator[Site]:
    async with make_site(town, **all_services(town)) as built:
        yield built


@pytest.fixture
async def full(site: Site) -> Full:
    return await furnish(site.town, site.services)


def missing(answer: web.Response) -> list[str]:
    headers = answer.headers
    gone = [name for name, value in REQUIRED.items() if headers.get(name) != value]
    if headers.get("Referrer-Policy") not in ("same-origin", "no-referrer"):
        gone.append("Referrer-Policy")
    policy = headers.get("Content-Security-Policy", "")
    if not policy.startswith("default-src 'none'") or "frame-ancestors" not in policy:
        gone.append(f"CSP {policy}")
    if "unsafe-eval" in policy or "script-src *" in policy or "*" in policy:
        gone.append(f"loose CSP {policy}")
    gone += [name for name in ("X-Frame-Options", "Cache-Control") if name not in headers]
    return gone


async def test_every_answer_of_every_route_carries_them(site: Site, full: Full) -> None:
    """Anonymous, signed in, unreadable, unknown id, wrong method: whatever comes back."""
    admin = await site.signed_in(full.admin.email)
    agent = await site.signed_in(f"{CANARY}-agent@a.test")
    wrong: list[str] = []
    seen: set[int] = set()
    for route in ROUTES:
        path = route.path
        for name, one in full.ids.items():
            path = path.replace("{" + name + "}", one)
        unknown = route.path.replace("{", "").replace("}", "")
        for browser in (site.browser(), agent, admin):
            for method, where in (
                (route.method if route.method == "GET" else "POST", path),
                ("GET", path + "?$ne=1"),
                ("GET", unknown),
                ("TRACE", path),
                ("OPTIONS", path),
            ):
                if "sign-out" in where:
                    continue
                _, answer, _ = await browser.full(method, PREFIX + where)
                seen.add(answer.status)
                wrong += [f"{method} {where} {answer.status}: {one}" for one in missing(answer)]
    assert wrong == []
    assert {200, 400, 401, 403, 404, 405} <= seen


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sign-in",
        "/nothing",
        "/assets/none.js",
        "/assets/..%2f..%2fpages.py",
        "/widget.js",
        "/.git/config",
        "//evil.test/",
        "/%00",
    ],
)
async def test_every_page_carries_them(site: Site, path: str) -> None:
    _, answer, _ = await site.browser().full("GET", path)
    assert missing(answer) == []


async def test_a_server_error_carries_them(
    site: Site, full: Full, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await site.signed_in(full.admin.email)

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(site.services.settings, "labels", broken)
    status, answer, _ = await browser.full("GET", f"{PREFIX}/labels")
    assert status == 500
    assert missing(answer) == []


async def test_a_socket_carries_them(site: Site, full: Full) -> None:
    browser = await site.signed_in(full.admin.email)
    headers = {"Cookie": f"santral={browser.cookie}", "Origin": site.base}
    async with browser.session.ws_connect(f"{site.base}{PREFIX}/live", headers=headers) as socket:
        assert socket._response.headers["X-Content-Type-Options"] == "nosniff"
        assert (await socket.receive_json())["type"] == "hello"


def test_the_page_runs_own_scripts_only() -> None:
    rules = dict(part.strip().split(" ", 1) for part in APP_PAGE.split(";"))
    assert rules["script-src"] == "'self'"
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert all("http" not in value and "*" not in value for value in rules.values())


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built inbox."""
    (tmp_path / "static/app/assets").mkdir(parents=True)
    (tmp_path / "static/app/index.html").write_text("<!doctype html><title>Inbox</title>")
    (tmp_path / "static/app/assets/app-abc.js").write_text("1")
    (tmp_path / "static/widget.js").write_text("2")
    (tmp_path / "static/secret.js").write_text("secret")
    return tmp_path / "static"


def serve_from(site: Site, folder: Path) -> None:
    for resource in site.app.router.resources():
        for route in resource:
            owner = getattr(route.handler, "__self__", None)
            if isinstance(owner, pages.Pages):
                owner._static = folder


async def test_the_built_inbox_is_served_under_all_its_paths(site: Site, built: Path) -> None:
    serve_from(site, built)
    browser = site.browser()
    for path in ("/", "/inbox/mine", "/inbox/mine/abc", "/welcome?token=x", "/settings/people"):
        status, answer, page = await browser.full("GET", path)
        assert (status, b"Inbox" in page) == (200, True)
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["Content-Security-Policy"] == APP_PAGE
    _, answer, _ = await browser.full("GET", "/assets/app-abc.js")
    assert "immutable" in answer.headers["Cache-Control"]
    _, answer, _ = await browser.full("GET", "/widget.js")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    again = {"If-None-Match": answer.headers["ETag"]}
    assert (await browser.ask("GET", "/widget.js", headers=again))[0] == 304
    for path in ("/assets/../secret.js", "/assets/%2e%2e%2fsecret.js", "/secret.js", "/assets/"):
        assert (await browser.ask("GET", path))[0] == 404


async def test_an_unbuilt_inbox_says_what_to_do_in_the_readers_language(
    site: Site, tmp_path: Path
) -> None:
    serve_from(site, tmp_path)
    status, page = await site.browser().ask("GET", "/", headers={"Accept-Language": "tr"})
    assert status == 503
    assert "make ui" in page.decode()
    assert 'lang="tr"' in page.decode()
