"""API handlers: labels and canned answers."""

from __future__ import annotations

from typing import Any

from hub.model.ids import local
from hub.web import show_people, views
from hub.web.route import Call


async def list_labels(call: Call) -> Any:
    """All labels by name."""
    return [show_people.label(one) for one in await call.hub.settings.labels(call.scope.workspace)]


async def create_label(call: Call) -> Any:
    """Make a label."""
    body = call.body
    label = await call.hub.settings.create_label(call.scope.workspace, body.name, body.color)
    await _audit(call, "label.created", label.id, label.name)
    return show_people.label(label)


async def save_label(call: Call) -> Any:
    """Rename or recolour a label."""
    body = call.body
    label = await call.hub.settings.save_label(
        call.scope.workspace, _id(call, "label_id"), body.name, body.color
    )
    await _audit(call, "label.changed", label.id, label.name)
    return show_people.label(label)


async def delete_label(call: Call) -> Any:
    """Delete a label; it vanishes from all conversations."""
    label_id = _id(call, "label_id")
    label = await call.hub.settings.delete_label(call.scope.workspace, label_id)
    await _audit(call, "label.deleted", label.id, label.name)
    return views.Ok()


async def restore_label(call: Call) -> Any:
    """Bring a deleted label back, on its conversations too."""
    label_id = _id(call, "label_id")
    label = await call.hub.settings.restore_label(call.scope.workspace, label_id)
    await _audit(call, "label.restored", label.id, label.name)
    return show_people.label(label)


async def list_canned(call: Call) -> Any:
    """All canned answers by shortcut."""
    found = await call.hub.settings.canned(call.scope.workspace)
    return [show_people.canned(one) for one in found]


async def create_canned(call: Call) -> Any:
    """Make a canned answer."""
    body = call.body
    canned = await call.hub.settings.create_canned(call.scope.workspace, body.shortcut, body.text)
    await _audit(call, "canned.created", canned.id, canned.shortcut)
    return show_people.canned(canned)


async def save_canned(call: Call) -> Any:
    """Change a canned answer."""
    body = call.body
    canned = await call.hub.settings.save_canned(
        call.scope.workspace, _id(call, "canned_id"), body.shortcut, body.text
    )
    await _audit(call, "canned.changed", canned.id, canned.shortcut)
    return show_people.canned(canned)


async def delete_canned(call: Call) -> Any:
    """Delete a canned answer."""
    canned_id = _id(call, "canned_id")
    canned = await call.hub.settings.delete_canned(call.scope.workspace, canned_id)
    await _audit(call, "canned.deleted", canned.id, canned.shortcut)
    return views.Ok()


def _id(call: Call, name: str) -> str:
    return f"{call.scope.workspace}.{call.path[name]}"


async def _audit(call: Call, action: str, target: str, name: str) -> None:
    await call.hub.audit.add(call.scope, action, local(target), {"name": name}, call.ip)
