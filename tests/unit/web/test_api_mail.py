"""A mail's body as its own page, its source, and its remote images through the hub (S-01, S-02,
S-12).
"""

import re
from collections.abc import AsyncIterator
from html import unescape

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.model.ids import local
from hub.model.message import Attachment
from hub.web.mail_page import mail_page
from tests.support.desk import MINE, STRANGER, THEIRS, Desk, make_desk
from tests.support.media import png, png_header
from tests.support.people import Town


class Outside:
    """Somebody else's web server; counts what it is asked for."""

    def __init__(self) -> None:
        self.seen: list[web.Request] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.seen.append(request)
        path = request.path
        if path == "/page":
            return web.Response(text="<script>", content_type="text/html")
        if path == "/liar.png":
            return web.Response(body=b"<svg onload=x>", content_type="image/png")
        if path == "/bomb.png":
            return web.Response(body=png_header(60_000, 60_000), content_type="image/png")
        if path == "/large.png":
            return web.Response(body=png() + b"x" * 6_000_000, content_type="image/png")
        if path == "/inside":
            raise web.HTTPFound("http://169.254.169.254/latest")
        if path == "/gone":
            raise web.HTTPNotFound
        return web.Response(body=png(4, 4), content_type="image/png")


@pytest.fixture
async def outside() -> AsyncIterator[tuple[Outside, str]]:
    there = Outside()
    app = web.Application()
    app.router.add_get("/{tail:.*}", there.handle)
    async with TestServer(app) as server:
        yield there, f"http://127.0.0.1:{server.port}"


@pytest.fixture
async def desk(town: Town, outside: tuple[Outside, str]) -> AsyncIterator[Desk]:
    async with make_desk(town, outside[1].removeprefix("http://")) as built:
        yield built


def remote(url: str) -> str:
    return f'<p>hi</p><img data-remote-src="{url}" alt="a &gt; b"><img src="cid:logo%40x">'


async def proxied(desk: Desk, url: str, seq: int = 1) -> str:
    """The address under which our page loads the remote image `url`."""
    await desk.mail(seq, [], html=remote(url), remote_images=1)
    browser = await desk.site.signed_in(MINE)
    _, page = await browser.ask("GET", f"{desk.path}/{seq}/body?images=1")
    found = re.search(r'<img src="([^"]+)"', page.decode())
    assert found
    return unescape(found[1])


async def test_opening_a_mail_asks_nobody_outside(desk: Desk, outside: tuple[Outside, str]) -> None:
    there, base = outside
    image = await desk.file(png(), "logo.png")
    logo = Attachment(
        file_id=image.id, name="l", media_type="image/png", size_bytes=1, content_id="<logo@x>"
    )
    await desk.mail(1, [logo], html=remote(f"{base}/pixel.png"), remote_images=1)
    browser = await desk.site.signed_in(MINE)
    status, answer, body = await browser.full("GET", f"{desk.path}/1/body")
    page = body.decode()
    assert status == 200
    assert f'src="/api/v1/files/{local(image.id)}"' in page
    assert f'data-remote-src="{base}/pixel.png"' in page
    assert page.count("src=") == 2
    policy = answer.headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "img-src 'self'", "sandbox allow-same-origin allow-popups"):
        assert part in policy
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "<title>Offer &lt;/title&gt;&lt;script&gt;</title>" in page
    assert there.seen == []


async def test_remote_images_come_through_the_hub_when_asked_for(
    desk: Desk, outside: tuple[Outside, str]
) -> None:
    there, base = outside
    address = await proxied(desk, f"{base}/pixel.png?a=1&amp;b=2")
    assert address.startswith(f"{desk.path}/1/image?url=http%3A%2F%2F127.0.0.1")
    browser = await desk.site.signed_in(MINE)
    status, answer, body = await browser.full("GET", address)
    assert (status, answer.content_type, body) == (200, "image/png", png(4, 4))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (asked,) = there.seen
    assert asked.path_qs == "/pixel.png?a=1&b=2"
    for name in ("Cookie", "Referer", "Authorization", "X-Forwarded-For", "Accept-Language"):
        assert name not in asked.headers


