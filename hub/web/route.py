"""What a route is, and what a handler is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from hub.model.agent import Scope

if TYPE_CHECKING:
    from hub.web.services import Services

#: Permissions that are no rights of an agent: everybody; whoever is signed in.
PUBLIC = "public"
SIGNED_IN = "signed_in"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One API request after authentication, permission check and decoding. `scope` is empty on
    public routes.
    """

    scope: Scope
    request: web.Request
    hub: Services
    path: dict[str, str]
    body: Any = None
    query: Any = None
    #: Id of the session's document ("" with an API key or none).
    session_id: str = ""
    ip: str = ""


Handler = Callable[[Call], Awaitable[Any]]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. `returns` is a view, or None for raw responses (files, sockets)."""

    method: str
    path: str
    permission: str
    handler: Handler
    body: Any = None
    query: Any = None
    returns: Any = None
    #: Largest body in bytes; uploads stream and have their own.
    max_bytes: int = 1024 * 1024
    #: Raw body (file upload): the handler reads `call.request` itself.
    is_raw: bool = False
    tag: str = ""
