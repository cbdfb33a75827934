"""A messenger network for tests of the core: it can do everything that a channel may, under phone
numbers. What goes out is recorded in `Network`, what comes in is said by the test.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.errors import HubError, NotFound
from hub.model.contact import Address
from hub.model.template import Template
from hub.ports.channel import (
    AdapterContext,
    Capabilities,
    ChannelSpec,
    FetchedMedia,
    OutboundMessage,
    Rates,
    SendResult,
)
from hub.ports.inbound import DeliveryReported, InboundEvent, MediaRef, MessageReceived
from tests.support.loop_channel import Wire

ANN = Address("phone", "+48600100200")
BOB = Address("phone", "+48600100201")
CHANNEL = "phone"


@dataclass
class Network(Wire):
    """The vendor: its ledger is `sent`, `calls` are all other calls."""

    media: dict[str, bytes | HubError] = field(default_factory=dict)
    calls: list[tuple[str, ...]] = field(default_factory=list)
    listed: list[InboundEvent] = field(default_factory=list)
    outcomes: dict[str, DeliveryReported] = field(default_factory=dict)
    #: What the network tells about people, by their id.
    profiles: dict[str, str | HubError] = field(default_factory=dict)
    templates: list[Template] = field(default_factory=list)
    rates: Rates = field(default_factory=Rates)
    sent_at: list[float] = field(default_factory=list)
    refused_at: list[float] = field(default_factory=list)
    asked_since: list[int] = field(default_factory=list)
    fetching: int = 0
    most_fetching: int = 0
    is_stuck: bool = False
    #: Sending waits for it; `waiting` are the texts that do.
    holds: asyncio.Event | None = None
    waiting: list[str] = field(default_factory=list)
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(
            address_kind="phone",
            can_start=True,
            attachments_max=2,
            caption_max_chars=20,
            reply_window_h=24,
            can_templates=True,
            can_quote=True,
            can_react=True,
            can_edit=True,
            can_delete=True,
            has_opt_out=True,
            has_read_marks=True,
        )
    )

    def specs(self) -> dict[str, ChannelSpec]:
        def fine(config: Mapping[str, Any]) -> dict[str, str]:
            return {}

        phone = ChannelSpec(
            name=CHANNEL,
            capabilities=self.capabilities,
            fields=[],
            check=fine,
            address=lambda config: "+4822",
            rates=lambda config: self.rates,
            load=lambda: _adapter_of(self),
        )
        return {**super().specs(), CHANNEL: phone}


class PhoneAdapter:
    def __init__(self, network: Network, ctx: AdapterContext) -> None:
        self.net = network
        self.ctx = ctx

    async def start(self) -> None:
        self.net.adapters[self.ctx.inbox.id] = self  # type: ignore[assignment]
        await self.ctx.report("connected")

    async def stop(self) -> None:
        self.net.adapters.pop(self.ctx.inbox.id, None)

    async def probe(self) -> None:
        return

    async def send(self, message: OutboundMessage) -> SendResult:
        if self.net.holds is not None:
            self.net.waiting.append(message.text)
            await self.net.holds.wait()
        fault = self.net.faults.pop(0) if self.net.faults else None
        if fault is not None and fault.code != "outcome_unknown":
            self.net.refused_at.append(time.monotonic())
            raise fault
        self.net.sent.append(message)
        self.net.sent_at.append(time.monotonic())
        if fault is not None:
            raise fault
        if self.net.is_hanging:
            await asyncio.Event().wait()
        return SendResult([f"p{len(self.net.sent)}"])

    async def profile(self, sender: Address) -> str:
        self.net.calls.append(("profile", sender.value))
        told = self.net.profiles.get(sender.value, "")
        if isinstance(told, HubError):
            raise told
        return told

    async def fetch(self, media: MediaRef) -> FetchedMedia:
        self.net.fetching += 1
        self.net.most_fetching = max(self.net.most_fetching, self.net.fetching)
        try:
            while self.net.is_stuck:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0)
            found = self.net.media.get(media.ref, NotFound("gone"))
            if isinstance(found, HubError):
                raise found
            self.net.calls.append(("fetch", media.ref))
            return FetchedMedia(found, name=media.name)
        finally:
            self.net.fetching -= 1

    async def edit(self, provider_id: str, message: OutboundMessage) -> None:
        self.net.calls.append(("edit", provider_id, message.text))

    async def delete(self, to: Address, provider_id: str) -> None:
        self.net.calls.append(("delete", to.value, provider_id))

    async def react(self, to: Address, provider_id: str, emoji: str) -> None:
        self.net.calls.append(("react", to.value, provider_id, emoji))

    async def mark_read(self, to: Address, provider_id: str) -> None:
        self.net.calls.append(("read", to.value, provider_id))

    async def templates(self) -> list[Template]:
        return self.net.templates

    async def missed(self, since_ms: int) -> list[InboundEvent]:
        self.net.asked_since.append(since_ms)
        return self.net.listed

    async def outcome(self, message: OutboundMessage) -> DeliveryReported | None:
        return self.net.outcomes.get(message.text)


def sms(
    text: str, event_id: str, *, sender: Address = ANN, at: int = 1, **more: Any
) -> MessageReceived:
    """A message as the network would report it."""
    return MessageReceived(
        event_id=event_id, sender=sender, is_verified=True, at=at, text=text, **more
    )


def _adapter_of(network: Network) -> type[PhoneAdapter]:
    """The adapter's class, as real channels load one."""

    class OfNetwork(PhoneAdapter):
        def __init__(self, ctx: AdapterContext) -> None:
            super().__init__(network, ctx)

    return OfNetwork
