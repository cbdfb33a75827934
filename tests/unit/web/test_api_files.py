"""Files over HTTP: who may read them, and that no browser runs anything in them (S-03, S-04,
S-17, S-42).
"""

from collections.abc import AsyncIterator

import pytest

from hub.errors import NotFound
from hub.model.ids import local
from tests.support.desk import MINE, STRANGER, THEIRS, Desk, make_desk
from tests.support.media import png, png_header
from tests.support.people import Town
from tests.support.web import Browser

FILES = "/api/v1/files"


@pytest.fixture
async def desk(town: Town) -> AsyncIterator[Desk]:
    async with make_desk(town) as built:
        yield built


async def upload(browser: Browser, name: str, data: bytes) -> tuple[int, dict[str, object]]:
    headers = {"Content-Type": "application/octet-stream"}
    return await browser.ask("POST", FILES, headers=headers, data=data, params={"name": name})


async def test_an_upload_is_its_owners_until_a_message_carries_it(desk: Desk) -> None:
    mine = await desk.site.signed_in(MINE)
    status, file = await upload(mine, "../Łódź.png", png(3, 2))
    assert status == 200
    assert (file["name"], file["media_type"], file["width"], file["height"]) == (
        "Łódź.png",
        "image/png",
        3,
        2,
    )
    assert await mine.ask("GET", str(file["url"])) == (200, png(3, 2))
    theirs = await desk.site.signed_in(THEIRS)
    assert (await theirs.ask("GET", str(file["url"])))[0] == 404
    stored = await desk.files.require(desk.workspace, str(file["id"]))
    await desk.files.attach(
        desk.workspace, [stored.id], desk.conversation.id, owners=[stored.owner]
    )
    assert (await mine.ask("GET", str(file["url"])))[0] == 200
    assert (await theirs.ask("GET", str(file["url"])))[0] == 404


async def test_files_of_a_conversation_are_for_those_who_see_it(desk: Desk) -> None:
    file = await desk.file(png(), "a.png")
    url = f"{FILES}/{local(file.id)}"
    expected = {MINE: 200, THEIRS: 404, STRANGER: 404}
    for email, status in expected.items():
        browser = await desk.site.signed_in(email)
        assert (await browser.ask("GET", url))[0] == status, email
        assert (await browser.ask("GET", f"{url}/thumbnail"))[0] == status, email
    assert (await desk.site.browser().ask("GET", url))[0] == 401


