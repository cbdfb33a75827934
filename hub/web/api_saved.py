"""API handlers: macros and saved views."""

from __future__ import annotations

from hub.model.ids import local
from hub.model.saved import Macro, SavedView
from hub.web import routing_views as rv
from hub.web import views as v
from hub.web.reply_input import full
from hub.web.route import Call


async def list_macros(call: Call) -> list[rv.MacroView]:
    """All macros by name."""
    return [_macro(one) for one in await call.hub.saved.macros(call.scope.workspace)]


async def create_macro(call: Call) -> rv.MacroView:
    """Several steps in one."""
    body: rv.SaveMacro = call.body
    macro = await call.hub.saved.create_macro(call.scope.workspace, body.name, body.steps)
    await call.hub.audit.add(call.scope, "macro.created", macro.id, {"name": macro.name}, call.ip)
    return _macro(macro)


async def save_macro(call: Call) -> rv.MacroView:
    """Change a macro; runs that have begun go on as they were."""
    body: rv.SaveMacro = call.body
    macro_id = full(call, call.path["macro_id"])
    macro = await call.hub.saved.save_macro(macro_id, body.name, body.steps)
    await call.hub.audit.add(call.scope, "macro.changed", macro.id, {"name": macro.name}, call.ip)
    return _macro(macro)


async def delete_macro(call: Call) -> v.Ok:
    """Gone for everybody."""
    macro_id = full(call, call.path["macro_id"])
    await call.hub.saved.delete_macro(macro_id)
    await call.hub.audit.add(call.scope, "macro.deleted", macro_id, {}, call.ip)
    return v.Ok()


async def list_views(call: Call) -> list[rv.SavedViewView]:
    """Everybody's views and the caller's own."""
    return [_view(one) for one in await call.hub.saved.views(call.scope)]


async def create_view(call: Call) -> rv.SavedViewView:
    """A filter with a name, in the side bar."""
    body: rv.SaveView = call.body
    view = await call.hub.saved.create_view(
        call.scope, body.name, body.filter, is_shared=body.is_shared
    )
    return _view(view)


async def save_view(call: Call) -> rv.SavedViewView:
    """Change a view of one's own, or everybody's with the right to."""
    body: rv.SaveView = call.body
    view = await call.hub.saved.save_view(
        call.scope,
        full(call, call.path["view_id"]),
        body.name,
        body.filter,
        is_shared=body.is_shared,
    )
    return _view(view)


async def delete_view(call: Call) -> v.Ok:
    """The conversations stay where they are."""
    await call.hub.saved.delete_view(call.scope, full(call, call.path["view_id"]))
    return v.Ok()


def _macro(macro: Macro) -> rv.MacroView:
    return rv.MacroView(id=local(macro.id), name=macro.name, steps=macro.steps)


def _view(view: SavedView) -> rv.SavedViewView:
    return rv.SavedViewView(
        id=local(view.id), name=view.name, filter=view.filter, is_shared=not view.agent_id
    )
