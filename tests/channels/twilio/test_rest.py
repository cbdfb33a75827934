"""Reads over REST: pages, files, and what their faults mean."""

from __future__ import annotations

import pytest

from channels._twilio import rest as rest_module
from channels._twilio.rest import Rest
from channels._twilio.settings import Account
from hub.errors import AuthFailed, NotFound, RateLimited, TooLarge, TransientFailure
from hub.ports.channel import VendorAnswer
from tests.support.adapter_context import MemoryContext
from tests.support.twilio import ACCOUNT, TOKEN


class Said:
    """A `VendorHttp` that answers what the test says, and notes the addresses."""

    def __init__(self, *answers: VendorAnswer) -> None:
        self.answers = list(answers)
        self.urls: list[str] = []

    async def request(self, method: str, url: str, **more: object) -> VendorAnswer:
        self.urls.append(url)
        return self.answers.pop(0)


def account(base: str = "https://api.twilio.com") -> Account:
    return Account(
        inbox_id="i",
        sid=ACCOUNT,
        tokens=(TOKEN,),
        sender="+48732000001",
        service_sid="",
        prefix="",
        api_base=base,
        hook_url="https://hub.example.com/hooks/x/y",
        public_url="https://hub.example.com",
    )


def said(*answers: VendorAnswer, base: str = "https://api.twilio.com") -> tuple[Rest, Said]:
    http = Said(*answers)
    return Rest(http, account(base)), http


def ok(body: bytes) -> VendorAnswer:
    return VendorAnswer(200, {}, body)


@pytest.mark.parametrize(
    ("base", "content"),
    [
        ("https://api.twilio.com", "https://content.twilio.com"),
        ("https://api.dublin.ie1.twilio.com", "https://content.dublin.ie1.twilio.com"),
        ("http://127.0.0.1:8090/x", "http://127.0.0.1:8090/x"),
        ("https://api.twilio.com.example.com", "https://api.twilio.com.example.com"),
    ],
)
def test_where_templates_live(base: str, content: str) -> None:
    assert account(base).content_base == content


async def test_pages_are_followed_to_the_end_and_bad_rows_left_out() -> None:
    first = (
        b'{"messages":[{"sid":"SM1"},{"sid":7},{"sid":"SM2"}],"next_page_uri":"/p2?PageToken=x"}'
    )
    rest, http = said(ok(first), ok(b'{"messages":[{"sid":"SM3"}],"next_page_uri":null}'))
    assert [one.sid async for one in rest.messages(to="+1")] == ["SM1", "SM2", "SM3"]
    assert http.urls[1] == "https://api.twilio.com/p2?PageToken=x"
    assert "To=%2B1" in http.urls[0]


@pytest.mark.parametrize(
    "later", ["https://evil.example/p", "//evil.example/p", "http://api.twilio.com/p"]
)
async def test_a_list_that_goes_on_elsewhere_gets_no_credentials(later: str) -> None:
    rest, http = said(ok(b'{"messages":[],"next_page_uri":"%s"}' % later.encode()))
    with pytest.raises(TransientFailure):
        [one async for one in rest.messages()]
    assert len(http.urls) == 1


async def test_a_list_without_end_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest_module, "_MAX_PAGES", 3)
    page = ok(b'{"messages":[{"sid":"SM1"}],"next_page_uri":"/same"}')
    rest, http = said(page, page, page, page)
    assert len([one async for one in rest.messages()]) == 3
    assert len(http.urls) == 3


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (VendorAnswer(401, {}, b"{}"), AuthFailed),
        (VendorAnswer(403, {}, b"{}"), AuthFailed),
        (VendorAnswer(404, {}, b"{}"), AuthFailed),
        (VendorAnswer(429, {"retry-after": "3"}, b"{}"), RateLimited),
        (VendorAnswer(500, {}, b"{}"), TransientFailure),
        (VendorAnswer(302, {}, b""), TransientFailure),
        (ok(b"<html>"), TransientFailure),
        (ok(b"[]"), TransientFailure),
    ],
)
async def test_faults_of_reads_are_harmless(answer: VendorAnswer, error: type[Exception]) -> None:
    rest, _ = said(answer)
    with pytest.raises(error):
        await rest.probe()


async def test_only_files_of_messages_are_fetched() -> None:
    """S-12, S-13: a reference can never name another address."""
    rest, http = said()
    for ref in ("", "https://evil.example/x", "../../x", "Messages/MM1/Media/ME1", "//evil/x"):
        with pytest.raises(NotFound):
            await rest.fetch(ref)
    assert http.urls == []


async def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest_module, "MEDIA_MAX_BYTES", 10)
    ctx = MemoryContext({})
    from aiohttp import web

    from tests.support.channel_hook import served

    async def large(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 11)

    app = web.Application()
    app.router.add_get("/{tail:.*}", large)
    ref = "Messages/MM" + "0" * 32 + "/Media/ME" + "0" * 32
    async with served(app) as base:
        with pytest.raises(TooLarge):
            await Rest(ctx.http, account(base)).fetch(ref)
        await ctx.http.close()