async def test_the_proxy_serves_only_the_images_of_this_mail(
    desk: Desk, outside: tuple[Outside, str]
) -> None:
    there, base = outside
    address = await proxied(desk, f"{base}/pixel.png")
    await desk.mail(2, [], html="<p>other</p>")
    browser = await desk.site.signed_in(MINE)
    for changed in (
        address.replace("pixel", "other"),
        address[:-1] + ("y" if address.endswith("x") else "x"),
        address.split("&key")[0],
        address.replace("/messages/1/", "/messages/2/"),
        address.split("?")[0],
    ):
        assert (await browser.ask("GET", changed))[0] == 404, changed
    for email in (THEIRS, STRANGER):
        other = await desk.site.signed_in(email)
        assert (await other.ask("GET", address))[0] == 404
    assert (await desk.site.browser().ask("GET", address))[0] == 401
    assert there.seen == []


@pytest.mark.parametrize("path", ["page", "liar.png", "bomb.png", "large.png", "inside", "gone"])
async def test_what_is_no_image_is_not_shown(
    desk: Desk, outside: tuple[Outside, str], path: str
) -> None:
    address = await proxied(desk, f"{outside[1]}/{path}")
    browser = await desk.site.signed_in(MINE)
    status, problem = await browser.ask("GET", address)
    assert (status, problem["code"]) == (404, "not_found")
    assert len(outside[0].seen) == 1


@pytest.mark.parametrize("url", ["http://169.254.169.254/x", "http://[::1]:9/", "ftp://x/", "x"])
async def test_private_addresses_are_never_asked(desk: Desk, url: str) -> None:
    address = await proxied(desk, url)
    browser = await desk.site.signed_in(MINE)
    assert (await browser.ask("GET", address))[0] == 404


async def test_body_and_source_are_for_those_who_see_the_conversation(desk: Desk) -> None:
    source = await desk.file(b"From: a@example.com\r\n\r\nhi", "mail.eml")
    await desk.mail(1, [], html="<p>hi</p>", source_file_id=source.id)
    await desk.mail(2, [], html="<p>no source</p>")
    for email, status in {MINE: 200, THEIRS: 404, STRANGER: 404}.items():
        browser = await desk.site.signed_in(email)
        for what in ("body", "source"):
            assert (await browser.ask("GET", f"{desk.path}/1/{what}"))[0] == status, (email, what)
    mine = await desk.site.signed_in(MINE)
    _, answer, body = await mine.full("GET", f"{desk.path}/1/source")
    assert body == b"From: a@example.com\r\n\r\nhi"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.content_type == "message/rfc822"
    assert (await mine.ask("GET", f"{desk.path}/2/source"))[0] == 404
    for seq in ("3", "0", "999999999999999999999", "-1", "x", "1e3", "²"):
        assert (await mine.ask("GET", f"{desk.path}/{seq}/body"))[0] in (400, 404), seq


async def test_a_mail_without_html_is_shown_as_text(desk: Desk) -> None:
    await desk.mail(1, [], quoted="> old <i>words</i>")
    browser = await desk.site.signed_in(MINE)
    _, body = await browser.ask("GET", f"{desk.path}/1/body")
    page = body.decode()
    assert "the &lt;b&gt;text&lt;/b&gt;" in page
    assert "<details>" in page
    assert "&gt; old &lt;i&gt;words&lt;/i&gt;" in page


def page_of(html: str, remote_images: bool = False) -> str:
    return mail_page(
        html=html,
        text="",
        quoted="",
        title="",
        files_by_content_id={"known": "/api/v1/files/1"},
        remote=(lambda url: f"/proxy?u={len(url)}") if remote_images else None,
    )


def test_only_known_pictures_keep_a_source() -> None:
    page = page_of('<img src="cid:known"><img src="cid:other" alt="x"><img src="CID:known">')
    assert page.count('src="/api/v1/files/1"') == 2
    assert '<img alt="x">' in page


def test_a_source_from_outside_never_stays() -> None:
    """Intake has parked them all; should it ever miss one, it goes here."""
    page = page_of('<img src="https://evil.example/x"><img alt="a>b" src="//evil.example">')
    assert "evil.example" not in page


def test_attribute_values_cannot_break_out() -> None:
    page = page_of('<img data-remote-src="https://x/&quot;onerror=&quot;alert(1)">', True)
    assert "onerror" not in page
    assert '<img src="/proxy?u=' in page


def test_a_mail_with_its_own_colours_stays_on_white_paper() -> None:
    assert "content='light'" in page_of('<td bgcolor="#fff">x</td>')
    assert "content='light'" in page_of('<p style="color:#333">x</p>')
    assert "content='light dark'" in page_of("<p>colour: none</p>")
