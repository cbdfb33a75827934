"""API handlers: the workspace: its settings, API keys, audit log, and outbound messages held after
a restore.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hub.errors import BadInput
from hub.model.ids import local
from hub.services.docs import one_line
from hub.web import show_people, views
from hub.web.route import Call


async def get_workspace(call: Call) -> Any:
    """The workspace in use."""
    return show_people.workspace(await call.hub.workspaces.require(call.scope.workspace))


async def change_workspace(call: Call) -> Any:
    """Change its name, language or time zone."""
    given = {
        name: value
        for name, value in msgspec.structs.asdict(call.body).items()
        if value is not msgspec.UNSET
    }
    if "name" in given:
        given["name"] = one_line(given["name"], 120)
        if not given["name"]:
            raise BadInput("Give a name.", "name")
    workspace = await call.hub.workspaces.change(call.scope.workspace, **given)
    await call.hub.audit.add(call.scope, "workspace.changed", "", given, call.ip)
    return show_people.workspace(workspace)


async def list_api_keys(call: Call) -> Any:
    """The keys of the workspace, without their secrets."""
    keys = await call.hub.api_keys.list_all(call.scope.workspace)
    return [show_people.api_key(one) for one in keys]


async def create_api_key(call: Call) -> Any:
    """Make a key; it is shown only in this answer."""
    body = call.body
    text, key = await call.hub.api_keys.create(
        call.scope.workspace, one_line(body.name, 120), body.scopes, body.expires_at
    )
    details = {"name": key.name, "scopes": key.scopes}
    await call.hub.audit.add(call.scope, "api_key.created", local(key.id), details, call.ip)
    return show_people.api_key(key, text)


async def delete_api_key(call: Call) -> Any:
    """Make a key useless at once."""
    key_id = f"{call.scope.workspace}.{call.path['key_id']}"
    key = await call.hub.api_keys.delete(call.scope.workspace, key_id)
    details = {"name": key.name}
    await call.hub.audit.add(call.scope, "api_key.deleted", local(key.id), details, call.ip)
    return views.Ok()


async def list_audit(call: Call) -> Any:
    """The audit log, newest first."""
    page = await call.hub.audit.page(
        call.scope.workspace, call.query.after or None, call.query.limit
    )
    return views.AuditPage(
        items=[show_people.audit_entry(row) for row in page.rows],
        next=page.next,
        is_intact=page.is_intact,
    )


async def release_outbound(call: Call) -> Any:
    """Let messages go out again after a restore."""
    await call.hub.hold.release()
    await call.hub.audit.add(call.scope, "outbound.released", ip=call.ip)
    return views.Ok()
