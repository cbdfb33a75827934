"""The Graph client over real HTTP: where tokens go, what is quoted, what may be tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels._meta.faults import Fault
from channels._meta.graph import Graph
from channels._meta.standin_core import GraphStandin, Media, Refusal, form_of
from hub.clock import SystemClock
from hub.errors import (
    AuthFailed,
    ContentRejected,
    OutcomeUnknown,
    TooLarge,
    TransientFailure,
)
from hub.standin import Fault as Ordered
from tests.support.adapter_context import MemoryContext

TOKEN = "EAAGthetokenofthesystemuser"


class Api(GraphStandin):
    """Says back what it was asked."""

    def __init__(self) -> None:
        super().__init__(SystemClock(), token=TOKEN)
        self.forms: list[dict[str, Media]] = []
        self.seen: list[str] = []
        self.cdn = ""

    def app(self) -> web.Application:
        app = super().app()
        app.router.add_get("/v1.0/list", self._list)
        app.router.add_post("/v1.0/upload", self._upload)
        app.router.add_get("/moved", self._moved)
        app.router.add_get("/file", self._file)
        app.router.add_route("*", "/v1.0/{tail:.*}", self._echo)
        return app

    async def _echo(self, request: web.Request) -> web.Response:
        self.require_token(request)
        return web.json_response({"path": request.raw_path, "body": await request.text()})

    async def _list(self, request: web.Request) -> web.Response:
        at = int(request.query.get("after") or 0)
        paging: dict[str, Any] = {"cursors": {"after": str(at + 1)}}
        if at < 2:
            paging["next"] = f"https://elsewhere.example/?access_token={TOKEN}&after={at + 1}"
        return web.json_response({"data": [{"n": at}, "odd"], "paging": paging})

    async def _upload(self, request: web.Request) -> web.Response:
        self.require_token(request)
        self.forms.append(await form_of(request))
        return web.json_response({"id": "1"})

    async def _moved(self, request: web.Request) -> web.Response:
        self.require_token(request)
        raise web.HTTPFound(self.cdn)

    async def _file(self, request: web.Request) -> web.Response:
        self.require_token(request)
        return web.Response(body=b"x" * 1000)


@asynccontextmanager
async def served() -> AsyncIterator[tuple[Graph, Api, str]]:
    api = Api()
    async with TestServer(api.app()) as server:
        ctx = MemoryContext({})
        base = str(server.make_url("")).rstrip("/")
        graph = Graph(
            ctx.http, token=TOKEN, table={}, api_base=base + "/", version="v1.0", timeout_s=2
        )
        try:
            yield graph, api, base
        finally:
            await ctx.http.close()


async def test_parts_of_a_path_are_one_segment_each_whatever_is_in_them() -> None:
    async with served() as (graph, api, _):
        found = await graph.get("../me", "a/b?c", params={"fields": "a b&c"})
        assert found["path"] == "/v1.0/..%2Fme/a%2Fb%3Fc?fields=a+b%26c"
        posted = await graph.post("7", "messages", body={"text": "Zażółć"})
        assert posted["body"] == '{"text":"Zażółć"}'
        assert (await graph.delete("7"))["path"] == "/v1.0/7"
        assert not any(TOKEN in entry.path for entry in api.desk.ledger)
        for part in ("", ".", ".."):
            with pytest.raises(ContentRejected):
                await graph.get(part)
        types = [entry.headers.get("content-type") for entry in api.desk.ledger]
        assert types[1] == "application/json; charset=utf-8"


async def test_all_pages_are_followed_by_their_cursors_alone() -> None:
    async with served() as (graph, api, _):
        assert [row["n"] async for row in graph.pages("list")] == [0, 1, 2]
        assert len(api.desk.ledger) == 3


async def test_a_file_arrives_byte_by_byte() -> None:
    data = bytes(range(256)) * 4 + b"\r\n--\r\n\r\n"
    async with served() as (graph, api, _):
        await graph.upload(
            "upload", data=data, media_type="image/png", name="a.png", fields={"type": "x"}
        )
        (form,) = api.forms
        assert form["file"] == Media(data, "image/png", "a.png")
        assert form["type"].data == b"x"


async def test_reading_and_uploading_may_be_tried_again_and_writing_may_not() -> None:
    async with served() as (graph, api, _):
        for kind in ("garbage", "hang"):
            api.desk.faults += [Ordered(kind=kind) for _ in range(3)]
            graph._timeout_s = 2 if kind == "hang" else 60
            with pytest.raises(TransientFailure):
                await graph.get("x")
            with pytest.raises(OutcomeUnknown):
                await graph.post("x", body={})
            with pytest.raises(OutcomeUnknown):
                await graph.delete("x")
        api.desk.faults += [Ordered(kind="status", status=500) for _ in range(3)]
        with pytest.raises(TransientFailure):
            await graph.get("x")
        with pytest.raises(TransientFailure):
            await graph.upload("upload", data=b"x", media_type="image/png")
        with pytest.raises(OutcomeUnknown):
            await graph.post("x", body={})


async def test_a_list_where_an_object_should_be_is_no_success() -> None:
    async with served() as (graph, api, _):

        async def odd(*_: Any, **__: Any) -> Any:
            return web.json_response([1])

        api._echo = odd  # type: ignore[method-assign]
        async with TestServer(api.app()) as server:
            graph._root = str(server.make_url("/v1.0"))
            with pytest.raises(OutcomeUnknown):
                await graph.post("x", body={})


async def test_looking_gives_the_refusal_back() -> None:
    async with served() as (graph, api, _):
        api.desk.faults.append(Ordered(kind="status", status=404, code=100))
        found = await graph.look("x")
        assert isinstance(found, Fault)
        assert (found.status, found.code) == (404, 100)
        assert isinstance(graph.refusal(found), ContentRejected)
        assert isinstance(graph.refusal(Fault(status=500)), AuthFailed)
        assert isinstance(graph.refusal(Fault(status=500, is_told=False)), TransientFailure)


async def test_a_wrong_token_is_told_without_showing_it() -> None:
    async with served() as (graph, _, _base):
        graph._token = "EAAGanothertoken0123456789"
        with pytest.raises(AuthFailed) as raised:
            await graph.get("x")
        assert "EAAG" not in str(raised.value)


@asynccontextmanager
async def canary() -> AsyncIterator[tuple[str, list[str]]]:
    """Another host, and the Authorization headers that it saw."""
    seen: list[str] = []

    async def file(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.Response(body=b"data")

    app = web.Application()
    app.router.add_get("/{tail:.*}", file)
    async with TestServer(app) as server:
        yield str(server.make_url("/f")).replace("127.0.0.1", "localhost"), seen


async def test_redirects_to_listed_hosts_are_followed_without_the_token() -> None:
    async with served() as (graph, api, base), canary() as (cdn, seen):
        api.cdn = cdn
        answer = await graph.download(
            f"{base}/moved", hosts=(), cdn_hosts=("localhost",), max_bytes=100
        )
        assert answer.body == b"data"
        assert seen == [""]
        with pytest.raises(TransientFailure):
            await graph.download(f"{base}/moved", hosts=(), cdn_hosts=(), max_bytes=100)
        assert seen == [""]


@pytest.mark.parametrize(
    "url",
    ["", "https://[x", "file:///etc/passwd", "http://lookaside.fbsbx.com/x", "https://evil.example/x",
     "https://lookaside.fbsbx.com.evil.example/x", "https://lookaside.fbsbx.com:8443/x",
     "https://user@lookaside.fbsbx.com/x"],
)  # fmt: skip
async def test_addresses_of_others_are_never_called(url: str) -> None:
    async with served() as (graph, api, _):
        with pytest.raises(ContentRejected):
            await graph.download(url, hosts=("lookaside.fbsbx.com",), cdn_hosts=(), max_bytes=100)
        assert api.desk.ledger == []


async def test_a_file_over_the_limit_is_too_large() -> None:
    async with served() as (graph, _, base):
        with pytest.raises(TooLarge):
            await graph.download(f"{base}/file", hosts=(), cdn_hosts=(), max_bytes=999)
        answer = await graph.download(f"{base}/file", hosts=(), cdn_hosts=(), max_bytes=1000)
        assert len(answer.body) == 1000


async def test_a_form_that_is_none_is_refused() -> None:
    async with served() as (graph, _, _base):
        with pytest.raises(ContentRejected):
            await graph.post("upload", body={})
    assert Refusal(100).status == 400


async def test_calls_run_side_by_side() -> None:
    async with served() as (graph, api, _):
        await asyncio.gather(*(graph.get(str(number)) for number in range(20)))
        assert len(api.desk.ledger) == 20
