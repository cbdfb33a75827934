"""API handlers: colleagues: list, invite, change."""

from __future__ import annotations

from typing import Any

import msgspec

from hub.errors import BadInput
from hub.model.ids import local
from hub.services.docs import one_line
from hub.web import show_people, views
from hub.web.route import Call


async def list_agents(call: Call) -> Any:
    """All colleagues by name. Addresses and homes only for those who manage people."""
    agents = await call.hub.agents.list_all(call.scope.workspace)
    shown = [show_people.agent(one, call.hub) for one in agents]
    if call.scope.can("agent:read"):
        return shown
    return [msgspec.structs.replace(one, email="", homes=None) for one in shown if one.is_active]


async def invite_agent(call: Call) -> Any:
    """Invite a colleague; the link is shown once."""
    body = call.body
    invitation = await call.hub.welcome.invite(
        call.scope,
        email=body.email,
        name=_name(body.name),
        role=body.role,
        homes=_homes(call, body.homes),
    )
    details = {"role": body.role, "email": invitation.agent.email}
    target = local(invitation.agent.id)
    await call.hub.audit.add(call.scope, "agent.invited", target, details, call.ip)
    shown = show_people.agent(invitation.agent, call.hub)
    return views.InviteView(agent=shown, link=invitation.link)


async def change_agent(call: Call) -> Any:
    """Change a colleague's name, role, homes, or whether they may work here."""
    given = {
        name: value
        for name, value in msgspec.structs.asdict(call.body).items()
        if value is not msgspec.UNSET
    }
    if "name" in given:
        given["name"] = _name(given["name"])
    fields = dict(given)
    sets_homes = "homes" in fields
    homes = _homes(call, fields.pop("homes", None))
    agent_id = _id(call)
    agent = await call.hub.agents.change(
        call.scope.workspace, agent_id, homes=homes, sets_homes=sets_homes, **fields
    )
    await call.hub.audit.add(call.scope, "agent.changed", local(agent_id), given, call.ip)
    return show_people.agent(agent, call.hub)


async def renew_invitation(call: Call) -> Any:
    """A new link for a colleague who has not joined yet."""
    invitation = await call.hub.welcome.renew(call.scope, _id(call))
    target = local(invitation.agent.id)
    await call.hub.audit.add(call.scope, "agent.invitation_renewed", target, ip=call.ip)
    shown = show_people.agent(invitation.agent, call.hub)
    return views.InviteView(agent=shown, link=invitation.link)


def _id(call: Call) -> str:
    return f"{call.scope.workspace}.{call.path['agent_id']}"


def _homes(call: Call, homes: list[str] | None) -> list[str] | None:
    return None if homes is None else [f"{call.scope.workspace}.{home}" for home in homes]


def _name(text: str) -> str:
    name = one_line(text, 120)
    if not name:
        raise BadInput("Give a name.", "name")
    return name
