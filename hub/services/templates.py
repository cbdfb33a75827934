"""Templates of networks: a copy of what each inbox may send, kept in step by `sync` and by the
network's own reports; checked and filled in before one is sent.

A network's name for a template may hold any character, so that ids carry a hash of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from hub.clock import Clock
from hub.errors import BadInput, NotFound, Unavailable
from hub.model.events import SettingsChanged
from hub.model.ids import workspace_of
from hub.model.inbox import Inbox
from hub.model.template import Template, TemplateUse
from hub.ports.bus import Bus
from hub.ports.channel import SendsTemplates
from hub.ports.collections import TEMPLATES
from hub.ports.inbound import TemplateReported
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import clean_text, from_doc, one_line, to_doc
from hub.services.inboxes import Inboxes
from hub.services.names import NameBook

_MAX_TEMPLATES = 1000
_VALUE_CHARS = 1000
_HOLE = re.compile(r"{{\s*([\w.-]+)\s*}}")


class Templates:
    """The only writer of templates."""

    def __init__(
        self, store: DocumentStore, inboxes: Inboxes, names: NameBook, bus: Bus, clock: Clock
    ) -> None:
        self._store = store
        self._inboxes = inboxes
        self._names = names
        self._bus = bus
        self._clock = clock

    async def of(self, inbox: Inbox) -> list[Template]:
        """By name and language, whatever their state."""
        found: list[Template] = []
        after = None
        while len(found) < _MAX_TEMPLATES:
            page = await self._store.find(
                TEMPLATES,
                workspace_of(inbox.id),
                {"inbox_id": inbox.id},
                index="by_inbox",
                after=after,
                limit=200,
            )
            found += [from_doc(Template, doc) for doc in page.docs]
            after = page.next
            if after is None:
                break
        return sorted(found, key=lambda one: (one.title or one.name, one.language))

    async def sync(self, inbox: Inbox) -> list[Template]:
        """Ask the network for all of them. Raises `BadInput` where there are none to ask for,
        `Unavailable` while the inbox is down, and what the adapter raises.
        """
        if not self._inboxes.capabilities(inbox).can_templates:
            raise BadInput("this channel has no templates", "inbox_id")
        adapter: object = self._inboxes.adapter(inbox.id)
        if not isinstance(adapter, SendsTemplates):
            raise Unavailable("this inbox is paused or starting")
        listed = await adapter.templates()
        now = self._clock.now_ms()
        kept = set()
        for template in listed[:_MAX_TEMPLATES]:
            id = await self._id(inbox, template.name, template.language)
            kept.add(id)
            await self._save(_clean(template, id, inbox.id, now))
        for known in await self.of(inbox):
            if known.id not in kept:
                await self._store.delete(TEMPLATES, known.id)
        self._bus.publish(workspace_of(inbox.id), SettingsChanged(what="templates"))
        return await self.of(inbox)

    async def _save(self, template: Template) -> None:
        doc = to_doc(template)
        facts = {name: value for name, value in doc.items() if name not in ("_id", "v")}
        await self._store.patch(TEMPLATES, template.id, Patch(set=facts), upsert=doc)

    async def reported(self, inbox: Inbox, event: TemplateReported) -> bool:
        """The network decided about one; False when we do not know it (yet). Older news than what
        is known changes nothing.
        """
        id = await self._id(inbox, event.name, event.language)
        changes = {
            "state": event.state,
            "reason": one_line(event.reason, 300),
            "updated_at": event.at,
        }
        changed = await self._store.patch(
            TEMPLATES, id, Patch(set=changes), expect={"updated_at": {"$lte": event.at}}
        )
        if changed is not None:
            self._bus.publish(workspace_of(inbox.id), SettingsChanged(what="templates"))
        return changed is not None

    async def require_ready(self, inbox: Inbox, use: TemplateUse) -> Template:
        """The template, if it can be sent with these values. Raises `BadInput` with what is
        missing.
        """
        doc = await self._store.get(TEMPLATES, await self._id(inbox, use.name, use.language))
        if doc is None:
            raise NotFound("there is no such template; load the templates again")
        template = from_doc(Template, doc)
        if template.state != "approved":
            raise BadInput("the network has not approved this template", "template")
        check_values(template, use.values)
        return template

    async def _id(self, inbox: Inbox, name: str, language: str) -> str:
        names = await self._names.of(workspace_of(inbox.id))
        return names.template(inbox.id, name, language)


def check_values(template: Template, values: Mapping[str, str]) -> None:
    known = {slot.name for slot in template.slots}
    for name in values:
        if name not in known:
            raise BadInput(f"the template has no variable {name[:40]}", "template")
    for slot in template.slots:
        if not values.get(slot.name, "").strip():
            raise BadInput(f"fill in the variable {slot.name[:40]}", "template")
        if len(values[slot.name]) > _VALUE_CHARS:
            raise BadInput(f"a variable takes at most {_VALUE_CHARS} characters", "template")


def file_ids(template: Template, values: Mapping[str, str]) -> list[str]:
    """The files that go with it."""
    return [values[slot.name] for slot in template.slots if slot.kind != "text"]


def fill(template: Template, values: Mapping[str, str]) -> str:
    """Header, body and footer with the variables filled in: what the customer will read."""

    def part(text: str, prefix: str) -> str:
        def value(hole: re.Match[str]) -> str:
            name = hole[1]
            return values.get(f"{prefix}{name}", values.get(name, hole[0]))

        return _HOLE.sub(value, text)

    parts = [part(template.header, "header."), part(template.body, ""), template.footer]
    return "\n\n".join(text for text in parts if text)


def _clean(template: Template, id: str, inbox_id: str, now: int) -> Template:
    return msgspec.structs.replace(
        template,
        id=id,
        v=1,
        inbox_id=inbox_id,
        title=one_line(template.title, 200),
        reason=one_line(template.reason, 300),
        header=clean_text(template.header, 1_000),
        body=clean_text(template.body, 10_000),
        footer=clean_text(template.footer, 1_000),
        buttons=[one_line(button, 200) for button in template.buttons],
        updated_at=template.updated_at or now,
    )
