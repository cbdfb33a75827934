"""Drafts: what an agent has typed and not sent, kept on the server so that it survives
the browser.
"""

from __future__ import annotations

from hub.clock import Clock
from hub.model.agent import Scope
from hub.model.conversation import Conversation, Draft
from hub.model.events import DraftMoved
from hub.model.ids import local
from hub.ports.bus import Bus
from hub.ports.collections import DRAFTS
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import from_doc, to_doc


class Drafts:
    """One draft for each agent and conversation; the caller has checked the right to the
    conversation.
    """

    def __init__(self, store: DocumentStore, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock

    def _id(self, scope: Scope, conversation: Conversation) -> str:
        return f"{conversation.id}.{local(scope.agent_id)}"

    async def get(self, scope: Scope, conversation: Conversation) -> Draft | None:
        if not scope.agent_id:
            return None
        doc = await self._store.get(DRAFTS, self._id(scope, conversation))
        return None if doc is None else from_doc(Draft, doc)

    async def save(self, scope: Scope, conversation: Conversation, draft: Draft) -> Draft:
        """The last one written stays."""
        doc = to_doc(draft) | {"_id": self._id(scope, conversation), "at": self._clock.now_ms()}
        doc.pop("v", None)
        facts = {name: value for name, value in doc.items() if name != "_id"}
        kept = await self._store.patch(DRAFTS, doc["_id"], Patch(set=facts), upsert=doc)
        self._tell(scope, conversation, has_draft=True)
        return from_doc(Draft, kept or doc)

    async def delete(self, scope: Scope, conversation: Conversation) -> None:
        await self._store.delete(DRAFTS, self._id(scope, conversation))
        self._tell(scope, conversation, has_draft=False)

    def _tell(self, scope: Scope, conversation: Conversation, *, has_draft: bool) -> None:
        event = DraftMoved(
            agent_id=scope.agent_id, conversation_id=conversation.id, has_draft=has_draft
        )
        self._bus.publish(scope.workspace, event)
