"""Every kind of answer of a running hub carries the security headers (S-10): pages, scripts, files,
mail bodies, hooks, operations, refusals of every status, sockets that are refused, and requests
that are no HTTP at all.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.security.test_headers import missing
from tests.support.mail_hub import MailHub, mail_hub
from tests.support.real_hub import EMAIL, PASSWORD
from tests.support.tour import Places, furnish
from tests.support.visitor import chat_hook

pytestmark = pytest.mark.e2e


class Crawl:
    """Asks and keeps what was missing, by status."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session, self.base = session, base
        self.seen: set[int] = set()
        self.faults: list[str] = []

    async def ask(self, method: str, url: str, **options: Any) -> tuple[int, bytes]:
        where = url if url.startswith("http") else self.base + url
        async with self.session.request(method, where, allow_redirects=False, **options) as answer:
            self.seen.add(answer.status)
            gone = missing(answer)  # type: ignore[arg-type]
            self.faults += [f"{method} {url} {answer.status}: {one}" for one in gone]
            return answer.status, await answer.read()


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[MailHub]:
    async with mail_hub("sqlite", tmp_path) as hub:
        yield hub


async def test_every_kind_of_answer_carries_them(
    hub: MailHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = await furnish(hub)
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        crawl = Crawl(session, hub.hub.url)
        await _pages(crawl)
        await _refusals(crawl, await chat_hook(hub.hub))
        await _signed_in(crawl, hub, places)

        async def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(hub.hub.services.settings, "labels", broken)
        await crawl.ask("GET", "/api/v1/labels")
        assert crawl.faults == []
        assert {200, 304, 400, 401, 403, 404, 405, 413, 500} <= crawl.seen


async def _pages(crawl: Crawl) -> None:
    status, page = await crawl.ask("GET", "/")
    assert status == 200
    script = re.search(rb'src="(/assets/[^"]+\.js)"', page)
    assert script is not None
    for path in (
        script[1].decode(), "/sign-in", "/widget.js", "/demo", "/live", "/ready", "/metrics",
        "/api/v1/openapi.json", "/nothing", "/assets/../../config.py", "/%00", "//evil.test/",
        "/assets/none.js", "/.git/config", "/favicon.ico", "/robots.txt",
    ):  # fmt: skip
        await crawl.ask("GET", path)
        await crawl.ask("TRACE", path)
        await crawl.ask("POST", path, data=b"x")
    async with crawl.session.get(crawl.base + "/widget.js") as answer:
        tag = answer.headers["ETag"]
    assert (await crawl.ask("GET", "/widget.js", headers={"If-None-Match": tag}))[0] == 304


async def _refusals(crawl: Crawl, hook: str) -> None:
    """Anonymous: hooks and sockets, too much, unreadable, from foreign sites."""
    own, foreign = {"Origin": crawl.base}, {"Origin": "https://evil.test"}
    for headers in ({}, own, foreign):
        for tail in ("session", "messages", "files", "nothing", "socket"):
            for method in ("GET", "POST", "OPTIONS", "DELETE"):
                await crawl.ask(method, f"{hook}/{tail}", headers=headers)
        await crawl.ask("POST", "/api/v1/auth/sign-in", headers=headers, data=b"{")
        socket = {**headers, "Upgrade": "websocket", "Connection": "Upgrade"}
        socket |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
        await crawl.ask("GET", "/api/v1/live", headers=socket)
    await crawl.ask("GET", f"{hook}/socket", headers={**socket, **foreign})
    much = b"x" * 2_000_000
    assert (await crawl.ask("POST", f"{hook}/session", headers=own, data=io.BytesIO(much)))[
        0
    ] == 413
    for path in ("/hooks/webchat/none.none/session", "/hooks/none/x", "/hooks"):
        await crawl.ask("POST", path, headers=own, data=b"{}")
    await crawl.ask("POST", "/api/v1/auth/sign-in", headers=own, data=io.BytesIO(much))


async def _signed_in(crawl: Crawl, hub: MailHub, places: Places) -> None:
    own = {"Origin": crawl.base}
    signed = {"email": EMAIL, "password": PASSWORD}
    status, _ = await crawl.ask("POST", "/api/v1/auth/sign-in", headers=own, json=signed)
    assert status == 200
    assert (await crawl.ask("POST", "/api/v1/labels", headers=own, json={"name": "x"}))[0] == 403
    for conversation in (places.mail, places.chat):
        for message in await hub.messages(conversation):
            at = f"/api/v1/conversations/{conversation}/messages/{message['seq']}"
            for tail in ("body", "body?images=1", "source", "image", "image?url=x", "nothing"):
                await crawl.ask("GET", f"{at}/{tail}")
            for file in message["attachments"]:
                assert (await crawl.ask("GET", file["url"]))[0] in (200, 302, 303)
                await crawl.ask("GET", file["url"] + "/thumbnail")
                await crawl.ask("GET", file["url"], headers={"Range": "bytes=0-1"})
    for path in ("/api/v1/me", "/api/v1/files/none", "/api/v1/conversations/none", "/api/v1/none"):
        for method in ("GET", "PUT", "DELETE"):
            await crawl.ask(method, path, headers=own)


RAW = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "bad version": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "bad header": b"GET / HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    "length and chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "long path": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "long header": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
    "expects": b"POST / HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nContent-Length: 1\r\n\r\nx",
}


@pytest.mark.parametrize("name", list(RAW))
async def test_what_is_no_request_gets_them_too(hub: MailHub, name: str) -> None:
    """S-43."""
    where = urlsplit(hub.hub.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(RAW[name])
    await writer.drain()
    async with asyncio.timeout(90):
        head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert re.match(rb"HTTP/1\.[01] 4\d\d", head)
    lines = head.decode("latin-1").lower().split("\r\n")
    assert "x-content-type-options: nosniff" in lines
    assert any(line.startswith("content-security-policy: default-src 'none'") for line in lines)
    assert "server: santral" in lines
    assert "traceback" not in head.decode("latin-1").lower()
