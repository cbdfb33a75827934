"""API handlers: signing in and out, one-time links, forgotten passwords."""

from __future__ import annotations

from typing import Any

from hub.errors import NotSignedIn
from hub.services.sign_in import SignedIn
from hub.web import auth, show_people, views
from hub.web.answers import json_answer
from hub.web.caller import CALLER
from hub.web.route import Call


async def sign_in(call: Call) -> Any:
    """Sign in with e-mail address and password; the session comes as a cookie."""
    client = auth.client_of(call.request, call.hub.config.public_url)
    signed_in = await call.hub.sign_in.sign_in(call.body.email, call.body.password, client)
    return await _welcome(call, signed_in)


async def sign_out(call: Call) -> Any:
    """End this session."""
    caller = call.request[CALLER]
    if caller.session is None:
        raise NotSignedIn("An API key has no session.")
    await call.hub.sessions.end(caller.session)
    await call.hub.audit.add(call.scope, "session.ended", ip=call.ip)
    response = json_answer(views.Ok())
    auth.clear_cookie(response, call.hub.config.public_url)
    return response


async def describe_token(call: Call) -> Any:
    """What a one-time link is for."""
    client = auth.client_of(call.request, call.hub.config.public_url)
    row, workspace_name, language = await call.hub.welcome.describe(call.query.token, client)
    return views.TokenInfo(
        purpose=row.purpose,
        email=row.email,
        name=row.name,
        workspace_name=workspace_name,
        language=language,
    )


async def accept_token(call: Call) -> Any:
    """Use a one-time link: set the password behind it and sign in."""
    body = call.body
    signed_in = await call.hub.welcome.accept(
        body.token,
        body.password,
        name=body.name,
        email=body.email,
        language=body.language,
        client=auth.client_of(call.request, call.hub.config.public_url),
    )
    return await _welcome(call, signed_in)


async def forgot_password(call: Call) -> Any:
    """Ask for a link by e-mail; the answer is the same whether the address is known."""
    client = auth.client_of(call.request, call.hub.config.public_url)
    await call.hub.welcome.forgot(call.body.email, client)
    return views.Ok()


async def _welcome(call: Call, signed_in: SignedIn) -> Any:
    """The new session's cookies; a session that this browser had before ends."""
    url = call.hub.config.public_url
    before = await call.hub.sessions.resolve(call.request.cookies.get(auth.session_cookie(url), ""))
    if before is not None:
        await call.hub.sessions.end(before)
    response = json_answer(await show_people.me(call.hub, signed_in.session))
    auth.set_cookies(response, signed_in, url)
    return response
