"""API handlers: inboxes and the kinds of them that can be opened."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from hub.errors import BadInput, HubError, NotFound
from hub.model.contact import Address
from hub.model.ids import message_id
from hub.model.inbox import Inbox, homes_of
from hub.ports.channel import ChannelSpec, ConfigField, OutboundMessage
from hub.services.inbox_config import shown_config
from hub.services.told_texts import NAMES, check_text
from hub.services.typed import address_of
from hub.web import requests as r
from hub.web import show
from hub.web import views as v
from hub.web.caller import language_of
from hub.web.regions import region_for
from hub.web.reply_input import full
from hub.web.route import Call

_ICON_HEADERS = {"Cache-Control": "public, max-age=86400", "Content-Type": "image/svg+xml"}


def _require(call: Call) -> Inbox:
    inbox_id = full(call, call.path["inbox_id"])
    return call.hub.inboxes.require(call.scope.workspace, inbox_id)


async def list_channels(call: Call) -> list[v.ChannelView]:
    """The kinds of inbox that can be opened, with their settings forms."""
    specs = call.hub.inboxes.specs.values()
    return [_channel(call, spec) for spec in sorted(specs, key=lambda spec: spec.name)]


def _channel(call: Call, spec: ChannelSpec) -> v.ChannelView:
    language = language_of(call.request)
    text = call.hub.channel_texts.get
    return v.ChannelView(
        name=spec.name,
        title=text(spec.name, language, "name"),
        about=text(spec.name, language, "about"),
        icon_url=f"{show.API}/channels/{spec.name}/icon",
        capabilities=spec.capabilities,
        fields=[_field(call, spec, field, language) for field in spec.fields],
    )


def _field(call: Call, spec: ChannelSpec, field: ConfigField, language: str) -> v.ConfigFieldView:
    def text(key: str, default: str | None = None) -> str:
        return call.hub.channel_texts.get(spec.name, language, key, default)

    key = f"config.{field.name}"
    return v.ConfigFieldView(
        name=field.name,
        type=field.type,
        label=text(key),
        help=text(f"{key}.help", ""),
        is_required=field.is_required,
        default=field.default,
        choices=[(choice, text(f"{key}.{choice}", choice)) for choice in field.choices],
        when=field.when,
        group=text(f"group.{field.group}", field.group) if field.group else "",
        minimum=field.minimum,
        maximum=field.maximum,
        max_chars=field.max_chars,
        placeholder=field.placeholder,
    )


async def get_icon(call: Call) -> web.Response:
    """A channel's icon."""
    channel = call.path["channel"]
    if channel not in call.hub.inboxes.specs:
        raise NotFound("there is no such channel")
    return web.Response(body=call.hub.channel_texts.icon(channel), headers=_ICON_HEADERS)


async def list_inboxes(call: Call) -> list[v.InboxView]:
    """The inboxes that the caller may see, and how they are doing."""
    inboxes = call.hub.inboxes
    found = inboxes.of_workspace(call.scope.workspace)
    return [_show(call, inbox) for inbox in found if sees_inbox(call, inbox)]


def sees_inbox(call: Call, inbox: Inbox) -> bool:
    """An inbox of one's own, or one that leads into a queue of one's own."""
    return any(map(call.scope.sees_home, homes_of(inbox)))


def _show(call: Call, inbox: Inbox) -> v.InboxView:
    inboxes = call.hub.inboxes
    return show.inbox(inbox, inboxes.spec(inbox), inboxes.health.of(inbox.id))


def _settings(call: Call, inbox: Inbox) -> v.InboxSettings:
    spec = call.hub.inboxes.spec(inbox)
    shown, secrets_set = shown_config(spec, inbox.config)
    public_url = call.hub.config.public_url
    hook_url = f"{public_url}/hooks/{inbox.channel}/{inbox.id}"
    return v.InboxSettings(
        inbox=_show(call, inbox),
        config=shown,
        secrets_set=secrets_set,
        join_group=inbox.join_group,
        alarm_after_minutes=inbox.alarm_after_minutes,
        entry_queue_id=show.short(inbox.entry_queue_id),
        acknowledgement=inbox.acknowledgement,
        away_text=inbox.away_text,
        hook_url=spec.snippet(public_url, inbox.id) if spec.snippet else hook_url,
    )