HOSTILE = {
    "page.html": b"<script>alert(1)</script>",
    "image.svg": b"<svg onload='alert(1)'/>",
    "x.xml": b"<?xml version='1.0'?>",
    "image.png": b"<html><script>alert(1)</script>",
    "doc.pdf": b"%PDF-1.7 /JS",
    "x.xhtml": b"<html/>",
    "x.js": b"alert(1)",
    "x.mht": b"MIME-Version: 1.0",
    "x.swf": b"CWS",
    "x.txt": b"words <script>alert(1)</script>",
    "x.css": b"a{}",
    "x.hta": b"x",
    "x.wasm": b"\0asm",
    "x.zip": b"PK\x03\x04",
    "x.json": b"{}",
    "x.eml": b"From: x\n\n<script>",
    "x.md": b"[a](javascript:1)",
    "x.csv": b"=1+1",
    "x.vcf": b"BEGIN:VCARD",
    "x.ics": b"BEGIN:VCALENDAR",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_nothing_active_is_shown_in_place(desk: Desk, name: str) -> None:
    file = await desk.file(HOSTILE[name], name)
    browser = await desk.site.signed_in(MINE)
    status, answer, _ = await browser.full("GET", f"{FILES}/{local(file.id)}")
    assert status == 200
    headers = answer.headers
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    kind = answer.content_type
    assert not any(word in kind for word in ("html", "svg", "xml", "script", "css", "flash"))


async def test_raster_images_are_shown_in_place(desk: Desk) -> None:
    file = await desk.file(png(), "a.png")
    browser = await desk.site.signed_in(MINE)
    _, answer, _ = await browser.full("GET", f"{FILES}/{local(file.id)}")
    assert answer.headers["Content-Disposition"].startswith("inline;")
    assert answer.headers["Cache-Control"] == "private, no-cache"


async def test_ranges_and_etags(desk: Desk) -> None:
    data = bytes(range(256)) * 400
    file = await desk.file(data, "a.bin")
    browser = await desk.site.signed_in(MINE)
    url = f"{FILES}/{local(file.id)}"
    for asked, part in {
        "bytes=0-0": data[:1],
        "bytes=5-9": data[5:10],
        "bytes=-3": data[-3:],
        "bytes=102390-": data[102390:],
        "bytes=10-999999": data[10:],
    }.items():
        status, answer, body = await browser.full("GET", url, headers={"Range": asked})
        assert (status, body) == (206, part), asked
        assert answer.headers["Content-Range"].endswith(f"/{len(data)}")
    for asked in ("bytes=102400-", "bytes=9-5", "bytes=x", "lines=1-2"):
        status, answer, _ = await browser.full("GET", url, headers={"Range": asked})
        assert (status, answer.headers["Content-Range"]) == (416, f"bytes */{len(data)}"), asked
    etag = answer.headers["ETag"]
    assert (await browser.ask("GET", url, headers={"If-None-Match": etag}))[0] == 304
    old = {"Range": "bytes=0-0", "If-Range": '"other"'}
    assert await browser.ask("GET", url, headers=old) == (200, data)


async def test_uploads_over_the_limit_are_refused_before_and_while_reading(desk: Desk) -> None:
    browser = await desk.site.signed_in(MINE)
    status, problem = await upload(browser, "a.bin", b"x" * 200_001)
    assert (status, problem["code"]) == (413, "too_large")

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 10_000

    status, problem = await browser.ask("POST", FILES, data=endless(), params={"name": "a"})
    assert (status, problem["code"]) == (413, "too_large")
    status, problem = await upload(browser, "bomb.png", png_header(60_000, 60_000))
    assert (status, problem["code"]) == (413, "too_large")
    assert not list((desk.town.config.data_dir / "files").rglob("??/*"))


async def test_names_cannot_break_the_headers(desk: Desk) -> None:
    browser = await desk.site.signed_in(MINE)
    for name in ('a"; filename="b.html', "a\r\nX-Evil: 1", "../../x", "\u202egnp.exe", "ż" * 900):
        status, file = await upload(browser, name, b"text")
        assert status == 200, name
        _, answer, _ = await browser.full("GET", str(file["url"]))
        assert "X-Evil" not in answer.headers
        assert answer.headers["Content-Disposition"].count("filename=") == 1
        assert "\u202e" not in str(file["name"])


async def test_a_thumbnail_is_small_and_only_of_images(desk: Desk) -> None:
    pytest.importorskip("PIL")
    image, text = await desk.file(png(1000, 700), "a.png"), await desk.file(b"text", "a.txt")
    browser = await desk.site.signed_in(MINE)
    status, answer, body = await browser.full("GET", f"{FILES}/{local(image.id)}/thumbnail")
    assert (status, answer.content_type, body[8:12]) == (200, "image/webp", b"WEBP")
    assert (await browser.ask("GET", f"{FILES}/{local(text.id)}/thumbnail"))[0] == 404


async def test_a_signed_link_needs_no_session_and_nothing_else_opens_it(desk: Desk) -> None:
    sink = await desk.files.sink(desk.workspace)
    attachment = await sink.save(png(), "a.png", owner="reader")
    link = sink.link(attachment.file_id, "reader")
    stranger = desk.site.browser()
    status, answer, body = await stranger.full("GET", link)
    assert (status, body) == (200, png())
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for changed in (
        link.replace("reader=reader", "reader=other"),
        link[:-1] + "x",
        link.split("?")[0],
        link + "&x=1",
        link.replace("/files/", "/files/" + "b" * 8 + "/", 1),
        link + "&key=",
    ):
        assert (await stranger.ask("GET", changed))[0] in (403, 404), changed
    await desk.town.clock.advance(301)
    assert (await stranger.ask("GET", link))[0] == 403


async def test_lost_bytes_are_a_404(desk: Desk) -> None:
    file = await desk.file(b"lost", "a.txt")
    for path in (desk.town.config.data_dir / "files").rglob(file.sha256[2:]):
        path.unlink()
    with pytest.raises(NotFound):
        await desk.files.read(file)
    browser = await desk.site.signed_in(MINE)
    assert (await browser.ask("GET", f"{FILES}/{local(file.id)}"))[0] == 404
