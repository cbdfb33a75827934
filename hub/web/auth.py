"""Who a request comes from, and whether a browser was tricked into sending it.

A session travels in a cookie whose name and Secure flag follow HUB_PUBLIC_URL (`__Host-santral` on
https); a program sends `Authorization: Bearer santral_…`. Writes with a cookie need our own Origin
and the session's CSRF token; writes without one still need that no foreign site is named. Sockets
with a cookie need our Origin. Called by dispatch and the live socket.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from hub.errors import NotAllowed, NotSignedIn
from hub.services.api_keys import scope_of_key
from hub.services.sign_in import Client, SignedIn
from hub.web.caller import CLIENT_IP, Caller

if TYPE_CHECKING:
    from hub.web.services import Services

CSRF_HEADER = "X-CSRF-Token"
DEVICE_S = 180 * 24 * 3600
READS = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER = "bearer "


def session_cookie(public_url: str) -> str:
    """The cookie's name; the prefix makes browsers refuse it from other hosts and without TLS."""
    return "__Host-santral" if public_url.startswith("https:") else "santral"


def device_cookie(public_url: str) -> str:
    return session_cookie(public_url) + "-device"


async def authenticate(request: web.Request, hub: Services) -> Caller | None:
    """The caller, None without credentials. Raises NotSignedIn for credentials that are no good."""
    header = request.headers.get("Authorization", "")
    if header:
        return await _by_key(header, hub)
    token = request.cookies.get(session_cookie(hub.config.public_url), "")
    return await _by_session(token, hub) if token else None


async def _by_key(header: str, hub: Services) -> Caller:
    text = header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else ""
    key = await hub.api_keys.resolve(text)
    if key is None:
        raise NotSignedIn("This API key is not valid.")
    scope = scope_of_key(key)
    return Caller(scope=scope, language=await _language("", scope.workspace, hub))


async def _by_session(token: str, hub: Services) -> Caller | None:
    session = await hub.sessions.resolve(token)
    if session is None:
        return None
    agent = await hub.agents.working(session.agent_id)
    if agent is None:
        return None
    language = await _language(agent.language, session.workspace, hub)
    return Caller(scope=hub.agents.scope_of(agent), session=session, language=language)


async def _language(own: str, workspace: str, hub: Services) -> str:
    if own:
        return own
    found = await hub.workspaces.get(workspace)
    return found.language if found is not None else ""


def check_origin(request: web.Request, public_url: str) -> None:
    """Raise NotAllowed when a browser says that another site made it send this."""
    origin = request.headers.get("Origin")
    if origin is not None:
        if not _is_ours(origin, request, public_url):
            raise NotAllowed("This request comes from another website.")
        return
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        raise NotAllowed("This request comes from another website.")


def check_csrf(request: web.Request, caller: Caller, public_url: str) -> None:
    """For requests that a cookie authenticates."""
    if caller.session is None:
        return
    if request.headers.get("Upgrade", "").lower() == "websocket":
        if not _is_ours(request.headers.get("Origin", "null"), request, public_url):
            raise NotAllowed("This socket was opened by another website.")
        return
    if request.method in READS:
        return
    check_origin(request, public_url)
    given = request.headers.get(CSRF_HEADER, "").encode("utf-8", "replace")
    if not hmac.compare_digest(given, caller.session.csrf.encode()):
        raise NotAllowed("The page is out of date; load it again.")


def client_of(request: web.Request, public_url: str) -> Client:
    return Client(
        ip=request.get(CLIENT_IP, ""),
        user_agent=request.headers.get("User-Agent", "")[:300].encode("utf-8", "replace").decode(),
        device=request.cookies.get(device_cookie(public_url), "")[:200],
    )


def set_cookies(response: web.Response, signed_in: SignedIn, public_url: str) -> None:
    """The session's lasts as long as the browser says, its end is kept on the server."""
    seconds = (signed_in.session.ends_at - signed_in.session.created_at) // 1000
    _set(response, session_cookie(public_url), signed_in.token, seconds, public_url)
    _set(response, device_cookie(public_url), signed_in.device, DEVICE_S, public_url)


def clear_cookie(response: web.Response, public_url: str) -> None:
    _set(response, session_cookie(public_url), "", 0, public_url)


def _set(response: web.Response, name: str, value: str, seconds: int, public_url: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=public_url.startswith("https:"),
        httponly=True,
        samesite="Lax",
    )


def _is_ours(origin: str, request: web.Request, public_url: str) -> bool:
    """The public address, or the very host that the request was sent to."""
    if origin == public_url:
        return True
    said = urlsplit(origin)
    return said.scheme in ("http", "https") and bool(said.netloc) and said.netloc == request.host
