"""The server's connections, with our own answer to what is no request: aiohttp's names its version,
echoes the input, has no security headers and logs a traceback for every port scan. Requests that
can be read never get there. Who sends a request too slowly is cut off. Used by the composition root
instead of aiohttp's own runner.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from hub import log
from hub.web.answers import json_answer
from hub.web.headers import protect
from hub.web.views import Problem

#: For the head of a request, and for a connection that waits for its next one: longer than proxies
#: keep theirs (Caddy: two minutes), so that it is they who close.
IDLE_S = 130.0
#: For the whole body, if it did not come together with the head: 25 MB at 100 kB a second.
BODY_S = 300.0

_log = log.get("hub.web")


#: Answers a request before the application's routes are asked; None leaves it to them.
Door = Callable[[web.BaseRequest], Awaitable[web.StreamResponse] | None]


class Runner(web.AppRunner):
    """An `AppRunner` whose connections are ours. `door` takes what is too frequent for routing."""

    def __init__(self, app: web.Application, *, door: Door, **settings: Any) -> None:
        super().__init__(app, **settings)
        self._door = door

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        door, routed = self._door, made.request_handler

        def handle(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
            return door(request) or routed(request)

        return _Server(
            handle,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=made._loop,
            **made._kwargs,
        )


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(RequestHandler):
    async def _handle_request(
        self,
        request: web.BaseRequest,
        start_time: float | None,
        request_handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
    ) -> tuple[web.StreamResponse, bool]:
        """aiohttp waits for a body for ever; nobody can hold a handler longer than `BODY_S`."""
        if request.content.is_eof():
            return await super()._handle_request(request, start_time, request_handler)
        late = self._loop.call_later(BODY_S, self._end_unless_whole, request)
        try:
            return await super()._handle_request(request, start_time, request_handler)
        finally:
            late.cancel()

    def _end_unless_whole(self, request: web.BaseRequest) -> None:
        if not request.content.is_eof():
            _log.info("a body did not come in time", client=request.remote)
            self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The last edge: an unreadable request, or a fault that passed even the application's."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun: only closing is left")
        if status < 500:
            _log.info("unreadable request", client=request.remote, status=status)
            problem = Problem(code="bad_input", message="This is not a request that can be read.")
        else:
            _log.error("a request failed", error=exc)
            problem = Problem(code="internal", message="Something went wrong here.")
        response = json_answer(problem, status)
        protect(response)
        response.force_close()
        return response
