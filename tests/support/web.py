"""The API on a loopback socket: services about people are real, the others as far as given."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.services.hold import Hold
from hub.web.auth import CSRF_HEADER, session_cookie
from hub.web.dispatch import make_app
from hub.web.route import Route
from hub.web.routes import ROUTES
from hub.web.services import Services
from tests.support.people import PASSWORD, Town

API = "/api/v1"


class Absent:
    """A service that this test does not need: whoever touches it is told so."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(f"{self._name}.{name} is not part of this test")


class NobodyOnline:
    def online(self, workspace: str) -> set[str]:
        return set()


def services_of(town: Town, **others: Any) -> Services:
    """The record that handlers get. `others` are services of other areas."""
    people = town.people
    given: dict[str, Any] = {
        "config": town.config,
        "store": town.store,
        "clock": town.clock,
        "tasks": town.tasks,
        "bus": town.bus,
        "vault": town.vault,
        "hold": Hold(town.store, town.clock),
        "live": NobodyOnline(),
        **{field.name: getattr(people, field.name) for field in fields(people)},
        **others,
    }
    names = [field.name for field in fields(Services)]
    return Services(**{name: given.get(name, Absent(name)) for name in names})


@dataclass
class Browser:
    """One person's browser: sends its cookie, its Origin and the CSRF token of its page."""

    base: str
    session: aiohttp.ClientSession
    csrf: str = ""
    public_url: str = ""
    cookie: str = ""

    async def ask(
        self,
        method: str,
        path: str,
        json: Any = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> tuple[int, Any]:
        """Status and decoded answer (bytes when it is not JSON)."""
        status, _, body = await self.full(method, path, json, headers, **more)
        return status, body

    async def full(
        self,
        method: str,
        path: str,
        json: Any = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> tuple[int, Any, Any]:
        sent = {"Origin": self.base}
        if self.csrf:
            sent[CSRF_HEADER] = self.csrf
        if self.cookie:
            sent["Cookie"] = f"{session_cookie(self.public_url)}={self.cookie}"
        sent |= headers or {}
        sent = {name: value for name, value in sent.items() if value is not None}
        url = self.base + path
        async with self.session.request(
            method, url, json=json, headers=sent, allow_redirects=False, **more
        ) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, answer, await (answer.json() if is_json else answer.read())

    async def sign_in(self, email: str, password: str = PASSWORD) -> Any:
        body = {"email": email, "password": password}
        status, answer, me = await self.full("POST", f"{API}/auth/sign-in", body)
        assert status == 200, me
        self.csrf = me["csrf_token"]
        self.cookie = answer.cookies[session_cookie(self.public_url)].value
        return me


@dataclass
class Site:
    town: Town
    app: web.Application
    base: str
    services: Services
    _sessions: list[aiohttp.ClientSession]

    def browser(self) -> Browser:
        """A new one, without cookies."""
        session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        self._sessions.append(session)
        return Browser(self.base, session, public_url=self.town.config.public_url)

    async def signed_in(self, email: str) -> Browser:
        browser = self.browser()
        await browser.sign_in(email)
        return browser


@asynccontextmanager
async def site(
    town: Town,
    routes: Sequence[Route] = ROUTES,
    *,
    links: Sequence[web.AbstractRouteDef] = (),
    **others: Any,
) -> AsyncIterator[Site]:
    """`links`: further routes of the application, as the composition root adds them."""
    services = services_of(town, **others)
    app = make_app(services, routes)
    app.add_routes(links)
    server = TestServer(app)
    await server.start_server()
    built = Site(town, app, f"http://127.0.0.1:{server.port}", services, [])
    try:
        yield built
    finally:
        for session in built._sessions:
            await session.close()
        await server.close()
