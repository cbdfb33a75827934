"""API handlers: the person at the screen: profile, password, workspace in use, sessions."""

from __future__ import annotations

from typing import Any

import msgspec

from hub.errors import BadInput, NotAllowed, NotFound
from hub.model.ids import SYS, local
from hub.model.session import Session
from hub.services.docs import clean_text, one_line
from hub.services.limits import PASSWORD_CHANGE
from hub.web import show_people, views
from hub.web.caller import CALLER
from hub.web.route import Call

_MAX_PREFS = 100


async def get_me(call: Call) -> Any:
    """Who I am, what I may do, and the token for writing."""
    return await show_people.me(call.hub, _session(call))


async def change_me(call: Call) -> Any:
    """Change my name, language, theme, signature or preferences in this workspace."""
    session = _session(call)
    given = {
        name: value
        for name, value in msgspec.structs.asdict(call.body).items()
        if value is not msgspec.UNSET
    }
    if "name" in given:
        given["name"] = one_line(given["name"], 120)
        if not given["name"]:
            raise BadInput("Give a name.", "name")
    if "signature" in given:
        given["signature"] = clean_text(given["signature"], 5000)
    if "prefs" in given:
        _check_prefs(given["prefs"])
    await call.hub.agents.change_self(session.agent_id, given)
    return await show_people.me(call.hub, session)


async def change_password(call: Call) -> Any:
    """Change my password; all my other sessions end."""
    session = _session(call)
    call.hub.limits.take(PASSWORD_CHANGE, session.account_id)
    account = await call.hub.accounts.require(session.account_id)
    if not await call.hub.accounts.check_password(account, call.body.old):
        raise BadInput("The old password is wrong.", "old")
    await call.hub.accounts.set_password(account.id, call.body.new)
    await call.hub.sessions.end_all(account.id, keep=session.id)
    await call.hub.audit.add(call.scope, "password.changed", local(account.id), ip=call.ip)
    return views.Ok()


async def switch_workspace(call: Call) -> Any:
    """Go on in another workspace of mine."""
    session = _session(call)
    for agent in await call.hub.agents.of_account(session.account_id):
        if agent.id.startswith(f"{call.body.workspace_id}."):
            moved = await call.hub.sessions.move(
                session, agent_id=agent.id, workspace=call.body.workspace_id
            )
            await call.hub.audit.add(moved.workspace, "session.moved", local(agent.id), ip=call.ip)
            return await show_people.me(call.hub, moved)
    raise NotFound("There is no such workspace.")


async def list_sessions(call: Call) -> Any:
    """My browsers that are signed in."""
    session = _session(call)
    live = await call.hub.sessions.list_of(session.account_id)
    return [show_people.session(one, session.id) for one in live]


async def end_session(call: Call) -> Any:
    """Sign one of my browsers out."""
    session = _session(call)
    session_id = f"{SYS}.{call.path['session_id']}"
    await call.hub.sessions.end_own(session.account_id, session_id)
    await call.hub.audit.add(call.scope, "session.ended", ip=call.ip)
    return views.Ok()


def _session(call: Call) -> Session:
    session = call.request[CALLER].session
    if session is None:
        raise NotAllowed("An API key is not a person.")
    return session


def _check_prefs(prefs: dict[str, str]) -> None:
    """Keys become field names in the store."""
    if len(prefs) > _MAX_PREFS:
        raise BadInput(f"At most {_MAX_PREFS} preferences are kept.", "prefs")
    for key in prefs:
        if not key or not key.isascii() or not key.replace("_", "").replace("-", "").isalnum():
            raise BadInput("Names of preferences are letters, digits, _ and -.", "prefs")
