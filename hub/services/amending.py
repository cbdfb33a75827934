"""What agents do to messages that exist: change or take back their own, put an emoji on the
customer's. One vendor call each; the timeline changes once the vendor has agreed.

Called by the API; the caller checked that the conversation may be seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from hub.clock import Clock
from hub.errors import BadInput, Conflict, OutcomeUnknown, RecipientUnreachable, Unavailable
from hub.model.agent import Scope
from hub.model.contact import Address, Identity
from hub.model.conversation import Conversation
from hub.model.ids import message_id, workspace_of
from hub.model.message import Message, Reaction
from hub.ports.channel import (
    Capabilities,
    ChannelAdapter,
    DeletesMessages,
    EditsMessages,
    OutboundMessage,
    Reacts,
)
from hub.ports.collections import IDENTITIES, OUTBOX
from hub.ports.store import DocumentStore
from hub.services.docs import clean_text, from_doc
from hub.services.inboxes import Inboxes
from hub.services.outbox import Outbox
from hub.services.outbox_rows import OutboxRow, outbox_id
from hub.services.rewriting import Rewriting
from hub.services.timeline import Timeline

_CALL_TIMEOUT_S = 30.0
_EMOJI_CHARS = 16

Compose = Callable[[OutboxRow, Message], Awaitable[OutboundMessage]]


class Amending:
    """Made once."""

    def __init__(
        self,
        store: DocumentStore,
        timeline: Timeline,
        inboxes: Inboxes,
        outbox: Outbox,
        rewriting: Rewriting,
        compose: Compose,
        clock: Clock,
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._inboxes = inboxes
        self._outbox = outbox
        self._rewriting = rewriting
        self._compose = compose
        self._clock = clock

    async def edit(self, scope: Scope, conversation: Conversation, seq: int, text: str) -> Message:
        """Replace the text of an answer of ours at the customer's and here."""
        message, capabilities = await self._ours(conversation, seq)
        if not text.strip():
            raise BadInput("write something first", "text")
        if not capabilities.takes(text):
            limit = capabilities.text_max_chars
            raise BadInput(f"this channel takes at most {limit} characters", "text")
        refusal = BadInput("this channel cannot change a message that was sent", "seq")
        adapter: object = self._adapter(message, can=capabilities.can_edit, refusal=refusal)
        if not isinstance(adapter, EditsMessages):
            raise refusal
        row = await self._sent_row(message)
        text = clean_text(text, capabilities.text_max_chars)
        outbound = await self._compose(row, _with_text(message, text))
        await _call(adapter.edit(row.provider_id or message.provider_id, outbound))
        return await self._rewriting.replace_text(message.id, text, self._clock.now_ms())

    async def delete(self, scope: Scope, conversation: Conversation, seq: int) -> Message:
        """Take an answer of ours back at the customer's; one that waits is not sent at all."""
        message, capabilities = await self._ours(conversation, seq)
        if await self._outbox.cancel(message.id):
            return await self._timeline.require_message(message.id)
        refusal = BadInput("this channel cannot take back a message that was sent", "seq")
        adapter: object = self._adapter(message, can=capabilities.can_delete, refusal=refusal)
        if not isinstance(adapter, DeletesMessages):
            raise refusal
        row = await self._sent_row(message)
        await _call(adapter.delete(row.to, row.provider_id or message.provider_id))
        return await self._rewriting.remove(message.id, self._clock.now_ms())

    async def react(
        self, scope: Scope, conversation: Conversation, seq: int, emoji: str
    ) -> Message:
        """Put an emoji on a message of the customer; "" takes it away."""
        message = await self._timeline.require_message(message_id(conversation.id, seq))
        if message.kind != "message" or message.direction != "in" or message.deleted_at:
            raise BadInput("only a customer's message takes a reaction", "seq")
        if len(emoji) > _EMOJI_CHARS:
            raise BadInput("a reaction is one emoji", "emoji")
        capabilities = self._capabilities(message)
        refusal = BadInput("this channel has no reactions", "seq")
        adapter: object = self._adapter(message, can=capabilities.can_react, refusal=refusal)
        if not isinstance(adapter, Reacts):
            raise refusal
        to = await self._author_address(message)
        await _call(adapter.react(to, message.provider_id, emoji))
        reaction = Reaction(scope.agent_id, scope.name, emoji, self._clock.now_ms())
        return await self._rewriting.react(message.id, reaction)

    async def _ours(self, conversation: Conversation, seq: int) -> tuple[Message, Capabilities]:
        message = await self._timeline.require_message(message_id(conversation.id, seq))
        if message.kind != "message" or message.direction != "out":
            raise BadInput("only our own answers can be changed", "seq")
        if message.deleted_at:
            raise Conflict("this message was taken back already", "seq")
        return message, self._capabilities(message)

    def _capabilities(self, message: Message) -> Capabilities:
        inbox = self._inboxes.require(workspace_of(message.id), message.inbox_id)
        return self._inboxes.capabilities(inbox)

    def _adapter(self, message: Message, *, can: bool, refusal: BadInput) -> ChannelAdapter:
        """Of a channel that can do it at all; `Unavailable` while the inbox is down."""
        if not can:
            raise refusal
        adapter = self._inboxes.adapter(message.inbox_id)
        if adapter is None:
            raise Unavailable("this inbox is paused or starting")
        return adapter

    async def _sent_row(self, message: Message) -> OutboxRow:
        doc = await self._store.get(OUTBOX, outbox_id(message.id))
        has_id = bool(message.provider_id or (doc or {}).get("provider_id"))
        if doc is None or not has_id or message.delivery in ("failed", "cancelled"):
            raise Conflict("this message has not been sent, or too long ago", "seq")
        return from_doc(OutboxRow, doc)

    async def _author_address(self, message: Message) -> Address:
        doc = await self._store.get(IDENTITIES, message.author.id)
        if doc is None or not message.provider_id:
            raise RecipientUnreachable("this address is known no more")
        return from_doc(Identity, doc).address


async def _call(vendor: Awaitable[None]) -> None:
    """One vendor call under a time limit. Raises `SendError`s."""
    try:
        async with asyncio.timeout(_CALL_TIMEOUT_S):
            await vendor
    except TimeoutError:
        raise OutcomeUnknown("the service did not answer in time") from None


def _with_text(message: Message, text: str) -> Message:
    return msgspec.structs.replace(message, text=text)
