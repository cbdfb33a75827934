"""API handlers: the templates of an inbox."""

from __future__ import annotations

from hub.errors import NotFound
from hub.model.ids import local
from hub.model.inbox import Inbox
from hub.model.template import Template
from hub.web import views as v
from hub.web.api_inboxes import sees_inbox
from hub.web.reply_input import full
from hub.web.route import Call


def _require(call: Call) -> Inbox:
    """An inbox that the caller may answer by."""
    inbox = call.hub.inboxes.require(call.scope.workspace, full(call, call.path["inbox_id"]))
    if not sees_inbox(call, inbox):
        raise NotFound("there is no such inbox")
    return inbox


async def list_templates(call: Call) -> list[v.TemplateView]:
    """What this inbox may send outside its reply window, as last loaded."""
    return [_show(one) for one in await call.hub.templates.of(_require(call))]


async def sync_templates(call: Call) -> list[v.TemplateView]:
    """Load the templates from the network again."""
    return [_show(one) for one in await call.hub.templates.sync(_require(call))]


def _show(item: Template) -> v.TemplateView:
    return v.TemplateView(
        id=local(item.id),
        name=item.name,
        title=item.title or item.name,
        language=item.language,
        category=item.category,
        state=item.state,
        reason=item.reason,
        header=item.header,
        body=item.body,
        footer=item.footer,
        buttons=item.buttons,
        slots=item.slots,
        updated_at=item.updated_at,
    )
