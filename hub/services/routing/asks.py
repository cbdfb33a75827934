"""What the router needs to know of a customer who waits: VIP, language, the agent they had last."""

from __future__ import annotations

from hub.model.conversation import Conversation
from hub.model.ids import workspace_of
from hub.services.contacts import Contacts
from hub.services.queue_book import QueueBook
from hub.services.routing.steps import Asks
from hub.services.timeline import Written


class Asking:
    def __init__(self, contacts: Contacts, book: QueueBook) -> None:
        self._contacts = contacts
        self._book = book

    async def of(self, conversation: Conversation) -> Asks:
        contact = await self._contacts.find_current(conversation.contact_id)
        if contact is None:
            return Asks()
        workspace = workspace_of(conversation.id)
        language = self._book.language_skill(workspace, contact.language)
        return Asks(
            language=language if contact.language else "",
            is_vip=contact.is_vip,
            preferred_id=contact.last_agent_id,
        )

    async def remember(self, written: Written) -> None:
        """Who closed a conversation is preferred for the customer's next one."""
        before, now = written.before, written.conversation
        if before is None or before.state == now.state or now.state != "closed":
            return
        if now.assignee_id and not now.is_spam:
            await self._contacts.note_agent(now.contact_id, now.assignee_id)