def _translated(call: Call, channel: str, fault: BadInput) -> BadInput:
    """Channels name their faults by text key; the caller reads a sentence."""
    key = str(fault).removeprefix(f"{channel}.")
    text = call.hub.channel_texts.get(channel, language_of(call.request), key, str(fault))
    return BadInput(text, fault.field)


async def create_inbox(call: Call) -> v.InboxSettings:
    """Open a new inbox; it starts at once."""
    body: r.CreateInbox = call.body
    try:
        inbox = await call.hub.inboxes.create(
            call.scope.workspace, body.channel, body.name, body.config, body.join_group
        )
    except BadInput as fault:
        raise _translated(call, body.channel, fault) from fault
    await call.hub.audit.add(call.scope, "inbox.created", inbox.id, {"name": inbox.name}, call.ip)
    return _settings(call, inbox)


async def get_inbox(call: Call) -> v.InboxSettings:
    """An inbox with its settings; secrets are not shown."""
    return _settings(call, _require(call))


async def change_inbox(call: Call) -> v.InboxSettings:
    """Change, pause or resume; in force at once."""
    body: r.ChangeInbox = call.body
    inbox = _require(call)
    given: dict[str, Any] = {
        name: value
        for name, value in msgspec.structs.asdict(body).items()
        if value is not msgspec.UNSET
    }
    await _check_routing(call, given)
    try:
        changed = await call.hub.inboxes.change(call.scope.workspace, inbox.id, **given)
    except BadInput as fault:
        raise _translated(call, inbox.channel, fault) from fault
    changes = {"fields": sorted(given.get("config") or {}), "changed": sorted(given)}
    await call.hub.audit.add(call.scope, "inbox.changed", inbox.id, changes, call.ip)
    return _settings(call, changed)


async def _check_routing(call: Call, given: dict[str, Any]) -> None:
    """The queue of an inbox exists, and its texts can be filled in."""
    for name in ("acknowledgement", "away_text"):
        await check_text(given.get(name, ""), NAMES, name)
    if given.get("entry_queue_id"):
        given["entry_queue_id"] = full(call, given["entry_queue_id"])
        if call.hub.queue_book.queue(given["entry_queue_id"]) is None:
            raise BadInput("There is no such queue.", "entry_queue_id", "no_queue")


async def delete_inbox(call: Call) -> v.Ok:
    """Close an inbox for good; its conversations stay."""
    inbox = _require(call)
    await call.hub.queue_book.forget_home(inbox.id)
    await call.hub.inboxes.delete(call.scope.workspace, inbox.id)
    await call.hub.audit.add(call.scope, "inbox.deleted", inbox.id, {"name": inbox.name}, call.ip)
    return v.Ok()


async def test_inbox(call: Call) -> v.ProbeResult:
    """Are address and credentials good? With `to`, a test message goes there too."""
    inbox = _require(call)
    try:
        await call.hub.inboxes.probe(inbox)
        if call.body.to:
            await _send_test(call, inbox, call.body.to)
    except HubError as fault:
        shown = _translated(call, inbox.channel, BadInput(str(fault)))
        return v.ProbeResult(ok=False, code=fault.code, message=str(shown))
    return v.ProbeResult(ok=True)


async def _send_test(call: Call, inbox: Inbox, to: str) -> None:
    capabilities = call.hub.inboxes.capabilities(inbox)
    way = call.hub.inboxes.way(inbox.id)
    if way is None or not capabilities.can_start:
        raise BadInput("this inbox cannot send a test message now", "to")
    region = await region_for(call, inbox) if capabilities.address_kind == "phone" else None
    address: Address = address_of(capabilities.address_kind, to, region)
    language = language_of(call.request)
    text = call.hub.texts.text
    names = await call.hub.names.of(call.scope.workspace)
    cause = f"test:{inbox.id}:{call.hub.clock.now_ms()}"
    conversation_id = names.conversation(cause)
    await way.send(
        OutboundMessage(
            id=message_id(conversation_id, 1),
            conversation_id=conversation_id,
            seq=1,
            to=address,
            from_name=call.scope.name,
            subject=text(language, "server", "test.subject", name=inbox.name),
            text=text(language, "server", "test.text", name=inbox.name),
            at=call.hub.clock.now_ms(),
        )
    )
    await call.hub.audit.add(call.scope, "inbox.tested", inbox.id, {"to": to}, call.ip)
