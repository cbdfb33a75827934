"""Tells customers, where their network has read marks, that an agent has read what they wrote. Best
effort, off the request, each message at most once. Called by the API.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from hub import log
from hub.errors import HubError
from hub.model.conversation import Conversation
from hub.model.ids import workspace_of
from hub.model.message import Message
from hub.ports.channel import MarksRead
from hub.services.contacts import Contacts
from hub.services.inboxes import Inboxes
from hub.services.reading import Reading
from hub.tasks import Tasks

_BACK = 30
_REMEMBERED = 5_000
_CALL_TIMEOUT_S = 15.0
_log = log.get(__name__)


class Receipts:
    """Made once."""

    def __init__(
        self, inboxes: Inboxes, reading: Reading, contacts: Contacts, tasks: Tasks
    ) -> None:
        self._inboxes = inboxes
        self._reading = reading
        self._contacts = contacts
        self._tasks = tasks
        self._told: OrderedDict[str, int] = OrderedDict()

    def read(self, conversation: Conversation, seq: int) -> None:
        """An agent has read up to `seq`."""
        if self._told.get(conversation.id, 0) >= min(seq, conversation.inbound_seq):
            return
        if any(self._marks(inbox_id) for inbox_id in _inboxes_of(conversation, self._inboxes)):
            self._told[conversation.id] = seq
            self._told.move_to_end(conversation.id)
            while len(self._told) > _REMEMBERED:
                self._told.popitem(last=False)
            _ = self._tasks.spawn("read marks", self._tell(conversation, seq))

    def _marks(self, inbox_id: str) -> bool:
        adapter: object = self._inboxes.adapter(inbox_id)
        return isinstance(adapter, MarksRead)

    async def _tell(self, conversation: Conversation, seq: int) -> None:
        """The last message of each inbox stands for those before it."""
        latest = await self._reading.messages(conversation.id, before=seq + 1, limit=_BACK)
        last: dict[str, Message] = {}
        for message in latest:
            if message.kind == "message" and message.direction == "in" and message.provider_id:
                last[message.inbox_id] = message
        for message in last.values():
            await self._mark(message)

    async def _mark(self, message: Message) -> None:
        adapter: object = self._inboxes.adapter(message.inbox_id)
        identity = await self._contacts.find_identity(message.author.id)
        if identity is None or not isinstance(adapter, MarksRead):
            return
        try:
            async with asyncio.timeout(_CALL_TIMEOUT_S):
                await adapter.mark_read(identity.address, message.provider_id)
        except (HubError, TimeoutError) as fault:
            _log.info("a read mark was not taken", error=fault, message=message.id)


def _inboxes_of(conversation: Conversation, inboxes: Inboxes) -> list[str]:
    """Inboxes by which the customer may have written here."""
    ours = inboxes.of_workspace(workspace_of(conversation.id))
    return [inbox.id for inbox in ours if inbox.channel in conversation.channels]
