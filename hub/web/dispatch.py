"""From the route table to an aiohttp application. Every API request takes the same steps, in this
order:

client's address → limit → authenticate → origin and CSRF → permission (denied unless granted) →
path, query and body decoded → handler → JSON. Handlers see only requests that passed all of them.
The composition root adds hooks, sockets and pages of its own to the application.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from hub.errors import NotAllowed, NotFound, NotSignedIn
from hub.model.agent import Scope
from hub.services.limits import API_CALLER, API_IP, SEARCH, UPLOAD, ip_key
from hub.web import auth, decode, idempotency, pages
from hub.web.answers import json_answer
from hub.web.caller import CALLER, CLIENT_IP, Caller
from hub.web.client_ip import client_ip
from hub.web.errors import error_middleware
from hub.web.headers import security_headers
from hub.web.route import PUBLIC, SIGNED_IN, Call, Route
from hub.web.routes import PREFIX, ROUTES
from hub.web.services import Services

SERVICES = web.AppKey("services", Services)
#: For raw uploads, which read their own body; aiohttp's own limit is only a net below ours.
_MAX_BYTES = 64 * 1024 * 1024
_NOBODY = Scope("", "", "", "agent", frozenset())


def make_app(services: Services, routes: Sequence[Route] = ROUTES) -> web.Application:
    """The application with the API and the pages of the inbox."""
    config = services.config
    app = web.Application(
        middlewares=[error_middleware(services.texts), _address_middleware(services)],
        client_max_size=_MAX_BYTES,
    )
    app[SERVICES] = services
    is_https = config.public_url.startswith("https:")
    app.on_response_prepare.append(security_headers(is_https=is_https))
    # aiohttp takes the first that fits: fixed paths before those with holes.
    for route in sorted(routes, key=lambda route: route.path.count("{")):
        app.router.add_route(route.method, PREFIX + route.path, _handler(route, services))
    pages.add_pages(app, services.texts)
    return app


def _address_middleware(services: Services) -> Middleware:
    @web.middleware
    async def know_address(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[CLIENT_IP] = client_ip(request, services.config.trusted_proxies)
        return await handler(request)

    return know_address


def _handler(route: Route, hub: Services) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        hub.limits.take(API_IP, ip_key(request[CLIENT_IP]))
        caller = await _admit(request, route, hub)
        scope = caller.scope if caller is not None else _NOBODY
        if not decode.check_path(dict(request.match_info)):
            raise NotFound("There is nothing at this address.")
        query = decode.decode_query(request, route)
        is_repeatable = idempotency.HEADER in request.headers and not route.is_raw
        is_once = is_repeatable and request.method == "POST" and caller is not None
        raw = await _raw(request, route)
        body = decode.decode(raw, route)

        async def work() -> web.StreamResponse:
            call = Call(
                scope=scope,
                request=request,
                hub=hub,
                path=dict(request.match_info),
                body=body,
                query=query,
                session_id=caller.session.id if caller and caller.session else "",
                ip=request[CLIENT_IP],
            )
            answer = await route.handler(call)
            return answer if isinstance(answer, web.StreamResponse) else json_answer(answer)

        return await idempotency.once(request, raw, scope, hub, work) if is_once else await work()

    return handle


async def _raw(request: web.Request, route: Route) -> bytes:
    if route.is_raw or route.body is None:
        return b""
    return await decode.read_json(request, route.max_bytes)


async def _admit(request: web.Request, route: Route, hub: Services) -> Caller | None:
    """The caller, who may use this route; None on public routes."""
    url = hub.config.public_url
    if route.permission == PUBLIC:
        if request.method not in auth.READS:
            auth.check_origin(request, url)
        return None
    caller = await auth.authenticate(request, hub)
    if caller is None:
        raise NotSignedIn("Sign in first.")
    request[CALLER] = caller
    auth.check_csrf(request, caller, url)
    _limit(caller, route, hub)
    if route.permission != SIGNED_IN and not caller.scope.can(route.permission):
        raise NotAllowed("Your role does not allow this.")
    return caller


def _limit(caller: Caller, route: Route, hub: Services) -> None:
    who = caller.scope.agent_id
    hub.limits.take(API_CALLER, who)
    if route.permission == "search:read":
        hub.limits.take(SEARCH, who)
    elif route.is_raw:
        hub.limits.take(UPLOAD, who)
