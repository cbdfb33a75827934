"""What every inbox's adapter is given: its facts, ways to the hub, and words in its language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import channels
from hub.app.base import Base
from hub.model.ids import lane_of, workspace_of
from hub.model.inbox import Inbox, InboxState
from hub.ports.channel import AdapterContext, InboxFacts
from hub.services.adapter_context import Context, Report
from hub.services.channel_texts import ChannelTexts
from hub.services.inboxes import Close, Inboxes
from hub.services.reading import Reading
from hub.services.vendor_http import HttpClient
from hub.web.live import LiveHub


class Contexts:
    """Made before the inboxes, which ask it for contexts; then told who they are (`use`)."""

    def __init__(self, base: Base, live: LiveHub) -> None:
        self._base = base
        self._live = live
        self.texts = ChannelTexts(Path(channels.__path__[0]))

    def use(self, inboxes: Inboxes, reading: Reading) -> None:
        self._inboxes = inboxes
        self._reading = reading

    async def make(self, inbox: Inbox, clear: dict[str, Any]) -> tuple[AdapterContext, Close]:
        base, config = self._base, self._base.config
        workspace = workspace_of(inbox.id)
        about = await base.people.workspaces.require(workspace)
        listen = str(config.smtp_listen) if config.smtp_listen else ""
        facts = InboxFacts(
            id=inbox.id,
            name=inbox.name,
            address=inbox.address,
            config={**clear, "_smtp_listen": listen},
            public_url=config.public_url,
            hook_path=f"/hooks/{inbox.channel}/{inbox.id}",
            workspace_name=about.name,
            language=about.language,
        )
        http = HttpClient(base.egress, base.clock)
        context = Context(
            inbox=inbox,
            facts=facts,
            names=await base.names.of(workspace),
            store=base.store,
            timeline=base.timeline,
            reading=self._reading,
            bus=base.bus,
            clock=base.clock,
            tasks=base.tasks,
            files=await base.files.sink(workspace),
            egress=base.egress,
            http=http,
            accept=base.journal.accept,
            report=self._report(inbox.channel, about.language),
            is_staffed=lambda: bool(self._live.online(workspace)),
            is_our_turn=lambda: base.leases.owns_lane(lane_of(inbox.id)),
        )
        return context, http.close

    def _report(self, channel: str, language: str) -> Report:
        """Channels tell their state as a text key, at times with the server's own words behind."""

        async def report(inbox_id: str, state: InboxState, detail: str) -> None:
            told = self.translated(channel, language, detail)
            await self._inboxes.report(inbox_id, state, told)

        return report

    def translated(self, channel: str, language: str, detail: str) -> str:
        key, colon, words = detail.partition(": ")
        known = self.texts.get(channel, language, key.removeprefix(f"{channel}."), key)
        return f"{known}{colon}{words}"
