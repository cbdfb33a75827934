"""What handlers that answer or start conversations share: ids, ways to a contact, files, HTML."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import msgspec

from hub.errors import BadInput
from hub.model.conversation import Conversation
from hub.model.ids import local
from hub.model.inbox import Inbox
from hub.model.message import Attachment
from hub.model.template import Template, TemplateUse
from hub.ports.channel import Capabilities
from hub.services.conversations import Reply
from hub.services.templates import file_ids, fill
from hub.services.ways import AnswerWay
from hub.web import requests as r
from hub.web import views as v
from hub.web.clean_html import clean_html
from hub.web.route import Call

if TYPE_CHECKING:
    from hub.web.services import Services


#: How long other hubs may take to say that a customer is connected to them.
_PRESENCE_S = 0.3
#: A picture that an agent put into formatted text: one of our own uploads.
_PICTURE = re.compile(r'src="/api/v1/files/([a-z0-9]{26})"')


def full(call: Call, id: str) -> str:
    """The full id of a local one of the caller's workspace; "" stays ""."""
    return f"{call.scope.workspace}.{id}" if id else ""


class Content(msgspec.Struct, frozen=True):
    """What an agent wrote, safe to store and to send; pictures in it are inline attachments."""

    text: str
    html: str
    attachments: list[Attachment]


async def content_of(
    call: Call,
    capabilities: Capabilities,
    conversation: Conversation,
    *,
    text: str,
    html: str,
    file_ids: Sequence[str],
) -> Content:
    """HTML only where the channel has it; the agent's signature only where mails are signed."""
    inline: list[Attachment] = []
    if html and capabilities.can_html:
        pictures = list(dict.fromkeys(_PICTURE.findall(html)))
        for picture in await attach(call, pictures, conversation):
            named = local(picture.file_id) if "." in picture.file_id else picture.file_id
            inline.append(msgspec.structs.replace(picture, content_id=named, is_inline=True))
        html = clean_html(_PICTURE.sub(r'src="cid:\1"', html))
    else:
        html = ""
    files = [id for id in file_ids if id not in {picture.content_id for picture in inline}]
    attachments = [*inline, *await attach(call, files, conversation)]
    signature = await _signature(call) if capabilities.has_subject else ""
    if signature:
        text = f"{text}\n\n-- \n{signature}"
        html = html and f"{html}<p>-- <br>{_as_html(signature)}</p>"
    return Content(text, html, attachments)


async def _signature(call: Call) -> str:
    agent = await call.hub.agents.get(call.scope.agent_id) if call.scope.agent_id else None
    return agent.signature.strip() if agent is not None else ""


def _as_html(text: str) -> str:
    return escape(text).replace("\n", "<br>")


async def attach(
    call: Call, file_ids: Sequence[str], conversation: Conversation
) -> list[Attachment]:
    """The caller's uploads, given to the conversation."""
    if not file_ids:
        return []
    owners = {call.scope.agent_id}
    return await call.hub.files.attach(
        call.scope.workspace, file_ids, conversation.id, owners=owners
    )


class ReadyTemplate(msgspec.Struct, frozen=True):
    """A template that may be sent, with the values for it."""

    template: Template
    use: TemplateUse


async def ready_template(call: Call, inbox: Inbox, wanted: r.UseTemplate) -> ReadyTemplate:
    """Raises `BadInput` with what is missing, before anything is written."""
    values = {one.name: one.value for one in wanted.values}
    use = TemplateUse(name=wanted.name, language=wanted.language, values=values)
    return ReadyTemplate(await call.hub.templates.require_ready(inbox, use), use)


async def template_reply(
    call: Call, client_id: str, ready: ReadyTemplate, conversation: Conversation
) -> Reply:
    """A template as the customer will read it; the files of its slots go to the conversation."""
    files = await attach(call, file_ids(ready.template, ready.use.values), conversation)
    text = fill(ready.template, ready.use.values)
    return Reply(client_id=client_id, text=text, attachments=files, template=ready.use)


async def targets_of(hub: Services, conversation: Conversation) -> list[v.ReplyTarget]:
    """The best way through each inbox, the one by which the customer wrote last first."""
    best: dict[str, AnswerWay] = {}
    for way in await hub.ways.of(conversation):
        best.setdefault(way.inbox.id, way)
    presence = await present_ways(hub, list(best.values()))
    return [_target(way, is_present) for way, is_present in presence]


async def present_ways(hub: Services, ways: Sequence[AnswerWay]) -> list[tuple[AnswerWay, bool]]:
    """Each with whether somebody reads along there now, at this hub or another one."""

    async def is_present(way: AnswerWay) -> bool:
        if not way.capabilities.is_live:
            return False
        told = await hub.readers.is_present(way.inbox.id, way.to, patience_s=_PRESENCE_S)
        return told is True

    found = await asyncio.gather(*(is_present(way) for way in ways))
    return list(zip(ways, found, strict=True))


def _target(way: AnswerWay, is_present: bool) -> v.ReplyTarget:
    return v.ReplyTarget(
        inbox_id=local(way.inbox.id),
        channel=way.inbox.channel,
        name=way.inbox.name,
        address=shown_address(way),
        capabilities=way.capabilities,
        is_paused=way.inbox.is_paused,
        is_present=is_present,
    )


def shown_address(way: AnswerWay) -> str:
    """A network's opaque id says nothing to people; the name that goes with it may."""
    if way.to.kind in ("email", "phone"):
        return way.to.value
    return way.identity.name if way.identity is not None else ""


def choose(ways: Sequence[AnswerWay], inbox_id: str, identity_id: str = "") -> AnswerWay:
    """The way asked for, else the first. Raises `BadInput` that says what to do."""
    for way in ways:
        owner = way.identity.id if way.identity is not None else ""
        if inbox_id in ("", way.inbox.id) and identity_id in ("", owner):
            return way
    if inbox_id:
        raise BadInput("this contact cannot be reached through this inbox", "inbox_id")
    raise BadInput("there is no way to write to this contact; add an address first", "inbox_id")
