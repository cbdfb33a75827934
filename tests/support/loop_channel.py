"""Channels for tests of the core: what goes out is recorded, what comes in is said by the test.

`CHAT` is live and scoped to its inbox, `MAIL` stores and forwards. Both take their orders from a
`Wire`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.errors import HubError
from hub.model.contact import Address
from hub.model.message import Message
from hub.ports.channel import AdapterContext, Capabilities, ChannelSpec, OutboundMessage, SendResult
from hub.ports.inbound import InboundEvent, MessageReceived, ThreadHints


@dataclass
class Wire:
    """The world outside: `sent` is the vendor's ledger, `faults` what the next attempts meet."""

    sent: list[OutboundMessage] = field(default_factory=list)
    faults: list[HubError | None] = field(default_factory=list)
    shown: list[Message] = field(default_factory=list)
    adapters: dict[str, LoopAdapter] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    #: When set, the vendor accepts and then never answers.
    is_hanging: bool = False

    def specs(self) -> dict[str, ChannelSpec]:
        chat = Capabilities(address_kind="visitor", is_live=True, can_quick_replies=True)
        mail = Capabilities(
            address_kind="email",
            can_html=True,
            has_subject=True,
            can_start=True,
            can_follow_up=True,
        )
        return {"chat": self._spec("chat", chat), "mail": self._spec("mail", mail)}

    def _spec(self, name: str, capabilities: Capabilities) -> ChannelSpec:
        def fine(config: Mapping[str, Any]) -> dict[str, str]:
            return {}

        return ChannelSpec(
            name=name,
            capabilities=capabilities,
            fields=[],
            check=fine,
            address=lambda config: "",
            load=lambda: lambda ctx: LoopAdapter(self, ctx),
        )

    async def receive(self, inbox_id: str, *events: InboundEvent) -> None:
        await self.adapters[inbox_id].ctx.accept(events)


class LoopAdapter:
    def __init__(self, wire: Wire, ctx: AdapterContext) -> None:
        self.wire = wire
        self.ctx = ctx

    async def start(self) -> None:
        self.wire.adapters[self.ctx.inbox.id] = self

    async def stop(self) -> None:
        self.wire.adapters.pop(self.ctx.inbox.id, None)

    async def probe(self) -> None:
        return

    async def send(self, message: OutboundMessage) -> SendResult:
        fault = self.wire.faults.pop(0) if self.wire.faults else None
        if fault is not None and fault.code != "outcome_unknown":
            raise fault
        self.wire.sent.append(message)
        if fault is not None:
            raise fault
        if self.wire.is_hanging:
            await asyncio.Event().wait()
        return SendResult([self.provider_id(message.id)])

    def provider_id(self, message_id: str) -> str:
        return f"<{message_id}@loop>"

    def is_present(self, to: Address) -> bool:
        return to.value in self.wire.present

    async def show(self, reader: Address, message: Message) -> None:
        self.wire.shown.append(message)


def mail_from(
    address: str,
    text: str,
    event_id: str,
    *,
    at: int = 1,
    tokens: list[str] | None = None,
    refs: list[str] | None = None,
    **more: Any,
) -> MessageReceived:
    """An e-mail as an adapter would report it."""
    auth = more.pop("auth", "none")
    return MessageReceived(
        event_id=event_id,
        sender=Address("email", address),
        at=at,
        text=text,
        refs=[event_id],
        thread=ThreadHints(tokens=tokens or [], refs=refs or [], auth=auth),
        **more,
    )


def chat_from(
    inbox_id: str, visitor: str, text: str, event_id: str, **more: Any
) -> MessageReceived:
    return MessageReceived(
        event_id=event_id,
        sender=Address("visitor", visitor, inbox_id),
        at=more.pop("at", 1),
        text=text,
        **more,
    )
