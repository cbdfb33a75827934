"""The hub's hook for one adapter under test, over real HTTP: verify → parse → accept → 2xx, in the
order of `hub.web.hooks`, with the events in the adapter's `MemoryContext`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from hub.errors import BadInput, BadSignature
from hub.ports.channel import AnswersWebhooks, RawRequest, ReceivesWebhooks
from tests.support.adapter_context import MemoryContext


@dataclass
class Hook:
    """`statuses` are answered first, instead of taking anything."""

    ctx: MemoryContext
    url: str = ""
    adapter: object = None
    statuses: list[int] = field(default_factory=list)
    #: What was refused, in words.
    refused: list[str] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        adapter = self.adapter
        assert isinstance(adapter, ReceivesWebhooks)
        raw = RawRequest(
            request.method, request.path, request.rel_url.raw_query_string, request.headers, body
        )
        try:
            adapter.verify(raw)
            await self.ctx.accept(adapter.parse(raw))
        except BadSignature as fault:
            self.refused.append(str(fault))
            return web.Response(status=403)
        except BadInput as fault:
            self.refused.append(str(fault))
            return web.json_response({"error": {"message": str(fault)}}, status=400)
        if isinstance(adapter, AnswersWebhooks):
            answer = adapter.answer(raw)
            return web.Response(
                status=answer.status, text=answer.body, content_type=answer.media_type
            )
        return web.Response(text="ok\n")


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """Its address, while the block runs."""
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def hook_of(ctx: MemoryContext) -> AsyncIterator[Hook]:
    """Serves `ctx.inbox.hook_path`; the adapter is set by the caller."""
    hook = Hook(ctx)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", ctx.inbox.hook_path, hook.take)
    async with served(app) as url:
        hook.url = url
        yield hook
