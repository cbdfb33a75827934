"""Who is calling: the outcome of authentication, kept on the request for dispatch and the error
page.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from hub.i18n import LANGUAGES, choose_language
from hub.model.agent import Scope
from hub.model.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`session` is None for an API key."""

    scope: Scope
    language: str
    session: Session | None = None


CALLER = web.RequestKey("caller", Caller)
CLIENT_IP = web.RequestKey("client_ip", str)


def language_of(request: web.BaseRequest) -> str:
    """The agent's language, else the workspace's, else the browser's, else English."""
    caller: Caller | None = request.get(CALLER) if isinstance(request, web.Request) else None
    if caller is not None and caller.language in LANGUAGES:
        return caller.language
    return choose_language(request.headers.get("Accept-Language", ""))
